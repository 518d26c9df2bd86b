package app.nightmarket.ui.purchase

import app.nightmarket.Money
import app.nightmarket.NightmarketException
import app.nightmarket.Shopper
import app.nightmarket.orders.Undo
import app.nightmarket.purchase.BuyRequest
import app.nightmarket.purchase.Choice
import app.nightmarket.purchase.Decision
import app.nightmarket.purchase.NotSent
import app.nightmarket.purchase.PlacedOrder
import app.nightmarket.purchase.PurchaseState
import app.nightmarket.purchase.PurchaseView
import app.nightmarket.purchase.Quoted
import app.nightmarket.purchase.Reason
import app.nightmarket.purchase.TapResult
import app.nightmarket.purchase.Wanted
import app.nightmarket.purchase.Weight
import app.nightmarket.purchase.weight
import app.nightmarket.ui.Model
import app.nightmarket.ui.words.Reasons
import app.nightmarket.ui.words.Strings
import app.nightmarket.ui.words.of
import app.nightmarket.ui.words.problem
import app.nightmarket.ui.words.shown
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch

/** What a buy card is opened for. */
sealed interface ToBuy {
    /** An item of a shop's. */
    data class Item(val shop: String, val item: String) : ToBuy

    /** A host's offer. */
    data class Offer(val id: String) : ToBuy

    /** What a pin showed all of since [since], and was tapped on it. */
    data class Early(val quoted: Quoted, val since: Long) : ToBuy

    /** Bought already: what became of it. */
    data class Outcome(val purchase: PurchaseView) : ToBuy
}

