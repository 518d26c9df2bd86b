package app.nightmarket.ui

import app.nightmarket.Money
import app.nightmarket.ui.feed.FeedActions
import app.nightmarket.ui.feed.PostCard
import app.nightmarket.ui.feed.ProductChip
import app.nightmarket.ui.live.ChatEntry
import app.nightmarket.ui.live.LineAct
import app.nightmarket.ui.live.OfferShown
import app.nightmarket.ui.live.PictureSpot
import app.nightmarket.ui.live.PinShown
import app.nightmarket.ui.live.ReactionShown
import app.nightmarket.ui.live.RoomActions
import app.nightmarket.ui.orders.OrderRow
import app.nightmarket.ui.orders.OrdersActions
import app.nightmarket.ui.purchase.BuyActions
import app.nightmarket.ui.purchase.DeliveryShown
import app.nightmarket.ui.purchase.QuietShown
import app.nightmarket.ui.purchase.ThresholdActions
import app.nightmarket.ui.returns.ReasonShown
import app.nightmarket.ui.returns.ReturnActions
import app.nightmarket.ui.returns.ReturnableShown
import app.nightmarket.ui.returns.SlotShown

/** Nothing happens: for pictures. */
object NoActions : FeedActions, RoomActions, BuyActions, ThresholdActions, OrdersActions, ReturnActions {
    override fun open(post: PostCard) = Unit
    override fun open(url: String) = Unit
    override fun buy(product: ProductChip) = Unit
    override fun like(post: PostCard) = Unit
    override fun refresh() = Unit
    override fun more() = Unit
    override fun seen(post: PostCard) = Unit
    override fun leave() = Unit
    override fun tryAgain() = Unit
    override fun say(text: String) = Unit
    override fun retry(line: ChatEntry) = Unit
    override fun discard(line: ChatEntry) = Unit
    override fun react(line: ChatEntry, reaction: ReactionShown) = Unit
    override fun act(line: ChatEntry, act: LineAct) = Unit
    override fun watchAgain() = Unit
    override fun moveOn() = Unit
    override fun older() = Unit
    override fun buyPin(pin: PinShown) = Unit
    override fun rendered(pin: PinShown) = Unit
    override fun payPin(pin: PinShown) = Unit
    override fun buyOffer(offer: OfferShown) = Unit
    override fun point() = Unit
    override fun pointAt(spot: PictureSpot) = Unit
    override fun thatOne() = Unit
    override fun stopPointing() = Unit
    override fun shown(momentMs: Long) = Unit
    override fun rendered() = Unit
    override fun pay() = Unit
    override fun confirm() = Unit
    override fun notNow() = Unit
    override fun choose(delivery: DeliveryShown) = Unit
    override fun undo() = Unit
    override fun giveUp() = Unit
    override fun ok() = Unit
    override fun close() = Unit
    override fun set(threshold: Money) = Unit
    override fun switchOff(currency: String) = Unit
    override fun quiet(quiet: QuietShown?) = Unit
    override fun pause(paused: Boolean) = Unit
    override fun undo(order: OrderRow) = Unit
    override fun returnIt(order: OrderRow) = Unit
    override fun shown(order: OrderRow) = Unit
    override fun back() = Unit
    override fun choose(line: ReturnableShown, pieces: Int) = Unit
    override fun because(reason: ReasonShown) = Unit
    override fun request() = Unit
    override fun pick(slot: SlotShown) = Unit
    override fun book() = Unit
    override fun keep() = Unit
}
