package app.nightmarket.ui.pictures

import app.nightmarket.Money
import app.nightmarket.ui.Problem
import app.nightmarket.ui.feed.FeedState
import app.nightmarket.ui.feed.HostBadge
import app.nightmarket.ui.feed.LiveNow
import app.nightmarket.ui.feed.PostCard
import app.nightmarket.ui.feed.ProductChip
import app.nightmarket.ui.live.ChatEntry
import app.nightmarket.ui.live.EarlyPay
import app.nightmarket.ui.live.OfferShown
import app.nightmarket.ui.live.OfferStands
import app.nightmarket.ui.live.PictureSpot
import app.nightmarket.ui.live.PinShown
import app.nightmarket.ui.live.Pointing
import app.nightmarket.ui.live.QuoteShown
import app.nightmarket.ui.live.ReactionShown
import app.nightmarket.ui.live.RoomState
import app.nightmarket.ui.live.Sent
import app.nightmarket.ui.live.Writing
import app.nightmarket.ui.orders.OrderRow
import app.nightmarket.ui.orders.OrdersState
import app.nightmarket.ui.orders.Standing
import app.nightmarket.ui.purchase.BuyLine
import app.nightmarket.ui.purchase.BuyState
import app.nightmarket.ui.purchase.CapLeft
import app.nightmarket.ui.purchase.Confirming
import app.nightmarket.ui.purchase.CurrencyThreshold
import app.nightmarket.ui.purchase.DeliveryShown
import app.nightmarket.ui.purchase.LinkShown
import app.nightmarket.ui.purchase.Outcome
import app.nightmarket.ui.purchase.PayStands
import app.nightmarket.ui.purchase.QuietShown
import app.nightmarket.ui.purchase.ThresholdState
import app.nightmarket.ui.purchase.TotalLine
import app.nightmarket.ui.returns.CourierStep
import app.nightmarket.ui.returns.MoneyLine
import app.nightmarket.ui.returns.MoneyStands
import app.nightmarket.ui.returns.ReasonShown
import app.nightmarket.ui.returns.ReturnState
import app.nightmarket.ui.returns.ReturnStep
import app.nightmarket.ui.returns.ReturnableShown
import app.nightmarket.ui.returns.SlotShown
import app.nightmarket.ui.words.Language
import app.nightmarket.ui.words.Reasons
import app.nightmarket.ui.words.Strings
import app.nightmarket.ui.words.shown

/** An evening at the sandbox, held still: its posts, wares and amounts, at one fixed time. [at] is the sandbox's address. */
class Fixtures(private val language: Language, private val at: String) {
    private val strings = Strings(language)
    private val reasons = Reasons(language)

    private fun say(english: String, chinese: String) = if (language == Language.CHINESE) chinese else english

    private fun picture(name: String) = "$at/media/pictures/$name.png"

    private fun ware(handle: String) = "$at/media/shop/$handle.png"

    /** The third from the left at [NOW]. */
    private val pearl = "巴洛克珍珠 P897777357，11 毫米"
    private val pearlPhoto = picture("photo-P897777357-$NOW")

    private fun yuan(minor: Long) = Money(minor, "CNY")

    private fun dollars(minor: Long) = Money(minor, "USD")

    private fun host(key: String, english: String, chinese: String) =
        HostBadge("host_$key", say(english, chinese), picture("avatar-$key"))

    private val pearls = host("pearls", "the pearl host", "珍珠主播")
    private val mukbang = host("mukbang", "the mukbang host", "吃播主播")
    private val mugs = host("mugs", "the Jingdezhen mug makers", "景德镇杯子匠人")
    private val ponies = host("ponies", "the pony-card host", "小马卡主播")
    private val crystals = host("crystals", "the crystal-bracelet host", "水晶手串主播")
    private val voice = host("voice", "the vocal coach", "声乐老师")

