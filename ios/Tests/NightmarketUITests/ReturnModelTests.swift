import Nightmarket
import Testing

@testable import NightmarketUI

@MainActor @Suite(.serialized) struct ReturnModelTests {
    /// Bought and delivered.
    static func delivered(_ evening: Evening) async throws -> OrderEntry {
        try await evening.buy("mug_celadon_s")
        try await evening.sandbox.pass(minutes: 61)
        let orders = OrdersModel(shopper: evening.shopper)
        var found: OrderEntry?
        try await beside(orders.run) {
            try await until("the delivery") {
                found = orders.orders.first { $0.canReturn }?.entry
                if found == nil { Task { await orders.refresh() } }
                return found != nil
            }
        }
        return try #require(found)
    }

    private func model(_ evening: Evening, of order: OrderEntry) -> ReturnModel {
        ReturnModel(shopper: evening.shopper, shop: order.shop, order: order.id, address: Evening.address)
    }

    @Test func aCourierTakesItAsItIsAndTheMoneyComesBack() async throws {
        let evening = try await Evening()
        let order = try await Self.delivered(evening)
        let model = model(evening, of: order)
        await model.run()
        #expect(model.phase == .ready && model.lines.count == 1)
        #expect(!model.canRequest && model.estimate == nil)
        model.lines[0].isChosen = true
        #expect(!model.canRequest)
        model.lines[0].reason = "changed_mind"
        #expect(model.canRequest)
        let due = try #require(model.estimate)
        await model.request()
        try await until("slots") { model.canChooseSlot }
        let slot = try #require(model.slots.first { $0.unpacked })
        #expect(model.fee(of: slot) == nil)
        await model.book(slot.id)
        #expect(model.problem == nil)
        try await until("the booking") { model.view?.pickup?.slot == slot.id && model.view?.pickup?.state == .booked }

        var codes: [PickupState: Bool] = [:]
        try await evening.sandbox.pass(until: slot.from - 30 * 60_000)
        for _ in 0..<600 where model.view?.isSettled != true {
            let isWithCourier = model.view?.pickup?.custodyPassed == true
            let pace = isWithCourier ? 30 : 2
            if let pickup = model.view?.pickup {
                codes[pickup.state] = pickup.code != nil
            }
            try await evening.sandbox.pass(minutes: pace)
            if let id = model.view?.id { _ = try await evening.shopper.returns.read(id) }
            try await Task.sleep(for: .milliseconds(10))
        }
        let view = try #require(model.view)
        #expect(view.isSettled)
        #expect(codes[.arrived] == true, "\(codes)")
        #expect([.booked, .courierAssigned, .enRoute].allSatisfy { codes[$0] != true })
        #expect(view.money.words(in: Strings()) == "\(due.shown) came back")
        #expect(try await evening.sandbox.books().shops[0].refunds.count == 1)
        await evening.end()
    }

    @Test func aReturnUnderWayIsFoundAgainAndCalledOff() async throws {
        let evening = try await Evening()
        let order = try await Self.delivered(evening)
        let first = model(evening, of: order)
        await first.run()
        first.lines[0].isChosen = true
        first.lines[0].reason = "changed_mind"
        await first.request()
        try await until("the shop's answer") { first.view?.returnId != nil }

        let again = model(evening, of: order)
        await again.run()
        try await until("the same return") { again.view?.id == first.view?.id && again.view?.canCancel == true }
        await again.keepIt()
        #expect(again.problem == nil)
        try await until("the end") { again.view?.request == .canceled }
        await evening.end()
    }

    @Test func whatDidNotArriveCannotGoBack() async throws {
        let evening = try await Evening()
        try await evening.buy("mug_celadon_s")
        let orders = OrdersModel(shopper: evening.shopper)
        try await beside(orders.run) { try await until("the order") { !orders.orders.isEmpty } }
        let order = try #require(orders.orders.first?.entry)
        let model = model(evening, of: order)
        await model.run()
        #expect(model.phase == .empty)
        await evening.end()
    }
}
