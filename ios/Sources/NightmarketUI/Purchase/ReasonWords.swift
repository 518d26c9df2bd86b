import Nightmarket

extension Reason {
    /// Why a tap alone does not buy, for the shopper.
    func words(in strings: Strings) -> String {
        switch self {
        case .thresholdOff: strings(.reasonThresholdOff)
        case .otherCurrency(let currency): strings(.reasonOtherCurrency, currency)
        case .notUnderThreshold(let threshold): strings(.reasonNotUnderThreshold, threshold.shown)
        case .totalsWrong: strings(.reasonTotalsWrong)
        case .dayAmount(let cap): strings(.reasonDayAmount, cap.shown)
        case .weekAmount(let cap): strings(.reasonWeekAmount, cap.shown)
        case .dayCount(let cap): strings(.reasonDayCount, String(cap))
        case .weekCount(let cap): strings(.reasonWeekCount, String(cap))
        case .shopLimit(let max): strings(.reasonShopLimit, max.shown)
        case .newAddress: strings(.reasonNewAddress)
        case .newInstrument: strings(.reasonNewInstrument)
        case .newDevice: strings(.reasonNewDevice)
        case .unknownShop: strings(.reasonUnknownShop)
        case .noDeliveryRemembered: strings(.reasonNoDeliveryRemembered)
        case .instrumentAsks: strings(.reasonInstrumentAsks)
        case .subscription: strings(.reasonSubscription)
        case .ageRestricted: strings(.reasonAgeRestricted)
        case .guardianNeeded(let under): strings(.reasonGuardianNeeded, String(under))
        case .disclosure(let content): strings(.reasonDisclosure, content)
        case .sameItemAgain: strings(.reasonSameItemAgain)
        case .quietHours: strings(.reasonQuietHours)
        case .paused: strings(.reasonPaused)
        case .placedDifferentlyBefore: strings(.reasonPlacedDifferentlyBefore)
        case .drawFailedBefore: strings(.reasonDrawFailedBefore)
        case .notBindable: strings(.reasonNotBindable)
        case .notRendered: strings(.reasonNotRendered)
        case .oddsNotShown: strings(.reasonOddsNotShown)
        case .variantOpen: strings(.reasonVariantOpen)
        case .escalation: strings(.reasonEscalation)
        case .totalMissing: strings(.reasonTotalMissing)
        case .shownTooBriefly: strings(.reasonShownTooBriefly)
        case .replaced: strings(.reasonReplaced)
        case .alreadyTapped: strings(.reasonAlreadyTapped)
        case .expired: strings(.reasonExpired)
        case .stale: strings(.reasonStale)
        case .notReady(_, let content): strings(.reasonNotReady, content)
        case .noInstrument: strings(.reasonNoInstrument)
        case .underAge(let min): strings(.reasonUnderAge, String(min))
        case .offline: strings(.reasonOffline)
        }
    }
}
