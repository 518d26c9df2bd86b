import Nightmarket
import Observation

/// The feed as its screen shows it: the cache's posts at once, then the network's.
@MainActor @Observable
public final class FeedModel {
    /// From the newest on.
    public private(set) var posts: [Post] = []
    /// Where the screen stands.
    public private(set) var phase = Phase.loading
    /// What went wrong while there are posts to show.
    public private(set) var problem: Problem?
    /// One post of each author who is live, as they come in the feed.
    public var liveNow: [Post] {
        var rooms: Set<RoomId> = []
        return posts.filter { post in post.live.map { rooms.insert($0.roomId).inserted } ?? false }
    }
    /// Posts that were liked here.
    public private(set) var liked: Set<PostId> = []
    /// Whether the next page is on its way.
    public private(set) var isReadingMore = false

    /// A page is read when one of so many last posts appears.
    private static let ahead = 5
    /// The list follows a call that changed it by a frame.
    private static let frame = Duration.milliseconds(50)

    private let feed: Feed
    private var seen: Set<PostId> = []
    private var hasMore = true
    private var isRefreshing = true

    public init(shopper: Shopper) {
        feed = shopper.feed
    }

    /// Follows the feed until the task is canceled.
    public func run() async {
        async let refreshed: Void = refresh()
        do {
            for try await posts in feed.posts() {
                self.posts = posts
                settle()
            }
        } catch {
            tell(error)
        }
        await refreshed
    }

    /// Reads the newest page.
    public func refresh() async {
        isRefreshing = true
        problem = nil
        do {
            try await feed.refresh()
            hasMore = true
            try? await Task.sleep(for: Self.frame)
        } catch {
            problem = Problem(error)
        }
        isRefreshing = false
        settle()
    }

    /// A post is on screen: counted once; near the end the next page is read.
    public func appeared(_ post: PostId) async {
        if seen.insert(post).inserted {
            do { try await feed.seen(post) } catch { tell(error) }
        }
        if posts.suffix(Self.ahead).contains(where: { $0.id == post }) { await readMore() }
    }

    /// Likes a post, or takes it back.
    public func like(_ post: PostId) async {
        let wanted = !liked.contains(post)
        if wanted { liked.insert(post) } else { liked.remove(post) }
        do {
            try await feed.like(post, wanted)
        } catch {
            if wanted { liked.remove(post) } else { liked.insert(post) }
            tell(error)
        }
    }

    private func readMore() async {
        guard hasMore, !isReadingMore, !isRefreshing else { return }
        isReadingMore = true
        do { hasMore = try await feed.nextPage() } catch { tell(error) }
        isReadingMore = false
    }

    private func tell(_ error: any Error) {
        problem = Problem(error)
        settle()
    }

    private func settle() {
        phase = .of(hasContent: !posts.isEmpty, problem: problem, isAsking: isRefreshing)
    }
}
