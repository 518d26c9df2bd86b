import Nightmarket
import Testing

@testable import NightmarketUI

@MainActor @Suite(.serialized) struct FeedModelTests {
    @Test func postsComeAndPagesFollow() async throws {
        let evening = try await Evening()
        let model = FeedModel(shopper: evening.shopper)
        #expect(model.phase == .loading)
        try await beside(model.run) {
            try await until("the first page") { model.phase == .ready }
            let first = model.posts.count
            #expect(model.posts.contains { $0.live != nil })
            #expect(model.problem == nil)
            try await until("the end of the refresh") { !model.isReadingMore }
            let last = try #require(model.posts.last)
            try await until("the next page") {
                Task { await model.appeared(last.id) }
                return model.posts.count > first
            }
            #expect(Set(model.posts.map(\.id)).count == model.posts.count)
        }
        await evening.end()
    }

    @Test func aLikeIsShownAtOnceAndTakenBack() async throws {
        let evening = try await Evening()
        let model = FeedModel(shopper: evening.shopper)
        try await beside(model.run) {
            try await until("posts") { model.phase == .ready }
            let post = try #require(model.posts.first)
            await model.like(post.id)
            #expect(model.liked == [post.id])
            await model.like(post.id)
            #expect(model.liked.isEmpty)
        }
        await evening.end()
    }

    @Test func withoutANetworkTheCacheIsShownAndTheScreenSaysSo() async throws {
        let evening = try await Evening()
        let model = FeedModel(shopper: evening.shopper)
        try await beside(model.run) {
            try await until("posts") { model.phase == .ready }
            let before = model.posts
            try await evening.sandbox.stop()
            await model.refresh()
            #expect(model.problem?.isOffline == true)
            #expect(model.problem?.action == .tryAgain)
            #expect(model.phase == .ready)
            #expect(model.posts == before)
        }
        await evening.end()
    }

    @Test func withNothingToShowTheErrorIsTheScreen() async throws {
        let evening = try await Evening()
        try await evening.sandbox.fault([
            "target": "venue", "kind": "status", "status": 503, "path_prefix": "/nm/feed", "times": 1000,
        ])
        let model = FeedModel(shopper: evening.shopper)
        try await beside(model.run) {
            try await until("an error", seconds: 60) { if case .failed = model.phase { true } else { false } }
            try await evening.sandbox.heal()
            await model.refresh()
            try await until("posts") { model.phase == .ready }
        }
        await evening.end()
    }
}
