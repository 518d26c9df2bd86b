package app.nightmarket.ui.purchase

import androidx.compose.runtime.Immutable
import app.nightmarket.Money
import app.nightmarket.ui.Problem

/** A line of what is bought. */
@Immutable
data class BuyLine(val title: String, val quantity: Int, val imageUrl: String? = null)

/** An entry of the totals, in the shop's order and words. */
@Immutable
data class TotalLine(val label: String, val amount: Money, val isTotal: Boolean = false)

/** Something of the shop's that has to be seen. */
@Immutable
data class NoticeShown(val text: String, val grave: Boolean = false)

/** A link that has to be shown. */
@Immutable
data class LinkShown(val title: String, val url: String)

/** One way it can come. */
@Immutable
data class DeliveryShown(val group: String, val option: String, val title: String, val price: Money?, val selected: Boolean)

/** What the pay button does when it is tapped now. */
@Immutable
sealed interface PayStands {
    /** It pays. */
    data object Ready : PayStands

    /** It was shown for too short a time, or is being priced again. */
    data object JustAppeared : PayStands

    /** It does nothing; why. */
    data class Disabled(val why: String) : PayStands
}

/** What became of a tap. */
@Immutable
sealed interface Outcome {
    /** On its way to the shop. */
    data object Paying : Outcome

    /** The answer is not known yet. */
    data object Checking : Outcome

    /** The app ended while it was being sent: whether it was bought is not known yet. */
    data object Withdrawing : Outcome

    /** Bought. [differently]: at another total than was shown. */
    data class Placed(
        val order: String,
        val paid: Money,
        val undoUntilMs: Long? = null,
        val differently: Boolean = false,
        /** The order's id at the shop; [order] is what the shop calls it. */
        val id: String = order,
    ) : Outcome

    /** The shop is asked to undo it. */
    data object Undoing : Outcome

    /** Undone: the shop said so. */
    data object Undone : Outcome

    /** It could not be undone. */
    data class TooLate(val order: String) : Outcome

    /** The shop said no. */
    data class Declined(val why: String) : Outcome

    /** To be gone on with at [url]. */
    data class NeedsYou(val url: String?) : Outcome

    /** The shop is asked to let it go. */
    data object GivingUp : Outcome

    /** Given up, and the shop said that nothing was bought. */
    data object GivenUp : Outcome

    /** The app ended before it was sent, and nothing was bought. */
    data object ClosedBefore : Outcome

    /** Nothing left this device. */
    data object NotSent : Outcome

    /** Taken back before it left. */
    data object NeverSent : Outcome

    /** Whether nothing more will come of itself. */
    val isSettled: Boolean get() = when (this) {
        Paying, Checking, Withdrawing, Undoing, GivingUp -> false
        else -> true
    }
}

/** What has to be confirmed. */
@Immutable
data class Confirming(
    val reasons: List<String>,
    /** Whether confirming is enough. */
    val mayConfirm: Boolean = true,
)

/** The buy card as it stands. */
@Immutable
data class BuyState(
    /** Digest of the quote that is shown: another one is another thing to look at. */
    val digest: String = "",
    val shop: String = "",
    val lines: List<BuyLine> = emptyList(),
    val totals: List<TotalLine> = emptyList(),
    val total: Money? = null,
    val notices: List<NoticeShown> = emptyList(),
    val links: List<LinkShown> = emptyList(),
    val deliveries: List<DeliveryShown> = emptyList(),
    val payWith: String? = null,
    val pay: PayStands = PayStands.JustAppeared,
    /** One line under the button: why it is one tap, or what will be asked. */
    val under: String? = null,
    /** Whether the button buys without a question, as far as can be foreseen. */
    val oneTap: Boolean = false,
    val confirming: Confirming? = null,
    val outcome: Outcome? = null,
    /** The shop is asked for the total. */
    val pricing: Boolean = false,
    val problem: Problem? = null,
)

/** What a finger does on the buy card and the confirmation. */
interface BuyActions {
    /** The screen shows all of the quote. Called once for every quote that is drawn. */
    fun rendered()

    fun pay()

    fun confirm()

    fun notNow()

    fun choose(delivery: DeliveryShown)

    fun undo()

    /** No, not in the browser either. */
    fun giveUp()

    /** Opens an address of the shop's in a browser. */
    fun open(url: String)

    /** The shopper has seen the outcome. */
    fun ok()

    fun close()

    fun tryAgain()
}
