package app.nightmarket.ui.orders

import app.nightmarket.NightmarketException
import app.nightmarket.Shopper
import app.nightmarket.orders.OrderEntry
import app.nightmarket.orders.Stage
import app.nightmarket.orders.Undo
import app.nightmarket.purchase.PurchaseState
import app.nightmarket.purchase.PurchaseView
import app.nightmarket.purchase.isSettled
import app.nightmarket.ui.Model
import app.nightmarket.ui.words.Strings
import app.nightmarket.ui.words.isOffline
import app.nightmarket.ui.words.problem
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.first

/** The orders, over the SDK's. [onReturn] leads on to what goes back. */
class OrdersModel(
    private val shopper: Shopper,
    parent: CoroutineScope,
    strings: Strings,
    private val onReturn: (OrderRow) -> Unit,
    private val now: () -> Long = System::currentTimeMillis,
) : Model<OrdersState>(parent, strings, OrdersState(loading = true)), OrdersActions {
    private var entries = emptyList<OrderEntry>()
    private var returning = emptySet<String>()

    /** Orders whose undo was asked for, and until when they can be undone. */
    private val asked = LinkedHashMap<String, OrderRow>()
    private val undoUntil = HashMap<String, Long>()

    init {
        go(::failed) {
            shopper.orders.list.collect {
                entries = it
                show()
            }
        }
        go({}) {
            shopper.returns.list.collect { all ->
                returning = all.filterNot { it.isSettled }.map { "${it.shop}/${it.order}" }.toSet()
                show()
            }
        }
        refresh()
    }

    override fun refresh() {
        change { it.copy(refreshing = it.orders.isNotEmpty(), loading = it.orders.isEmpty(), problem = null) }
        go(::failed) {
            shopper.orders.refresh()
            change { it.copy(refreshing = false, loading = false, offline = false) }
            asked.values.toList().forEach(::askUndo)
        }
    }

    override fun shown(order: OrderRow) {
        if (order.standing == Standing.UNDER_WAY && asked.put(order.key, order) == null) askUndo(order)
    }

    /** An order that nobody says can be undone has no button for it. */
    private fun askUndo(order: OrderRow) {
        go({}) {
            val undo = shopper.orders.undoDeadline(order.shop, order.id)
            val can = undo is Undo.Here && undo.cancelable && undo.leftMs > 0UL
            if (can) undoUntil[order.key] = now() + undo.leftMs.toLong() else undoUntil.remove(order.key)
            show()
        }
    }

    override fun undo(order: OrderRow) {
        undoUntil.remove(order.key)
        show()
        val refused = { error: NightmarketException ->
            failed(error)
            askUndo(order)
        }
        go(refused) {
            val bought = shopper.purchase.purchases().firstOrNull { it.quote.shop == order.shop && it.order()?.id == order.id }
            if (bought != null) {
                shopper.purchase.undo(bought.id)
                shopper.purchase.watch(bought.id).first { it.state !is PurchaseState.CancelRequested && it.state.isSettled }
            }
            refresh()
        }
    }

    override fun returnIt(order: OrderRow) = onReturn(order)

    private fun show() = change { state ->
        state.copy(orders = entries.map(::row), loading = state.loading && entries.isEmpty())
    }

    private fun row(entry: OrderEntry): OrderRow {
        val key = "${entry.shop}/${entry.id}"
        return OrderRow(
            entry.shop,
            entry.id,
            entry.title,
            entry.imageUrl,
            entry.total,
            entry.stage.words(strings),
            entry.stage.standing(),
            entry.placedAt,
            undoUntil[key]?.takeIf { it > now() },
            canReturn = entry.stage == Stage.DELIVERED || entry.stage == Stage.PARTLY_DELIVERED,
            returning = key in returning,
        )
    }

    private fun failed(error: NightmarketException) = change {
        val offline = error.isOffline
        it.copy(refreshing = false, loading = false, offline = offline, problem = error.problem(strings).takeUnless { _ -> offline && it.orders.isNotEmpty() })
    }
}

private fun PurchaseView.order() = when (val state = state) {
    is PurchaseState.Placed -> state.v1
    is PurchaseState.PlacedDifferently -> state.v1
    is PurchaseState.TooLate -> state.order
    else -> null
}

private fun Stage?.words(strings: Strings): String = when (this) {
    null -> strings.stageReading
    Stage.PROCESSING -> strings.stageProcessing
    Stage.ON_THE_WAY -> strings.stageOnTheWay
    Stage.FAILED_ATTEMPT -> strings.stageFailedAttempt
    Stage.PARTLY_DELIVERED -> strings.stagePartlyDelivered
    Stage.DELIVERED -> strings.stageDelivered
    Stage.UNDELIVERABLE -> strings.stageUndeliverable
    Stage.CANCELED -> strings.stageCanceled
    Stage.RETURNED -> strings.stageReturned
}

private fun Stage?.standing(): Standing = when (this) {
    null, Stage.PROCESSING, Stage.ON_THE_WAY -> Standing.UNDER_WAY
    Stage.DELIVERED, Stage.PARTLY_DELIVERED -> Standing.DONE
    Stage.CANCELED, Stage.RETURNED -> Standing.GONE
    Stage.FAILED_ATTEMPT, Stage.UNDELIVERABLE -> Standing.TROUBLE
}
