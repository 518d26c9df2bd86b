/// Every string of the screens. The names are the same on Android; `{0}` is filled in.
public enum StringKey: String, CaseIterable, Sendable {
    // Everywhere
    case loading, offline, tryAgain, checkNetwork, signIn, back, cancel, ok, open
    case problemUnreachable, problemNoAnswer, problemSignIn, problemWait, problemUpdate, problemDistrust
    case problemStorage, problemNotHere, problemNotProven, problemInput, problemOurs
    // Feed
    case feed, live, liveNow, viewers, like, liked, refresh, feedEmpty
    // Live and chat
    case videoOf, connecting, roomScheduled, roomEnded, say, send, sending, notSent, retry, discard, held, removed, you
    case host, pinned, getIt, pointAt, pointHint, thatOne
    case replyingTo, messageGone, mentionedYou, signInToChat, mutedUntil, muted, banned, membersOnly, slowMode, sendsIn
    case pinnedLine, asOf, deleteLine, translate, translation, block, report, movedOn, watchAgain, withHosts
    // Offers
    case offerForYou, offerEnds, offerExpired
    // Purchase
    case pay, underThreshold, willAsk, justAppeared, checking, placed, placedDifferently, undo, undoUntil, undoing
    case undone, tooLate, declined, needsYou, giveUp, givingUp, givenUp, withdrawing, closedBefore,
        purchaseNotSent, confirmTitle, notNow, total, soldBy, pricing, deliverBy,
        payWith, free
    case linkPrivacy, linkTerms, linkReturns, linkShipping, linkMore
    // Threshold
    case threshold, oneTap, thresholdSays, thresholdOff, thresholdSet, switchOff, raisingAsks, leftToday, leftWeek,
        ofCap
    case quietHours, quietSays, from, until, pause, pauseSays
    // Orders
    case orders, ordersEmpty, order, stageProcessing, stageOnTheWay, stageFailedAttempt, stagePartlyDelivered
    case stageDelivered, stageUndeliverable, stageCanceled, stageReturned
    // Returns
    case returnIt, returnTitle, whatGoesBack, nothingToReturn, why, requestReturn, chooseSlot, asItIs, pickupCosts
    case book, keepItAfterAll, returnAsked, returnReview, returnApproved, returnDeclined, returnAtShop, returnChecking
    case returnClosed, returnKept, returnExpired, contradiction
    case booked, courierAssigned, courierComing, courierThere, handedOver, inTransit, shopHasIt, inspected
    case youWereOut, courierMissed, turnedAway, lost, dropOff, keepIt, handoverCode
    case refund, refunded, refundPending, refundQuoted, refundFailed, refundAskedBack
    case reasonChangedMind, reasonNotAsShown, reasonDamaged, reasonNotOpened, reasonWrongSize, reasonWrongItem
    // Why a tap alone does not buy, named after the core's reasons
    case reasonThresholdOff, reasonOtherCurrency, reasonNotUnderThreshold, reasonTotalsWrong, reasonDayAmount
    case reasonWeekAmount, reasonDayCount, reasonWeekCount, reasonShopLimit, reasonNewAddress, reasonNewInstrument
    case reasonNewDevice, reasonUnknownShop, reasonNoDeliveryRemembered, reasonInstrumentAsks, reasonSubscription
    case reasonAgeRestricted, reasonGuardianNeeded, reasonUnderAge
    case reasonDisclosure, reasonSameItemAgain, reasonQuietHours, reasonPaused
    case reasonPlacedDifferentlyBefore, reasonDrawFailedBefore, reasonNotBindable, reasonNotRendered
    case reasonOddsNotShown, reasonVariantOpen, reasonEscalation, reasonTotalMissing, reasonShownTooBriefly
    case reasonReplaced, reasonAlreadyTapped, reasonExpired, reasonStale, reasonNotReady, reasonNoInstrument
    case reasonOffline
}
