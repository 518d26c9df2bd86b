import NightmarketBindings

/// One shop's cart.
public typealias Cart = NightmarketBindings.Cart
/// One line of a cart.
public typealias CartLine = NightmarketBindings.CartLine
/// Where a cart stands.
public typealias CartState = NightmarketBindings.CartState
/// Why a line cannot be bought as it is.
public typealias LineTrouble = NightmarketBindings.LineTrouble
/// What something comes to before a checkout: never what is paid.
public typealias Estimate = NightmarketBindings.Estimate
/// Whose word an estimate is.
public typealias Basis = NightmarketBindings.Basis
/// What is known of something that the shopper looks at.
public typealias Looked = NightmarketBindings.Looked

/// The shopper's carts, one at each shop. ``Purchases/quoteCart(_:)`` buys one.
public final class Carts: Sendable {
    private let core: NightmarketBindings.Carts

    init(_ core: NightmarketBindings.Carts) {
        self.core = core
    }

    /// Puts so many (more) of an item in. Once this returns it survives a kill; the shop hears of it by itself. Throws
    /// `BadInput` for none, or for more than a cart holds; `Storage`.
    @discardableResult
    public func add(shop: ShopDomain, item: ItemId, quantity: UInt32 = 1) async throws(NightmarketError) -> Cart {
        try await plain { try await core.add(shop: shop, item: item, quantity: quantity) }
    }

    /// Exactly so many of an item; zero takes it out. Throws as `add`.
    @discardableResult
    public func setQuantity(shop: ShopDomain, item: ItemId, quantity: UInt32) async throws(NightmarketError) -> Cart {
        try await plain { try await core.setQuantity(shop: shop, item: item, quantity: quantity) }
    }

    /// Takes an item out. Throws `Storage`.
    @discardableResult
    public func remove(shop: ShopDomain, item: ItemId) async throws(NightmarketError) -> Cart {
        try await plain { try await core.remove(shop: shop, item: item) }
    }

    /// These discount codes instead of those before. Sent to a shop that takes codes on carts, and with the checkout.
    /// Throws `BadInput` for codes that no shop gives out; `Storage`.
    @discardableResult
    public func setCodes(shop: ShopDomain, codes: [String]) async throws(NightmarketError) -> Cart {
        try await plain { try await core.setCodes(shop: shop, codes: codes) }
    }

    /// Takes everything out; the shop is asked to cancel its copy. Throws `Storage`.
    @discardableResult
    public func cancel(shop: ShopDomain) async throws(NightmarketError) -> Cart {
        try await plain { try await core.cancel(shop: shop) }
    }

    /// The cart as the shop has it now: what waits is sent, its copy is read, what it refused is tried again. Throws what
    /// the network does; the cart stays as it is then.
    @discardableResult
    public func refresh(shop: ShopDomain) async throws(NightmarketError) -> Cart {
        try await cancelable { try await core.refresh(shop: shop, cancel: $0) }
    }

    /// The cart at a shop as it is known here, an empty one if there is none. Nothing is asked.
    public func cart(shop: ShopDomain) async throws(NightmarketError) -> Cart {
        try await plain { try await core.cart(shop: shop) }
    }

    /// Follows the cart at a shop: as it is now, then every change. The newest wins.
    public func watch(shop: ShopDomain) -> Changes<Cart> {
        Changes { [core] in try await core.watch(shop: shop, listener: CartFeeder($0)) }
    }

    /// All carts with something in them, by shop.
    public func carts() async throws(NightmarketError) -> [Cart] {
        try await plain { try await core.carts() }
    }

    /// The shopper looks at so many of an item: about what they come to, with delivery and tax where the shop can say. The
    /// shop is asked a moment later, while somebody still listens, and of what a room pins only in one's turn; until then
    /// the pin's price stands. At a shop without carts it is the catalogue's price. It ends once nothing more will come;
    /// throws `BadInput` for a number that no cart holds.
    public func look(shop: ShopDomain, item: ItemId, quantity: UInt32 = 1) -> Changes<Looked> {
        Changes { [core] in
            try await core.look(shop: shop, item: item, quantity: quantity, listener: LookFeeder($0))
        }
    }
}
