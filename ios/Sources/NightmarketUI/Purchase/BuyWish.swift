import Nightmarket

/// What the shopper tapped to buy.
public enum BuyWish: Hashable, Sendable, Identifiable {
    /// A product or a pin.
    case item(shop: ShopDomain, item: ItemId)
    /// A host's offer.
    case offer(OfferId)

    /// Itself.
    public var id: Self { self }
}
