package app.nightmarket.orders

import app.nightmarket.Edit
import app.nightmarket.Hears
import app.nightmarket.NightmarketException
import app.nightmarket.OrderId
import app.nightmarket.ShopDomain
import app.nightmarket.ffi.OrderEntryBatch
import app.nightmarket.ffi.OrderEntryDiff
import app.nightmarket.ffi.OrderEntryListener
import app.nightmarket.ffi.OrderListener
import app.nightmarket.ffi.Orders as Core
import app.nightmarket.listFlow
import app.nightmarket.typed
import app.nightmarket.valueFlow
import kotlinx.coroutines.flow.Flow

/** The shopper's orders. */
public class Orders internal constructor(private val core: Core) {
    /** All orders, newest first, as known here; [refresh] brings what the shops know. */
    public val list: Flow<List<OrderEntry>> = listFlow { core.list(OrderEntryEdits(it)) }

    /**
     * Asks the shops for the shopper's orders and reads the newest. Shops that fail are left as they were; it fails only
     * if all did.
     */
    public suspend fun refresh(): Unit = typed { core.refresh(null) }

    /** One order, read now and kept fresh while it is collected; starts with what the cache has. */
    public fun watch(shop: ShopDomain, order: OrderId): Flow<OrderView> =
        valueFlow { core.watch(shop, order, OrderViewValues(it)) }

    /**
     * Reads one order once. Fails with `NotOffered` where the shop has no orders over UCP, and with `Refused`
     * (`not_found`) if it is not the shopper's.
     */
    public suspend fun read(shop: ShopDomain, order: OrderId): Order = typed { core.read(shop, order, null) }

    /** Until when an order can be undone, and where. */
    public suspend fun undoDeadline(shop: ShopDomain, order: OrderId): Undo = typed { core.undoDeadline(shop, order, null) }

    /** The order's page at its shop, for whatever is not offered here. */
    public suspend fun permalink(shop: ShopDomain, order: OrderId): String = typed { core.permalink(shop, order, null) }

    internal fun close() = core.close()
}

private class OrderEntryEdits(private val hears: Hears<List<Edit<OrderEntry>>>) : OrderEntryListener {
    override fun changed(change: OrderEntryBatch): Unit = hears.changed(change.diffs.map(::edit))

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)

    private fun edit(diff: OrderEntryDiff): Edit<OrderEntry> = when (diff) {
        is OrderEntryDiff.Reset -> Edit.Reset(diff.items)
        is OrderEntryDiff.Append -> Edit.Append(diff.items)
        is OrderEntryDiff.Insert -> Edit.Insert(diff.index, diff.item)
        is OrderEntryDiff.Set -> Edit.Set(diff.index, diff.item)
        is OrderEntryDiff.Remove -> Edit.Remove(diff.index)
        is OrderEntryDiff.Truncate -> Edit.Truncate(diff.length)
    }
}

private class OrderViewValues(private val hears: Hears<OrderView>) : OrderListener {
    override fun changed(change: OrderView): Unit = hears.changed(change)

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)
}
