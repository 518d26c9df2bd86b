import Foundation
import Nightmarket

/// What the pay button says and does.
public enum PayStage: Equatable, Sendable {
    /// On screen for less than half a second: what appears under a finger buys nothing.
    case justAppeared
    /// One tap buys, since the total is under this.
    case oneTap(under: Money)
    /// A tap asks first, for these reasons.
    case asks([Reason])
    /// No network.
    case offline
    /// It cannot be bought like this.
    case refused([Reason])
    /// On its way, or nobody knows yet: the shop is asked until it says.
    case checking
    /// The app ended while it was being sent: the shop is asked whether it was bought.
    case withdrawing
    /// Bought; undone by a tap until then, if the shop undoes at all.
    case placed(undoUntil: Date?)
    /// Bought, but the total is another.
    case placedDifferently(PlacedOrder)
    /// The shop is asked to undo it.
    case undoing
    /// The shop said that it is undone.
    case undone
    /// The shop did not undo it.
    case tooLate
    /// Not bought, in the shop's words.
    case declined(String)
    /// The shopper goes on at this address.
    case needsBuyer(URL?)
    /// The shop is asked to let go of what waited for the shopper.
    case givingUp
    /// The shop said that nothing was bought.
    case givenUp
    /// Nothing was sent, nothing was paid.
    case notSent
    /// The app ended before it was sent, and nothing was bought.
    case closedBefore

    /// Whether a tap does anything.
    public var canPay: Bool {
        switch self {
        case .oneTap, .asks: true
        default: false
        }
    }

    /// Whether the gesture was made: what follows is an outcome.
    public var isAfterTap: Bool {
        switch self {
        case .justAppeared, .oneTap, .asks, .offline, .refused: false
        default: true
        }
    }

    /// Whether nothing more will come of itself.
    public var isSettled: Bool {
        switch self {
        case .placed, .placedDifferently, .undone, .tooLate, .declined, .givenUp, .notSent, .closedBefore: true
        default: false
        }
    }

    /// Before the tap: what would become of one.
    init(before quoted: Quoted, thresholds: [Money]) {
        switch quoted.decision {
        case .oneTap:
            let threshold = thresholds.first { $0.currency == quoted.quote.currency }
            self = threshold.map { .oneTap(under: $0) } ?? .asks([])
        case .confirm(let reasons) where quoted.mayBeConfirmed:
            self = .asks(reasons)
        case .confirm(let reasons):
            let address = quoted.quote.continueUrl.flatMap { URL(string: $0) }
            self = address.map { .needsBuyer($0) } ?? .refused(reasons)
        case .refuse(let reasons):
            self = reasons.contains(.offline) ? .offline : .refused(reasons)
        }
    }

    /// After it: where the purchase stands.
    init(after state: PurchaseState, undoUntil: Date?) {
        self =
            switch state {
            case .tapped, .sending, .processing, .unknown, .reconciling: .checking
            case .placed: .placed(undoUntil: undoUntil)
            case .placedDifferently(let order): .placedDifferently(order)
            case .declined(_, let content): .declined(content)
            case .needsBuyer(let address, let returned):
                returned ? .checking : .needsBuyer(address.flatMap { URL(string: $0) })
            case .abandoning: .givingUp
            case .abandoned: .givenUp
            case .notSent(.restarted): .closedBefore
            case .notSent, .superseded: .notSent
            case .withdrawing: .withdrawing
            case .cancelRequested: .undoing
            case .canceled: .undone
            case .tooLate: .tooLate
            }
    }
}
