import Nightmarket
import Observation

/// Whether there is a network, as the app is told by the device.
@MainActor @Observable
public final class NetworkModel {
    /// False once the device says so; then nothing is bought.
    public private(set) var isOnline = true

    private let shopper: Shopper

    public init(shopper: Shopper) {
        self.shopper = shopper
    }

    /// Tells the screens, and the core: coming back ends all waiting.
    public func set(online: Bool) async {
        isOnline = online
        // The core only fails here when it is closed, and then nobody waits.
        try? await shopper.purchase.setOnline(online)
        if online { try? await shopper.networkChanged() }
    }
}
