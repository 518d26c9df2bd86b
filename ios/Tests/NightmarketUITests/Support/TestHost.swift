import Foundation
import Nightmarket

/// Signed in as one shopper everywhere.
final class SignedIn: TokenProvider {
    func token(audience: Audience, scopes: [String], challenge: String?) async throws -> String? { "token:screens" }
}

/// A card that pays with a token of the sandbox.
final class TestCard: Instrument {
    static let info = InstrumentInfo(id: "card", handlers: ["*"], kind: "card", label: "Test card •• 42", silent: true)

    private let token: String

    init(token: String) { self.token = token }

    func credential(request: CredentialRequest) async throws -> String { #"{"type":"token","token":"\#(token)"}"# }
}

/// One buyer with one address.
final class Home: BuyerProvider {
    func buyer(shop: ShopDomain) async throws -> Buyer {
        let address = """
            {"street_address":"88 Harbour Road","address_locality":"Shanghai","address_region":"SH","postal_code":"200000",\
            "address_country":"CN"}
            """
        return Buyer(
            json: #"{"email":"shopper@example.com","first_name":"Night","last_name":"Shopper"}"#,
            address: Address(id: "home", json: address))
    }
}

/// The person in front of the device, who can be somebody else.
@MainActor
final class Device: DeviceAuthentication {
    var isOwner = true
    private(set) var asked = 0

    func authenticate(reason: String) async throws -> Bool {
        asked += 1
        return isOwner
    }
}

/// A key that stays the same.
final class OneKey: SecretStore {
    func sealingKey() throws -> Data { Data(repeating: 7, count: 32) }
}
