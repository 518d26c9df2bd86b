package app.nightmarket.drops

import app.nightmarket.DropId
import app.nightmarket.Edit
import app.nightmarket.Hears
import app.nightmarket.NightmarketException
import app.nightmarket.ffi.DropBatch
import app.nightmarket.ffi.DropDiff
import app.nightmarket.ffi.DropListener
import app.nightmarket.ffi.Drops as Core
import app.nightmarket.ffi.RemindedBatch
import app.nightmarket.ffi.RemindedDiff
import app.nightmarket.ffi.RemindedListener
import app.nightmarket.listFlow
import app.nightmarket.typed
import kotlinx.coroutines.flow.Flow

/** Drops of the venue. */
public class Drops internal constructor(private val core: Core) {
    /** The drops as they are now, and as they change. The cache's come at once; [refresh] brings the network's. */
    public val drops: Flow<List<Drop>> = listFlow { core.drops(DropEdits(it)) }

    /** What the shopper was told and has not acknowledged, oldest first, and what comes from here on. */
    public val reminded: Flow<List<Reminded>> = listFlow { core.reminded(RemindedEdits(it)) }

    /** Reads the drops; reminders are scheduled anew where a drop has moved. */
    public suspend fun refresh(): Unit = typed { core.refresh(null) }

    /** Wishes to be reminded of a drop, or takes the wish back. Works offline: written down, sent when there is a network. */
    public suspend fun remind(drop: DropId, wanted: Boolean): Unit = typed { core.remind(drop, wanted) }

    /**
     * Whether this shopper may buy now: early access and the venue's clock taken into account. Fails with `NotFound` if
     * the drop is not in the list.
     */
    public suspend fun standing(drop: DropId): Standing = typed { core.standing(drop) }

    /** The shopper saw it: it is not shown again. */
    public suspend fun acknowledge(told: Reminded): Unit = typed { core.acknowledge(told) }

    internal fun close() = core.close()
}

private class DropEdits(private val hears: Hears<List<Edit<Drop>>>) : DropListener {
    override fun changed(change: DropBatch): Unit = hears.changed(change.diffs.map(::edit))

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)

    private fun edit(diff: DropDiff): Edit<Drop> = when (diff) {
        is DropDiff.Reset -> Edit.Reset(diff.items)
        is DropDiff.Append -> Edit.Append(diff.items)
        is DropDiff.Insert -> Edit.Insert(diff.index, diff.item)
        is DropDiff.Set -> Edit.Set(diff.index, diff.item)
        is DropDiff.Remove -> Edit.Remove(diff.index)
        is DropDiff.Truncate -> Edit.Truncate(diff.length)
    }
}

private class RemindedEdits(private val hears: Hears<List<Edit<Reminded>>>) : RemindedListener {
    override fun changed(change: RemindedBatch): Unit = hears.changed(change.diffs.map(::edit))

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)

    private fun edit(diff: RemindedDiff): Edit<Reminded> = when (diff) {
        is RemindedDiff.Reset -> Edit.Reset(diff.items)
        is RemindedDiff.Append -> Edit.Append(diff.items)
        is RemindedDiff.Insert -> Edit.Insert(diff.index, diff.item)
        is RemindedDiff.Set -> Edit.Set(diff.index, diff.item)
        is RemindedDiff.Remove -> Edit.Remove(diff.index)
        is RemindedDiff.Truncate -> Edit.Truncate(diff.length)
    }
}