    private fun post(id: String, host: HostBadge, text: String, title: String, price: Money, live: Long? = null, liked: Boolean = false) =
        PostCard(
            id, host, text, picture(id), text,
            ProductChip(SHOP, id, title, price, picture(id)),
            live?.let { LiveNow(id.substringBefore('-'), it) }, liked,
        )

    val feed = FeedState(
        listOf(
            post("pearls-0", pearls, say("We are live: a new tray of baroque pearls, you choose which one.", "开播了：新一盘巴洛克珍珠，你来挑哪一颗。"), "巴洛克珍珠（单颗）, 1 号", yuan(12800), 12356, liked = true),
            post("mukbang-0", mukbang, say("Live now: nine bags of chilli crisps, and me.", "正在直播：九包辣脆片，和我。"), "Tasting tin", dollars(1800), 31702),
            post("mugs-0", mugs, say("Teaser: the kiln cools tonight. No two mugs alike.", "预热：窑今晚凉。没有两只杯子一样。"), "景德镇青瓷马克杯, 小号", yuan(12800)),
            post("ponies-0", ponies, say("Teaser: the new series. One of them is holographic.", "预热：新系列。有一张是镭射的。"), "小马卡盲盒（直播拆）", yuan(3900), 9096),
            post("crystals-0", crystals, say("Teaser: bracelets for good fortune, fans first. On air until three.", "预热：招福手链，粉丝先买。播到三点。"), "招福水晶手链, 15 厘米", yuan(16600), 6214),
            post("voice-0", voice, say("Live questions later: send eight bars.", "晚点现场答疑：发八小节来。"), "Vocal coach: twelve lessons", dollars(12900)),
            post("pearls-2", pearls, say("Three pearls that look like clouds. The third is my favourite.", "三颗像云的珍珠。我最喜欢第三颗。"), "巴洛克珍珠（单颗）, 3 号", yuan(16800), 12356),
            post("mugs-1", mugs, say("The blue comes from cobalt, the crackle from patience.", "蓝来自钴，开片来自耐心。"), "景德镇青瓷马克杯, 中号", yuan(15800)),
        ),
    )

    private fun line(key: String, author: String?, english: String, chinese: String, byHost: Boolean = false, sent: Sent = Sent.SENT) =
        ChatEntry(key, author, say(english, chinese), byHost, own = author == null, sent = sent)

    private val chat = listOf(
        line("1", "viewer_512", "hello from the kitchen", "在厨房里看"),
        line("2", "the pearl host", "No two of them are alike, that is what baroque means.", "没有两颗是一样的，这就是巴洛克。", byHost = true),
        line("3", "viewer_77", "how big is it next to a coin?", "跟硬币比多大？"),
        line("4", "viewer_1290", "got mine last week, love it", "上周到的，超喜欢"),
        line("5", null, "good evening, first time here", "晚上好，第一次来"),
        line("6", "the pearl host", "Tell me which one, from the left, and I hold it up for you.", "想看哪一颗，从左边数告诉我，我拿起来给你看。", byHost = true),
        line("7", null, "that one, the third from the left", "左边第三颗，就是这个", sent = Sent.SENDING),
    )

    val room = RoomState(
        "pearls",
        say("Baroque pearls, one by one", "巴洛克珍珠，一颗一颗挑"),
        pearls,
        viewers = 12356,
        hlsUrl = STREAM,
        chat = chat,
        pin = PinShown("pin_1", ProductChip(SHOP, "pearl_b003", "巴洛克珍珠（单颗）, 3 号，11 毫米", yuan(16800), ware("baroque-pearl"))),
    )

    val offered = room.copy(
        chat = chat.dropLast(1) + line("7", null, "that one, the third from the left", "左边第三颗，就是这个") +
            line("8", "the pearl host", "This one? It is yours for 168, if you like.", "这颗吗？喜欢的话 168 给你。", byHost = true),
        offer = OfferShown("o1", pearl, yuan(16800), pearlPhoto, OfferStands.GOOD, 287_000),
        pin = null,
    )

