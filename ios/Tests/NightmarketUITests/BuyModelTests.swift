import Nightmarket
import Testing

@testable import NightmarketUI

@MainActor @Suite(.serialized) struct BuyModelTests {
    private let mug = "mug_celadon_s"

    @Test func theFirstPurchaseAsksAndIsUndone() async throws {
        let evening = try await Evening()
        let model = try await evening.card(over: mug)
        guard case .asks(let expected) = model.stage else { throw Sandbox.Failed(description: "\(model.stage)") }
        #expect(expected.contains(.newDevice))
        await model.pay()
        let confirmation = try #require(model.confirmation)
        #expect(confirmation.reasons.contains(.thresholdOff))
        #expect(try await evening.sandbox.charges() == 0)

        await model.confirm()
        #expect(model.confirmation == nil)
        try await until("the order and its deadline") { if case .placed(.some) = model.stage { true } else { false } }
        #expect(try await evening.sandbox.charges() == 1)
        #expect(try await evening.shopper.purchase.unacknowledged().isEmpty)

        await model.undo()
        try await until("undone") { model.stage == .undone }
        #expect(try await evening.sandbox.books().shops[0].cancellations.count == 1)
        await evening.end()
    }

    @Test func underTheThresholdOneTapBuys() async throws {
        let evening = try await Evening()
        try await evening.buy(mug)
        let threshold = Money(minor: 20_000, currency: "CNY")
        try await evening.shopper.purchase.setThreshold(threshold)
        let model = try await evening.card(over: "pearl_b001")
        #expect(model.stage == .oneTap(under: threshold))
        await model.pay()
        #expect(model.confirmation == nil)
        try await until("the order") { if case .placed = model.stage { true } else { false } }
        #expect(try await evening.sandbox.charges() == 2)
        await evening.end()
    }

    @Test func whatHasJustAppearedBuysNothing() async throws {
        let evening = try await Evening()
        let model = BuyModel(
            shopper: evening.shopper, wish: .item(shop: evening.shop, item: mug), network: evening.network)
        await model.run()
        let quoted = try #require(model.quoted)
        #expect(model.stage == .justAppeared)
        let showing = Task { await model.rendered(quoted) }
        try await Task.sleep(for: .milliseconds(150))
        #expect(model.stage == .justAppeared)
        await model.pay()
        #expect(model.confirmation == nil)
        await showing.value
        #expect(model.stage.canPay)
        #expect(try await evening.sandbox.books().shops[0].attempts.isEmpty)
        await evening.end()
    }

    @Test func withoutANetworkTheButtonIsOff() async throws {
        let evening = try await Evening()
        let model = try await evening.card(over: mug)
        #expect(model.stage.canPay)
        await evening.network.set(online: false)
        #expect(model.stage == .offline)
        await model.pay()
        #expect(model.confirmation == nil)
        await evening.network.set(online: true)
        #expect(model.stage.canPay)
        await evening.end()
    }

    @Test func aLostAnswerIsCheckedAndPaidOnce() async throws {
        let evening = try await Evening()
        let model = try await evening.card(over: mug)
        let session = try #require(model.quoted?.quote.key.id)
        await model.pay()
        try await evening.sandbox.fault([
            "target": "shop:0", "kind": "drop_after", "path_prefix": "/ucp/checkout-sessions/\(session)", "times": 1000,
        ])
        await model.confirm()
        #expect(model.stage == .checking)
        try await Task.sleep(for: .seconds(1))
        #expect(model.stage == .checking)
        try await evening.sandbox.heal()
        try await until("the order", seconds: 40) { if case .placed = model.stage { true } else { false } }
        #expect(try await evening.sandbox.charges() == 1)
        await evening.end()
    }

    @Test func aDeclineIsSaidAndCanBeTriedAgain() async throws {
        let evening = try await Evening(paying: "tok_decline")
        let model = try await evening.card(over: mug)
        await model.pay()
        await model.confirm()
        try await until("the decline") { if case .declined = model.stage { true } else { false } }
        guard case .declined(let words) = model.stage else { return }
        #expect(!words.isEmpty)
        #expect(try await evening.sandbox.charges() == 0)
        await model.quote()
        #expect(model.stage == .justAppeared)
        await evening.end()
    }

    @Test func whatTheShopAsksForIsOpenedAndComesBack() async throws {
        let evening = try await Evening(paying: "tok_3ds")
        let model = try await evening.card(over: mug)
        await model.pay()
        await model.confirm()
        try await until("the shop to need somebody") {
            if case .needsBuyer(.some) = model.stage { true } else { false }
        }
        model.opensBrowser()
        await model.cameBack()
        try await until("an answer of the shop") { model.problem == nil && model.stage.isAfterTap }
        await evening.end()
    }

    @Test func whatWaitsInTheBrowserCanBeGivenUp() async throws {
        let evening = try await Evening(paying: "tok_3ds")
        let model = try await evening.card(over: mug)
        #expect(!model.canGiveUp)
        await model.pay()
        await model.confirm()
        try await until("the shop to need somebody") { model.canGiveUp }
        await model.giveUp()
        try await until("the shop's answer") { model.stage == .givenUp }
        #expect(model.problem == nil && !model.canGiveUp)
        #expect(try await evening.sandbox.charges() == 0)
        await evening.end()
    }

    @Test func whatIsSoldOutSaysSo() async throws {
        let evening = try await Evening()
        let model = try await evening.card(over: "mug_celadon_xl")
        switch model.phase {
        case .failed(let problem): #expect(problem.content?.isEmpty == false)
        case .ready: #expect(!model.stage.canPay)
        default: Issue.record("\(model.phase)")
        }
        await evening.end()
    }
}
