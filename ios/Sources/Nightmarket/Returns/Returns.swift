import NightmarketBindings

/// This device's name of a return, there before the shop has given it an id.
public typealias ReturnRef = NightmarketBindings.ReturnRef
/// The shop's name of a return.
public typealias ReturnId = NightmarketBindings.ReturnId
/// A return as a screen shows it.
public typealias ReturnView = NightmarketBindings.ReturnView
/// Where the request for a return stands.
public typealias ReturnRequest = NightmarketBindings.ReturnRequest
/// What of a line goes back, and why.
public typealias ReturnLine = NightmarketBindings.ReturnLine
/// What of an order can go back.
public typealias Returnable = NightmarketBindings.Returnable
/// A line of an order, as to returning it.
public typealias ReturnableLine = NightmarketBindings.ReturnableLine
/// How a line goes back.
public typealias LineKind = NightmarketBindings.LineKind
/// What a digital line is worth when it goes back.
public typealias DigitalRule = NightmarketBindings.DigitalRule
/// A session of a course.
public typealias CourseSession = NightmarketBindings.CourseSession
/// The parcel as last heard.
public typealias Pickup = NightmarketBindings.Pickup
/// Where the parcel is.
public typealias PickupState = NightmarketBindings.PickupState
/// A time at which a courier can come.
public typealias Slot = NightmarketBindings.Slot
/// Names a slot.
public typealias SlotId = NightmarketBindings.SlotId
/// Who comes.
public typealias Courier = NightmarketBindings.Courier
/// What the courier took; the shopper's proof.
public typealias Receipt = NightmarketBindings.Receipt
/// Pieces of a line that the courier took.
public typealias Taken = NightmarketBindings.Taken
/// The money as last heard.
public typealias Paid = NightmarketBindings.Paid
/// Where the money is.
public typealias MoneyState = NightmarketBindings.MoneyState
/// What the shop said that cannot be; kept and shown, for the shopper to ask the shop.
public typealias Contradiction = NightmarketBindings.Contradiction

extension Returnable {
    /// What these lines bring back by the shop's figures, before a slot's fee; none if they do not add up.
    public func estimate(_ lines: [ReturnLine]) -> Money? { estimateRefund(returnable: self, lines: lines) }

    /// Lines that can go back now.
    public var eligible: [ReturnableLine] { eligibleLines(returnable: self) }
}

/// The shopper's returns. Every call throws `NotOffered` at a shop without them: the order's page is the way then
/// (``Orders/permalink(shop:order:)``).
public final class Returns: Sendable {
    private let core: NightmarketBindings.Returns

    init(_ core: NightmarketBindings.Returns) {
        self.core = core
    }

    /// What of an order can go back, why, until when, and what it brings.
    public func eligible(shop: ShopDomain, order: OrderId) async throws(NightmarketError) -> Returnable {
        try await cancelable { try await core.eligible(shop: shop, order: order, cancel: $0) }
    }

    /// Asks to give lines back. Durable when this returns; the outcome is observed by ``watch(_:)``. Throws `Refused` with
    /// `not_returnable` or `too_late`, or `BadInput`, if the lines do not fit what the shop takes back: nothing is kept
    /// then.
    public func start(
        shop: ShopDomain, order: OrderId, lines: [ReturnLine], note: String? = nil
    ) async throws(NightmarketError) -> ReturnRef {
        try await cancelable {
            try await core.start(shop: shop, order: order, lines: lines, note: note, cancel: $0)
        }
    }

    /// A return, kept fresh while the loop goes on. Its loop throws `NotFound`.
    public func watch(_ id: ReturnRef) -> Changes<ReturnView> {
        Changes { [core] in try await core.watch(id: id, listener: ReturnFeeder($0)) }
    }

    /// All returns, newest first, from this device's ledger, with those of other devices that the channel told of.
    public func list() -> Changes<[ReturnView]> {
        Changes { [core] in try await core.list(listener: ReturnViewFeeder($0)) }
    }

    /// Reads a return once.
    public func read(_ id: ReturnRef) async throws(NightmarketError) -> ReturnView {
        try await cancelable { try await core.read(id: id, cancel: $0) }
    }

    /// Slots that can be chosen now, by the shop's clock; none where there is nothing to pick up, or not yet.
    public func slots(_ id: ReturnRef) async throws(NightmarketError) -> [Slot] {
        try await cancelable { try await core.slots(id: id, cancel: $0) }
    }

    /// Keeps a slot for a while (`heldUntil`); another one that was held is let go. Throws `Refused` with `slot_taken` or
    /// `wrong_state`; `Unsettled` while the request is.
    @discardableResult
    public func hold(_ id: ReturnRef, slot: SlotId) async throws(NightmarketError) -> ReturnView {
        try await cancelable { try await core.hold(id: id, slot: slot, cancel: $0) }
    }

    /// Books a slot, held or not; while one is booked, another (the courier not being there yet). Throws as `hold`;
    /// `BadInput` for an empty address.
    @discardableResult
    public func book(
        _ id: ReturnRef, slot: SlotId, address: PostalAddress
    ) async throws(NightmarketError) -> ReturnView {
        try await cancelable { try await core.book(id: id, slot: slot, address: address, cancel: $0) }
    }

    /// Keeps it after all, until the courier has it. Canceled is said only when the shop says so. Throws `Refused` with
    /// `too_late` or `wrong_state`; `Unsettled` while the request is.
    @discardableResult
    public func cancel(_ id: ReturnRef) async throws(NightmarketError) -> ReturnView {
        try await cancelable { try await core.cancel(id: id, cancel: $0) }
    }
}
