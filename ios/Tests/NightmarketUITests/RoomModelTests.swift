import Foundation
import Nightmarket
import Testing

@testable import NightmarketUI

@MainActor @Suite(.serialized) struct RoomModelTests {
    @Test func whatAPinHasReadyIsBoughtByOneTapOnThePin() async throws {
        let evening = try await Evening()
        try await evening.sandbox.script(["do": "early", "per_second": 1_000_000])
        let purchases = evening.shopper.purchase
        try await purchases.setThreshold(Money(minor: 20_000, currency: "CNY"))
        let first = try await purchases.quote(.item("pearl_b001", at: evening.shop))
        #expect(try await purchases.trust(first.quote.key) == .oneTap)
        try await evening.sandbox.script(["do": "pin", "room": "pearls", "item": "pearl_b003"])
        let model = RoomModel(shopper: evening.shopper, room: "pearls")
        try await beside(model.run) {
            try await until("the price on the pin") { model.early != nil }
            let early = try #require(model.early)
            #expect(early.quote.total == Money(minor: 16_800, currency: "CNY"))
            #expect(model.payEarly() == nil)
            await model.rendered(early)
            let wish = try #require(model.payEarly())
            #expect(model.early == nil && model.payEarly() == nil)
            let card = BuyModel(shopper: evening.shopper, wish: wish, network: evening.network)
            await card.run()
            try await until("the order") { if case .placed = card.stage { true } else { false } }
            #expect(try await evening.sandbox.charges() == 1)
        }
        await evening.end()
    }

    /// Joined in the room of the pearls, with the player at the beginning of the playlist.
    private func joined(
        _ evening: Evening, _ test: @MainActor (RoomModel, Timestamp) async throws -> Void
    ) async throws {
        let model = RoomModel(shopper: evening.shopper, room: "pearls")
        #expect(!model.canPoint)
        try await beside(model.run) {
            try await until("the room") { model.phase == .ready && model.room != nil && model.connection == .connected }
            let address = try #require(model.room?.hlsUrl)
            let moment = try await firstMoment(of: address, from: evening.sandbox)
            model.shown(moment)
            try await test(model, moment)
        }
        await evening.end()
    }

    @Test func oneLandsInALiveRoom() async throws {
        try await joined(try await Evening()) { model, moment in
            #expect(model.room?.status == .live)
            #expect(model.videoRequest.address != nil)
            #expect(!model.videoRequest.isFrozen)
            #expect(model.canPoint)
            #expect(model.problem == nil)
        }
    }

    @Test func aLineIsSaidAndTheHostsAreMarked() async throws {
        let evening = try await Evening()
        try await joined(evening) { model, _ in
            model.draft = "   "
            #expect(!model.canSend)
            model.draft = String(repeating: "珠", count: Chat.maxText + 1)
            #expect(!model.canSend)
            model.draft = " good evening "
            await model.send()
            #expect(model.draft.isEmpty)
            try await until("the line") { model.lines.contains { $0.text == "good evening" && $0.state == .sent } }
            try await evening.sandbox.script(["do": "say", "room": "pearls", "text": "welcome"])
            try await until("the host's line") {
                model.lines.contains { $0.text == "welcome" && $0.from?.id == model.room?.host.id }
            }
        }
    }

    /// The hub says that they are muted when it likes, so what it says is waited for before anything is typed.
    @Test func whoIsMutedKeepsTheirWords() async throws {
        let evening = try await Evening()
        try await joined(evening) { model, _ in
            let chat = try await evening.shopper.live.join("pearls").chat
            @MainActor func said(_ words: String, _ state: LineState) -> Line? {
                model.lines.first { $0.text == words && $0.state == state }
            }
            try await evening.sandbox.script(["do": "mute", "room": "pearls", "shopper": "screens"])
            try await until("the mute") { !model.mayWrite }
            model.draft = "can you hear me?"
            await model.send()
            #expect(model.draft == "can you hear me?" && !model.canSend)
            // An app that asks nobody first is told by the venue.
            try await chat.send("and now?")
            try await until("the failure") { said("and now?", .failed(code: "muted")) != nil }
            let refused = try #require(said("and now?", .failed(code: "muted")))
            try await evening.sandbox.script(["do": "mute", "room": "pearls", "shopper": "screens", "on": false])
            try await until("the end of it") { model.mayWrite }
            await model.retry(refused.clientId)
            try await until("the refused line") { said("and now?", .sent)?.clientId == refused.clientId }
            await model.send()
            try await until("the line") { said("can you hear me?", .sent) != nil }
            #expect(model.draft.isEmpty)
        }
    }

    @Test func pointingAtAPearlBringsAnOfferForIt() async throws {
        let evening = try await Evening()
        try await joined(evening) { model, moment in
            #expect(model.offer == nil)
            model.freeze()
            #expect(model.videoRequest.isFrozen)
            model.pointingWords = "that one, the third from the left"
            model.point(at: Spot(x: 500, y: 20))
            await model.sayThatOne("That one")
            #expect(model.frozen == nil && model.pointingWords.isEmpty)
            try await until("the line") {
                model.lines.contains { $0.moment == moment && $0.spot == Spot(x: 500, y: 20) && $0.state == .sent }
            }
            try await until("the offer") { model.offer != nil }
            let offer = try #require(model.offer)
            #expect(offer.room == "pearls" && offer.state == .valid)
            let terms = try #require(offer.terms)

            let buying = BuyModel(shopper: evening.shopper, wish: .offer(offer.id), network: evening.network)
            await buying.run()
            #expect(buying.quoted?.quote.lines.first?.item == terms.item)
        }
    }

    @Test func anOfferWaitsForItsPicture() async throws {
        let evening = try await Evening()
        try await joined(evening) { model, moment in
            model.freeze()
            model.pointingWords = "that one, the third from the left"
            await model.sayThatOne("That one")
            // The player was set back: the picture of the offer is still to come.
            model.shown(moment - 10_000)
            try await Task.sleep(for: .seconds(2))
            #expect(model.offer == nil)
            model.shown(moment)
            try await until("the offer") { model.offer != nil }
        }
    }

    @Test func aRoomThatThereIsNotFails() async throws {
        let evening = try await Evening()
        let model = RoomModel(shopper: evening.shopper, room: "nowhere")
        await model.run()
        guard case .failed = model.phase else { throw Sandbox.Failed(description: "\(model.phase)") }
        model.joinAgain()
        #expect(model.attempt == 1)
        await evening.end()
    }
}
