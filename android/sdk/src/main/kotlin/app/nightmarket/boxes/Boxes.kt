package app.nightmarket.boxes

import app.nightmarket.BoxId
import app.nightmarket.Edit
import app.nightmarket.Hears
import app.nightmarket.ItemId
import app.nightmarket.NightmarketException
import app.nightmarket.ShopDomain
import app.nightmarket.ffi.Boxes as Core
import app.nightmarket.ffi.CollectedBatch
import app.nightmarket.ffi.CollectedDiff
import app.nightmarket.ffi.CollectedListener
import app.nightmarket.ffi.DrawBatch
import app.nightmarket.ffi.DrawDiff
import app.nightmarket.ffi.DrawListener
import app.nightmarket.ffi.OpeningBatch
import app.nightmarket.ffi.OpeningDiff
import app.nightmarket.ffi.OpeningListener
import app.nightmarket.ffi.judgeAge
import app.nightmarket.ffi.percent as percentOf
import app.nightmarket.listFlow
import app.nightmarket.typed
import kotlinx.coroutines.flow.Flow

/** Blind boxes of the venue's shops. */
public class Boxes internal constructor(private val core: Core) {
    /** Boxes asked to be opened on air, oldest first. */
    public val openings: Flow<List<Opening>> = listFlow { core.openings(OpeningEdits(it)) }

    /** All draws, oldest first, failed and expired ones too. */
    public val draws: Flow<List<Draw>> = listFlow { core.draws(DrawEdits(it)) }

    /** What came out of boxes, newest first. */
    public val collection: Flow<List<Collected>> = listFlow { core.collection(CollectedEdits(it)) }

    /**
     * A box with its odds and its age rule, from its shop. Fails with `Malformed` if the odds do not sum to a power of ten
     * or the age rule is under 8, and with `NotOffered`.
     */
    public suspend fun describe(shop: ShopDomain, id: BoxId): BlindBox = typed { core.describe(shop, id, null) }

    /**
     * The screen showed the odds, the rule after bad luck and the age rule of this box. Kept; other odds count as not
     * shown.
     */
    public suspend fun oddsShown(shown: BlindBox): Unit = typed { core.oddsShown(shown) }

    /** Whether the odds of the box that this item buys were shown, as they are now. */
    public suspend fun isOddsShown(shop: ShopDomain, item: ItemId): Boolean = typed { core.isOddsShown(shop, item) }

    /** Whether a draw of this shop failed its verification: none is bought there by one tap. */
    public suspend fun hasFailedDraw(shop: ShopDomain): Boolean = typed { core.hasFailedDraw(shop) }

    /**
     * Puts a bought box into the host's queue. Each box once, however often it is asked for. An error that can be retried
     * leaves it asked for: it goes on by itself, and [openings] tells.
     */
    public suspend fun requestOpening(bought: BoughtBox): Opening = typed { core.requestOpening(bought, null) }

    /** Reads from the shops where every box that is not open yet stands. */
    public suspend fun refreshOpenings(): Unit = typed { core.refreshOpenings(null) }

    /**
     * Draws a bought digital box and verifies it; one that is under way goes on, one that has ended is given back. After
     * `Expired` it is drawn again. Fails with `Refused` if the shop has none left to draw; an error that can be retried
     * leaves it under way: it goes on by itself, and [draws] tells.
     */
    public suspend fun draw(bought: BoughtBox): Draw = typed { core.draw(bought, null) }

    internal fun close() = core.close()
}

/**
 * A weight of this box as a percentage, exactly: "0.5" for 5 of 1000. Fails with `Malformed` if the weights do not sum to a
 * power of ten.
 */
public fun BlindBox.percent(weight: UInt): String = typed { percentOf(this, weight) }

/** What the rule says of somebody of this age in years; null if the app does not know it. */
public fun AgeRule.judge(age: UInt?): AgeVerdict = typed { judgeAge(this, age) }

private class OpeningEdits(private val hears: Hears<List<Edit<Opening>>>) : OpeningListener {
    override fun changed(change: OpeningBatch): Unit = hears.changed(change.diffs.map(::edit))

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)

    private fun edit(diff: OpeningDiff): Edit<Opening> = when (diff) {
        is OpeningDiff.Reset -> Edit.Reset(diff.items)
        is OpeningDiff.Append -> Edit.Append(diff.items)
        is OpeningDiff.Insert -> Edit.Insert(diff.index, diff.item)
        is OpeningDiff.Set -> Edit.Set(diff.index, diff.item)
        is OpeningDiff.Remove -> Edit.Remove(diff.index)
        is OpeningDiff.Truncate -> Edit.Truncate(diff.length)
    }
}

private class DrawEdits(private val hears: Hears<List<Edit<Draw>>>) : DrawListener {
    override fun changed(change: DrawBatch): Unit = hears.changed(change.diffs.map(::edit))

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)

    private fun edit(diff: DrawDiff): Edit<Draw> = when (diff) {
        is DrawDiff.Reset -> Edit.Reset(diff.items)
        is DrawDiff.Append -> Edit.Append(diff.items)
        is DrawDiff.Insert -> Edit.Insert(diff.index, diff.item)
        is DrawDiff.Set -> Edit.Set(diff.index, diff.item)
        is DrawDiff.Remove -> Edit.Remove(diff.index)
        is DrawDiff.Truncate -> Edit.Truncate(diff.length)
    }
}

private class CollectedEdits(private val hears: Hears<List<Edit<Collected>>>) : CollectedListener {
    override fun changed(change: CollectedBatch): Unit = hears.changed(change.diffs.map(::edit))

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)

    private fun edit(diff: CollectedDiff): Edit<Collected> = when (diff) {
        is CollectedDiff.Reset -> Edit.Reset(diff.items)
        is CollectedDiff.Append -> Edit.Append(diff.items)
        is CollectedDiff.Insert -> Edit.Insert(diff.index, diff.item)
        is CollectedDiff.Set -> Edit.Set(diff.index, diff.item)
        is CollectedDiff.Remove -> Edit.Remove(diff.index)
        is CollectedDiff.Truncate -> Edit.Truncate(diff.length)
    }
}
