package app.nightmarket.ui.returns

import app.nightmarket.Money
import app.nightmarket.NightmarketException
import app.nightmarket.PostalAddress
import app.nightmarket.Shopper
import app.nightmarket.returns.ReturnLine
import app.nightmarket.returns.ReturnView
import app.nightmarket.returns.Returnable
import app.nightmarket.returns.ReturnableLine
import app.nightmarket.returns.eligible
import app.nightmarket.returns.estimate
import app.nightmarket.ui.Model
import app.nightmarket.ui.words.Strings
import app.nightmarket.ui.words.Times
import app.nightmarket.ui.words.problem
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.first

/** What goes back of one order, over the SDK's. [address] is where the courier comes. */
class ReturnModel(
    private val shopper: Shopper,
    private val shop: String,
    private val order: String,
    parent: CoroutineScope,
    strings: Strings,
    private val times: Times,
    private val address: suspend () -> PostalAddress,
    private val onBack: () -> Unit,
    private val now: () -> Long = System::currentTimeMillis,
) : Model<ReturnState>(parent, strings, ReturnState()), ReturnActions {
    private val words = ReturnWords(strings, times)
    private var returnable: Returnable? = null
    private var titles = emptyMap<String, Pair<String, String?>>()
    private var chosen = emptyMap<String, Int>()
    private var reason: String? = null
    private var following: String? = null
    private var followed: Job? = null
    private var view: ReturnView? = null
    private var slot: SlotShown? = null

    init {
        read()
    }

    override fun back() = onBack()

    override fun tryAgain() {
        change { it.copy(problem = null) }
        if (following == null) read()
    }

    override fun choose(line: ReturnableShown, pieces: Int) {
        chosen = chosen + (line.lineId to pieces)
        showChoice()
    }

    override fun because(reason: ReasonShown) {
        this.reason = reason.code
        showChoice()
    }

    override fun request() {
        val lines = wanted()
        if (lines.isEmpty()) return
        showChoice(sending = true)
        go(::failed) { follow(shopper.returns.start(shop, order, lines)) }
    }

    override fun pick(slot: SlotShown) {
        val id = following ?: return
        this.slot = slot
        show()
        go(::failed) { show(shopper.returns.hold(id, slot.id)) }
    }

    override fun book() {
        val (id, picked) = (following ?: return) to (slot ?: return)
        show(booking = true)
        go(::failed) { show(shopper.returns.book(id, picked.id, address())) }
    }

    override fun keep() {
        val id = following ?: return
        go(::failed) { show(shopper.returns.cancel(id)) }
    }

    private fun read() {
        go(::failed) {
            titles = shopper.orders.read(shop, order).lines.associate { it.id to (it.title to it.imageUrl) }
            val open = shopper.returns.list.first().firstOrNull { it.shop == shop && it.order == order && !it.isSettled }
            if (open != null) {
                follow(open.id)
            } else {
                returnable = shopper.returns.eligible(shop, order)
                chosen = lines().takeIf { it.size == 1 }.orEmpty().associate { it.lineId to it.most() }
                showChoice()
            }
        }
    }

    private fun follow(id: String) {
        following = id
        followed?.cancel()
        followed = go(::failed) { shopper.returns.watch(id).collect { show(it) } }
    }

    private fun lines(): List<ReturnableLine> = returnable?.eligible.orEmpty()

    private fun wanted(): List<ReturnLine> = chosen.filterValues { it > 0 }.map { (line, pieces) -> ReturnLine(line, pieces.toUInt(), reason.orEmpty()) }

    private fun showChoice(sending: Boolean = false) {
        val lines = lines()
        // A reason that does not fit all that is chosen cannot be given for all of it.
        val picked = lines.filter { (chosen[it.lineId] ?: 0) > 0 }
        val reasons = picked.map { it.reasons }.reduceOrNull { one, other -> one.filter(other::contains) }.orEmpty()
        reason = reason?.takeIf { it in reasons }
        val step = ReturnStep.Choose(
            lines.map { it.shown() },
            reasons.map { ReasonShown(it, words.reason(it)) },
            reason,
            brings(picked),
            sending,
        )
        change { it.copy(step = step, problem = null, nowMs = now()) }
    }

    private fun brings(picked: List<ReturnableLine>): Money? = returnable?.estimate(
        picked.map { ReturnLine(it.lineId, (chosen[it.lineId] ?: 0).toUInt(), reason ?: it.reasons.firstOrNull().orEmpty()) },
    )

    private fun ReturnableLine.most() = (delivered - returned - open).toInt()

    private fun ReturnableLine.shown(): ReturnableShown {
        val (title, picture) = titles[lineId] ?: (lineId to null)
        return ReturnableShown(lineId, title, picture, refund, most(), chosen[lineId] ?: 0)
    }

    private fun show(latest: ReturnView? = null, booking: Boolean = false) {
        val shown = latest ?: view ?: return
        view = shown
        val currency = shown.money.due?.currency ?: shown.money.refunded?.currency
        val slots = shown.pickup?.slots.orEmpty().map { SlotShown(it.id, it.from, it.to, it.unpacked, currency?.takeIf { _ -> it.fee > 0 }?.let { code -> Money(it.fee, code) }) }
        shown.pickup?.slot?.let { held -> slot = slots.firstOrNull { it.id == held } ?: slot }
        val (title, picture) = titles[shown.lines.firstOrNull()?.lineId] ?: (null to null)
        change {
            ReturnState(title, picture, words.step(shown, slots, slot, booking, now()), now(), shown.problem?.problem(strings))
        }
    }

    private fun failed(error: NightmarketException) {
        when {
            view != null -> show()
            returnable != null -> showChoice()
        }
        change { it.copy(problem = error.problem(strings)) }
    }
}
