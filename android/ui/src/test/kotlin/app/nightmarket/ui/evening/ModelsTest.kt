package app.nightmarket.ui.evening

import app.nightmarket.Money
import app.nightmarket.Shopper
import app.nightmarket.desktop.DesktopHost
import app.nightmarket.desktop.open
import app.nightmarket.purchase.BuyRequest
import app.nightmarket.purchase.Decision
import app.nightmarket.purchase.of
import app.nightmarket.ui.Sandbox
import app.nightmarket.ui.feed.FeedModel
import app.nightmarket.ui.live.RoomModel
import app.nightmarket.ui.live.Sent
import app.nightmarket.ui.purchase.BuyModel
import app.nightmarket.ui.purchase.Outcome
import app.nightmarket.ui.purchase.PayStands
import app.nightmarket.ui.purchase.ThresholdModel
import app.nightmarket.ui.purchase.ToBuy
import app.nightmarket.ui.words.Language
import app.nightmarket.ui.words.Strings
import java.io.File
import java.nio.file.Files
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.BeforeEach

/** What the screens are told when something goes wrong, over the real core and sandbox. */
class ModelsTest {
    private lateinit var sandbox: Sandbox
    private lateinit var folder: File
    private lateinit var host: DesktopHost
    private lateinit var shopper: Shopper
    private lateinit var scope: CoroutineScope
    private val strings = Strings(Language.CHINESE)

    @BeforeEach
    fun setOut() {
        sandbox = Sandbox.start()
        sandbox.script("""{"do":"ambience","on":false}""")
        folder = Files.createTempDirectory("models").toFile()
        host = DesktopHost(File(folder, "sealing.key"), "models")
        shopper = runBlocking { open(sandbox.venue, folder, Language.CHINESE, host) }
        scope = CoroutineScope(Dispatchers.Main + SupervisorJob())
    }

    @AfterEach
    fun goHome() {
        scope.cancel()
        runBlocking { shopper.end() }
        sandbox.close()
        folder.deleteRecursively()
    }

    /** Models live on the UI's thread. */
    private fun onScreen(walk: suspend () -> Unit) = runBlocking(Dispatchers.Main) { walk() }

    private suspend fun <T> Flow<T>.until(what: String, holds: (T) -> Boolean): T = try {
        withTimeout(30.seconds) { first(holds) }
    } catch (late: kotlinx.coroutines.TimeoutCancellationException) {
        throw AssertionError("$what did not come", late)
    }

    @Test
    fun `a feed that fails says so and what helps, and then comes`() = onScreen {
        sandbox.fault("""{"target":"venue","kind":"status","status":500,"path_prefix":"/nm/feed","times":4}""")
        val feed = FeedModel(shopper.feed, scope, strings, {}, {})
        val failed = feed.state.until("the problem") { it.problem != null }
        assertEquals(strings.problemNoAnswer, failed.problem?.text)
        assertTrue(failed.posts.isEmpty() && !failed.loading)
        while (feed.state.value.posts.isEmpty()) {
            feed.refresh()
            feed.state.until("an answer") { !it.loading && !it.refreshing }
        }
        val posts = feed.state.until("the posts") { it.posts.isNotEmpty() && it.problem == null }.posts
        assertEquals("开播了：新一盘巴洛克珍珠，你来挑哪一颗。", posts.first().text)
        feed.like(posts.first())
        assertTrue(feed.state.value.posts.first().liked)
        feed.like(posts.first())
        assertTrue(!feed.state.value.posts.first().liked)
    }

    @Test
    fun `a line that is not taken can be sent again or taken away`() = onScreen {
        val room = RoomModel(shopper, "pearls", scope, strings, {}, {}, {})
        room.state.until("the room") { !it.loading && it.problem == null }
        room.say("晚上好")
        room.state.until("the line") { state -> state.chat.any { it.text == "晚上好" && it.own && it.sent == Sent.SENT } }
        sandbox.script("""{"do":"mute","room":"pearls","shopper":"models","on":true}""")
        room.say("听得到吗")
        val failed = room.state.until("the refusal") { state -> state.chat.any { it.sent == Sent.FAILED } }.chat.first { it.sent == Sent.FAILED }
        sandbox.script("""{"do":"mute","room":"pearls","shopper":"models","on":false}""")
        room.retry(failed)
        room.state.until("the line") { state -> state.chat.any { it.text == "听得到吗" && it.sent == Sent.SENT } }
        assertTrue(room.state.value.chat.none { it.sent == Sent.FAILED })
        sandbox.script("""{"do":"mute","room":"pearls","shopper":"models","on":true}""")
        room.say("算了")
        room.discard(room.state.until("the refusal") { state -> state.chat.any { it.sent == Sent.FAILED } }.chat.first { it.sent == Sent.FAILED })
        room.state.until("nothing of it") { state -> state.chat.none { it.text == "算了" } }
        room.end()
    }

