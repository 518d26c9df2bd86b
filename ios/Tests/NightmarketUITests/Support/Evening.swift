import Foundation
import Nightmarket
import NightmarketUI

/// A sandbox, and a shopper in it with a host app, for one test.
@MainActor
final class Evening {
    let sandbox: Sandbox
    let device = Device()
    private(set) var shopper: Shopper
    private(set) var network: NetworkModel
    private let directory: URL
    private let card: TestCard

    /// Pays with one of the sandbox's test tokens.
    init(paying token: String = "tok_success", in language: Language = .english) async throws {
        sandbox = try Sandbox()
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("evening-\(UUID().uuidString)")
        card = TestCard(token: token)
        settings = Settings(
            venue: sandbox.venue, directory: directory.path,
            platformProfile: "\(sandbox.venue)/platform/profile.json", language: language.rawValue)
        shopper = try await Shopper.open(settings, host: Self.host(card, device))
        network = NetworkModel(shopper: shopper)
    }

    private let settings: Settings

    /// The domain of the shop that sells in CNY.
    var shop: ShopDomain { sandbox.shops[0] }

    /// As a killed app comes back: the same databases, another core.
    func killAndReopen() async throws {
        await shopper.close()
        shopper = try await Shopper.open(settings, host: Self.host(card, device))
        network = NetworkModel(shopper: shopper)
    }

    /// Ends all of it.
    func end() async {
        await shopper.close()
        try? await sandbox.stop()
        try? FileManager.default.removeItem(at: directory)
    }

    /// A card over an item, quoted and on screen long enough for a tap.
    func card(over item: ItemId) async throws -> BuyModel {
        let model = BuyModel(shopper: shopper, wish: .item(shop: shop, item: item), network: network)
        await model.run()
        if let quoted = model.quoted { await model.rendered(quoted) }
        return model
    }

    /// Buys an item, with a confirmation if one is asked for, and waits for the order.
    @discardableResult
    func buy(_ item: ItemId) async throws -> BuyModel {
        let model = try await card(over: item)
        await model.pay()
        await model.confirm()
        try await until("an order of \(item)") { if case .placed = model.stage { true } else { false } }
        return model
    }

    static let address = PostalAddress(
        extendedAddress: nil, streetAddress: "88 Harbour Road", addressLocality: "Shanghai", addressRegion: "SH",
        addressCountry: "CN", postalCode: "200000", firstName: nil, lastName: nil, phoneNumber: nil)

    private static func host(_ card: TestCard, _ device: Device) -> HostApp {
        HostApp(
            tokens: SignedIn(), instruments: [(info: TestCard.info, instrument: card)], buyer: Home(), device: device,
            secrets: OneKey())
    }
}

/// Waits until something holds, looking at it often.
@MainActor
func until(_ what: String, seconds: Double = 20, _ holds: @MainActor () -> Bool) async throws {
    let end = Date(timeIntervalSinceNow: seconds)
    while !holds() {
        guard Date.now < end else { throw Sandbox.Failed(description: "\(what) did not come within \(seconds) s") }
        try await Task.sleep(for: .milliseconds(20))
    }
}

/// Runs something beside the test, and ends it with the test.
@MainActor
func beside(_ work: @escaping @MainActor @Sendable () async -> Void, _ test: @MainActor () async throws -> Void)
    async throws
{
    let running = Task { await work() }
    defer { running.cancel() }
    try await test()
}
