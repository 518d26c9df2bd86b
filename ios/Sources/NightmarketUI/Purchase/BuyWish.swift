import Nightmarket

/// What the shopper tapped to buy.
public enum BuyWish: Hashable, Sendable, Identifiable {
    /// A product or a pin.
    case item(shop: ShopDomain, item: ItemId)
    /// A host's offer.
    case offer(OfferId)
    /// What a pin showed all of for so many milliseconds, and was tapped on it.
    case early(Quoted, shownMs: UInt64)

    /// Itself.
    public var id: Self { self }
}
