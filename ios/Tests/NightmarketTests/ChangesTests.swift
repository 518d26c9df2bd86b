import NightmarketBindings
import Testing

@testable import Nightmarket

/// Following something: diffs become lists, in the listener, and only whole lists are conflated.
@Suite struct ChangesTests {
    @Test func everyChangeIsApplied() throws {
        var items: [Int] = []
        let changes: [(ListDiff<Int>, [Int])] = [
            (.reset([1, 2, 3]), [1, 2, 3]), (.append([4, 5]), [1, 2, 3, 4, 5]), (.insert(0, 0), [0, 1, 2, 3, 4, 5]),
            (.insert(6, 6), [0, 1, 2, 3, 4, 5, 6]), (.set(1, 9), [0, 9, 2, 3, 4, 5, 6]),
            (.remove(0), [9, 2, 3, 4, 5, 6]),
            (.truncate(2), [9, 2]), (.truncate(0), []), (.reset([]), []),
        ]
        for (change, expected) in changes {
            try change.apply(to: &items)
            #expect(items == expected)
        }
    }

    @Test(arguments: [ListDiff.insert(4, 0), .set(3, 0), .remove(3), .truncate(4)])
    func aChangeThatDoesNotFitIsRefused(_ change: ListDiff<Int>) {
        var items = [1, 2, 3]
        #expect(throws: HostError.self) { try change.apply(to: &items) }
        #expect(items == [1, 2, 3])
    }

    /// A listener that throws: its subscription ends with the error, and nobody else's does.
    @Test func aListenerThatThrowsEndsItself() async throws {
        struct Broken: Error {}
        final class Throwing: PostListener {
            let ends = AsyncStream<NightmarketError?>.makeStream()

            func changed(change: PostBatch) throws { throw Broken() }
            func ended(error: NightmarketError?) throws {
                ends.continuation.yield(error)
                throw Broken()
            }
        }
        let scene = try await Scene()
        let settings = scene.settings()
        let core = try await NightmarketBindings.Shopper.open(
            settings: settings, host: NightmarketBindings.HostApp(), cancel: nil)
        let listener = Throwing()
        let subscription = try await core.feed().posts(listener: listener)
        var ends = listener.ends.stream.makeAsyncIterator()
        guard case .Host(let provider, let reason)? = try #require(await ends.next()) else {
            Issue.record("no error")
            return
        }
        #expect(provider == "listener")
        #expect(reason.contains("Broken"))
        subscription.cancel()
        let others = Changes<[Post]> { try await core.feed().posts(listener: PostFeeder($0)) }
        for try await _ in others { break }
        await core.end()
    }

    /// The newest value is kept for a reader that is late, and the end comes after it.
    @Test func theEndComesAfterTheNewest() async throws {
        let feeder = ChangesTests.feeder()
        for number in 1...5 { try feeder.0.changed(change: number) }
        try feeder.0.ended(error: .Closed)
        var values = feeder.1.makeAsyncIterator()
        #expect(try await values.next() == 5)
        await #expect(throws: NightmarketError.Closed) { try await values.next() }
    }

    private static func feeder() -> (ValueFeeder<Int>, AsyncThrowingStream<Int, any Error>) {
        let (stream, sink) = AsyncThrowingStream<Int, any Error>.makeStream(bufferingPolicy: .bufferingNewest(1))
        return (ValueFeeder(sink), stream)
    }
}
