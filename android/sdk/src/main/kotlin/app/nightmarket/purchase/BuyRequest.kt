package app.nightmarket.purchase

import app.nightmarket.ItemId
import app.nightmarket.ShopDomain

/** A request for an item, with nothing special; `copy` adds what is. */
public fun BuyRequest.Companion.of(shop: ShopDomain, item: ItemId, quantity: UInt = 1u): BuyRequest = BuyRequest(
    shop = shop,
    items = listOf(Wanted(item, quantity)),
    offer = null,
    discountCodes = emptyList(),
    membership = null,
    currency = null,
    instrument = null,
    handler = null,
    subscription = false,
    blindBox = false,
    variantOpen = false,
)