    /** A chat with all that may stand around its lines. */
    val talk = room.copy(
        chat = chat.dropLast(1).mapIndexed { at, line ->
            when (at) {
                2 -> line.copy(id = "3", reactions = listOf(ReactionShown("❤", 12, own = true), ReactionShown("😂", 1)))
                3 -> line.copy(id = "4", mentionsMe = true, translation = say("my own words", "上周收到了我的"))
                5 -> line.copy(id = "6", quote = QuoteShown("viewer_77", say("how big is it next to a coin?", "跟硬币比多大？")))
                else -> line
            }
        },
        pinnedLines = listOf(line("0", "the pearl host", "Orders before nine leave tonight.", "九点前下单今晚发货。", byHost = true)),
        writing = Writing(words = strings.sendsIn("7")),
        cohosts = listOf(mugs.name),
        asOfMs = NOW,
    )

    val muted = room.copy(writing = Writing(may = false, words = strings.mutedUntil("21:30")), pin = null)

    val pointing = room.copy(pointing = Pointing(NOW, PictureSpot(500, 620)))

    val failed = room.copy(
        chat = chat.dropLast(1) + line("7", null, "add me please", "加我一下", sent = Sent.FAILED),
        line = app.nightmarket.ui.live.Line.OFFLINE,
    )

    /** The pin's price is ready: one tap on it buys. */
    val ready get() = room.copy(
        pin = room.pin?.copy(
            early = EarlyPay("early", yuan(16800), totals, emptyList(), buy.links, PayStands.Ready),
        ),
    )

    private val totals = listOf(
        TotalLine(say("Subtotal", "小计"), yuan(16800)),
        TotalLine(say("Standard delivery", "普通快递"), yuan(0)),
        TotalLine(say("Total", "合计"), yuan(16800), isTotal = true),
    )

    val buy = BuyState(
        digest = "shown",
        shop = "Pearl and Kiln Studio",
        lines = listOf(BuyLine(pearl, 1, pearlPhoto)),
        totals = totals,
        total = yuan(16800),
        deliveries = listOf(
            DeliveryShown("g", "standard", say("Standard, 2–3 days", "普通快递，2–3 天"), yuan(0), true),
            DeliveryShown("g", "express", say("Tomorrow", "次日达"), yuan(1500), false),
        ),
        links = listOf(LinkShown(say("Terms", "服务条款"), "$at/terms"), LinkShown(say("Returns", "退货政策"), "$at/returns")),
        payWith = say("Test card", "测试卡"),
        pay = PayStands.Ready,
        under = strings.underThreshold(yuan(20000).shown()),
        oneTap = true,
    )

    val waiting = buy.copy(outcome = Outcome.NeedsYou("$at/continue"))

    val placed = buy.copy(outcome = Outcome.Placed("NM-1042", yuan(16800), NOW + 30 * 60_000))

    val confirming = buy.copy(
        lines = listOf(BuyLine("巴洛克珍珠（单颗）, 8 号，13 毫米", 1, ware("baroque-pearl"))),
        totals = totals.dropLast(1).mapIndexed { at, line -> if (at == 0) line.copy(amount = yuan(32800)) else line } +
            TotalLine(say("Total", "合计"), yuan(32800), isTotal = true),
        total = yuan(32800),
        confirming = Confirming(listOf(reasons.reasonNotUnderThreshold(yuan(20000).shown()), reasons.reasonNewAddress, reasons.reasonQuietHours)),
        under = strings.willAsk,
        oneTap = false,
    )

    val threshold = ThresholdState(
        listOf(
            CurrencyThreshold("CNY", yuan(20000), CapLeft(yuan(33200), yuan(50000)), CapLeft(yuan(120000), yuan(200000))),
            CurrencyThreshold("USD"),
        ),
        quiet = QuietShown(23 * 60, 7 * 60),
    )

