package app.nightmarket.ui.live

import app.nightmarket.Connection
import app.nightmarket.NightmarketException
import app.nightmarket.Shopper
import app.nightmarket.chat.ChatState
import app.nightmarket.chat.Line as ChatLine
import app.nightmarket.chat.LineState
import app.nightmarket.chat.MayWrite
import app.nightmarket.chat.Spot
import app.nightmarket.live.Pin
import app.nightmarket.live.Room
import app.nightmarket.live.RoomState as Joined
import app.nightmarket.live.RoomStatus
import app.nightmarket.offers.Offer
import app.nightmarket.offers.OfferState
import app.nightmarket.purchase.Decision
import app.nightmarket.purchase.Quoted
import app.nightmarket.ui.Model
import app.nightmarket.ui.feed.HostBadge
import app.nightmarket.ui.feed.ProductChip
import app.nightmarket.ui.purchase.PayStands
import app.nightmarket.ui.purchase.ToBuy
import app.nightmarket.ui.purchase.shown
import app.nightmarket.ui.words.Strings
import app.nightmarket.ui.words.Times
import app.nightmarket.ui.words.problem
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/** A room that is watched, over the SDK's. Joins at once; [end] leaves. */
class RoomModel(
    private val shopper: Shopper,
    private val id: String,
    private val parent: CoroutineScope,
    strings: Strings,
    private val onLeave: () -> Unit,
    private val onBuyItem: (ProductChip) -> Unit,
    private val onBuyOffer: (OfferShown) -> Unit,
    private val onPay: (ToBuy.Early) -> Unit = {},
    private val openUrl: (String) -> Unit = {},
    private val onMove: (String) -> Unit = {},
    private val now: () -> Long = System::currentTimeMillis,
    /** Milliseconds that no setting of a clock changes: how long something was shown. */
    private val elapsed: () -> Long = { System.nanoTime() / 1_000_000 },
) : Model<RoomState>(parent, strings, RoomState(id, loading = true)), RoomActions {
    private var room: Room? = null
    private var lines = emptyList<ChatLine>()
    private var offers = emptyList<Offer>()
    private var hostId: String? = null
    private var momentMs = 0L
    private val moments = Channel<Long>(Channel.CONFLATED)
    private var clock: Job? = null
    private var reading = false
    private var pin: Pin? = null
    private val times = Times(strings)
    private var around: ChatState? = null
    private var writingClock: Job? = null

    /** Quotes that one tap buys, by their pins. */
    private var early = emptyMap<String, Quoted>()

    /** When the early quote of this digest was first on screen, and whether that is long enough ago. */
    private var onScreen: Pair<String, Long>? = null
    private var wasShown = false
    private var showing: Job? = null

    init {
        join()
        go({}) { shopper.connection.collect { line -> change { it.copy(line = line.shown()) } } }
        go({}) {
            shopper.purchase.early.collect { ready ->
                val oneTap = ready.quotes.filter { it.room == id && it.quoted.decision is Decision.OneTap }
                early = oneTap.associate { it.pin to it.quoted }
                showPin()
            }
        }
        go({}) {
            shopper.offers.list.collect { all ->
                offers = all.filter { it.room == id }
                showOffer()
            }
        }
    }

    private fun join() {
        change { it.copy(loading = true, problem = null) }
        go(::failed) {
            val joined = shopper.live.join(id)
            room = joined
            go(::failed) { joined.state.collect(::show) }
            go(::failed) { joined.chat.lines.collect(::showLines) }
            go(::failed) {
                joined.chat.state.collect {
                    around = it
                    showAround()
                }
            }
            go({}) { for (moment in moments) joined.shown(moment) }
        }
    }

    override fun leave() = onLeave()

    override fun tryAgain() {
        if (room == null) join() else change { it.copy(problem = null) }
    }

    override fun say(text: String) {
        val chat = room?.chat ?: return
        go(::failed) { chat.send(text) }
    }

    override fun retry(line: ChatEntry) {
        go(::failed) { room?.chat?.retry(line.clientId) }
    }

    override fun discard(line: ChatEntry) {
        go(::failed) { room?.chat?.discard(line.clientId) }
    }

    override fun react(line: ChatEntry, reaction: ReactionShown) {
        val id = line.id ?: return
        go(::failed) { room?.chat?.react(id, reaction.reaction, on = !reaction.own) }
    }

    override fun act(line: ChatEntry, act: LineAct) {
        val (chat, id) = (room?.chat ?: return) to (line.id ?: return)
        go(::failed) {
            when (act) {
                LineAct.TRANSLATE -> chat.translate(id)
                LineAct.DELETE -> chat.delete(id)
                LineAct.REPORT -> chat.report(id, REPORTED)
                LineAct.BLOCK -> line.authorId?.let { shopper.blocks.block(it, line.author.orEmpty()) }
            }
        }
    }

    override fun watchAgain() = change { it.copy(replaying = true) }

    override fun moveOn() {
        state.value.movedTo?.let(onMove)
    }

    override fun older() {
        val chat = room?.chat ?: return
        if (reading) return
        reading = true
        // A page less of history is nothing to tell anybody about.
        go({ reading = false }) { reading = !chat.older() }
    }

    override fun buyPin(pin: PinShown) = onBuyItem(pin.product)

    override fun rendered(pin: PinShown) {
        val quoted = early[pin.id]?.takeIf { it.quote.digest == pin.early?.digest } ?: return
        val digest = quoted.quote.digest
        if (onScreen?.first == digest) return
        onScreen = digest to elapsed()
        wasShown = false
        showing?.cancel()
        // Without a report that was taken nothing can be paid here, only looked at.
        showing = go({ forget(pin.id) }) {
            shopper.purchase.rendered(quoted.quote.key, digest, quoted.toRender)
            delay(LEAST_SHOWN_MS)
            wasShown = true
            showPin()
        }
    }

    override fun payPin(pin: PinShown) {
        val quoted = early[pin.id] ?: return
        val (digest, since) = onScreen ?: return
        if (!wasShown || digest != quoted.quote.digest || digest != pin.early?.digest) return
        forget(pin.id)
        onPay(ToBuy.Early(quoted, since))
    }

    override fun open(url: String) = openUrl(url)

    override fun buyOffer(offer: OfferShown) = onBuyOffer(offer)

    /** Without a picture there is nothing to point at. */
    override fun point() {
        if (momentMs > 0) change { it.copy(pointing = Pointing(momentMs)) }
    }

    override fun pointAt(spot: PictureSpot) = change { it.copy(pointing = it.pointing?.copy(spot = spot)) }

    override fun thatOne() {
        val pointing = state.value.pointing ?: return
        val (chat, spot) = (room?.chat ?: return) to (pointing.spot ?: return)
        change { it.copy(pointing = null) }
        go(::failed) {
            chat.pointAt(pointing.momentMs, strings.thatOne, Spot(spot.x.toUShort(), spot.y.toUShort()))
        }
    }

    override fun stopPointing() = change { it.copy(pointing = null) }

    override fun shown(momentMs: Long) {
        this.momentMs = momentMs
        moments.trySend(momentMs)
        showOffer()
    }

    override fun end() {
        super.end()
        val left = room ?: return
        room = null
        // The room is left even if the screen that asked for it is gone.
        parent.launch {
            withContext(NonCancellable) {
                try {
                    left.leave()
                } catch (_: NightmarketException) {
                    // It ends with the Shopper then.
                }
            }
        }
    }

    private fun show(joined: Joined) {
        hostId = joined.host.id
        change {
            it.copy(
                title = joined.title,
                host = HostBadge(joined.host.id, joined.host.name, joined.host.avatarUrl),
                onAir = joined.status.shown(),
                viewers = joined.stats.viewers.toLong(),
                hlsUrl = joined.hlsUrl,
                cohosts = joined.cohosts.map { host -> host.name },
                replayUrl = joined.replayUrl,
                movedTo = joined.movedTo,
                asOfMs = joined.asOf,
                loading = false,
            )
        }
        pin = joined.pin
        showPin()
        showLines(lines)
    }

    private fun showPin() {
        val shown = pin?.let { PinShown(it.id, ProductChip(it.shop, it.item, it.title, it.price, it.imageUrl), earlyOf(it)) }
        if (shown != state.value.pin) change { it.copy(pin = shown) }
    }

    private fun earlyOf(pin: Pin): EarlyPay? {
        val quote = early[pin.id]?.quote ?: return null
        val shown = quote.shown(strings)
        val ready = wasShown && onScreen?.first == quote.digest
        return EarlyPay(
            quote.digest, quote.total ?: return null, shown.totals, shown.notices, shown.links,
            if (ready) PayStands.Ready else PayStands.JustAppeared,
        )
    }

    /** Its card is the way to it from now on. */
    private fun forget(pin: String) {
        early = early - pin
        showPin()
    }

    private fun showLines(all: List<ChatLine>) {
        lines = all
        change { state -> state.copy(chat = all.map(::entry)) }
    }

    private fun entry(line: ChatLine) = ChatEntry(
        line.clientId,
        line.from?.name.takeUnless { line.own },
        line.display,
        byHost = hostId != null && line.from?.id == hostId,
        line.own,
        line.state.shown(),
        line.clientId,
        line.id,
        line.from?.id,
        line.replyTo?.let { QuoteShown(line.quote?.from?.name, line.quote?.text) },
        line.translation,
        line.reactions.map { ReactionShown(it.reaction, it.count.toLong(), it.own) },
        line.mentionsMe,
    )

    /** What the lines stand among; while a line waits for its turn, its seconds run. */
    private fun showAround() {
        val around = around ?: return
        val waitMs = (around.sendsAt ?: 0) - now()
        val words = around.mayWrite.words(around.mutedUntil) ?: when {
            waitMs > 0 -> strings.sendsIn(seconds(waitMs))
            around.slowModeMs > 0UL -> strings.slowMode(seconds(around.slowModeMs.toLong()))
            else -> null
        }
        val may = around.mayWrite is MayWrite.Open || around.mayWrite is MayWrite.Other
        change { it.copy(pinnedLines = around.pinned.map(::entry), writing = Writing(may, words), asOfMs = around.asOf ?: it.asOfMs) }
        if (waitMs > 0 && writingClock?.isActive != true) {
            writingClock = scope.launch {
                delay(SECOND_MS)
                writingClock = null
                showAround()
            }
        }
    }

    private fun seconds(ms: Long) = ((ms + SECOND_MS - 1) / SECOND_MS).toString()

    /** Why nothing can be written, if so. */
    private fun MayWrite.words(mutedUntil: Long?): String? = when (this) {
        is MayWrite.Open, is MayWrite.Other -> null
        is MayWrite.SignIn -> strings.signInToChat
        is MayWrite.Muted -> mutedUntil?.let { strings.mutedUntil(times.clock(it)) } ?: strings.muted
        is MayWrite.Banned -> strings.banned
        is MayWrite.MembersOnly -> strings.membersOnly
    }

    /** The newest offer for this room, once the picture is at its moment; its clock runs while it is good. */
    private fun showOffer() {
        val offer = offers.firstOrNull { (it.terms?.moment ?: 0) <= momentMs || momentMs == 0L }
        val shown = offer?.shown(now())
        if (shown != state.value.offer) change { it.copy(offer = shown) }
        val runs = shown?.stands == OfferStands.GOOD && shown.leftMs > 0
        if (runs && clock?.isActive != true) {
            clock = scope.launch {
                delay(SECOND_MS)
                clock = null
                showOffer()
            }
        }
    }

    private fun failed(error: NightmarketException) = change { it.copy(loading = false, problem = error.problem(strings)) }

    private companion object {
        const val SECOND_MS = 1_000L

        /** What the venue is told: no screen asks for a reason of one's own. */
        const val REPORTED = "unwanted"

        /** What the core asks for is half a second; a tap under it would be refused. */
        const val LEAST_SHOWN_MS = 500L
    }
}

