package app.nightmarket.journeys

import app.nightmarket.DeclaredAge
import app.nightmarket.Money
import app.nightmarket.boxes.BoughtBox
import app.nightmarket.chat.Spot
import app.nightmarket.drops.Reminded
import app.nightmarket.drops.ReminderKind
import app.nightmarket.live.Entry
import app.nightmarket.live.RoomLink
import app.nightmarket.purchase.BuyRequest
import app.nightmarket.purchase.Choice
import app.nightmarket.purchase.QuoteKey
import app.nightmarket.purchase.Rendered
import app.nightmarket.purchase.TotalPart
import app.nightmarket.purchase.Wanted
import app.nightmarket.push.PushPlatform
import app.nightmarket.returns.ReturnLine
import app.nightmarket.support.TestApp
import app.nightmarket.years
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.map
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.int
import kotlinx.serialization.json.long
import kotlinx.serialization.json.longOrNull

/** A step's arguments, with variables put in. */
class Arguments(val all: JsonObject) {
    /** One that may be missing; null is missing. */
    fun find(name: String): JsonElement? = all[name]?.takeIf { it !is JsonNull }

    fun value(name: String): JsonElement = checkNotNull(find(name)) { "$name is missing" }

    fun text(name: String): String = checkNotNull(value(name).text) { "$name is no text" }

    fun long(name: String): Long = (value(name) as JsonPrimitive).long

    fun flag(name: String): Boolean = (value(name) as JsonPrimitive).boolean
}

typealias Operation = suspend (App, Arguments) -> Any?

/** Every operation of tests/journeys/README.md. */
val operations: Map<String, Operation> = shoppers + sandbox + feed + live + chat + offers + carts + purchase + orders + returns + drops + fans + boxes

private val shoppers get() = mapOf<String, Operation>(
    "pause" to { _, given -> delay(given.long("ms")) },
    "device.notifications" to { app, _ -> app.notifications.now() },
    "shopper.open" to { app, given ->
        app.open(
            // Null is an answer here: a guest.
            token = if ("token" in given.all) given.find("token")?.text else "token:shopper",
            language = given.find("language")?.text ?: "en",
            venue = given.find("venue")?.text ?: app.sandbox.venue,
            name = given.find("directory")?.text ?: "shopper",
            instruments = (given.find("instruments") as JsonArray?)?.map { it.text!! } ?: listOf("success"),
            device = given.find("device") == null || given.flag("device"),
        )
    },
    "shopper.close" to { app, _ -> app.closeShopper() },
    "shopper.kill" to { app, _ -> app.kill() },
    "shopper.venue" to { app, _ -> app.shopper.venue() },
    "shopper.background" to { app, _ -> app.shopper.background() },
    "shopper.foreground" to { app, _ -> app.shopper.foreground() },
    "shopper.register_push" to { app, given ->
        app.shopper.registerPush(given.text("token"), PushPlatform.valueOf(given.text("platform").uppercase()))
    },
    "shopper.unregister_push" to { app, _ -> app.shopper.unregisterPush() },
    "shopper.on_push" to { app, given -> app.shopper.onPush(given.text("payload")) },
)

private val sandbox get() = listOf("clock", "faults", "heal", "script", "tray", "bank", "books")
    .associate<String, String, Operation> { name -> "sandbox.$name" to { app, given -> app.sandbox.control(name, given.all) } }

private val feed get() = mapOf<String, Operation>(
    "feed.posts" to { app, _ -> app.follow("feed.posts") { app.shopper.feed.posts } },
    "feed.refresh" to { app, _ -> app.shopper.feed.refresh() },
    "feed.next_page" to { app, _ -> app.shopper.feed.nextPage() },
    "feed.seen" to { app, given -> app.shopper.feed.seen(given.text("post")) },
    "feed.like" to { app, given -> app.shopper.feed.like(given.text("post"), given.flag("liked")) },
    "feed.follow" to { app, given -> app.shopper.feed.follow(given.text("host"), given.flag("following")) },
)

private val live get() = mapOf<String, Operation>(
    "live.join" to { app, given -> app.shopper.live.join(given.text("room")).also(app::joined).state.first() },
    "live.enter" to { app, given ->
        app.shopper.live.enter(roomLink(given.value("link"))).also(app::joined).state.first()
    },
    "live.state" to { app, given ->
        val room = given.text("room")
        app.follow("live.state $room") { app.room(room).state }
    },
    "live.shown" to { app, given -> app.room(given.text("room")).shown(given.long("moment")) },
    "live.leave" to { app, given -> app.leaving(given.text("room")).leave() },
)

private fun roomLink(link: JsonElement): RoomLink {
    val entry = when (val name = link.at("entry").text) {
        "push" -> Entry.Push
        "link" -> Entry.Link
        "next" -> Entry.Next
        else -> Entry.Reminder(checkNotNull(link.at("entry.reminder").text) { "$name leads into no room" })
    }
    return RoomLink(link.at("room").text!!, entry, (link.at("moment") as? JsonPrimitive)?.longOrNull)
}

