import Nightmarket
import Testing

@testable import NightmarketUI

@MainActor @Suite(.serialized) struct OrdersModelTests {
    @Test func nothingIsBoughtYet() async throws {
        let evening = try await Evening()
        let model = OrdersModel(shopper: evening.shopper)
        try await beside(model.run) {
            try await until("the answer") { model.phase == .empty }
        }
        await evening.end()
    }

    @Test func anOrderIsUndoneWhileThatLasts() async throws {
        let evening = try await Evening()
        let bought = try await evening.buy("mug_celadon_s")
        let model = OrdersModel(shopper: evening.shopper)
        try await beside(model.run) {
            try await until("the order and its deadline") {
                model.orders.first?.undoUntil != nil && model.orders.first?.entry.stage == .processing
            }
            let row = try #require(model.orders.first)
            #expect(row.entry.total == bought.quoted?.quote.total)
            #expect(!row.canReturn)
            #expect(model.open.isEmpty)
            await model.undo(row)
            try await until("the cancellation") { model.orders.first?.entry.stage == .canceled }
            #expect(model.orders.first?.undoUntil == nil)
        }
        #expect(try await evening.sandbox.books().shops[0].cancellations.count == 1)
        await evening.end()
    }

    @Test func anUnknownOutcomeIsShownAfterAKillAndFindsItsEnd() async throws {
        let evening = try await Evening()
        let buying = try await evening.card(over: "mug_celadon_s")
        let session = try #require(buying.quoted?.quote.key.id)
        try await evening.sandbox.fault([
            "target": "shop:0", "kind": "drop_after", "path_prefix": "/ucp/checkout-sessions/\(session)", "times": 1000,
        ])
        await buying.pay()
        await buying.confirm()
        try await Task.sleep(for: .milliseconds(500))
        try await evening.killAndReopen()
        let model = OrdersModel(shopper: evening.shopper)
        try await beside(model.run) {
            try await until("the purchase that nobody knows about") { model.open.count == 1 }
            #expect(model.open.first?.state.isSettled == false)
            try await evening.sandbox.heal()
            try await until("its order", seconds: 60) { model.open.isEmpty && model.orders.count == 1 }
        }
        #expect(try await evening.sandbox.charges() == 1)
        await evening.end()
    }

    @Test func whatWasDeclinedIsShownUntilItIsSeen() async throws {
        let evening = try await Evening(paying: "tok_decline")
        let buying = try await evening.card(over: "mug_celadon_s")
        let quote = try #require(buying.quoted?.quote)
        guard case .started(let id) = try await evening.shopper.purchase.confirm(quote.key, digest: quote.digest) else {
            throw Sandbox.Failed(description: "it was not tried")
        }
        _ = try await evening.shopper.purchase.outcome(id)
        let model = OrdersModel(shopper: evening.shopper)
        try await beside(model.run) {
            try await until("the decline") { model.open.count == 1 }
            await model.acknowledge(model.open[0])
            #expect(model.open.isEmpty)
        }
        await evening.end()
    }
}
