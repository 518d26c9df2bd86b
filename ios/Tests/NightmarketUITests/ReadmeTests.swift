import Foundation
import Testing

// README: from here
import Nightmarket
import NightmarketUI
import SwiftUI

/// All screens in one, in the shopper's language; `FeedScreen`, `RoomScreen`, `BuyCard` and the others also stand alone.
struct Market<Player: View>: View {
    let shopper: Shopper
    let network: NetworkModel  // told by the app whether there is a network
    let home: PostalAddress
    let player: @MainActor (VideoRequest) -> Player  // draws a stream, and says which programme time is on screen

    var body: some View {
        NightmarketApp(
            shopper: shopper, network: network, currencies: ["CNY"], pickupAddress: home, signIn: {}, video: player
        )
        .environment(\.strings, Strings(.chinese))
    }
}
// README: to here

/// The Swift of the screens in the README is the code above, and it works.
@MainActor @Suite struct ReadmeTests {
    #if os(Linux)
    @Test func theMarketIsInChinese() async throws {
        let evening = try await Evening(in: .chinese)
        let market = Market(
            shopper: evening.shopper, network: evening.network, home: Evening.address, player: { _ in EmptyView() })
        #expect(Outline(of: market).button("订单") != nil)
        await evening.end()
    }
    #endif

    @Test func theReadmeShowsIt() throws {
        let here = URL(fileURLWithPath: #filePath)
        let source = try String(contentsOf: here, encoding: .utf8)
        let readme = try String(contentsOf: here.appending(path: "../../../README.md").standardized, encoding: .utf8)
        let from = try #require(source.range(of: "// README: from here\n"))
        let to = try #require(source.range(of: "// README: to here\n"))
        #expect(readme.contains("```swift\n\(source[from.upperBound..<to.lowerBound])```"))
    }
}
