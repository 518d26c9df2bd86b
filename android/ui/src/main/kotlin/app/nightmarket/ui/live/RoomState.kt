package app.nightmarket.ui.live

import androidx.compose.runtime.Immutable
import app.nightmarket.Money
import app.nightmarket.ui.Problem
import app.nightmarket.ui.feed.HostBadge
import app.nightmarket.ui.feed.ProductChip
import app.nightmarket.ui.purchase.LinkShown
import app.nightmarket.ui.purchase.NoticeShown
import app.nightmarket.ui.purchase.PayStands
import app.nightmarket.ui.purchase.TotalLine

/** How the live channel stands. */
enum class Line { CONNECTED, CONNECTING, OFFLINE, STOPPED }

/** Whether the room is on. */
enum class OnAir { SCHEDULED, LIVE, ENDED }

/** How a chat line stands. */
enum class Sent { SENDING, SENT, HELD, REMOVED, FAILED }

/** How often something was given to a line. */
@Immutable
data class ReactionShown(val reaction: String, val count: Long, val own: Boolean = false)

/** What a line answers; without [text] it is gone. */
@Immutable
data class QuoteShown(val author: String?, val text: String?)

/** What can be done with a line. */
enum class LineAct { TRANSLATE, DELETE, REPORT, BLOCK }

/** Whether something can be written, and what is said about that. */
@Immutable
data class Writing(val may: Boolean = true, val words: String? = null)

/** One chat line. */
@Immutable
data class ChatEntry(
    /** Stable for the list. */
    val key: String,
    /** Who wrote it; none is the shopper. */
    val author: String?,
    val text: String,
    val byHost: Boolean = false,
    val own: Boolean = false,
    val sent: Sent = Sent.SENT,
    /** What to retry or discard it by. */
    val clientId: String = key,
    /** What everybody calls it; none before it is confirmed. */
    val id: String? = null,
    /** Whom to block. */
    val authorId: String? = null,
    val quote: QuoteShown? = null,
    val translation: String? = null,
    val reactions: List<ReactionShown> = emptyList(),
    val mentionsMe: Boolean = false,
)

/** What the host shows. */
@Immutable
data class PinShown(
    val id: String,
    val product: ProductChip,
    /** What one tap pays for it, where that is ready; all of it is shown. */
    val early: EarlyPay? = null,
)

/** A quote that is ready before a card was opened, and that one tap buys. */
@Immutable
data class EarlyPay(
    val digest: String,
    val total: Money,
    val totals: List<TotalLine>,
    val notices: List<NoticeShown>,
    val links: List<LinkShown>,
    val stands: PayStands = PayStands.JustAppeared,
)

/** Whether an offer can be bought. */
enum class OfferStands { CHECKING, GOOD, EXPIRED, USED, BAD }

/** An offer for this shopper. */
@Immutable
data class OfferShown(
    val id: String,
    val title: String,
    val price: Money?,
    val photoUrl: String?,
    val stands: OfferStands,
    /** Milliseconds until it is over. */
    val leftMs: Long = 0,
)

/** A spot on the picture, per mille of its width and height. */
@Immutable
data class PictureSpot(val x: Int, val y: Int)

/** The picture is held, to point at something. */
@Immutable
data class Pointing(val momentMs: Long, val spot: PictureSpot? = null)

/** A room as it stands. */
@Immutable
data class RoomState(
    val id: String,
    val title: String = "",
    val host: HostBadge? = null,
    val onAir: OnAir = OnAir.LIVE,
    val viewers: Long = 0,
    val line: Line = Line.CONNECTED,
    val hlsUrl: String? = null,
    val chat: List<ChatEntry> = emptyList(),
    /** Lines that stand above the others. */
    val pinnedLines: List<ChatEntry> = emptyList(),
    val writing: Writing = Writing(),
    /** All of it is from the cache, as it was then. */
    val asOfMs: Long? = null,
    /** Who is on the picture beside the host. */
    val cohosts: List<String> = emptyList(),
    /** Where it can be seen again, and whether it is. */
    val replayUrl: String? = null,
    val replaying: Boolean = false,
    /** The room in which it goes on. */
    val movedTo: String? = null,
    val pin: PinShown? = null,
    val offer: OfferShown? = null,
    val pointing: Pointing? = null,
    val loading: Boolean = false,
    val problem: Problem? = null,
)

/** What a finger does in a room. */
interface RoomActions {
    fun leave()

    fun tryAgain()

    fun say(text: String)

    fun retry(line: ChatEntry)

    fun discard(line: ChatEntry)

    /** Gives a reaction to a line, or takes it back. */
    fun react(line: ChatEntry, reaction: ReactionShown)

    fun act(line: ChatEntry, act: LineAct)

    fun watchAgain()

    /** On to the room in which it goes on. */
    fun moveOn()

    /** More of what was said before. */
    fun older()

    fun buyPin(pin: PinShown)

    /** The pin and all of its [PinShown.early] are drawn. Called once for every quote. */
    fun rendered(pin: PinShown)

    /** One tap, on the pin itself. */
    fun payPin(pin: PinShown)

    /** Opens an address of the shop's in a browser. */
    fun open(url: String)

    fun buyOffer(offer: OfferShown)

    /** Hold the picture. */
    fun point()

    fun pointAt(spot: PictureSpot)

    /** "That one": says so, with the moment and the spot. */
    fun thatOne()

    fun stopPointing()

    /** The player shows this programme time, milliseconds. */
    fun shown(momentMs: Long)
}
