#if canImport(Network)
import Network

/// Whether the device has a network.
enum NetworkPath {
    /// Tells it at once and at every change, until the task is canceled.
    @MainActor
    static func follow(_ tell: @MainActor (Bool) async -> Void) async {
        let monitor = NWPathMonitor()
        let states = AsyncStream<Bool>(bufferingPolicy: .bufferingNewest(1)) { states in
            monitor.pathUpdateHandler = { states.yield($0.status == .satisfied) }
            states.onTermination = { _ in monitor.cancel() }
        }
        monitor.start(queue: .main)
        for await online in states { await tell(online) }
    }
}
#endif
