#if os(Linux)
import Foundation
import Nightmarket
import SwiftUI
import Testing

@testable import NightmarketUI

/// The bodies of all screens are run over what the core and the sandbox say, in both languages, by day and by night.
@MainActor @Suite(.serialized) struct ScreensTests {
    private final class Heard {
        var landed: RoomId?
        var bought: BuyWish?
        var given: OrderEntry?
        var left = false
        var signedIn = false
    }

    @Test(arguments: Sight.allCases)
    func feed(sight: Sight) async throws {
        let evening = try await Evening(in: sight.language)
        let model = FeedModel(shopper: evening.shopper)
        let heard = Heard()
        let screen = FeedScreen(
            model: model, land: { heard.landed = $0 }, buy: { heard.bought = .item(shop: $0.shop, item: $0.item) },
            signIn: { heard.signedIn = true })
        #expect(sight.outline(screen).words == [sight.strings(.loading)])
        try await beside(model.run) {
            try await until("posts") { model.phase == .ready }
            let outline = sight.outline(screen)
            for post in model.posts {
                #expect(outline.says(post.text) && outline.says(post.host.name))
                for product in post.products { #expect(outline.says(product.price.shown)) }
            }
            #expect(outline.says(sight.strings(.live)))
            let product = try #require(model.posts.flatMap(\.products).first)
            let chip = try #require(
                outline.buttons.first { $0.name.contains(product.title) && $0.name.contains(product.price.shown) })
            #expect(outline.pressFirst(chip.name))
            #expect(heard.bought == .item(shop: product.shop, item: product.item))
            let live = try #require(model.posts.first { $0.live != nil })
            let picture = try #require(outline.buttons.first { $0.name.contains(sight.strings(.live)) })
            #expect(outline.pressFirst(picture.name))
            #expect(heard.landed == live.live?.roomId)

            let onAir = model.liveNow
            #expect(onAir.count == Set(onAir.compactMap(\.live?.roomId)).count && onAir.count > 1)
            let last = try #require(onAir.last)
            #expect(outline.press("\(last.host.name), \(sight.strings(.liveNow))"))
            #expect(heard.landed == last.live?.roomId)

            try await evening.sandbox.stop()
            await model.refresh()
            #expect(sight.outline(screen).says(sight.strings(.problemUnreachable)))
        }
        await evening.end()
    }

    @Test(arguments: Sight.allCases)
    func room(sight: Sight) async throws {
        let evening = try await Evening(in: sight.language)
        let model = RoomModel(shopper: evening.shopper, room: "pearls")
        let heard = Heard()
        var asked: VideoRequest?
        let screen = RoomScreen(
            model: model, buy: { heard.bought = $0 }, leave: { heard.left = true }, signIn: {},
            video: { request in
                asked = request
                return EmptyView()
            })
        try await beside(model.run) {
            try await until("the room") { model.room?.pin != nil && model.connection == .connected }
            let room = try #require(model.room)
            let address = try #require(room.hlsUrl)
            let moment = try await firstMoment(of: address, from: evening.sandbox)
            #expect(sight.outline(screen).button(sight.strings(.pointAt))?.isEnabled == false)
            model.shown(moment)
            try await until("the pin of that moment") { model.room?.pin != nil }

            var outline = sight.outline(screen)
            #expect(asked?.address?.absoluteString == room.hlsUrl)
            #expect(outline.says(room.host.name) && outline.says(sight.strings(.say)))
            #expect(outline.button(sight.strings(.send))?.isEnabled == false)
            model.draft = "hello"
            outline = sight.outline(screen)
            #expect(outline.press(sight.strings(.send)))
            try await until("the line") { sight.outline(screen).says("hello") }

            let pin = try #require(model.room?.pin)
            #expect(outline.says(pin.title) && outline.says(pin.price.shown))
            #expect(outline.press(sight.strings(.getIt)))
            #expect(heard.bought == .item(shop: pin.shop, item: pin.item))

            #expect(outline.press(sight.strings(.pointAt)))
            outline = sight.outline(screen)
            #expect(asked?.isFrozen == true)
            #expect(outline.says(sight.strings(.pointHint)))
            #expect(outline.button(sight.strings(.thatOne))?.isEnabled == false)
            model.pointingWords = sight.language == .chinese ? "左边第三颗" : "the third from the left"
            outline = sight.outline(screen)
            #expect(outline.press(sight.strings(.thatOne)))
            try await until("the offer") { sight.outline(screen).says(sight.strings(.offerForYou)) }
            let terms = try #require(model.offer?.terms)
            outline = sight.outline(screen)
            #expect(outline.says(terms.title) && outline.says(terms.price.shown))
            #expect(outline.press(sight.strings(.back)))
            #expect(heard.left)
        }
        await evening.end()
    }