    val orders = OrdersState(
        listOf(
            OrderRow(SHOP, "NM-1042", pearl, pearlPhoto, yuan(16800), strings.stageProcessing, Standing.UNDER_WAY, NOW, undoUntilMs = NOW + 30 * 60_000),
            OrderRow(SHOP, "NM-1037", "景德镇青瓷马克杯, 小号", ware("jingdezhen-mug"), yuan(12800), strings.stageDelivered, Standing.DONE, NOW - 3_600_000, canReturn = true),
            OrderRow(SHOP, "NM-1021", "招福水晶手链, 17 厘米", ware("crystal-bracelet"), yuan(16600), strings.stageOnTheWay, Standing.UNDER_WAY, NOW - 7_200_000),
            OrderRow(SHOP, "MP-0313", "Spicy konjac strips", ware("konjac-strips"), dollars(1748), strings.stageReturned, Standing.GONE, NOW - 9_000_000),
        ),
    )

    val troubled = OrdersState(problem = Problem(strings.problemUnreachable, strings.checkNetwork))

    private val mug = ReturnableShown("l1", "景德镇青瓷马克杯, 小号", ware("jingdezhen-mug"), yuan(12800), 1, 1)

    val choosing = ReturnState(
        step = ReturnStep.Choose(
            listOf(mug, ReturnableShown("l2", "景德镇青瓷马克杯, 中号", ware("jingdezhen-mug"), yuan(15800), 1)),
            listOf(
                ReasonShown("changed_mind", strings.reasonChangedMind), ReasonShown("not_as_shown", strings.reasonNotAsShown),
                ReasonShown("damaged", strings.reasonDamaged),
            ),
            "changed_mind",
            yuan(12800),
        ),
        nowMs = NOW,
    )

    val slots = ReturnState(
        mug.title, mug.imageUrl,
        ReturnStep.Asked(
            strings.returnApproved,
            slots = listOf(
                SlotShown("s1", TOMORROW + 9 * HOUR, TOMORROW + 11 * HOUR, unpacked = true),
                SlotShown("s2", TOMORROW + 11 * HOUR, TOMORROW + 13 * HOUR, unpacked = true),
                SlotShown("s3", TOMORROW + 33 * HOUR, TOMORROW + 35 * HOUR, unpacked = false, fee = yuan(600)),
            ),
            slot = "s1",
            money = MoneyLine(strings.refundQuoted(yuan(12800).shown()), MoneyStands.NOTHING_YET),
            canKeep = true,
        ),
        NOW,
    )

    val courier = ReturnState(
        mug.title, mug.imageUrl,
        ReturnStep.Asked(
            strings.returnApproved,
            way = listOf(
                CourierStep(strings.booked, done = true, second = say("Tomorrow 09:00–11:00", "明天 09:00–11:00")),
                CourierStep(strings.courierAssigned, done = true, second = say("Courier 27, green jacket", "27 号快递员，绿色外套")),
                CourierStep(strings.courierComing, done = true),
                CourierStep(strings.courierThere, done = false, now = true),
                CourierStep(strings.handedOver, done = false),
                CourierStep(strings.shopHasIt, done = false),
            ),
            code = "4821",
            money = MoneyLine(strings.refundQuoted(yuan(12800).shown()), MoneyStands.NOTHING_YET),
            canKeep = true,
        ),
        NOW,
    )

    companion object {
        /** 24 November 2026, 21:12 UTC. */
        const val NOW = 1_795_554_720_000L
        private const val HOUR = 3_600_000L
        private const val TOMORROW = 1_795_564_800_000L
        private const val SHOP = "shop"
        const val STREAM = "stream"

        /** What the stream shows at [NOW]. */
        fun still(at: String) = "$at/rooms/pearls/picture.png?moment=$NOW"
    }
}
