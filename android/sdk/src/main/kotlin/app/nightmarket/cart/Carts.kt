package app.nightmarket.cart

import app.nightmarket.Hears
import app.nightmarket.ItemId
import app.nightmarket.NightmarketException
import app.nightmarket.ShopDomain
import app.nightmarket.ffi.CartListener
import app.nightmarket.ffi.Carts as Core
import app.nightmarket.ffi.LookListener
import app.nightmarket.typed
import app.nightmarket.valueFlow
import kotlinx.coroutines.flow.Flow

/** The shopper's carts, one at each shop. `Purchases.quoteCart` buys one. */
public class Carts internal constructor(private val core: Core) {
    /**
     * Puts so many (more) of an item in. Once this returns it survives a kill; the shop hears of it by itself. Fails with
     * `BadInput` for none, or for more than a cart holds, and with `Storage`.
     */
    public suspend fun add(shop: ShopDomain, item: ItemId, quantity: UInt = 1u): Cart =
        typed { core.add(shop, item, quantity) }

    /** Exactly so many of an item; zero takes it out. Fails as [add] does. */
    public suspend fun setQuantity(shop: ShopDomain, item: ItemId, quantity: UInt): Cart =
        typed { core.setQuantity(shop, item, quantity) }

    /** Takes an item out. Fails with `Storage`. */
    public suspend fun remove(shop: ShopDomain, item: ItemId): Cart = typed { core.remove(shop, item) }

    /**
     * These discount codes instead of those before. Sent to a shop that takes codes on carts, and with the checkout. Fails
     * with `BadInput` for codes that no shop gives out, and with `Storage`.
     */
    public suspend fun setCodes(shop: ShopDomain, codes: List<String>): Cart = typed { core.setCodes(shop, codes) }

    /** Takes everything out; the shop is asked to cancel its copy. Fails with `Storage`. */
    public suspend fun cancel(shop: ShopDomain): Cart = typed { core.cancel(shop) }

    /**
     * The cart as the shop has it now: what waits is sent, its copy is read, what it refused is tried again. Fails with the
     * network's errors; the cart stays as it is then.
     */
    public suspend fun refresh(shop: ShopDomain): Cart = typed { core.refresh(shop, null) }

    /** The cart at a shop as it is known here, an empty one if there is none. Nothing is asked. */
    public suspend fun cart(shop: ShopDomain): Cart = typed { core.cart(shop) }

    /** Follows the cart at a shop: as it is now, then every change. The newest wins. */
    public fun watch(shop: ShopDomain): Flow<Cart> = valueFlow { core.watch(shop, CartValues(it)) }

    /** All carts with something in them, by shop. */
    public suspend fun carts(): List<Cart> = typed { core.carts() }

    /**
     * The shopper looks at so many of an item: about what they come to, with delivery and tax where the shop can say. The
     * shop is asked a moment later, while the flow is collected, and of what a room pins only in one's turn; until then the
     * pin's price stands. At a shop without carts it is the catalogue's price. The flow completes once nothing more will
     * come; it fails with `BadInput` for a number that no cart holds.
     */
    public fun look(shop: ShopDomain, item: ItemId, quantity: UInt = 1u): Flow<Looked> =
        valueFlow { core.look(shop, item, quantity, LookValues(it)) }

    internal fun close() = core.close()
}

private class CartValues(private val hears: Hears<Cart>) : CartListener {
    override fun changed(change: Cart): Unit = hears.changed(change)

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)
}

private class LookValues(private val hears: Hears<Looked>) : LookListener {
    override fun changed(change: Looked): Unit = hears.changed(change)

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)
}
