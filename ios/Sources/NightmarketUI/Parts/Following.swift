/// A task that ends with its owner.
final class Following {
    private let task: Task<Void, Never>

    init(_ work: @escaping @MainActor @Sendable () async -> Void) {
        task = Task { await work() }
    }

    deinit {
        task.cancel()
    }
}
