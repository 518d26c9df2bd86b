package app.nightmarket.chat

import app.nightmarket.Edit
import app.nightmarket.Hears
import app.nightmarket.NightmarketException
import app.nightmarket.ShopperId
import app.nightmarket.ffi.BlockedBatch
import app.nightmarket.ffi.BlockedDiff
import app.nightmarket.ffi.BlockedListener
import app.nightmarket.ffi.Blocks as Core
import app.nightmarket.listFlow
import app.nightmarket.typed
import kotlinx.coroutines.flow.Flow

/** Whom the shopper sees nothing of. */
public class Blocks internal constructor(private val core: Core) {
    /** Everybody who is blocked, the last first. */
    public val list: Flow<List<Blocked>> = listFlow { core.list(BlockedEdits(it)) }

    /** Shows nothing more of somebody (a shopper, or a host): their lines leave every chat at once. */
    public suspend fun block(id: ShopperId, name: String): Unit = typed { core.block(id, name) }

    /** Shows them again; chats that are open are read anew. */
    public suspend fun unblock(id: ShopperId): Unit = typed { core.unblock(id) }

    internal fun close() = core.close()
}

private class BlockedEdits(private val hears: Hears<List<Edit<Blocked>>>) : BlockedListener {
    override fun changed(change: BlockedBatch): Unit = hears.changed(change.diffs.map(::edit))

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)

    private fun edit(diff: BlockedDiff): Edit<Blocked> = when (diff) {
        is BlockedDiff.Reset -> Edit.Reset(diff.items)
        is BlockedDiff.Append -> Edit.Append(diff.items)
        is BlockedDiff.Insert -> Edit.Insert(diff.index, diff.item)
        is BlockedDiff.Set -> Edit.Set(diff.index, diff.item)
        is BlockedDiff.Remove -> Edit.Remove(diff.index)
        is BlockedDiff.Truncate -> Edit.Truncate(diff.length)
    }
}
