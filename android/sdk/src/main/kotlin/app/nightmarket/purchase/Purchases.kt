package app.nightmarket.purchase

import app.nightmarket.Currency
import app.nightmarket.DeclaredAge
import app.nightmarket.Hears
import app.nightmarket.Money
import app.nightmarket.NightmarketException
import app.nightmarket.OfferId
import app.nightmarket.PurchaseId
import app.nightmarket.ffi.EarlyListener
import app.nightmarket.ffi.PurchaseListener
import app.nightmarket.ffi.Purchases as Core
import app.nightmarket.ffi.isSettled as isSettledState
import app.nightmarket.ffi.purchaseStateCode
import app.nightmarket.ffi.reasonCode
import app.nightmarket.ffi.reasonWeight
import app.nightmarket.typed
import app.nightmarket.valueFlow
import kotlinx.coroutines.flow.Flow

/** Buying: quotes, one tap, outcomes, the shopper's policy. */
public class Purchases internal constructor(private val core: Core) {
    /**
     * Prices what is wanted: makes a checkout session, with buyer, address and the delivery remembered (else the first
     * offered). At most three are held ready; the oldest goes first. Fails with the network's errors, `NotOffered`,
     * `Refused` with the shop's code (`out_of_stock`, `offer_expired`, …), and `Host`.
     */
    public suspend fun quote(request: BuyRequest): Quoted = typed { core.quote(request, null) }

    /**
     * Prices the whole cart of a shop: makes a checkout of it, with exactly what the shopper put in, for one digest and one
     * purchase. [request] says the rest, such as the instrument; its codes replace the cart's if it has any. Once it is
     * bought, what was bought leaves the cart. Fails as [quote] does, and with `BadInput` if the cart is empty, or
     * [request] has items or an offer of its own.
     */
    public suspend fun quoteCart(request: BuyRequest): Quoted = typed { core.quoteCart(request, null) }

    /**
     * The quotes that are ready for what joined rooms pin now: all of them, then every newer list; the newest wins. There
     * are some where the shop lets its checkouts be made early, within its rate, and one tap could buy them. Nobody has to
     * wait for one: [quote] makes any, and takes a prepared one without a request.
     */
    public val early: Flow<EarlyQuotes> = valueFlow { core.early(EarlyValues(it)) }

    /**
     * Prices a host's offer, as it came on the shopper's channel and was verified. Fails as [quote] does, and with
     * `NotFound`, `NotGenuine`, or `Refused` (`offer_expired`, `offer_used`, `offer_not_yours`).
     */
    public suspend fun quoteOffer(id: OfferId): Quoted = typed { core.quoteOffer(id, null) }

    /**
     * The same quote as the shop has it now. If anything that is rendered changed, its digest did. Fails with `NotFound`
     * if it is not held ready any more, and with the network's errors.
     */
    public suspend fun refresh(key: QuoteKey): Quoted = typed { core.refresh(key, null) }

    /**
     * The quote with another delivery, other codes, another instrument. Fails as [refresh] does, and with `BadInput` if
     * there is no such choice.
     */
    public suspend fun choose(key: QuoteKey, choice: Choice): Quoted = typed { core.choose(key, choice, null) }

    /**
     * The screen reports what it shows of the quote of this digest. From the first report on counts how long it is shown.
     * Fails with `NotFound`, and with `BadInput` if the quote has changed since.
     */
    public suspend fun rendered(key: QuoteKey, digest: String, rendered: Rendered): Unit =
        typed { core.rendered(key, digest, rendered) }

    /**
     * The button was tapped, over the quote of this digest, shown for so many milliseconds. Buys, or says why not. To
     * cancel the coroutine stops the waiting and nothing else: the journal decides. Fails with `NotFound`, `Storage`
     * (nothing was bought), and `Host` if the instrument gave no credential.
     */
    public suspend fun tap(key: QuoteKey, digest: String, shownMs: ULong): TapResult =
        typed { core.tap(key, digest, shownMs) }

    /**
     * The quote of this digest was confirmed, on a screen that reported to show all of it. Never gives `Confirm`. Fails
     * as [tap] does.
     */
    public suspend fun confirm(key: QuoteKey, digest: String): TapResult = typed { core.confirm(key, digest) }

    /** Follows a purchase: as it is now, then every change; the newest wins. Fails with `NotFound`. */
    public fun watch(id: PurchaseId): Flow<PurchaseView> = valueFlow { core.watch(id, PurchaseViewValues(it)) }

    /** Waits until a purchase is settled, or needs the shopper in a browser. Fails with `NotFound`, `Closed`. */
    public suspend fun outcome(id: PurchaseId): PurchaseView = typed { core.outcome(id, null) }

    /** All purchases, newest first. */
    public suspend fun purchases(): List<PurchaseView> = typed { core.purchases() }

