import Nightmarket

extension ReturnRequest {
    /// Where the request stands, for the shopper.
    func words(in strings: Strings) -> String {
        switch self {
        case .submitting: strings(.sending)
        case .unknown: strings(.returnChecking)
        case .notMade(let code, let content): strings(.returnDeclined, content.isEmpty ? code : content)
        case .atShop: strings(.returnAtShop)
        case .requested: strings(.returnAsked)
        case .needsReview: strings(.returnReview)
        case .approved: strings(.returnApproved)
        case .declined(let reason): strings(.returnDeclined, reason ?? "–")
        case .closed: strings(.returnClosed)
        case .canceled: strings(.returnKept)
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
        case .booked: strings(.booked)
        case .courierAssigned: strings(.courierAssigned)
        case .enRoute: strings(.courierComing)
        case .arrived: strings(.courierThere)
        case .handedOver: strings(.handedOver)
        case .inTransit: strings(.inTransit)
        case .received: strings(.shopHasIt)
        case .inspected: strings(.inspected)
        case .customerNoShow: strings(.youWereOut)
        case .courierNoShow: strings(.courierMissed)
        case .refused: strings(.turnedAway)
        case .lost: strings(.lost)
        case .dropOff: strings(.dropOff)
        case .keepItem: strings(.keepIt)
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
        case .reversalProposed: strings(.refundAskedBack, refunded?.shown ?? "–")
        case .other(let word): word
        }
    }
}

enum ReturnReasons {
    /// A shop's reason in words; its own word where it is newer than this app.
    static func words(_ reason: String, in strings: Strings) -> String {
        switch reason {
        case "changed_mind": strings(.reasonChangedMind)
        case "damaged": strings(.reasonDamaged)
        case "not_as_described": strings(.reasonNotAsShown)
        case "wrong_size": strings(.reasonWrongSize)
        case "wrong_item": strings(.reasonWrongItem)
        case "not_what_was_opened": strings(.reasonNotOpened)
        default: reason.replacing("_", with: " ")
        }
    }
}
