import NightmarketBindings

/// Somebody the shopper blocked.
public typealias Blocked = NightmarketBindings.Blocked

/// Whom the shopper sees nothing of.
public final class Blocks: Sendable {
    private let core: NightmarketBindings.Blocks

    init(_ core: NightmarketBindings.Blocks) {
        self.core = core
    }

    /// Everybody who is blocked, the last first.
    public func list() -> Changes<[Blocked]> {
        Changes { [core] in try await core.list(listener: BlockedFeeder($0)) }
    }

    /// Shows nothing more of somebody (a shopper, or a host): their lines leave every chat at once.
    public func block(_ id: ShopperId, name: String) async throws(NightmarketError) {
        try await plain { try await core.block(id: id, name: name) }
    }

    /// Shows them again; chats that are open are read anew.
    public func unblock(_ id: ShopperId) async throws(NightmarketError) {
        try await plain { try await core.unblock(id: id) }
    }
}
