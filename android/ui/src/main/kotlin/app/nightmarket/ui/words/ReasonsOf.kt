package app.nightmarket.ui.words

import app.nightmarket.purchase.Reason

/** The sentence for a reason of the core's. */
fun Reasons.of(reason: Reason): String = when (reason) {
    is Reason.ThresholdOff -> reasonThresholdOff
    is Reason.OtherCurrency -> reasonOtherCurrency(reason.currency)
    is Reason.NotUnderThreshold -> reasonNotUnderThreshold(reason.threshold.shown())
    is Reason.TotalsWrong -> reasonTotalsWrong
    is Reason.DayAmount -> reasonDayAmount(reason.cap.shown())
    is Reason.WeekAmount -> reasonWeekAmount(reason.cap.shown())
    is Reason.DayCount -> reasonDayCount(reason.cap.toString())
    is Reason.WeekCount -> reasonWeekCount(reason.cap.toString())
    is Reason.ShopLimit -> reasonShopLimit(reason.max.shown())
    is Reason.NewAddress -> reasonNewAddress
    is Reason.NewInstrument -> reasonNewInstrument
    is Reason.NewDevice -> reasonNewDevice
    is Reason.UnknownShop -> reasonUnknownShop
    is Reason.NoDeliveryRemembered -> reasonNoDeliveryRemembered
    is Reason.InstrumentAsks -> reasonInstrumentAsks
    is Reason.Subscription -> reasonSubscription
    is Reason.AgeRestricted -> reasonAgeRestricted
    is Reason.GuardianNeeded -> reasonGuardianNeeded(reason.under.toString())
    is Reason.Disclosure -> reasonDisclosure(reason.content)
    is Reason.SameItemAgain -> reasonSameItemAgain
    is Reason.QuietHours -> reasonQuietHours
    is Reason.Paused -> reasonPaused
    is Reason.PlacedDifferentlyBefore -> reasonPlacedDifferentlyBefore
    is Reason.DrawFailedBefore -> reasonDrawFailedBefore
    is Reason.NotBindable -> reasonNotBindable
    is Reason.NotRendered -> reasonNotRendered
    is Reason.OddsNotShown -> reasonOddsNotShown
    is Reason.VariantOpen -> reasonVariantOpen
    is Reason.Escalation -> reasonEscalation
    is Reason.TotalMissing -> reasonTotalMissing
    is Reason.ShownTooBriefly -> reasonShownTooBriefly
    is Reason.Replaced -> reasonReplaced
    is Reason.AlreadyTapped -> reasonAlreadyTapped
    is Reason.Expired -> reasonExpired
    is Reason.Stale -> reasonStale
    is Reason.NotReady -> reasonNotReady(reason.content)
    is Reason.NoInstrument -> reasonNoInstrument
    is Reason.UnderAge -> reasonUnderAge(reason.min.toString())
    is Reason.Offline -> reasonOffline
}
