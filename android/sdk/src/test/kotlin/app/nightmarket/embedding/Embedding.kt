package app.nightmarket.embedding

import app.nightmarket.*
import app.nightmarket.purchase.*
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.mapNotNull

/** Lands in the first stream that is live and buys what its host shows. */
suspend fun evening(settings: Settings, host: HostApp): String = Shopper.open(settings, host).use { shopper ->
    shopper.feed.refresh()
    val post = shopper.feed.posts.mapNotNull { posts -> posts.firstOrNull { it.live != null } }.first()
    val room = shopper.live.join(post.live!!.roomId)
    room.chat.send("Good evening!")
    val pin = room.state.mapNotNull { it.pin }.first()
    try {
        val (quote, decision, _, toRender) = shopper.purchase.quote(BuyRequest.of(pin.shop, pin.item))
        // The screen shows the quote, reports what it shows, and the shopper's finger is on "Pay …".
        shopper.purchase.rendered(quote.key, quote.digest, toRender)
        delay(500)
        val result = when (decision) {
            is Decision.OneTap -> shopper.purchase.tap(quote.key, quote.digest, shownMs = 500u)
            is Decision.Confirm -> shopper.purchase.confirm(quote.key, quote.digest) // after showing why: decision.v1
            is Decision.Refuse -> TapResult.Refused(decision.v1)
        }
        when (result) {
            is TapResult.Started -> shopper.purchase.outcome(result.v1).state.code
            is TapResult.Confirm -> result.v1.joinToString { it.code }
            is TapResult.Refused -> result.v1.joinToString { it.code }
        }
    } catch (error: NightmarketException) {
        "${error.code()}: ${error.remedy()}" // every failure is one of these
    }
}
