import Foundation
import Nightmarket

/// The same bearer token everywhere, or none for a guest.
final class FixedToken: TokenProvider {
    let token: String?

    init(_ token: String?) {
        self.token = token
    }

    func token(audience: Audience, scopes: [String], challenge: String?) async throws -> String? { token }
}

/// Pays with a token of the sandbox's bank: `success`, `decline`, `3ds`, `slow`.
final class TestCard: Instrument {
    let name: String

    init(_ name: String) {
        self.name = name
    }

    var info: InstrumentInfo {
        InstrumentInfo(id: "card_\(name)", handlers: ["*"], kind: "card", label: "Test card", silent: true)
    }

    func credential(request: CredentialRequest) async throws -> String {
        #"{"type": "token", "token": "tok_\#(name)"}"#
    }
}

/// One buyer with one address, for every shop.
final class FixedBuyer: BuyerProvider {
    static let address = PostalAddress(
        extendedAddress: nil, streetAddress: "88 Harbour Road", addressLocality: "Shanghai", addressRegion: "SH",
        addressCountry: "CN", postalCode: "200000", firstName: nil, lastName: nil, phoneNumber: nil)

    func buyer(shop: ShopDomain) async throws -> Buyer {
        let home = #"""
            {"street_address": "88 Harbour Road", "address_locality": "Shanghai", "address_region": "SH",
            "postal_code": "200000", "address_country": "CN"}
            """#
        return Buyer(
            json: #"{"email": "shopper@example.com", "first_name": "Night", "last_name": "Shopper"}"#,
            address: Address(id: "home", json: home))
    }
}

/// Whoever holds the phone: its owner, or not.
final class Device: DeviceAuthentication {
    let owner: Bool

    init(owner: Bool) {
        self.owner = owner
    }

    func authenticate(reason: String) async throws -> Bool { owner }
}

/// A sealing key in memory.
final class KeyInMemory: SecretStore {
    private let key = Data((0..<32).map { _ in UInt8.random(in: 0...255) })

    func sealingKey() throws -> Data { key }
}

/// Local notifications as they were asked for.
final class Notifications: Notifier {
    private let scheduled = Locked<[(drop: DropId, atMs: Int64, title: String)]>([])

    func schedule(drop: DropId, atMs: Int64, title: String) throws {
        scheduled.withLock { scheduled in
            scheduled.removeAll { $0.drop == drop }
            scheduled.append((drop, atMs, title))
        }
    }

    func cancel(drop: DropId) throws {
        scheduled.withLock { $0.removeAll { $0.drop == drop } }
    }

    var all: [(drop: DropId, atMs: Int64, title: String)] { scheduled.withLock { $0 } }
}

/// A value that several threads use.
final class Locked<State: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var state: State

    init(_ state: State) {
        self.state = state
    }

    func withLock<R>(_ work: (inout State) throws -> R) rethrows -> R {
        try lock.withLock { try work(&state) }
    }
}

/// A folder that is gone with this.
final class Folder: Sendable {
    let url = FileManager.default.temporaryDirectory.appending(path: "nightmarket-\(UUID().uuidString)")

    deinit {
        try? FileManager.default.removeItem(at: url)
    }
}
