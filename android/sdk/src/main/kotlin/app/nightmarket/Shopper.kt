package app.nightmarket

import app.nightmarket.boxes.Boxes
import app.nightmarket.cart.Carts
import app.nightmarket.chat.Blocks
import app.nightmarket.chat.Chat
import app.nightmarket.drops.Drops
import app.nightmarket.fans.Fans
import app.nightmarket.feed.Feed
import app.nightmarket.ffi.ConnectionListener
import app.nightmarket.ffi.Shopper as Core
import app.nightmarket.links.Links
import app.nightmarket.live.Live
import app.nightmarket.offers.Offers
import app.nightmarket.orders.Orders
import app.nightmarket.purchase.Purchases
import app.nightmarket.push.PushOutcome
import app.nightmarket.push.PushPlatform
import app.nightmarket.returns.Returns
import kotlinx.coroutines.flow.Flow

/**
 * A shopper (signed in, or a guest) at one venue.
 *
 * Every call and every flow of it and its services fails with a [NightmarketException] and nothing else; once it is closed,
 * with `Closed`. A flow that is collected when it is closed completes. Calls may come from any thread and block none.
 */
public class Shopper private constructor(private val core: Core, private val host: HostAdapters) : AutoCloseable {
    /** What is scrolled. */
    public val feed: Feed = Feed(core.feed())

    /** Live rooms. */
    public val live: Live = Live(core.live())

    /** Offers that hosts made to this shopper. */
    public val offers: Offers = Offers(core.offers())

    /** Buying: quotes, one tap, outcomes, the shopper's policy. */
    public val purchase: Purchases = Purchases(core.purchase())

    /** What is collected before buying, and what that comes to. */
    public val carts: Carts = Carts(core.carts())

    /** What was bought, and what became of it. */
    public val orders: Orders = Orders(core.orders())

    /** What goes back. */
    public val returns: Returns = Returns(core.returns())

    /** What goes on sale when, and being told in time. */
    public val drops: Drops = Drops(core.drops())

    /** Hosts' private groups. */
    public val fans: Fans = Fans(core.fans())

    /** Accounts at shops. */
    public val links: Links = Links(core.links())

    /** Whom the shopper sees nothing of. */
    public val blocks: Blocks = Blocks(core.blocks())

    /** Blind boxes. */
    public val boxes: Boxes = Boxes(core.boxes())

    /** The live channel's state; the newest wins. */
    public val connection: Flow<Connection> = valueFlow { core.connection(ConnectionValues(it)) }

    /** The venue: its name, the shops it vouches for, and what it offers. */
    public suspend fun venue(): VenueInfo = typed { core.venue() }

    /**
     * One product of a shop in detail, with its variants to choose from. Fails with `NotOffered`, `Refused`
     * (`not_found`), and the network's errors.
     */
    public suspend fun product(shop: ShopDomain, item: ItemId): CatalogProduct = typed { core.product(shop, item, null) }

    /** Products of a shop that match words. Fails as [product] does. */
    public suspend fun search(shop: ShopDomain, words: String): List<CatalogProduct> =
        typed { core.search(shop, words, null) }

    /**
     * The shopper signed in or out in the app: tokens are asked for anew, and a channel that was refused is tried again.
     * For another shopper open another directory.
     */
    public suspend fun signInChanged(): Unit = typed { core.signInChanged() }

    /** The app is in front: the channel connects, and what waited in the outbox is tried. */
    public suspend fun foreground(): Unit = typed { core.foreground() }

    /** The app is not in front: no socket, no timers of the channel. */
    public suspend fun background(): Unit = typed { core.background() }

    /** The device has another network, or one again. */
    public suspend fun networkChanged(): Unit = typed { core.networkChanged() }

    /**
     * Where this device is reached while the app is closed: the platform's token, told to the venue as soon as there is a
     * network and somebody is signed in. Call it from `FirebaseMessagingService.onNewToken` and at every start; the last one
     * counts, the same one again costs nothing. It ends by itself when the shopper signs out ([signInChanged]), and begins
     * again when somebody signs in. Fails with `NotOffered`, `BadInput` if it can be no token, and `Storage`.
     */
    public suspend fun registerPush(token: String, platform: PushPlatform = PushPlatform.FCM): Unit =
        typed { core.registerPush(token, platform) }

    /**
     * The shopper does not want to be reached any more. Works offline: the venue is told when there is a network, and what
     * still comes is ignored.
     */
    public suspend fun unregisterPush(): Unit = typed { core.unregisterPush() }

    /**
     * What the platform brought: `RemoteMessage.data["nightmarket"]`. It is a hint to look, not to be trusted: the one thing it
     * names is read, in at most ten seconds and in the background as well, without a socket, and the outcome says where the
     * app should go. Garbage and what is not for this shopper is an outcome, and harmless.
     */
    public suspend fun onPush(payload: String): PushOutcome = typed { core.onPush(payload) }

    /** The chat of a fan group that the shopper is a member of. */
    public suspend fun groupChat(group: GroupId): Chat = Chat(typed { core.groupChat(group, null) })

    /**
     * Ends the core and waits until it has let go of its directory, which may then be opened again or removed. What was
     * persisted goes on when it is opened again. Calling it again does nothing.
     */
    public suspend fun end() {
        try {
            typed { core.end() }
        } catch (_: NightmarketException.Closed) {
            // It is what was asked for.
        } finally {
            close()
        }
    }

    /**
     * Ends the core without waiting for it: at once, from any thread, as often as one likes. A Shopper that nobody holds
     * any more ends likewise, once it is collected as garbage.
     */
    override fun close() {
        host.close()
        feed.close()
        live.close()
        offers.close()
        purchase.close()
        carts.close()
        orders.close()
        returns.close()
        drops.close()
        fans.close()
        links.close()
        blocks.close()
        boxes.close()
        core.close()
    }

    public companion object {
        /**
         * Opens a venue, on a thread of the core's own.
         *
         * @throws LibraryException if the native library is missing or belongs to another version
         * @throws NightmarketException `BadAddress`, `NotUcp`, `UnsupportedVersion`, `Unreachable` (if nothing is cached),
         *   `Storage` (also while another Shopper has the directory), `LedgerDamaged`
         */
        public suspend fun open(settings: Settings, host: HostApp = HostApp()): Shopper {
            Library.load()
            val adapters = HostAdapters(host)
            return try {
                Shopper(typed { adapters.lower().use { Core.open(settings, it, null) } }, adapters)
            } catch (error: Exception) {
                adapters.close()
                throw error
            }
        }
    }
}

private class ConnectionValues(private val hears: Hears<Connection>) : ConnectionListener {
    override fun changed(change: Connection): Unit = hears.changed(change)

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)
}
