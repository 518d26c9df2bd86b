package app.nightmarket.returns

import app.nightmarket.Edit
import app.nightmarket.Hears
import app.nightmarket.Money
import app.nightmarket.NightmarketException
import app.nightmarket.OrderId
import app.nightmarket.PostalAddress
import app.nightmarket.ReturnRef
import app.nightmarket.ShopDomain
import app.nightmarket.SlotId
import app.nightmarket.ffi.ReturnListener
import app.nightmarket.ffi.ReturnViewBatch
import app.nightmarket.ffi.ReturnViewDiff
import app.nightmarket.ffi.ReturnViewListener
import app.nightmarket.ffi.Returns as Core
import app.nightmarket.ffi.eligibleLines
import app.nightmarket.ffi.estimateRefund
import app.nightmarket.listFlow
import app.nightmarket.typed
import app.nightmarket.valueFlow
import kotlinx.coroutines.flow.Flow

/**
 * The shopper's returns. Every call fails with `NotOffered` at a shop without them: the order's page is the way then
 * (`Orders.permalink`).
 */
public class Returns internal constructor(private val core: Core) {
    /** All returns, newest first, from this device's ledger, with those of other devices that the channel told of. */
    public val list: Flow<List<ReturnView>> = listFlow { core.list(ReturnViewEdits(it)) }

    /** What of an order can go back, why, until when, and what it brings. */
    public suspend fun eligible(shop: ShopDomain, order: OrderId): Returnable = typed { core.eligible(shop, order, null) }

    /**
     * Asks to give lines back. Durable when this returns; the outcome is observed by [watch]. Fails with `Refused`
     * (`not_returnable`, `too_late`) or `BadInput` if the lines do not fit what the shop takes back: nothing is kept then.
     */
    public suspend fun start(shop: ShopDomain, order: OrderId, lines: List<ReturnLine>, note: String? = null): ReturnRef =
        typed { core.start(shop, order, lines, note, null) }

    /** A return, now and kept fresh while it is collected: at the channel's hints, else by polling. */
    public fun watch(id: ReturnRef): Flow<ReturnView> = valueFlow { core.watch(id, ReturnViewValues(it)) }

    /** Reads a return once. */
    public suspend fun read(id: ReturnRef): ReturnView = typed { core.read(id, null) }

    /** Slots that can be chosen now, by the shop's clock; none where there is nothing to pick up, or not yet. */
    public suspend fun slots(id: ReturnRef): List<Slot> = typed { core.slots(id, null) }

    /**
     * Keeps a slot for a while (`heldUntil`); another one that was held is let go. Fails with `Refused` (`slot_taken`,
     * `wrong_state`), and with `Unsettled` while the request is.
     */
    public suspend fun hold(id: ReturnRef, slot: SlotId): ReturnView = typed { core.hold(id, slot, null) }

    /**
     * Books a slot, held or not; while one is booked, another (the courier not being there yet). Fails as [hold] does, and
     * with `BadInput` for an empty address.
     */
    public suspend fun book(id: ReturnRef, slot: SlotId, address: PostalAddress): ReturnView =
        typed { core.book(id, slot, address, null) }

    /**
     * Keeps it after all, until the courier has it. Canceled is said only when the shop says so. Fails with `Refused`
     * (`too_late`, `wrong_state`), and with `Unsettled` while the request is.
     */
    public suspend fun cancel(id: ReturnRef): ReturnView = typed { core.cancel(id, null) }

    internal fun close() = core.close()
}

/** What these lines bring back by the shop's figures, before a slot's fee; null if they do not add up. */
public fun Returnable.estimate(lines: List<ReturnLine>): Money? = typed { estimateRefund(this, lines) }

/** Lines that can go back now. */
public val Returnable.eligible: List<ReturnableLine> get() = typed { eligibleLines(this) }

private class ReturnViewEdits(private val hears: Hears<List<Edit<ReturnView>>>) : ReturnViewListener {
    override fun changed(change: ReturnViewBatch): Unit = hears.changed(change.diffs.map(::edit))

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)

    private fun edit(diff: ReturnViewDiff): Edit<ReturnView> = when (diff) {
        is ReturnViewDiff.Reset -> Edit.Reset(diff.items)
        is ReturnViewDiff.Append -> Edit.Append(diff.items)
        is ReturnViewDiff.Insert -> Edit.Insert(diff.index, diff.item)
        is ReturnViewDiff.Set -> Edit.Set(diff.index, diff.item)
        is ReturnViewDiff.Remove -> Edit.Remove(diff.index)
        is ReturnViewDiff.Truncate -> Edit.Truncate(diff.length)
    }
}

private class ReturnViewValues(private val hears: Hears<ReturnView>) : ReturnListener {
    override fun changed(change: ReturnView): Unit = hears.changed(change)

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)
}