private fun Connection.shown(): Line = when (this) {
    is Connection.Connected -> Line.CONNECTED
    is Connection.Connecting -> Line.CONNECTING
    is Connection.Offline -> Line.OFFLINE
    is Connection.Stopped -> Line.STOPPED
}

private fun RoomStatus.shown(): OnAir = when (this) {
    is RoomStatus.Scheduled -> OnAir.SCHEDULED
    is RoomStatus.Ended -> OnAir.ENDED
    is RoomStatus.Live, is RoomStatus.Other -> OnAir.LIVE
}

private fun LineState.shown(): Sent = when (this) {
    is LineState.Sending -> Sent.SENDING
    is LineState.Held -> Sent.HELD
    is LineState.Deleted -> Sent.REMOVED
    is LineState.Failed -> Sent.FAILED
    is LineState.Sent, is LineState.Other -> Sent.SENT
}

private fun Offer.shown(nowMs: Long) = OfferShown(
    id,
    terms?.title.orEmpty(),
    terms?.price,
    terms?.photo,
    when (state) {
        is OfferState.Unchecked -> OfferStands.CHECKING
        is OfferState.Valid -> OfferStands.GOOD
        is OfferState.Expired -> OfferStands.EXPIRED
        is OfferState.Used -> OfferStands.USED
        is OfferState.Forged, is OfferState.NotYours, is OfferState.NotSoldHere -> OfferStands.BAD
    },
    ((terms?.expiresHere ?: 0) - nowMs).coerceAtLeast(0),
)