/** One buy card, from the price to what became of the tap. */
class BuyModel(
    private val shopper: Shopper,
    private val what: ToBuy,
    parent: CoroutineScope,
    strings: Strings,
    private val onClose: () -> Unit,
    private val openUrl: (String) -> Unit,
    private val now: () -> Long = System::currentTimeMillis,
    /** Milliseconds that no setting of a clock changes: how long something was shown. */
    private val elapsed: () -> Long = { System.nanoTime() / 1_000_000 },
) : Model<BuyState>(parent, strings, BuyState(pricing = true)), BuyActions {
    private val purchases = shopper.purchase
    private val reasons = Reasons(strings.language)
    private var quoted: Quoted? = null
    private var thresholds = emptyList<Money>()

    /** When the quote of this digest was first on screen. */
    private var onScreen: Pair<String, Long>? = null
    private var waiting: Job? = null
    private var purchase: String? = null

    /** What is known of the purchase, whatever was asked for since. */
    private var known: Outcome? = null

    init {
        when (what) {
            is ToBuy.Outcome -> follow(what.purchase)
            is ToBuy.Early -> tapped(what)
            else -> price()
        }
    }

    override fun tryAgain() {
        if (purchase == null) price() else change { it.copy(problem = null) }
    }

    override fun rendered() {
        val shown = quoted ?: return
        if (onScreen?.first == shown.quote.digest) return
        onScreen = shown.quote.digest to elapsed()
        waiting?.cancel()
        waiting = go(::failed) {
            purchases.rendered(shown.quote.key, shown.quote.digest, shown.toRender)
            delay(LEAST_SHOWN_MS)
            change { it.copy(pay = stands(shown.decision)) }
        }
    }

    override fun pay() {
        val tapped = quoted ?: return
        val (digest, since) = onScreen ?: return
        if (state.value.outcome != null || state.value.pay != PayStands.Ready) return
        change { it.copy(pay = PayStands.JustAppeared) }
        go(::failed) { became(purchases.tap(tapped.quote.key, digest, (elapsed() - since).toULong())) }
    }

    private fun tapped(early: ToBuy.Early) {
        val quote = early.quoted.quote
        show(early.quoted)
        onScreen = quote.digest to early.since
        go(::failed) { became(purchases.tap(quote.key, quote.digest, (elapsed() - early.since).toULong())) }
    }

    override fun confirm() {
        val confirmed = quoted ?: return
        change { it.copy(confirming = null, outcome = Outcome.Paying) }
        go(::failed) { became(purchases.confirm(confirmed.quote.key, confirmed.quote.digest)) }
    }

    override fun notNow() = change { it.copy(confirming = null, pay = stands(quoted?.decision)) }

    override fun choose(delivery: DeliveryShown) {
        val before = quoted ?: return
        if (delivery.selected) return
        change { it.copy(pay = PayStands.JustAppeared) }
        go(::failed) { show(purchases.choose(before.quote.key, Choice.Delivery(delivery.group, delivery.option))) }
    }

    override fun undo() {
        val id = purchase ?: return
        change { it.copy(outcome = Outcome.Undoing, problem = null) }
        go(::failed) { purchases.undo(id) }
    }

    override fun giveUp() {
        val id = purchase ?: return
        change { it.copy(outcome = Outcome.GivingUp, problem = null) }
        go(::failed) { purchases.abandon(id) }
    }

    override fun open(url: String) = openUrl(url)

    /** The app is in front again: the shopper may come from the shop's page. */
    fun resumed() {
        val id = purchase ?: return
        if (state.value.outcome is Outcome.NeedsYou) go(::failed) { purchases.returned(id) }
    }

    override fun ok() {
        val id = purchase
        if (id == null || state.value.outcome?.isSettled != true) return close()
        // One that cannot be written down as seen is shown again, no more.
        go({ onClose() }) {
            if (state.value.outcome !is Outcome.NeedsYou) purchases.acknowledge(id)
            onClose()
        }
    }

    override fun close() = onClose()

    private fun price() {
        change { it.copy(pricing = true, problem = null) }
        go(::failed) {
            thresholds = purchases.policy().thresholds
            show(
                when (what) {
                    is ToBuy.Item -> purchases.quote(request(what))
                    is ToBuy.Early -> purchases.refresh(what.quoted.quote.key)
                    is ToBuy.Offer -> purchases.quoteOffer(what.id)
                    is ToBuy.Outcome -> return@go
                },
            )
        }
    }

    private fun show(priced: Quoted) {
        quoted = priced
        val quote = priced.quote
        val shopName = quote.key.shop
        change {
            quote.shown(strings).copy(
                shop = it.shop.ifEmpty { shopName },
                pay = PayStands.JustAppeared,
                under = under(priced.decision),
                oneTap = priced.decision is Decision.OneTap,
            )
        }
        go({}) {
            val name = shopper.venue().shops.firstOrNull { it.domain == shopName }?.name ?: return@go
            change { it.copy(shop = name) }
        }
    }

    private fun under(decision: Decision): String? = when (decision) {
        is Decision.OneTap -> {
            val currency = quoted?.quote?.currency
            thresholds.firstOrNull { it.currency == currency }?.let { strings.underThreshold(it.shown()) }
        }
        is Decision.Confirm -> strings.willAsk
        is Decision.Refuse -> null
    }

    private fun stands(decision: Decision?): PayStands = when (decision) {
        null -> PayStands.JustAppeared
        is Decision.OneTap, is Decision.Confirm -> PayStands.Ready
        is Decision.Refuse -> PayStands.Disabled(decision.v1.firstOrNull()?.let(reasons::of) ?: strings.problemOurs)
    }

    private suspend fun became(result: TapResult) = when (result) {
        is TapResult.Started -> start(result.v1)
        is TapResult.Confirm -> change { it.copy(confirming = confirming(result.v1)) }
        is TapResult.Refused -> refused(result.v1)
    }

    private fun confirming(all: List<Reason>) =
        Confirming(all.map(reasons::of), all.all { it.weight == Weight.CONFIRMS })

    /** What was under the finger is not what the shop has now: it is shown as it is now, for another look. */
    private suspend fun refused(all: List<Reason>) {
        val key = quoted?.quote?.key ?: return
        if (all.any { it is Reason.Replaced || it is Reason.Stale || it is Reason.Expired }) {
            onScreen = null
            show(purchases.refresh(key))
        }
        change { it.copy(outcome = null, pay = PayStands.Disabled(all.joinToString(" ", transform = reasons::of))) }
        delay(LOOK_AGAIN_MS)
        change { it.copy(pay = stands(quoted?.decision)) }
    }

    private fun start(id: String) {
        purchase = id
        change { it.copy(outcome = Outcome.Paying) }
        go(::failed) { purchases.watch(id).collect(::show) }
    }

    private fun follow(view: PurchaseView) {
        change {
            it.copy(
                shop = view.quote.shop,
                lines = view.lines.map { line -> BuyLine(line.title, line.quantity.toInt(), line.imageUrl) },
                totals = listOf(TotalLine(strings.total, view.total, isTotal = true)),
                total = view.total,
                pricing = false,
            )
        }
        start(view.id)
    }

    private fun show(view: PurchaseView) {
        val outcome = view.state.shown(view.total)
        known = outcome
        change { it.copy(outcome = outcome) }
        if (outcome is Outcome.Placed) scope.launch { untilWhen(view, outcome) }
    }

    /** Whether and until when it can be undone here. */
    private suspend fun untilWhen(view: PurchaseView, placed: Outcome.Placed) {
        val undo = try {
            shopper.orders.undoDeadline(view.quote.shop, placed.id)
        } catch (_: NightmarketException) {
            // Not to be undone, as far as we know.
            return
        }
        if (undo !is Undo.Here || !undo.cancelable || undo.leftMs == 0UL) return
        val until = now() + undo.leftMs.toLong()
        known = placed.copy(undoUntilMs = until)
        change { if (it.outcome is Outcome.Placed) it.copy(outcome = known) else it }
    }

    private fun failed(error: NightmarketException) {
        val problem = error.problem(strings)
        change { it.copy(pricing = false, outcome = known, confirming = null, pay = PayStands.Disabled(problem.text), problem = problem) }
    }

    private companion object {
        /** What the core asks for is half a second; a tap under it would be refused. */
        const val LEAST_SHOWN_MS = 500L

        /** How long the reason stays in sight. */
        const val LOOK_AGAIN_MS = 1_500L
    }
}

