import Foundation
// README: from here
import Nightmarket

/// Lands in the first live room of a feed, says something there, and buys a mug.
func evening(_ settings: Settings, _ host: HostApp, shop: ShopDomain) async throws -> PurchaseView? {
    let shopper = try await Shopper.open(settings, host: host)

    try await shopper.feed.refresh()
    for try await posts in shopper.feed.posts() {  // whole lists; a slow screen misses some, never the newest
        guard let live = posts.compactMap(\.live).first else { continue }
        let room = try await shopper.live.join(live.roomId)
        try await room.chat.send("that one, the third from the left")
        break
    }

    let quoted = try await shopper.purchase.quote(.item("mug_celadon_s", at: shop))
    let quote = quoted.quote
    // Show all of it, then say so: what was not shown is not bought.
    try await shopper.purchase.rendered(quote.key, digest: quote.digest, quoted.toRender)
    if case .started(let purchase) = try await shopper.purchase.confirm(quote.key, digest: quote.digest) {
        return try await shopper.purchase.outcome(purchase)
    }
    return nil
}
// README: to here
import Testing

/// The Swift in the READMEs is the code above, and it works.
@Suite struct ReadmeTests {
    @Test func theSnippetWorks() async throws {
        let scene = try await Scene()
        let card = TestCard("success")
        let host = HostApp(
            tokens: FixedToken("token:shopper"), instruments: [(card.info, card)], buyer: FixedBuyer(),
            device: Device(owner: true), secrets: KeyInMemory())
        let purchase = try #require(try await evening(scene.settings(), host, shop: scene.sandbox.domain(0)))
        guard case .placed(let order) = purchase.state else {
            Issue.record("\(purchase.state)")
            return
        }
        let books = try await scene.sandbox.control("books")
        #expect(books.at("shops.0.charges.length") == .number(1))
        #expect(books.at("shops.0.charges.0.order_id") == .text(order.id))
        #expect(books.at("venue.rooms.pearls.chat.lines.0.text") == .text("that one, the third from the left"))
    }

    @Test(arguments: ["README.md", "ios/README.md"]) func theReadmeShowsIt(_ readme: String) throws {
        let here = URL(fileURLWithPath: #filePath)
        let source = try String(contentsOf: here, encoding: .utf8)
        let text = try String(
            contentsOf: here.appending(path: "../../../../\(readme)").standardized, encoding: .utf8)
        let snippet = try #require(between("// README: from here\n", "// README: to here\n", in: source))
        #expect(between("```swift\n", "```\n", in: text) == snippet)
    }

    private func between(_ start: String, _ end: String, in text: String) -> String? {
        guard let from = text.range(of: start)?.upperBound,
            let to = text.range(of: end, range: from..<text.endIndex)?.lowerBound
        else { return nil }
        return String(text[from..<to])
    }
}
