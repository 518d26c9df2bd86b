package app.nightmarket.offers

import app.nightmarket.Edit
import app.nightmarket.Hears
import app.nightmarket.NightmarketException
import app.nightmarket.OfferId
import app.nightmarket.ffi.OfferBatch
import app.nightmarket.ffi.OfferDiff
import app.nightmarket.ffi.OfferListener
import app.nightmarket.ffi.Offers as Core
import app.nightmarket.listFlow
import app.nightmarket.typed
import kotlinx.coroutines.flow.Flow

/** Offers that hosts made to this shopper. `Purchases.quoteOffer` buys one. */
public class Offers internal constructor(private val core: Core) {
    /** Every offer that came, newest first, bad ones too: they are shown as what they are. */
    public val list: Flow<List<Offer>> = listFlow { core.list(OfferEdits(it)) }

    /** One of them, as it is now. Fails with `NotFound`. */
    public suspend fun offer(id: OfferId): Offer = typed { core.offer(id) }

    /** Milliseconds until it expires, by the shop's clock; zero for one that cannot be bought. */
    public suspend fun leftMs(id: OfferId): ULong = typed { core.leftMs(id) }

    internal fun close() = core.close()
}

private class OfferEdits(private val hears: Hears<List<Edit<Offer>>>) : OfferListener {
    override fun changed(change: OfferBatch): Unit = hears.changed(change.diffs.map(::edit))

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)

    private fun edit(diff: OfferDiff): Edit<Offer> = when (diff) {
        is OfferDiff.Reset -> Edit.Reset(diff.items)
        is OfferDiff.Append -> Edit.Append(diff.items)
        is OfferDiff.Insert -> Edit.Insert(diff.index, diff.item)
        is OfferDiff.Set -> Edit.Set(diff.index, diff.item)
        is OfferDiff.Remove -> Edit.Remove(diff.index)
        is OfferDiff.Truncate -> Edit.Truncate(diff.length)
    }
}