private fun request(item: ToBuy.Item) = BuyRequest(
    shop = item.shop,
    items = listOf(Wanted(item.item, 1u)),
    offer = null,
    discountCodes = emptyList(),
    membership = null,
    currency = null,
    instrument = null,
    handler = null,
    subscription = false,
    blindBox = false,
    variantOpen = false,
)

private fun PurchaseState.shown(agreed: Money): Outcome = when (this) {
    is PurchaseState.Tapped, is PurchaseState.Sending, is PurchaseState.Processing -> Outcome.Paying
    is PurchaseState.Unknown, is PurchaseState.Reconciling -> Outcome.Checking
    is PurchaseState.Placed -> v1.placed(agreed)
    is PurchaseState.PlacedDifferently -> v1.placed(agreed).copy(differently = true)
    is PurchaseState.Declined -> Outcome.Declined(content.ifBlank { code })
    is PurchaseState.NeedsBuyer -> Outcome.NeedsYou(continueUrl)
    is PurchaseState.Abandoning -> Outcome.GivingUp
    is PurchaseState.Abandoned -> Outcome.GivenUp
    is PurchaseState.NotSent -> if (v1 == NotSent.RESTARTED) Outcome.ClosedBefore else Outcome.NotSent
    is PurchaseState.Withdrawing -> Outcome.Withdrawing
    is PurchaseState.Superseded -> Outcome.NeverSent
    is PurchaseState.CancelRequested -> Outcome.Undoing
    is PurchaseState.Canceled -> Outcome.Undone
    is PurchaseState.TooLate -> Outcome.TooLate(order.label ?: order.id)
}

private fun PlacedOrder.placed(agreed: Money) = Outcome.Placed(label ?: id, total ?: agreed, id = id)