private val chat get() = mapOf<String, Operation>(
    "chat.lines" to { app, given ->
        val room = given.text("room")
        app.follow("chat.lines $room") { app.room(room).chat.lines }
    },
    "chat.send" to { app, given -> app.room(given.text("room")).chat.send(given.text("text")) },
    "chat.point_at" to { app, given ->
        val spot = given.find("spot")?.let { Spot(perMille(it.at("x")), perMille(it.at("y"))) }
        app.room(given.text("room")).chat.pointAt(given.long("moment"), given.text("text"), spot)
    },
    "chat.retry" to { app, given -> app.room(given.text("room")).chat.retry(given.text("line")) },
)

private fun perMille(value: JsonElement) = (value as JsonPrimitive).int.toUShort()

private val offers get() = mapOf<String, Operation>(
    "offers.list" to { app, _ -> app.follow("offers.list") { app.shopper.offers.list } },
    "offers.offer" to { app, given -> app.shopper.offers.offer(given.text("offer")) },
)

private val carts get() = mapOf<String, Operation>(
    "carts.add" to { app, given ->
        val quantity = if (given.find("quantity") == null) 1 else given.long("quantity")
        app.shopper.carts.add(given.text("shop"), given.text("item"), quantity.toUInt())
    },
    "carts.set_quantity" to { app, given ->
        app.shopper.carts.setQuantity(given.text("shop"), given.text("item"), given.long("quantity").toUInt())
    },
    "carts.watch" to { app, given ->
        val shop = given.text("shop")
        app.follow("carts.watch $shop") { app.shopper.carts.watch(shop) }
    },
)

private val purchase get() = mapOf<String, Operation>(
    "purchase.quote" to { app, given -> app.shopper.purchase.quote(buyRequest(given)) },
    "purchase.quote_offer" to { app, given -> app.shopper.purchase.quoteOffer(given.text("offer")) },
    "purchase.quote_cart" to { app, given -> app.shopper.purchase.quoteCart(buyRequest(given)) },
    "purchase.choose" to { app, given ->
        app.shopper.purchase.choose(key(given), Choice.Instrument(given.text("instrument")))
    },
    "purchase.rendered" to { app, given -> app.shopper.purchase.rendered(key(given), digest(given), rendered(given)) },
    "purchase.tap" to { app, given ->
        app.shopper.purchase.tap(key(given), digest(given), given.long("shown_ms").toULong())
    },
    "purchase.confirm" to { app, given -> app.shopper.purchase.confirm(key(given), digest(given)) },
    "purchase.watch" to { app, given ->
        val purchase = given.text("purchase")
        app.follow("purchase.watch $purchase") { app.shopper.purchase.watch(purchase) }
    },
    "purchase.purchases" to { app, _ -> app.shopper.purchase.purchases() },
    "purchase.unacknowledged" to { app, _ -> app.shopper.purchase.unacknowledged() },
    "purchase.acknowledge" to { app, given -> app.shopper.purchase.acknowledge(given.text("purchase")) },
    "purchase.undo" to { app, given -> app.shopper.purchase.undo(given.text("purchase")) },
    "purchase.returned" to { app, given -> app.shopper.purchase.returned(given.text("purchase")) },
    "purchase.early" to { app, _ -> app.follow("purchase.early") { app.shopper.purchase.early.map { it.quotes } } },
    "purchase.abandon" to { app, given -> app.shopper.purchase.abandon(given.text("purchase")) },
    "purchase.declare_age" to { app, given ->
        app.shopper.purchase.declareAge(given.find("years")?.let { DeclaredAge.years((it as JsonPrimitive).int.toUInt()) })
    },
    "purchase.trust" to { app, given -> app.shopper.purchase.trust(key(given)) },
    "purchase.policy" to { app, _ -> app.shopper.purchase.policy() },
    "purchase.set_threshold" to { app, given ->
        app.shopper.purchase.setThreshold(Money(given.long("minor"), given.text("currency")))
    },
    "purchase.switch_off" to { app, given -> app.shopper.purchase.switchOff(given.text("currency")) },
    "purchase.audit" to { app, _ -> app.shopper.purchase.audit() },
)

private fun buyRequest(given: Arguments) = BuyRequest(
    shop = given.text("shop"),
    items = listOfNotNull(
        given.find("item")?.text?.let {
            Wanted(it, (if (given.find("quantity") == null) 1 else given.long("quantity")).toUInt())
        },
    ),
    offer = null,
    discountCodes = emptyList(),
    membership = given.find("membership")?.text,
    currency = null,
    instrument = given.find("instrument")?.text,
    handler = null,
    subscription = false,
    blindBox = given.find("blind_box") != null && given.flag("blind_box"),
    variantOpen = false,
)

