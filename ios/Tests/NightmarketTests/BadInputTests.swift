import Foundation
import Nightmarket
import Testing

/// What an app may do wrong, and what others may do to it: a typed error, no crash, no hang.
@Suite struct BadInputTests {
    @Test func whatCannotBeOpenedSaysWhy() async throws {
        let folder = Folder()
        func open(_ venue: String) async throws {
            let settings = Settings(
                venue: venue, directory: folder.url.path, platformProfile: "http://127.0.0.1:1/profile.json",
                language: "en")
            _ = try await Shopper.open(settings)
        }
        #expect(await code { try await open("nonsense") } == "bad_address")
        #expect(await code { try await open("http://127.0.0.1:1") } == "unreachable")
    }

    @Test(arguments: ["", "pearls", "usd", "元"]) func aCurrencyThatThereIsNotEndsNothing(_ code: String) {
        let money = Money(minor: 1250, currency: code)
        #expect(money.text == "1250 \(code)")
        #expect(money.exponent == 0)
        #expect(Money(minor: 1250, currency: "USD").text == "12.50 USD")
    }

    @Test func closedIsClosed() async throws {
        let scene = try await Scene()
        let shopper = try await scene.open()
        let room = try await shopper.live.join("pearls")
        var posts = shopper.feed.posts().makeAsyncIterator()
        _ = try await posts.next()
        await shopper.close()
        await shopper.close()
        // What was followed ends, without an error.
        while try await posts.next() != nil {}
        #expect(await code { try await shopper.feed.refresh() } == "closed")
        #expect(await code { _ = try await shopper.feed.posts().first { _ in true } } == "closed")
        #expect(await code { try await room.chat.send("anybody?") } == "closed")
        #expect(await code { _ = try await shopper.purchase.policy() } == "closed")
        // The folder is free again.
        let again = try await scene.open()
        await again.close()
    }

    @Test func aTokenProviderThatFailsFailsTheCall() async throws {
        struct Locked: Error {}
        final class Failing: TokenProvider {
            func token(audience: Audience, scopes: [String], challenge: String?) async throws -> String? {
                throw Locked()
            }
        }
        let scene = try await Scene()
        let shopper = try await scene.open(host: HostApp(tokens: Failing()))
        do {
            try await shopper.fans.refresh()
            Issue.record("it did not fail")
        } catch {
            guard case .Host(let provider, let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(provider == "token provider")
            #expect(reason.contains("Locked"))
        }
        await shopper.close()
    }

    @Test func aTokenProviderThatHangsHangsNobody() async throws {
        final class Hanging: TokenProvider {
            func token(audience: Audience, scopes: [String], challenge: String?) async throws -> String? {
                try await Task.sleep(for: .seconds(3_600))
                return nil
            }
        }
        let scene = try await Scene()
        let shopper = try await scene.open(host: HostApp(tokens: Hanging()))
        let asking = Task { try await shopper.fans.refresh() }
        try await Task.sleep(for: .milliseconds(100))
        // Others go on meanwhile.
        #expect(try await shopper.purchase.purchases().isEmpty)
        asking.cancel()
        try await within(.seconds(20)) { #expect(await code { try await asking.value } == "canceled") }
        try await within(.seconds(20)) { await shopper.close() }
    }

    @Test func cancelingATaskEndsItsWaitAtOnce() async throws {
        let scene = try await Scene()
        let shopper = try await scene.open()
        try await scene.holdAnswers()
        let refreshing = Task { try await shopper.feed.refresh() }
        try await Task.sleep(for: .milliseconds(100))
        refreshing.cancel()
        try await within(.seconds(20)) { #expect(await code { try await refreshing.value } == "canceled") }
        // One that is canceled before it begins does not begin to wait.
        let late = Task {
            while !Task.isCancelled { await Task.yield() }
            try await shopper.feed.refresh()
        }
        late.cancel()
        try await within(.seconds(20)) { #expect(await code { try await late.value } == "canceled") }
        await shopper.close()
    }

    @Test func openingCanBeCanceledAndTheFolderIsFreeAgain() async throws {
        let scene = try await Scene()
        try await scene.holdAnswers()
        let opening = Task { try await scene.open() }
        try await Task.sleep(for: .milliseconds(100))
        opening.cancel()
        #expect(await code { _ = try await opening.value } == "canceled")
        try await scene.sandbox.control("heal", ["all": .flag(true)])
        let shopper = try await scene.open()
        await shopper.close()
    }

    @Test func aLoopEndsWithItsTask() async throws {
        let scene = try await Scene()
        let shopper = try await scene.open()
        let (came, coming) = AsyncStream<Void>.makeStream()
        let following = Task {
            for try await _ in shopper.feed.posts() { coming.yield() }
        }
        for await _ in came { break }
        following.cancel()
        try await within(.seconds(20)) { try await following.value }
        await shopper.close()
    }

    @Test func aSlowReaderMissesStatesButNeverTheNewest() async throws {
        let scene = try await Scene()
        let shopper = try await scene.open()
        let room = try await shopper.live.join("pearls")
        var lines = room.chat.lines().makeAsyncIterator()
        _ = try await lines.next()
        for number in 1...30 {
            let said: [String: Value] = ["do": .text("say"), "room": .text("pearls"), "text": .text("line \(number)")]
            try await scene.sandbox.control("script", said)
            try await Task.sleep(for: .milliseconds(20))
        }
        // Another reader sees when the last has come.
        for try await all in room.chat.lines() where all.contains(where: { $0.text == "line 30" }) { break }
        try await Task.sleep(for: .milliseconds(100))
        let newest = try #require(try await lines.next())
        #expect(newest.contains { $0.text == "line 1" })
        #expect(newest.contains { $0.text == "line 30" })
        await shopper.close()
    }

    @Test func everythingMayBeDroppedOnAnyThread() async throws {
        let scene = try await Scene()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<6 {
                group.addTask {
                    let shopper = try await scene.open("dropped \(number)")
                    var posts = shopper.feed.posts().makeAsyncIterator()
                    _ = try await posts.next()
                    let room = try await shopper.live.join("pearls")
                    let held = Unchecked((shopper, posts, room, room.chat, shopper.purchase))
                    await withCheckedContinuation { done in
                        Thread {
                            held.letGo()
                            done.resume()
                        }.start()
                    }
                }
            }
            try await group.waitForAll()
        }
        // Their cores have ended, in the middle of whatever they did: the folders can be opened again.
        for number in 0..<6 {
            let shopper = try await scene.open("dropped \(number)")
            await shopper.close()
        }
    }
}

/// Carries anything to another thread, to be dropped there.
private final class Unchecked: @unchecked Sendable {
    private var held: Any?

    init(_ held: Any) {
        self.held = held
    }

    func letGo() {
        held = nil
    }
}
