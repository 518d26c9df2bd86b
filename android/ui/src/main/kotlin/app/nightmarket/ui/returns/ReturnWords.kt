package app.nightmarket.ui.returns

import app.nightmarket.returns.MoneyState
import app.nightmarket.returns.Paid
import app.nightmarket.returns.Pickup
import app.nightmarket.returns.PickupState
import app.nightmarket.returns.ReturnRequest
import app.nightmarket.returns.ReturnView
import app.nightmarket.ui.words.Strings
import app.nightmarket.ui.words.Times
import app.nightmarket.ui.words.shown

/** A return in words. */
internal class ReturnWords(private val strings: Strings, private val times: Times) {
    /** A reason of the shop's; one that is not known is shown as it was said. */
    fun reason(code: String): String = when (code) {
        "changed_mind", "changed_my_mind" -> strings.reasonChangedMind
        "not_as_shown", "not_as_described" -> strings.reasonNotAsShown
        "damaged" -> strings.reasonDamaged
        "wrong_size" -> strings.reasonWrongSize
        "wrong_item" -> strings.reasonWrongItem
        "not_what_was_opened" -> strings.reasonNotOpened
        else -> code.replace('_', ' ')
    }

    /** Everything the screen shows of a return. */
    fun step(view: ReturnView, slots: List<SlotShown>, slot: SlotShown?, booking: Boolean, nowMs: Long): ReturnStep.Asked {
        val pickup = view.pickup
        val choosing = pickup != null && pickup.state.asksForSlot()
        return ReturnStep.Asked(
            says(view.request),
            trouble = view.request is ReturnRequest.Declined || view.request is ReturnRequest.NotMade,
            slots = if (choosing) slots else emptyList(),
            slot = slot?.id.takeIf { choosing },
            booking = booking,
            way = if (choosing || pickup == null) emptyList() else way(pickup, slot, nowMs),
            notice = pickup?.let { notice(it.state) },
            code = pickup?.code,
            money = money(view.money),
            canKeep = view.canCancel,
        )
    }

    private fun says(request: ReturnRequest): String = when (request) {
        is ReturnRequest.Submitting -> strings.sending
        is ReturnRequest.Unknown -> strings.returnChecking
        is ReturnRequest.NotMade -> strings.returnDeclined(request.content.ifBlank { request.code })
        is ReturnRequest.AtShop -> strings.returnAtShop
        is ReturnRequest.Requested -> strings.returnAsked
        is ReturnRequest.NeedsReview -> strings.returnReview
        is ReturnRequest.Approved -> strings.returnApproved
        is ReturnRequest.Declined -> strings.returnDeclined(request.reason.orEmpty())
        is ReturnRequest.Closed -> strings.returnClosed
        is ReturnRequest.Canceled -> strings.returnKept
        is ReturnRequest.Expired -> strings.returnExpired
        is ReturnRequest.Other -> request.v1
    }

    private fun PickupState.asksForSlot() = this is PickupState.SlotsOffered || this is PickupState.SlotHeld ||
        this is PickupState.CustomerNoShow || this is PickupState.CourierNoShow

    private fun notice(state: PickupState): String? = when (state) {
        is PickupState.CustomerNoShow -> strings.youWereOut
        is PickupState.CourierNoShow -> strings.courierMissed
        is PickupState.Refused -> strings.turnedAway
        is PickupState.Lost -> strings.lost
        is PickupState.DropOff -> strings.dropOff
        is PickupState.KeepItem -> strings.keepIt
        else -> null
    }

    /** The steps of the way; what is behind it is done, the one it is at stands out. */
    private fun way(pickup: Pickup, slot: SlotShown?, nowMs: Long): List<CourierStep> {
        val at = STEPS.indexOfFirst { it.isInstance(pickup.state) }
        if (at < 0) return emptyList()
        val booked = slot?.let { "${times.day(it.fromMs, nowMs)} ${times.span(it.fromMs, it.toMs)}" }
        val texts = listOf(
            strings.booked to booked,
            strings.courierAssigned to pickup.courier?.label,
            strings.courierComing to null,
            strings.courierThere to null,
            strings.handedOver to pickup.receipt?.let { times.clock(it.at) },
            strings.inTransit to null,
            strings.shopHasIt to null,
            strings.inspected to null,
        )
        val over = at == STEPS.lastIndex
        return texts.mapIndexed { index, (text, second) ->
            CourierStep(text, done = index < at || over, now = index == at && !over, second.takeIf { index <= at })
        }
    }

    private fun money(paid: Paid): MoneyLine? = when (paid.state) {
        is MoneyState.None -> null
        is MoneyState.Quoted -> paid.due?.let { MoneyLine(strings.refundQuoted(it.shown()), MoneyStands.NOTHING_YET) }
        is MoneyState.Provisional, is MoneyState.Pending -> paid.due?.let { MoneyLine(strings.refundPending(it.shown()), MoneyStands.COMING) }
        is MoneyState.Refunded -> (paid.refunded ?: paid.due)?.let { MoneyLine(strings.refunded(it.shown()), MoneyStands.BACK) }
        is MoneyState.Failed -> MoneyLine(strings.refundFailed, MoneyStands.TROUBLE)
        is MoneyState.ReversalProposed -> MoneyLine(strings.refundAskedBack(paid.refunded?.shown().orEmpty()), MoneyStands.TROUBLE)
        is MoneyState.Other -> null
    }

    private companion object {
        /** The way as it goes if all is well. */
        val STEPS = listOf(
            PickupState.Booked::class,
            PickupState.CourierAssigned::class,
            PickupState.EnRoute::class,
            PickupState.Arrived::class,
            PickupState.HandedOver::class,
            PickupState.InTransit::class,
            PickupState.Received::class,
            PickupState.Inspected::class,
        )
    }
}
