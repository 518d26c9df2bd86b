import NightmarketBindings

/// How a ``Shopper`` is opened.
public typealias Settings = NightmarketBindings.Settings
/// A venue as a screen shows it.
public typealias VenueInfo = NightmarketBindings.VenueInfo
/// A shop that the venue vouches for.
public typealias VouchedShop = NightmarketBindings.VouchedShop
/// The live channel, as a screen shows it.
public typealias Connection = NightmarketBindings.Connection

/// A shopper (signed in, or a guest) at one venue: the way to every service.
///
/// Dropping it, on any thread, ends its core; what was persisted goes on when it is opened again.
public final class Shopper: Sendable {
    private let core: NightmarketBindings.Shopper

    /// What is scrolled.
    public let feed: Feed
    /// Live rooms.
    public let live: Live
    /// Offers that hosts made to this shopper.
    public let offers: Offers
    /// Buying: quotes, one tap, outcomes, the shopper's policy.
    public let purchase: Purchases
    /// What is collected before buying, and what that comes to.
    public let carts: Carts
    /// What was bought, and what became of it.
    public let orders: Orders
    /// What goes back.
    public let returns: Returns
    /// What goes on sale when, and being told in time.
    public let drops: Drops
    /// Hosts' private groups.
    public let fans: Fans
    /// Accounts at shops.
    public let links: Links
    /// Whom the shopper sees nothing of.
    public let blocks: Blocks
    /// Blind boxes.
    public let boxes: Boxes

    private init(_ core: NightmarketBindings.Shopper) {
        self.core = core
        feed = Feed(core.feed())
        live = Live(core.live())
        offers = Offers(core.offers())
        purchase = Purchases(core.purchase())
        carts = Carts(core.carts())
        orders = Orders(core.orders())
        returns = Returns(core.returns())
        drops = Drops(core.drops())
        fans = Fans(core.fans())
        links = Links(core.links())
        blocks = Blocks(core.blocks())
        boxes = Boxes(core.boxes())
    }

    /// Opens a venue.
    ///
    /// Throws ``LibraryMismatch`` if the library is not the one of these bindings, else a ``NightmarketError``:
    /// `BadAddress`, `NotUcp`, `UnsupportedVersion`, `Unreachable` (if nothing is cached), `Storage`, `LedgerDamaged`,
    /// `Canceled`.
    public static func open(_ settings: Settings, host: HostApp = HostApp()) async throws -> Shopper {
        try Library.check()
        let core = try await cancelable {
            try await NightmarketBindings.Shopper.open(settings: settings, host: host.lowered(), cancel: $0)
        }
        return Shopper(core)
    }

    /// Ends the core and waits until it has let go of its directory, which may then be opened again or removed. Whatever
    /// follows something hears that it has ended; every later call throws `Closed`. May be called again.
    public func close() async {
        await core.end()
    }

    /// The venue: its name, the shops it vouches for, and what it offers.
    public func venue() async throws(NightmarketError) -> VenueInfo {
        try await plain { try await core.venue() }
    }

    /// The live channel's state.
    public func connection() -> Changes<Connection> {
        Changes { [core] in try await core.connection(listener: ConnectionFeeder($0)) }
    }

    /// One product of a shop in detail, with its variants to choose from. Throws `NotOffered`, `Refused` (`not_found`),
    /// and what the network does.
    public func product(shop: ShopDomain, item: ItemId) async throws(NightmarketError) -> CatalogProduct {
        try await cancelable { try await core.product(shop: shop, item: item, cancel: $0) }
    }

    /// Products of a shop that match words. Throws as ``product(shop:item:)``.
    public func search(shop: ShopDomain, words: String) async throws(NightmarketError) -> [CatalogProduct] {
        try await cancelable { try await core.search(shop: shop, words: words, cancel: $0) }
    }

    /// The chat of a fan group that the shopper is a member of.
    public func groupChat(_ group: GroupId) async throws(NightmarketError) -> Chat {
        Chat(try await cancelable { try await core.groupChat(group: group, cancel: $0) })
    }

    /// The shopper signed in or out in the app: tokens are asked for anew, and a channel that was refused is tried again.
    /// For another shopper open another directory.
    public func signInChanged() async throws(NightmarketError) {
        try await plain { try await core.signInChanged() }
    }

    /// Where this device is reached while the app is closed: the platform's token (of APNs as hexadecimal digits), told to the
    /// venue as soon as there is a network and somebody is signed in. Call it whenever the system gives one and at every start;
    /// the last one counts, the same one again costs nothing. It ends by itself when the shopper signs out (``signInChanged()``),
    /// and begins again when somebody signs in. Throws `NotOffered`, `BadInput` if it can be no token, `Storage`.
    public func registerPush(token: String, platform: PushPlatform = .apns) async throws(NightmarketError) {
        try await plain { try await core.registerPush(token: token, platform: platform) }
    }

    /// The shopper does not want to be reached any more. Works offline: the venue is told when there is a network, and what still
    /// comes is ignored.
    public func unregisterPush() async throws(NightmarketError) {
        try await plain { try await core.unregisterPush() }
    }

    /// What the system brought: `userInfo["nightmarket"]`. It is a hint to look, not to be trusted: the one thing it names is
    /// read, in at most ten seconds and in the background as well, without a socket, and the outcome says where the app should
    /// go. Garbage and what is not for this shopper is an outcome, and harmless.
    public func onPush(_ payload: String) async throws(NightmarketError) -> PushOutcome {
        try await plain { try await core.onPush(payload: payload) }
    }

    /// The app is in front: the channel connects, and what waited to be sent is tried.
    public func foreground() async throws(NightmarketError) {
        try await plain { try await core.foreground() }
    }

    /// The app is not in front: no socket, no timers of the channel.
    public func background() async throws(NightmarketError) {
        try await plain { try await core.background() }
    }

    /// The device has another network, or one again.
    public func networkChanged() async throws(NightmarketError) {
        try await plain { try await core.networkChanged() }
    }
}
