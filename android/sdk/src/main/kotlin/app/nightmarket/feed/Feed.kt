package app.nightmarket.feed

import app.nightmarket.Edit
import app.nightmarket.Hears
import app.nightmarket.HostId
import app.nightmarket.NightmarketException
import app.nightmarket.PostId
import app.nightmarket.ffi.Feed as Core
import app.nightmarket.ffi.PostBatch
import app.nightmarket.ffi.PostDiff
import app.nightmarket.ffi.PostListener
import app.nightmarket.listFlow
import app.nightmarket.typed
import kotlinx.coroutines.flow.Flow

/** The feed of a venue. */
public class Feed internal constructor(private val core: Core) {
    /**
     * The posts as they are now, and as they change. The cache's posts come at once; [refresh] brings the network's.
     */
    public val posts: Flow<List<Post>> = listFlow { core.posts(PostEdits(it)) }

    /** Reads the newest page. Posts on screen stay where they are if the page reaches them. */
    public suspend fun refresh(): Unit = typed { core.refresh(null) }

    /** Adds the next page at the end. False if there is none. Offline, the cache's next page. */
    public suspend fun nextPage(): Boolean = typed { core.nextPage(null) }

    /** A post was on screen. Counted once, sent when there is a network. */
    public suspend fun seen(post: PostId): Unit = typed { core.seen(post) }

    /** Likes a post, or takes it back. Written down at once, sent when there is a network. */
    public suspend fun like(post: PostId, liked: Boolean): Unit = typed { core.like(post, liked) }

    /** Follows a host, or stops. Written down at once, sent when there is a network. */
    public suspend fun follow(host: HostId, following: Boolean): Unit = typed { core.follow(host, following) }

    internal fun close() = core.close()
}

private class PostEdits(private val hears: Hears<List<Edit<Post>>>) : PostListener {
    override fun changed(change: PostBatch): Unit = hears.changed(change.diffs.map(::edit))

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)

    private fun edit(diff: PostDiff): Edit<Post> = when (diff) {
        is PostDiff.Reset -> Edit.Reset(diff.items)
        is PostDiff.Append -> Edit.Append(diff.items)
        is PostDiff.Insert -> Edit.Insert(diff.index, diff.item)
        is PostDiff.Set -> Edit.Set(diff.index, diff.item)
        is PostDiff.Remove -> Edit.Remove(diff.index)
        is PostDiff.Truncate -> Edit.Truncate(diff.length)
    }
}
