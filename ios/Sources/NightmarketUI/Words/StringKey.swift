/// Every string of the screens. The names are the same on Android; `{0}` is filled in.
public enum StringKey: String, CaseIterable, Sendable {
    // Everywhere
    case loading, offline, tryAgain, checkNetwork, signIn, cancel, ok, open, wait, updateApp, freeStorage, distrust
    case notOffered, wentWrong
    // Feed
    case feed, live, viewers, like, liked, refresh, feedEmpty
    // Live and chat
    case leave, connecting, ended, say, send, sending, notSent, retry, discard, host, you, held, pinned, getIt
    case pointAt, pointHint, thatOne
    // Offers
    case offerForYou, offerEnds, offerOver
    // Purchase
    case pay, underThreshold, willAsk, justAppeared, checking, placed, placedDifferently, undo, undoUntil, undoing
    case undone, tooLate, declined, needsYou, purchaseNotSent, confirmTitle, notNow, total, terms, privacy, refundPolicy, moreAbout
    // Threshold
    case threshold, thresholdOff, thresholdUnder, thresholdSet, switchOff, raisingAsks, leftToday, leftWeek
    case quietHours, quietFrom, quietTo, pause, notAnAmount, notConfirmed
    // Orders
    case orders, ordersEmpty, order, orderProcessing, orderOnTheWay, orderFailedAttempt, orderPartlyDelivered
    case orderDelivered, orderUndeliverable, orderCanceled, orderReturned
    // Returns
    case returnIt, returnTitle, whatGoesBack, why, requestReturn, chooseSlot, asItIs, book, keepIt, free
    case courierComing, courierThere, handoverCode, refund, refunded, refundPending, refundQuoted, refundFailed
    case refundReversal, nothingToReturn, contradiction
    case returnAsking, returnNotMade, returnAtShop, returnRequested, returnNeedsReview, returnApproved
    case returnDeclined, returnClosed, returnCanceled, returnExpired
    case pickupBooked, pickupAssigned, pickupHandedOver, pickupInTransit, pickupReceived, pickupInspected
    case pickupCustomerNoShow, pickupCourierNoShow, pickupRefused, pickupLost, pickupDropOff, pickupKeepItem
    case whyChangedMind, whyDamaged, whyNotAsDescribed, whyWrongItem, whyNotWhatWasOpened
    // Why a tap alone does not buy, named after the core's reasons
    case reasonThresholdOff, reasonOtherCurrency, reasonNotUnderThreshold, reasonTotalsWrong, reasonDayAmount
    case reasonWeekAmount, reasonDayCount, reasonWeekCount, reasonShopLimit, reasonNewAddress, reasonNewInstrument
    case reasonNewDevice, reasonUnknownShop, reasonNoDeliveryRemembered, reasonInstrumentAsks, reasonSubscription
    case reasonAgeRestricted, reasonDisclosure, reasonSameItemAgain, reasonQuietHours, reasonPaused
    case reasonPlacedDifferentlyBefore, reasonDrawFailedBefore, reasonNotBindable, reasonNotRendered
    case reasonOddsNotShown, reasonVariantOpen, reasonEscalation, reasonTotalMissing, reasonShownTooBriefly
    case reasonReplaced, reasonAlreadyTapped, reasonExpired, reasonStale, reasonNotReady, reasonNoInstrument
    case reasonOffline
}
