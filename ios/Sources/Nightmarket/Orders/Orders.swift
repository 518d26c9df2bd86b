import NightmarketBindings

/// An order in the list.
public typealias OrderEntry = NightmarketBindings.OrderEntry
/// A shop's name of an order.
public typealias OrderId = NightmarketBindings.OrderId
/// Where an order stands.
public typealias Stage = NightmarketBindings.Stage
/// How an order can be undone.
public typealias Undo = NightmarketBindings.Undo
/// One order as last read.
public typealias OrderView = NightmarketBindings.OrderView
/// An order as its shop says it.
public typealias Order = NightmarketBindings.Order
/// A line of an order.
public typealias OrderLine = NightmarketBindings.OrderLine
/// Where a line of an order stands.
public typealias LineStatus = NightmarketBindings.LineStatus
/// Something that happened to a parcel.
public typealias OrderEvent = NightmarketBindings.OrderEvent
/// What happened to a shipment.
public typealias EventKind = NightmarketBindings.EventKind
/// Something after the order that is no parcel.
public typealias Adjustment = NightmarketBindings.Adjustment
/// What an adjustment is.
public typealias AdjustmentKind = NightmarketBindings.AdjustmentKind
/// Where an adjustment stands.
public typealias AdjustmentStatus = NightmarketBindings.AdjustmentStatus

/// The shopper's orders, across shops.
public final class Orders: Sendable {
    private let core: NightmarketBindings.Orders

    init(_ core: NightmarketBindings.Orders) {
        self.core = core
    }

    /// All orders, newest first, as known here; ``refresh()`` brings what the shops know.
    public func list() -> Changes<[OrderEntry]> {
        Changes { [core] in try await core.list(listener: OrderEntryFeeder($0)) }
    }

    /// Asks the shops for the shopper's orders and reads the newest. Shops that fail are left as they were; throws only if
    /// all failed.
    public func refresh() async throws(NightmarketError) {
        try await cancelable { try await core.refresh(cancel: $0) }
    }

    /// One order, kept fresh while the loop goes on; starts with what the cache has.
    public func watch(shop: ShopDomain, order: OrderId) -> Changes<OrderView> {
        Changes { [core] in try await core.watch(shop: shop, order: order, listener: OrderFeeder($0)) }
    }

    /// Reads one order once. Throws `NotOffered` where the shop has no orders over UCP, `Refused` (`not_found`) if it is
    /// not the shopper's.
    public func read(shop: ShopDomain, order: OrderId) async throws(NightmarketError) -> Order {
        try await cancelable { try await core.read(shop: shop, order: order, cancel: $0) }
    }

    /// Until when an order can be undone, and where.
    public func undoDeadline(shop: ShopDomain, order: OrderId) async throws(NightmarketError) -> Undo {
        try await cancelable { try await core.undoDeadline(shop: shop, order: order, cancel: $0) }
    }

    /// The order's page at its shop, for whatever is not offered here.
    public func permalink(shop: ShopDomain, order: OrderId) async throws(NightmarketError) -> String {
        try await cancelable { try await core.permalink(shop: shop, order: order, cancel: $0) }
    }
}
