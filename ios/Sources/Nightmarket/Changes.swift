import NightmarketBindings

/// Something that changes: as it is now, then as it is after every change, until it ends.
///
/// Every loop over it follows anew. A reader that is slow misses states in between, never the newest. A loop ends when its
/// task is canceled, when the Shopper is closed, or when what is followed ends; it throws a ``NightmarketError`` if
/// it could not be followed (`Closed`, `NotFound`).
public struct Changes<Value: Sendable>: AsyncSequence, Sendable {
    public typealias Element = Value

    typealias Sink = AsyncThrowingStream<Value, any Error>.Continuation
    private let follow: @Sendable (Sink) async throws -> Subscription

    init(_ follow: @escaping @Sendable (Sink) async throws -> Subscription) {
        self.follow = follow
    }

    /// Begins when the first value is asked for.
    public func makeAsyncIterator() -> Iterator {
        Iterator(follow: follow)
    }

    /// One reader. What it follows is let go with it.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let follow: @Sendable (Sink) async throws -> Subscription
        private var values: AsyncThrowingStream<Value, any Error>.Iterator?
        private var subscription: Subscription?

        fileprivate init(follow: @escaping @Sendable (Sink) async throws -> Subscription) {
            self.follow = follow
        }

        /// The newest value that was not read yet; waits until there is one. None when it has ended.
        public mutating func next() async throws -> Value? {
            if values == nil {
                // What is conflated is the whole value; diffs were applied before, in the listener.
                let (stream, sink) = AsyncThrowingStream<Value, any Error>.makeStream(
                    bufferingPolicy: .bufferingNewest(1))
                let follow = self.follow
                subscription = try await plain { try await follow(sink) }
                values = stream.makeAsyncIterator()
            }
            return try await values?.next()
        }
    }
}

/// One change of a list; indexes are zero-based and refer to the list as the changes before it left it.
enum ListDiff<Item: Sendable>: Sendable {
    case reset([Item])
    case append([Item])
    case insert(Int, Item)
    case set(Int, Item)
    case remove(Int)
    case truncate(Int)

    /// Throws if the list does not have the place: the subscription ends then, instead of the process.
    func apply(to items: inout [Item]) throws {
        switch self {
        case .reset(let all): items = all
        case .append(let more): items += more
        case .insert(let index, let item) where index <= items.count: items.insert(item, at: index)
        case .set(let index, let item) where index < items.count: items[index] = item
        case .remove(let index) where index < items.count: items.remove(at: index)
        case .truncate(let length) where length <= items.count: items.removeSubrange(length...)
        case .insert, .set, .remove, .truncate:
            throw HostError.Failed(reason: "a change does not fit a list of \(items.count)")
        }
    }
}

protocol ItemDiff {
    associatedtype Item: Sendable
    var change: ListDiff<Item> { get }
}

protocol ItemBatch {
    associatedtype Diff: ItemDiff
    var diffs: [Diff] { get }
}

/// Listens to a list on the Shopper's listener thread: applies a batch, and hands over the list as it is then.
class ListFeeder<Batch: ItemBatch>: @unchecked Sendable {
    private let sink: Changes<[Batch.Diff.Item]>.Sink
    /// Only the listener thread touches it.
    private var items: [Batch.Diff.Item] = []

    init(_ sink: Changes<[Batch.Diff.Item]>.Sink) {
        self.sink = sink
    }

    func changed(change: Batch) throws {
        for diff in change.diffs {
            try diff.change.apply(to: &items)
        }
        sink.yield(items)
    }

    func ended(error: NightmarketError?) throws {
        sink.finish(throwing: error)
    }
}

/// Listens to a value of which only the newest counts.
class ValueFeeder<Value: Sendable>: @unchecked Sendable {
    private let sink: Changes<Value>.Sink

    init(_ sink: Changes<Value>.Sink) {
        self.sink = sink
    }

    func changed(change: Value) throws {
        sink.yield(change)
    }

    func ended(error: NightmarketError?) throws {
        sink.finish(throwing: error)
    }
}
