package app.nightmarket.ui.feed

import androidx.compose.runtime.Immutable
import app.nightmarket.Money
import app.nightmarket.ui.Problem

/** Somebody who posts and runs a room. */
@Immutable
data class HostBadge(val id: String, val name: String, val avatarUrl: String? = null)

/** Where somebody is live now, and how many watch. */
@Immutable
data class LiveNow(val roomId: String, val viewers: Long)

/** A product beside a picture: what buying starts from. */
@Immutable
data class ProductChip(
    val shop: String,
    val item: String,
    val title: String,
    val price: Money,
    val imageUrl: String? = null,
)

/** A post as its card shows it. */
@Immutable
data class PostCard(
    val id: String,
    val host: HostBadge,
    val text: String,
    val pictureUrl: String?,
    /** For those who cannot see the picture. */
    val pictureSays: String? = null,
    val product: ProductChip? = null,
    val live: LiveNow? = null,
    val liked: Boolean = false,
)

/** The feed as it stands. */
@Immutable
data class FeedState(
    val posts: List<PostCard> = emptyList(),
    /** Nothing is here yet, and something is coming. */
    val loading: Boolean = false,
    /** The newest page is being read. */
    val refreshing: Boolean = false,
    /** The next page is being read. */
    val loadingMore: Boolean = false,
    val offline: Boolean = false,
    val problem: Problem? = null,
) {
    /** Who is live, each once, in the order of the posts. */
    val liveHosts: List<PostCard> = posts.filter { it.live != null }.distinctBy { it.host.id }
}

/** What a finger does on the feed. */
interface FeedActions {
    /** A post was tapped: if its author is live, one lands in the room. */
    fun open(post: PostCard)

    /** The product of a post was tapped. */
    fun buy(product: ProductChip)

    /** The heart was tapped. */
    fun like(post: PostCard)

    /** Pulled down, or asked to try again. */
    fun refresh()

    /** The end is near. */
    fun more()

    /** A post was on screen. */
    fun seen(post: PostCard)
}
