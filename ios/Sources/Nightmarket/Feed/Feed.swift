import NightmarketBindings

/// A post as a screen shows it, in the shopper's language.
public typealias Post = NightmarketBindings.Post
/// Where the author of a post is live now.
public typealias LiveBadge = NightmarketBindings.LiveBadge

/// The feed of a venue.
public final class Feed: Sendable {
    private let core: NightmarketBindings.Feed

    init(_ core: NightmarketBindings.Feed) {
        self.core = core
    }

    /// The posts. The cache's come at once; ``refresh()`` brings the network's.
    public func posts() -> Changes<[Post]> {
        Changes { [core] in try await core.posts(listener: PostFeeder($0)) }
    }

    /// Reads the newest page. Posts on screen stay where they are if the page reaches them.
    public func refresh() async throws(NightmarketError) {
        try await cancelable { try await core.refresh(cancel: $0) }
    }

    /// Adds the next page at the end. False if there is none. Offline, the cache's next page.
    @discardableResult
    public func nextPage() async throws(NightmarketError) -> Bool {
        try await cancelable { try await core.nextPage(cancel: $0) }
    }

    /// A post was on screen. Counted once, sent when there is a network.
    public func seen(_ post: PostId) async throws(NightmarketError) {
        try await plain { try await core.seen(post: post) }
    }

    /// Likes a post, or takes it back. Written down at once, sent when there is a network.
    public func like(_ post: PostId, _ liked: Bool = true) async throws(NightmarketError) {
        try await plain { try await core.like(post: post, liked: liked) }
    }

    /// Follows a host, or stops. Written down at once, sent when there is a network.
    public func follow(_ host: HostId, _ following: Bool = true) async throws(NightmarketError) {
        try await plain { try await core.follow(host: host, following: following) }
    }
}