    @Test
    fun `a lost answer is checked, never paid twice, and shown again until it is seen`() = onScreen {
        val buy = BuyModel(shopper, ToBuy.Item(sandbox.shop(0), "mug_celadon_s"), scope, strings, {}, {})
        buy.state.until("the price") { it.total != null }
        buy.pay()
        assertNull(buy.state.value.outcome, "it was not on screen for half a second")
        buy.rendered()
        buy.state.until("the button") { it.pay == PayStands.Ready }
        buy.pay()
        val asked = assertNotNull(buy.state.until("the question") { it.confirming != null }.confirming)
        assertTrue(asked.mayConfirm && asked.reasons.size >= 3, asked.reasons.toString())
        sandbox.fault("""{"target":"shop:0","kind":"drop_after","path_prefix":"/ucp/checkout-sessions/","times":3}""")
        buy.confirm()
        buy.state.until("the doubt") { it.outcome == Outcome.Checking }
        val placed = assertIs<Outcome.Placed>(buy.state.until("the outcome") { it.outcome is Outcome.Placed }.outcome)
        assertEquals(Money(12800, "CNY"), placed.paid)
        buy.end()

        val unseen = shopper.purchase.unacknowledged().single()
        var closed = false
        val again = BuyModel(shopper, ToBuy.Outcome(unseen), scope, strings, { closed = true }, {})
        again.state.until("the outcome, again") { it.outcome is Outcome.Placed && it.lines.isNotEmpty() }
        again.ok()
        again.state.until("the end") { closed }
        assertTrue(shopper.purchase.unacknowledged().isEmpty())
    }

    @Test
    fun `what waits in the browser can be given up`() = onScreen {
        host.token = "tok_3ds"
        val buy = BuyModel(shopper, ToBuy.Item(sandbox.shop(0), "mug_celadon_s"), scope, strings, {}, {})
        buy.state.until("the price") { it.total != null }
        buy.rendered()
        buy.state.until("the button") { it.pay == PayStands.Ready }
        buy.pay()
        buy.state.until("the question") { it.confirming != null }
        buy.confirm()
        buy.state.until("the shop to need somebody") { it.outcome is Outcome.NeedsYou }
        buy.giveUp()
        buy.state.until("the shop's answer") { it.outcome == Outcome.GivenUp }
        assertNull(buy.state.value.problem)
    }

    @Test
    fun `what a pin has ready is bought by one tap on the pin`() = onScreen {
        sandbox.script("""{"do":"early","per_second":1000000}""")
        shopper.purchase.setThreshold(Money(20000, "CNY"))
        val first = shopper.purchase.quote(BuyRequest.of(sandbox.shop(0), "pearl_b001"))
        assertIs<Decision.OneTap>(shopper.purchase.trust(first.quote.key))
        sandbox.script("""{"do":"pin","room":"pearls","item":"pearl_b003"}""")
        var tapped: ToBuy.Early? = null
        val room = RoomModel(shopper, "pearls", scope, strings, {}, {}, {}, onPay = { tapped = it })
        val pin = assertNotNull(room.state.until("the price on the pin") { it.pin?.early != null }.pin)
        assertEquals(Money(16800, "CNY"), pin.early?.total)
        room.payPin(pin)
        assertNull(tapped, "it was not on screen for half a second")
        room.rendered(pin)
        room.payPin(assertNotNull(room.state.until("the button") { it.pin?.early?.stands == PayStands.Ready }.pin))
        val early = assertNotNull(tapped)
        assertNull(room.state.value.pin?.early, "the card has it now")
        val buy = BuyModel(shopper, early, scope, strings, {}, {})
        val placed = assertIs<Outcome.Placed>(buy.state.until("the outcome") { it.outcome is Outcome.Placed }.outcome)
        assertEquals(Money(16800, "CNY"), placed.paid)
        room.end()
    }

    @Test
    fun `raising the threshold asks who is there, lowering does not`() = onScreen {
        val threshold = ThresholdModel(shopper.purchase, scope, strings)
        threshold.state.until("the policy") { !it.loading }
        suspend fun settled() = threshold.state.until("an answer") { !it.busy }
        host.present = false
        threshold.set(Money(20000, "CNY"))
        assertEquals(strings.problemNotProven, settled().problem?.text)
        assertNull(threshold.state.value.currencies.first().threshold)
        host.present = true
        threshold.set(Money(20000, "CNY"))
        assertEquals(Money(20000, "CNY"), settled().currencies.first().threshold)
        val asked = host.asked
        threshold.set(Money(10000, "CNY"))
        assertEquals(Money(10000, "CNY"), settled().currencies.first().threshold)
        threshold.pause(true)
        assertTrue(settled().paused)
        threshold.switchOff("CNY")
        assertNull(settled().currencies.first().threshold)
        assertEquals(asked, host.asked, "less is allowed at once")
    }
}
