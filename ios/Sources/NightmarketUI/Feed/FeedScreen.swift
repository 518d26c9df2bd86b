import Nightmarket
import SwiftUI

/// What is scrolled.
public struct FeedScreen: View {
    @Environment(\.palette) private var palette
    private let model: FeedModel
    private let land: @MainActor (RoomId) -> Void
    private let buy: @MainActor (Product) -> Void
    private let signIn: @MainActor () -> Void

    /// `land` is called with the room of a live author, `buy` with a product that was tapped.
    public init(
        model: FeedModel, land: @escaping @MainActor (RoomId) -> Void, buy: @escaping @MainActor (Product) -> Void,
        signIn: @escaping @MainActor () -> Void
    ) {
        self.model = model
        self.land = land
        self.buy = buy
        self.signIn = signIn
    }

    public var body: some View {
        PhaseView(model.phase, empty: .feedEmpty, act: act) {
            ScrollView {
                LazyVStack(spacing: Space.large) {
                    if let problem = model.problem {
                        ProblemBanner(problem: problem, act: act)
                    }
                    if !model.liveNow.isEmpty {
                        LiveNow(posts: model.liveNow, land: land)
                    }
                    ForEach(model.posts, id: \.id) { post in
                        card(of: post)
                    }
                    if model.isReadingMore {
                        ProgressView()
                            .frame(minHeight: Space.touch)
                    }
                }
                .padding(Space.large)
            }
            .refreshable { await model.refresh() }
            .background(palette.ground.color)
        }
        .task { await model.run() }
    }

    private func card(of post: Post) -> some View {
        PostCard(
            post: post,
            isLiked: model.liked.contains(post.id),
            open: { if let live = post.live { land(live.roomId) } },
            like: { Task { await model.like(post.id) } },
            buy: buy
        )
        // Not a task of the card's: what it began goes on when it is scrolled away.
        .onAppear { Task { await model.appeared(post.id) } }
    }

    private func act(_ action: Problem.Action) {
        if action == .signIn { signIn() } else { Task { await model.refresh() } }
    }
}
