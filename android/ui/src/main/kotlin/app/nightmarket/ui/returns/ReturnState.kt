package app.nightmarket.ui.returns

import androidx.compose.runtime.Immutable
import app.nightmarket.Money
import app.nightmarket.ui.Problem

/** A line of an order that can go back. */
@Immutable
data class ReturnableShown(
    val lineId: String,
    val title: String,
    val imageUrl: String?,
    val refund: Money,
    /** Pieces that can go back. */
    val most: Int,
    /** Pieces chosen. */
    val chosen: Int = 0,
)

/** A reason the shop takes: its code, and in words. */
@Immutable
data class ReasonShown(val code: String, val text: String)

/** A time at which the courier may come. */
@Immutable
data class SlotShown(
    val id: String,
    val fromMs: Long,
    val toMs: Long,
    /** Nothing to pack. */
    val unpacked: Boolean,
    /** What comes off the refund; none is free. */
    val fee: Money? = null,
)

/** One step of the way back. */
@Immutable
data class CourierStep(val text: String, val done: Boolean, val now: Boolean = false, val second: String? = null)

/** Where the money is. */
@Immutable
data class MoneyLine(val text: String, val stands: MoneyStands)

/** Where the money is, as far as its colour goes. */
enum class MoneyStands { NOTHING_YET, COMING, BACK, TROUBLE }

/** What the screen is about just now. */
@Immutable
sealed interface ReturnStep {
    /** Reading what can go back. */
    data object Loading : ReturnStep

    /** Choose lines and a reason. */
    data class Choose(
        val lines: List<ReturnableShown>,
        val reasons: List<ReasonShown> = emptyList(),
        val reason: String? = null,
        /** What it brings, by the shop's figures. */
        val brings: Money? = null,
        val sending: Boolean = false,
    ) : ReturnStep

    /** The shop has it, or is being asked. */
    data class Asked(
        /** Where the request stands, in words. */
        val says: String,
        /** It needs the shopper. */
        val trouble: Boolean = false,
        /** Times to choose from; empty if there is nothing to choose. */
        val slots: List<SlotShown> = emptyList(),
        val slot: String? = null,
        val booking: Boolean = false,
        val way: List<CourierStep> = emptyList(),
        /** Said beside the way: a courier who did not come, say. */
        val notice: String? = null,
        /** For the courier at the door; only while they are there. */
        val code: String? = null,
        val money: MoneyLine? = null,
        val canKeep: Boolean = false,
    ) : ReturnStep
}

/** A return as it stands. */
@Immutable
data class ReturnState(
    val title: String? = null,
    val imageUrl: String? = null,
    val step: ReturnStep = ReturnStep.Loading,
    val nowMs: Long = 0,
    val problem: Problem? = null,
)

/** What a finger does on a return. */
interface ReturnActions {
    fun back()

    fun choose(line: ReturnableShown, pieces: Int)

    fun because(reason: ReasonShown)

    fun request()

    fun pick(slot: SlotShown)

    fun book()

    /** Keep it after all. */
    fun keep()

    fun tryAgain()
}