private fun key(given: Arguments) =
    QuoteKey(given.value("quote").at("key.shop").text!!, given.value("quote").at("key.id").text!!)

private fun digest(given: Arguments) = given.value("quote").at("digest").text!!

private fun rendered(given: Arguments): Rendered {
    val quote = given.value("quote")
    fun list(name: String) = quote.at(name) as JsonArray
    val all = Rendered(
        totals = list("totals").map { TotalPart(it.at("label").text!!, (it.at("amount") as JsonPrimitive).long) },
        notices = list("notices").filter { it.at("kind").text != "info" }.map { it.at("content").text!! },
        links = list("links").map { it.at("url").text!! },
        odds = quote.at("blind_box") == JsonPrimitive(true),
    )
    return when (val left = given.find("leave_out")?.text) {
        null -> all
        "totals" -> all.copy(totals = emptyList())
        "notices" -> all.copy(notices = emptyList())
        "links" -> all.copy(links = emptyList())
        "odds" -> all.copy(odds = false)
        else -> error("a quote has no $left to leave out")
    }
}

private val orders get() = mapOf<String, Operation>(
    "orders.list" to { app, _ -> app.follow("orders.list") { app.shopper.orders.list } },
    "orders.watch" to { app, given ->
        val (shop, order) = given.text("shop") to given.text("order")
        app.follow("orders.watch $shop $order") { app.shopper.orders.watch(shop, order) }
    },
    "orders.undo_deadline" to { app, given -> app.shopper.orders.undoDeadline(given.text("shop"), given.text("order")) },
)

private val returns get() = mapOf<String, Operation>(
    "returns.eligible" to { app, given -> app.shopper.returns.eligible(given.text("shop"), given.text("order")) },
    "returns.start" to { app, given ->
        val line = ReturnLine(given.text("line"), given.long("quantity").toUInt(), given.text("reason"))
        app.shopper.returns.start(given.text("shop"), given.text("order"), listOf(line))
    },
    "returns.watch" to { app, given ->
        val id = given.text("return")
        app.follow("returns.watch $id") { app.shopper.returns.watch(id) }
    },
    "returns.slots" to { app, given -> app.shopper.returns.slots(given.text("return")) },
    "returns.hold" to { app, given -> app.shopper.returns.hold(given.text("return"), given.text("slot")) },
    "returns.book" to { app, given ->
        app.shopper.returns.book(given.text("return"), given.text("slot"), TestApp.address)
    },
)

private val drops get() = mapOf<String, Operation>(
    "drops.drops" to { app, _ -> app.follow("drops.drops") { app.shopper.drops.drops } },
    "drops.refresh" to { app, _ -> app.shopper.drops.refresh() },
    "drops.remind" to { app, given -> app.shopper.drops.remind(given.text("drop"), given.flag("wanted")) },
    "drops.reminded" to { app, _ -> app.follow("drops.reminded") { app.shopper.drops.reminded } },
    "drops.acknowledge" to { app, given ->
        val told = given.value("told")
        val kind = when (val name = told.at("kind").text) {
            "due" -> ReminderKind.Due
            "moved" -> ReminderKind.Moved
            "early" -> ReminderKind.Early
            else -> ReminderKind.Other(name ?: told.at("kind.other").text!!)
        }
        app.shopper.drops.acknowledge(
            Reminded(told.at("drop").text!!, kind, (told.at("opens_at") as JsonPrimitive).long),
        )
    },
)

private val fans get() = mapOf<String, Operation>(
    "fans.join" to { app, given -> app.shopper.fans.join(given.text("group")) },
    "fans.proof" to { app, given -> app.shopper.fans.proof(given.text("group"), given.text("shop")) },
)

private val boxes get() = mapOf<String, Operation>(
    "boxes.describe" to { app, given ->
        app.shopper.boxes.describe(given.text("shop"), given.text("box"))
            .also { app.described[given.text("shop") to given.text("box")] = it }
    },
    "boxes.odds_shown" to { app, given ->
        app.shopper.boxes.oddsShown(app.described.getValue(given.text("shop") to given.text("box")))
    },
    "boxes.request_opening" to { app, given -> app.shopper.boxes.requestOpening(bought(given)) },
    "boxes.openings" to { app, _ -> app.follow("boxes.openings") { app.shopper.boxes.openings } },
    "boxes.draw" to { app, given -> app.shopper.boxes.draw(bought(given)) },
    "boxes.draws" to { app, _ -> app.follow("boxes.draws") { app.shopper.boxes.draws } },
    "boxes.collection" to { app, _ -> app.follow("boxes.collection") { app.shopper.boxes.collection } },
)

private fun bought(given: Arguments) = BoughtBox(given.text("shop"), given.text("order"), given.text("box"), 0u)
