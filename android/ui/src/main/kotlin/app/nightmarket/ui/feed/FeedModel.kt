package app.nightmarket.ui.feed

import app.nightmarket.NightmarketException
import app.nightmarket.Product
import app.nightmarket.feed.Feed
import app.nightmarket.feed.Post
import app.nightmarket.ui.Model
import app.nightmarket.ui.words.Strings
import app.nightmarket.ui.words.isOffline
import app.nightmarket.ui.words.problem
import kotlinx.coroutines.CoroutineScope

/** The feed, over the SDK's. [onOpen] and [onBuy] lead on to a room and to the buy card. */
class FeedModel(
    private val feed: Feed,
    parent: CoroutineScope,
    strings: Strings,
    private val onOpen: (PostCard) -> Unit,
    private val onBuy: (ProductChip) -> Unit,
) : Model<FeedState>(parent, strings, FeedState(loading = true)), FeedActions {
    private val liked = HashSet<String>()
    private val seen = HashSet<String>()
    private var posts = emptyList<Post>()
    private var more = true

    init {
        go(::failed) {
            feed.posts.collect {
                posts = it
                show()
            }
        }
        refresh()
    }

    override fun open(post: PostCard) = onOpen(post)

    override fun buy(product: ProductChip) = onBuy(product)

    override fun like(post: PostCard) {
        if (!liked.add(post.id)) liked.remove(post.id)
        show()
        go(::failed) { feed.like(post.id, post.id in liked) }
    }

    override fun refresh() {
        change { it.copy(refreshing = it.posts.isNotEmpty(), loading = it.posts.isEmpty(), problem = null) }
        go(::failed) {
            feed.refresh()
            more = true
            change { it.copy(refreshing = false, loading = false, offline = false, problem = null) }
        }
    }

    override fun more() {
        if (!more || state.value.loadingMore) return
        change { it.copy(loadingMore = true) }
        go(::failed) {
            more = feed.nextPage()
            change { it.copy(loadingMore = false) }
        }
    }

    override fun seen(post: PostCard) {
        if (seen.add(post.id)) go({}) { feed.seen(post.id) }
    }

    private fun show() = change { state -> state.copy(posts = posts.map { it.card(it.id in liked) }, loading = state.loading && posts.isEmpty()) }

    private fun failed(error: NightmarketException) = change {
        it.copy(
            refreshing = false,
            loading = false,
            loadingMore = false,
            offline = error.isOffline,
            // The bar above says that already when there is something to see below it.
            problem = if (error.isOffline && it.posts.isNotEmpty()) null else error.problem(strings),
        )
    }
}

private fun Post.card(liked: Boolean): PostCard {
    val picture = media.firstOrNull()
    return PostCard(
        id,
        HostBadge(host.id, host.name, host.avatarUrl),
        text,
        picture?.url,
        picture?.alt ?: text,
        products.firstOrNull()?.chip(),
        live?.let { LiveNow(it.roomId, it.viewers.toLong()) },
        liked,
    )
}

/** A product as a chip shows it. */
internal fun Product.chip() = ProductChip(shop, item, title, price, imageUrl)
