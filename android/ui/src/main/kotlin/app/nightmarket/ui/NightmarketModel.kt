package app.nightmarket.ui

import app.nightmarket.PostalAddress
import app.nightmarket.Shopper
import app.nightmarket.ui.feed.FeedModel
import app.nightmarket.ui.feed.ProductChip
import app.nightmarket.ui.live.OfferShown
import app.nightmarket.ui.live.RoomModel
import app.nightmarket.ui.orders.OrderRow
import app.nightmarket.ui.orders.OrdersModel
import app.nightmarket.ui.purchase.BuyModel
import app.nightmarket.ui.purchase.ThresholdModel
import app.nightmarket.ui.purchase.ToBuy
import app.nightmarket.ui.returns.ReturnModel
import app.nightmarket.ui.words.Strings
import app.nightmarket.ui.words.Times
import kotlinx.coroutines.CoroutineScope

/** What the bar at the foot leads to. */
enum class Tab { FEED, ORDERS, THRESHOLD }

/** Where the shopper is: a tab, and what lies over it. */
data class Place(
    val tab: Tab = Tab.FEED,
    val room: RoomModel? = null,
    val returning: ReturnModel? = null,
    val buying: BuyModel? = null,
)

/** What the app does for the screens. */
interface Around {
    /** Opens an address in a browser. */
    fun open(url: String)

    /** Where a courier comes to fetch a return. */
    suspend fun pickupAddress(shop: String): PostalAddress

    /** The shopper has to sign in: the app shows its own screen, then calls `Shopper.signInChanged`. */
    fun signIn()
}

/** The screens of one shopper, and the way between them. [scope] is the UI's thread. */
class NightmarketModel(
    private val shopper: Shopper,
    scope: CoroutineScope,
    strings: Strings,
    private val around: Around,
    private val times: Times = Times(strings),
) : Model<Place>(scope, strings, Place()) {
    val feed = FeedModel(shopper.feed, this.scope, strings, onOpen = { post ->
        post.live?.let { land(it.roomId) } ?: post.product?.let(::buyItem)
    }, onBuy = ::buyItem)
    val orders = OrdersModel(shopper, this.scope, strings, ::giveBack)
    val threshold = ThresholdModel(shopper.purchase, this.scope, strings)

    init {
        // What was bought and not seen yet, after a restart say, is shown until it is.
        go({}) { shopper.purchase.unacknowledged().firstOrNull()?.let { buy(ToBuy.Outcome(it)) } }
    }

    fun show(tab: Tab) {
        if (tab == Tab.THRESHOLD) threshold.read()
        if (tab == Tab.ORDERS) orders.refresh()
        change { it.copy(tab = tab) }
    }

    /** Lands in a room. */
    fun land(room: String) {
        state.value.room?.end()
        change { it.copy(room = RoomModel(shopper, room, scope, strings, ::leave, ::buyItem, ::buyOffer, ::buy, around::open, ::land)) }
    }

    fun signIn() = around.signIn()

    /** One step back; false if there is none. */
    fun back(): Boolean {
        val place = state.value
        when {
            place.buying?.state?.value?.confirming != null -> place.buying.notNow()
            place.buying != null -> closeBuying()
            place.returning != null -> closeReturn()
            place.room?.state?.value?.pointing != null -> place.room.stopPointing()
            place.room != null -> leave()
            place.tab != Tab.FEED -> show(Tab.FEED)
            else -> return false
        }
        return true
    }

    /** The app came to the front. */
    fun resumed() {
        go({}) { shopper.foreground() }
        state.value.buying?.resumed()
    }

    /** The app went to the back. */
    fun paused() {
        go({}) { shopper.background() }
    }

    private fun leave() {
        state.value.room?.end()
        change { it.copy(room = null) }
    }

    private fun buyItem(product: ProductChip) = buy(ToBuy.Item(product.shop, product.item))

    private fun buyOffer(offer: OfferShown) = buy(ToBuy.Offer(offer.id))

    private fun buy(what: ToBuy) {
        state.value.buying?.end()
        change { it.copy(buying = BuyModel(shopper, what, scope, strings, ::closeBuying, around::open)) }
    }

    private fun closeBuying() {
        state.value.buying?.end()
        change { it.copy(buying = null) }
    }

    private fun giveBack(order: OrderRow) {
        val model = ReturnModel(shopper, order.shop, order.id, scope, strings, times, { around.pickupAddress(order.shop) }, ::closeReturn)
        change { it.copy(returning = model) }
    }

    private fun closeReturn() {
        state.value.returning?.end()
        change { it.copy(returning = null) }
        orders.refresh()
    }
}
