package app.nightmarket.ui.purchase

import androidx.compose.runtime.Immutable
import app.nightmarket.Money
import app.nightmarket.ui.Problem

/** What is left of a cap. */
@Immutable
data class CapLeft(val left: Money, val cap: Money)

/** One tap in one currency. */
@Immutable
data class CurrencyThreshold(
    val currency: String,
    /** One tap buys strictly under this; none is off. */
    val threshold: Money? = null,
    val today: CapLeft? = null,
    val week: CapLeft? = null,
)

/** Hours of the day in which every purchase asks, minutes of the day. */
@Immutable
data class QuietShown(val from: Int, val to: Int)

/** What the shopper allows, as it stands. */
@Immutable
data class ThresholdState(
    val currencies: List<CurrencyThreshold> = emptyList(),
    /** Purchases left today, where they are counted. */
    val countLeft: Int? = null,
    val quiet: QuietShown? = null,
    val paused: Boolean = false,
    val loading: Boolean = false,
    /** The device asks who is there, or the change is being written. */
    val busy: Boolean = false,
    val problem: Problem? = null,
)

/** What a finger does on the threshold's screen. */
interface ThresholdActions {
    fun set(threshold: Money)

    fun switchOff(currency: String)

    fun quiet(quiet: QuietShown?)

    fun pause(paused: Boolean)

    fun tryAgain()
}