    @Test(arguments: Sight.allCases)
    func buying(sight: Sight) async throws {
        let evening = try await Evening(in: sight.language)
        let model = BuyModel(
            shopper: evening.shopper, wish: .item(shop: evening.shop, item: "mug_celadon_s"), network: evening.network)
        let card = BuyCard(model: model, signIn: {})
        await model.run()
        let quoted = try #require(model.quoted)
        let total = try #require(quoted.quote.total)
        let pay = sight.strings(.pay, total.shown)
        var outline = sight.outline(card)
        #expect(outline.button(pay)?.isEnabled == false)
        #expect(outline.says(sight.strings(.justAppeared)))
        let seller = try #require(try await evening.shopper.venue().shops.first { $0.domain == evening.shop })
        #expect(outline.says(sight.strings(.soldBy, seller.name)))
        expectAll(of: quoted, in: outline, sight.strings)
        await model.rendered(quoted)

        outline = sight.outline(card)
        #expect(outline.says(sight.strings(.willAsk)))
        #expect(outline.press(pay))
        try await until("the question") { model.confirmation != nil }
        let confirmation = try #require(model.confirmation)
        let sheet = sight.outline(
            ConfirmSheet(
                reasons: confirmation.reasons, quoted: confirmation.quoted, seller: model.seller,
                pay: { Task { await model.confirm() } }, notNow: { model.confirmation = nil }))
        for reason in confirmation.reasons { #expect(sheet.words.contains(reason.words(in: sight.strings))) }
        expectAll(of: confirmation.quoted, in: sheet, sight.strings)
        #expect(sheet.press(sight.strings(.notNow)))
        #expect(model.confirmation == nil)
        #expect(try await evening.sandbox.charges() == 0)

        await model.pay()
        #expect(sheet.press(pay))
        try await until("the order") { sight.outline(card).says(sight.strings(.placed)) }
        try await until("its deadline") { sight.outline(card).button(sight.strings(.undo)) != nil }
        #expect(sight.outline(card).press(sight.strings(.undo)))
        try await until("its end") { sight.outline(card).says(sight.strings(.undone)) }
        await evening.end()
    }

    /// Totals in the shop's order and words, every warning, every link: what was reported as rendered is on the screen.
    private func expectAll(of quoted: Quoted, in outline: Outline, _ strings: Strings) {
        let report = quoted.toRender
        #expect(!report.totals.isEmpty && !report.notices.isEmpty && !report.links.isEmpty)
        let shown = report.totals.flatMap {
            [$0.label, Money(minor: $0.amount, currency: quoted.quote.currency).shown]
        }
        let at = outline.words.firstIndex(of: shown[0]) ?? 0
        #expect(Array(outline.words.dropFirst(at).prefix(shown.count)) == shown)
        for notice in report.notices { #expect(outline.words.contains(notice)) }
        #expect(quoted.quote.mustShow.map(\.content) == report.notices)
        #expect(quoted.quote.links.map(\.url) == report.links)
        for link in quoted.quote.links { #expect(outline.button(link.name(in: strings)) != nil) }
    }

    @Test(arguments: Sight.allCases)
    func threshold(sight: Sight) async throws {
        let evening = try await Evening(in: sight.language)
        let model = ThresholdModel(shopper: evening.shopper, currencies: ["CNY"])
        let screen = ThresholdScreen(model: model)
        await model.load()
        #expect(sight.outline(screen).says(sight.strings(.thresholdOff)))
        #expect(sight.outline(screen).says(sight.strings(.raisingAsks)))
        model.rows[0].typed = "200"
        #expect(sight.outline(screen).press(sight.strings(.thresholdSet)))
        try await until("the threshold") { sight.outline(screen).says("¥200.00") }
        let cap = Money(minor: 50_000, currency: "CNY")
        await model.setCaps(Caps(day: [cap], week: [], dayCount: nil, weekCount: nil))
        #expect(sight.outline(screen).says(sight.strings(.leftToday, "¥500.00")))
        #expect(sight.outline(screen).says(sight.strings(.ofCap, "¥500.00")))
        #expect(sight.outline(screen).press(sight.strings(.quietHours)))
        #expect(sight.outline(screen).says(sight.strings(.from)))
        #expect(sight.outline(screen).press(sight.strings(.pause)))
        try await until("the pause") { model.isPaused }
        #expect(sight.outline(screen).press(sight.strings(.switchOff)))
        try await until("off") { sight.outline(screen).says(sight.strings(.thresholdOff)) }
        await evening.end()
    }

    @Test(arguments: Sight.allCases)
    func ordersAndReturn(sight: Sight) async throws {
        let evening = try await Evening(in: sight.language)
        let order = try await ReturnModelTests.delivered(evening)
        let orders = OrdersModel(shopper: evening.shopper)
        let heard = Heard()
        let list = OrdersScreen(model: orders, giveBack: { heard.given = $0 }, signIn: {})
        try await beside(orders.run) {
            try await until("the order") { orders.orders.first?.canReturn == true }
            let outline = sight.outline(list)
            let (title, total) = (try #require(order.title), try #require(order.total))
            #expect(outline.says(title) && outline.says(total.shown))
            #expect(outline.says(sight.strings(.stageDelivered)))
            #expect(outline.press(sight.strings(.returnIt)))
            #expect(heard.given?.id == order.id)
        }

        let model = ReturnModel(shopper: evening.shopper, shop: order.shop, order: order.id, address: Evening.address)
        let screen = ReturnScreen(model: model, signIn: {})
        await model.run()
        let title = try #require(model.lines.first?.title)
        #expect(sight.outline(screen).button(sight.strings(.requestReturn))?.isEnabled == false)
        #expect(sight.outline(screen).press(title))
        #expect(sight.outline(screen).press(sight.strings(.reasonChangedMind)))
        #expect(sight.outline(screen).press(sight.strings(.requestReturn)))
        try await until("slots") { model.canChooseSlot }
        #expect(sight.outline(screen).says(sight.strings(.asItIs)))
        let slot = try #require(model.slots.first { $0.unpacked })
        await model.book(slot.id)
        try await until("the booking") { sight.outline(screen).says(sight.strings(.courierComing)) }
        #expect(!sight.outline(screen).says(sight.strings(.handoverCode)))
        await evening.end()
    }

    @Test(arguments: Sight.allCases)
    func allOfThem(sight: Sight) async throws {
        let evening = try await Evening(in: sight.language)
        let app = NightmarketApp(
            shopper: evening.shopper, network: evening.network, currencies: ["CNY"], pickupAddress: Evening.address,
            signIn: {}, video: { _ in EmptyView() })
        let outline = sight.outline(app)
        for tab in [StringKey.feed, .orders, .oneTap] { #expect(outline.button(sight.strings(tab)) != nil) }
        await evening.end()
    }
}
#endif
