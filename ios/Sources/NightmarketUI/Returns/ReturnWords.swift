import Nightmarket

extension ReturnRequest {
    /// Where the request stands, for the shopper.
    func words(in strings: Strings) -> String {
        switch self {
        case .submitting, .unknown: strings(.returnAsking)
        case .notMade(let code, let content): strings(.returnNotMade, content.isEmpty ? code : content)
        case .atShop: strings(.returnAtShop)
        case .requested: strings(.returnRequested)
        case .needsReview: strings(.returnNeedsReview)
        case .approved: strings(.returnApproved)
        case .declined(let reason): strings(.returnDeclined, reason ?? "–")
        case .closed: strings(.returnClosed)
        case .canceled: strings(.returnCanceled)
        case .expired: strings(.returnExpired)
        case .other(let word): word
        }
    }
}

extension PickupState {
    /// Where the parcel is, for the shopper.
    func words(in strings: Strings) -> String {
        switch self {
        case .slotsOffered, .slotHeld: strings(.chooseSlot)
        case .booked: strings(.pickupBooked)
        case .courierAssigned: strings(.pickupAssigned)
        case .enRoute: strings(.courierComing)
        case .arrived: strings(.courierThere)
        case .handedOver: strings(.pickupHandedOver)
        case .inTransit: strings(.pickupInTransit)
        case .received: strings(.pickupReceived)
        case .inspected: strings(.pickupInspected)
        case .customerNoShow: strings(.pickupCustomerNoShow)
        case .courierNoShow: strings(.pickupCourierNoShow)
        case .refused: strings(.pickupRefused)
        case .lost: strings(.pickupLost)
        case .dropOff: strings(.pickupDropOff)
        case .keepItem: strings(.pickupKeepItem)
        case .other(let word): word
        }
    }

    /// The way of a parcel that goes as it should.
    static let way: [PickupState] = [
        .booked, .courierAssigned, .enRoute, .arrived, .handedOver, .inTransit, .received, .inspected,
    ]

    /// Whether a slot can be chosen, or another one.
    var canChooseSlot: Bool {
        switch self {
        case .slotsOffered, .slotHeld, .booked, .courierAssigned, .enRoute, .customerNoShow, .courierNoShow: true
        default: false
        }
    }
}

extension Paid {
    /// The money's own line; none while nothing is due.
    func words(in strings: Strings) -> String? {
        switch state {
        case .none: nil
        case .quoted: due.map { strings(.refundQuoted, $0.shown) }
        case .provisional, .pending: due.map { strings(.refundPending, $0.shown) }
        case .refunded: refunded.map { strings(.refunded, $0.shown) }
        case .failed: strings(.refundFailed)
        case .reversalProposed: strings(.refundReversal)
        case .other(let word): word
        }
    }
}

enum ReturnReasons {
    /// A shop's reason in words; its own word where it is newer than this app.
    static func words(_ reason: String, in strings: Strings) -> String {
        switch reason {
        case "changed_mind": strings(.whyChangedMind)
        case "damaged": strings(.whyDamaged)
        case "not_as_described": strings(.whyNotAsDescribed)
        case "wrong_item": strings(.whyWrongItem)
        case "not_what_was_opened": strings(.whyNotWhatWasOpened)
        default: reason.replacing("_", with: " ")
        }
    }
}
