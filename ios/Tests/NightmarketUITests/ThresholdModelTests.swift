import Nightmarket
import Testing

@testable import NightmarketUI

@MainActor @Suite(.serialized) struct ThresholdModelTests {
    private func model(_ evening: Evening) async -> ThresholdModel {
        let model = ThresholdModel(shopper: evening.shopper, currencies: ["CNY", "USD"])
        await model.load()
        return model
    }

    @Test func offUntilItIsSet() async throws {
        let evening = try await Evening()
        let model = await model(evening)
        #expect(model.phase == .ready)
        #expect(model.rows.map(\.currency) == ["CNY", "USD"])
        #expect(model.rows.allSatisfy { $0.threshold == nil })
        await evening.end()
    }

    @Test func raisingAsksForTheOwnerAndLoweringDoesNot() async throws {
        let evening = try await Evening()
        let model = await model(evening)
        model.rows[0].typed = "200"
        await model.set("CNY")
        #expect(evening.device.asked == 1)
        #expect(model.rows[0].threshold == Money(minor: 20_000, currency: "CNY"))
        #expect(model.rows[0].typed == "200.00")

        evening.device.isOwner = false
        model.rows[0].typed = "500"
        await model.set("CNY")
        #expect(evening.device.asked == 2)
        #expect(model.trouble == .problemNotProven)
        #expect(model.rows[0].threshold == Money(minor: 20_000, currency: "CNY"))

        model.rows[0].typed = "50.50"
        await model.set("CNY")
        #expect(evening.device.asked == 2)
        #expect(model.trouble == nil)
        #expect(model.rows[0].threshold == Money(minor: 5_050, currency: "CNY"))

        await model.switchOff("CNY")
        #expect(evening.device.asked == 2)
        #expect(model.rows[0].threshold == nil)
        #expect(try await evening.shopper.purchase.policy().thresholds.isEmpty)
        await evening.end()
    }

    @Test func whatIsNoAmountIsNotSet() async throws {
        let evening = try await Evening()
        let model = await model(evening)
        for typed in ["", "much", "-5", "1.234", "1e3"] {
            model.rows[0].typed = typed
            await model.set("CNY")
            #expect(model.trouble == .problemInput, "\(typed)")
        }
        #expect(evening.device.asked == 0)
        await evening.end()
    }

    @Test func whatIsLeftIsShown() async throws {
        let evening = try await Evening()
        let model = await model(evening)
        let cap = Money(minor: 100_000, currency: "CNY")
        await model.setCaps(Caps(day: [cap], week: [], dayCount: nil, weekCount: nil))
        #expect(model.rows[0].today == CapLeft(left: cap, cap: cap))
        #expect(model.rows[0].week == nil)
        let bought = try await evening.buy("mug_celadon_s")
        await model.load()
        let total = try #require(bought.quoted?.quote.total)
        #expect(model.rows[0].today?.left.minor == cap.minor - total.minor)
        await evening.end()
    }

    @Test func switchesThatTheOwnerDoesNotAllowGoBack() async throws {
        let evening = try await Evening()
        let model = await model(evening)
        let purchases = evening.shopper.purchase
        model.isPaused = true
        #expect(model.isPaused)
        var pause = Pause.off
        for _ in 0..<1_000 where pause == .off { pause = try await purchases.policy().pause }
        #expect(pause == .untilResumed)

        evening.device.isOwner = false
        model.isPaused = false
        #expect(!model.isPaused)
        try await until("the pause again") { model.isPaused }
        #expect(model.trouble == .problemNotProven)
        #expect(try await purchases.policy().pause == .untilResumed)

        model.isQuiet = true
        #expect(model.isQuiet)
        #expect(MinuteOfDay.of(model.quietFrom) == 22 * 60)
        #expect(MinuteOfDay.of(model.quietTo) == 7 * 60)
        model.quietFrom = MinuteOfDay.date(23 * 60)
        try await until("the refusal to move them") { MinuteOfDay.of(model.quietFrom) == 22 * 60 }
        #expect(try await purchases.policy().quiet?.from == 22 * 60)
        await evening.end()
    }
}