    /** Purchases whose outcome the shopper has not acknowledged, newest first; also after a restart. */
    public suspend fun unacknowledged(): List<PurchaseView> = typed { core.unacknowledged() }

    /** The shopper has seen the outcome. Fails with `Unsettled` while there is none. */
    public suspend fun acknowledge(id: PurchaseId): Unit = typed { core.acknowledge(id) }

    /**
     * Takes a purchase back: not sent yet, it never is; placed, the shop is asked. [watch] it for what became of that.
     * Fails with `NotOffered` if the shop undoes no orders (open its `permalinkUrl`), `Unsettled` while the outcome is
     * unknown, `BadInput` if there is nothing to undo.
     */
    public suspend fun undo(id: PurchaseId): Unit = typed { core.undo(id) }

    /**
     * The shopper came back from `continueUrl`: the shop is read, and asked again if that is what it waits for. Fails with
     * `NotFound` if there is no such purchase. One that has found out by itself in the meantime is left as it is.
     */
    public suspend fun returned(id: PurchaseId): Unit = typed { core.returned(id) }

    /**
     * Gives up a purchase that waits for the shopper at `continueUrl`: the shop is asked to cancel it. [watch] it for what
     * became of that: `Abandoned`, or bought after all, if that is what the shop says. Fails with `Unsettled` if it does
     * not wait for the shopper, and with `BadInput` if it is settled.
     */
    public suspend fun abandon(id: PurchaseId): Unit = typed { core.abandon(id) }

    /** What the shopper allows. */
    public suspend fun policy(): Policy = typed { core.policy() }

    /** What is left of the caps. */
    public suspend fun left(): Left = typed { core.left() }

    /**
     * One tap buys strictly under this, in its currency. Raising or enabling asks for device authentication; lowering
     * works at once, and offline. So do the other settings: what lets more through asks. Fails with `BadInput`, and with
     * `Host` if the authentication was not given.
     */
    public suspend fun setThreshold(threshold: Money): Policy = typed { core.setThreshold(threshold, null) }

    /** One tap is off in a currency. Never asks. Fails with `Storage`. */
    public suspend fun switchOff(currency: Currency): Policy = typed { core.switchOff(currency) }

    /** Sets the caps. Fails as [setThreshold] does, and with `BadInput` if a currency is named twice. */
    public suspend fun setCaps(caps: Caps): Policy = typed { core.setCaps(caps, null) }

    /** Sets or ends quiet hours. Fails as [setThreshold] does. */
    public suspend fun setQuietHours(quiet: QuietHours?): Policy = typed { core.setQuietHours(quiet, null) }

    /** Begins or ends a pause. Fails as [setThreshold] does. */
    public suspend fun setPause(pause: Pause): Policy = typed { core.setPause(pause, null) }

    /**
     * From now on this quote's shop, address, delivery, instrument and this device count as used before. Asks for device
     * authentication. Gives what would become of a tap now. Fails with `NotFound`, and with `Host` if the authentication
     * was not given.
     */
    public suspend fun trust(key: QuoteKey): Decision = typed { core.trust(key, null) }

    /**
     * How old the shopper is, as far as the app knows and declares it; null: not known (any more). What is sold above an
     * age is bought by one tap only if this says so, confirmed while it is not known, and refused under that age. Kept in
     * memory, and never sent: declare it anew after every opening, and [refresh] quotes made before. Fails with `BadInput`
     * if nobody can be of this age.
     */
    public suspend fun declareAge(age: DeclaredAge?): Unit = typed { core.declareAge(age) }

    /** The app knows whether there is a network. Coming back ends all waiting. */
    public suspend fun setOnline(online: Boolean): Unit = typed { core.setOnline(online) }

    /** Every decision and every change, oldest first. */
    public suspend fun audit(): List<AuditEntry> = typed { core.audit() }

    /** The audit as a JSON array, for the shopper to keep. */
    public suspend fun exportAudit(): String = typed { core.exportAudit() }

    internal fun close() = core.close()
}

/** What the reason weighs: whether a confirmation settles it. */
public val Reason.weight: Weight get() = typed { reasonWeight(this) }

/** The reason's code, which never changes. */
public val Reason.code: String get() = typed { reasonCode(this) }

/** The state's code, which never changes. */
public val PurchaseState.code: String get() = typed { purchaseStateCode(this) }

/** Whether the purchase cannot change by itself any more. */
public val PurchaseState.isSettled: Boolean get() = typed { isSettledState(this) }

private class PurchaseViewValues(private val hears: Hears<PurchaseView>) : PurchaseListener {
    override fun changed(change: PurchaseView): Unit = hears.changed(change)

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)
}

private class EarlyValues(private val hears: Hears<EarlyQuotes>) : EarlyListener {
    override fun changed(change: EarlyQuotes): Unit = hears.changed(change)

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)
}
