package app.nightmarket.ui.evening

import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsNodeInteraction
import androidx.compose.ui.test.click
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isEnabled
import androidx.compose.ui.test.onAllNodesWithText
import androidx.compose.ui.test.onFirst
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.performTextReplacement
import androidx.compose.ui.test.performTouchInput
import androidx.compose.ui.test.v2.runComposeUiTest
import app.nightmarket.Shopper
import app.nightmarket.desktop.DesktopAround
import app.nightmarket.desktop.DesktopFont
import app.nightmarket.desktop.DesktopHost
import app.nightmarket.desktop.SandboxVideo
import app.nightmarket.desktop.desktopPictures
import app.nightmarket.desktop.open
import app.nightmarket.ui.NightmarketApp
import app.nightmarket.ui.NightmarketModel
import app.nightmarket.ui.Sandbox
import app.nightmarket.ui.look.NightmarketTheme
import app.nightmarket.ui.words.Language
import app.nightmarket.ui.words.Strings
import java.io.File
import java.nio.file.Files
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.BeforeEach

/** A finger goes through the evening: real core, real sandbox, real sockets, no window. */
@OptIn(ExperimentalTestApi::class)
class EveningTest {
    private lateinit var sandbox: Sandbox
    private lateinit var folder: File
    private lateinit var host: DesktopHost
    private lateinit var shopper: Shopper
    private lateinit var scope: CoroutineScope
    private lateinit var model: NightmarketModel
    private val strings = Strings(Language.ENGLISH)

    @BeforeEach
    fun setOut() {
        sandbox = Sandbox.start()
        sandbox.script("""{"do":"ambience","on":false}""")
        folder = Files.createTempDirectory("evening").toFile()
        host = DesktopHost(File(folder, "sealing.key"), "evening")
        shopper = runBlocking { open(sandbox.venue, folder, Language.ENGLISH, host) }
        scope = CoroutineScope(Dispatchers.Main + SupervisorJob())
        model = runBlocking(Dispatchers.Main) { NightmarketModel(shopper, scope, strings, DesktopAround) }
    }

    @AfterEach
    fun goHome() {
        scope.cancel()
        runBlocking { shopper.end() }
        sandbox.close()
        folder.deleteRecursively()
    }

    private fun evening(walk: ComposeUiTest.() -> Unit) = runComposeUiTest {
        setContent {
            NightmarketTheme(dark = false, DesktopFont) { NightmarketApp(model, strings, desktopPictures(), SandboxVideo) }
        }
        walk()
    }

    @Test
    fun `from the feed to a pearl that is bought by one tap and undone`() = evening {
        setThreshold("200")
        buyTheFirstMug()
        landAtThePearls()
        talk("good evening")
        val meant = pointAtACheapPearl()
        val offer = checkNotNull(model.state.value.room?.state?.value?.offer)
        assertTrue(offer.title.contains("P$meant"), "${offer.title} is offered, P$meant was meant")

        tap(strings.getIt, substring = false)
        seen("one tap, no question", substring = true)
        tap("Sold by", substring = true)
        assertTrue(model.state.value.buying != null, "a tap on the card is not a tap beside it")
        val charges = charges()
        tapPay()
        seen(strings.placed, substring = true)
        assertEquals(charges + 1, charges(), "one tap, one charge")
        seen("Undo until", substring = true)
        tap(strings.undo)
        seen(strings.undone)
        tap(strings.ok)
    }

    @Test
    fun `a mug goes back by courier as it is, and the money comes`() = evening {
        buyTheFirstMug()
        sandbox.pass(61 * MINUTE_MS)
        tap(strings.orders)
        tap(strings.returnIt)
        seen(strings.whatGoesBack)
        tap(strings.reasonChangedMind)
        tap(strings.requestReturn)
        seen(strings.chooseSlot)
        seen(strings.asItIs)
        onAllNodesWithText(strings.asItIs).onFirst().performClick()
        waitUntil("a slot can be booked", PATIENCE_MS) { onNode(hasText(strings.book) and isEnabled()).exists() }
        tap(strings.book)
        seen(strings.booked)
        assertTrue(onAllNodesWithText(strings.handoverCode).fetchSemanticsNodes().isEmpty(), "the code is shown before the courier is there")
        passUntil("the courier is there") { code() != null }
        seen(strings.handoverCode)
        passUntil("the money is back") { onAllNodesWithText("came back", substring = true).fetchSemanticsNodes().isNotEmpty() }
        seen(strings.refunded("¥128.00"))
        val refunds = Json.parseToJsonElement(sandbox.books()).jsonObject.getValue("shops").jsonArray.first().jsonObject.getValue("refunds").jsonArray
        assertEquals(1, refunds.size, "one return, one refund")
    }

    private fun ComposeUiTest.setThreshold(amount: String) {
        tap(strings.oneTap)
        seen(strings.thresholdOff)
        onAllFields().onFirst().performTextReplacement(amount)
        onAllNodesWithText(strings.thresholdSet).onFirst().performClick()
        seen("¥$amount.00")
        assertEquals(1, host.asked, "raising asks who is there, once")
        tap(strings.feed)
    }

    private fun ComposeUiTest.onAllFields() = onAllNodes(hasSetTextAction())

    /** Everything is new, so it is confirmed although it is cheap. */
    private fun ComposeUiTest.buyTheFirstMug() {
        seen("景德镇青瓷马克杯", substring = true)
        onAllNodesWithText("景德镇青瓷马克杯", substring = true).onFirst().performScrollTo().performClick()
        seen("Pay ¥", substring = true)
        tapPay()
        seen(strings.confirmTitle)
        seen("It is your first purchase on this device")
        tapPay()
        seen(strings.placed, substring = true)
        tap(strings.ok)
    }

    private fun ComposeUiTest.tapPay() {
        val pay = hasText("Pay ¥", substring = true) and isEnabled()
        waitUntil("the button has been shown for long enough", PATIENCE_MS) { onNode(pay).exists() }
        onNode(pay).performClick()
    }

    private fun ComposeUiTest.landAtThePearls() {
        seen("We are live", substring = true)
        onAllNodesWithText("We are live", substring = true).onFirst().performScrollTo().performClick()
        seen("Baroque pearls, one by one")
        waitUntil("the player plays", PATIENCE_MS) { model.state.value.room?.state?.value?.let { !it.loading && it.hlsUrl != null } == true }
    }

    private fun ComposeUiTest.talk(text: String) {
        onNode(hasSetTextAction() and hasContentDescription(strings.say)).performTextInput(text)
        onNode(hasContentDescription(strings.send)).performClick()
        seen(text, substring = true)
        waitUntil("the hub has it", PATIENCE_MS) {
            model.state.value.room?.state?.value?.chat?.any { it.text == text && it.sent == app.nightmarket.ui.live.Sent.SENT } == true
        }
    }

    /** Holds the picture and points at a pearl that is under the threshold. Gives its number. */
    private fun ComposeUiTest.pointAtACheapPearl(): Long {
        val point = hasContentDescription(strings.pointAt)
        waitUntil("the picture is held", PATIENCE_MS) {
            if (held() == null && onNode(point).exists()) onNode(point).performClick()
            held() != null
        }
        val pearl = Tray.at(checkNotNull(held())).first { it.isCheap && it.x in 150..850 }
        onNode(hasContentDescription(strings.pointHint)).performTouchInput {
            click(Offset(width * pearl.x / 1000f, height * pearl.y / 1000f))
        }
        tap(strings.thatOne)
        seen(strings.offerForYou)
        waitUntil("the offer is verified", PATIENCE_MS) { onNode(hasText(strings.offerEnds(""), substring = true)).exists() }
        return pearl.number
    }

    private fun held() = model.state.value.room?.state?.value?.pointing?.momentMs?.takeIf { it > 0 }

    private fun code() = (model.state.value.returning?.state?.value?.step as? app.nightmarket.ui.returns.ReturnStep.Asked)?.code

    private fun charges() = Json.parseToJsonElement(sandbox.books()).jsonObject.getValue("shops").jsonArray.sumOf { it.jsonObject.getValue("charges").jsonArray.size }

    private fun ComposeUiTest.passUntil(what: String, holds: () -> Boolean) {
        waitUntil(what, 2 * PATIENCE_MS) {
            holds() || run {
                sandbox.pass(5 * MINUTE_MS)
                Thread.sleep(30)
                false
            }
        }
    }

    private fun ComposeUiTest.seen(text: String, substring: Boolean = false) =
        waitUntil("“$text” is on screen", PATIENCE_MS) { onAllNodesWithText(text, substring = substring).fetchSemanticsNodes().isNotEmpty() }

    private fun ComposeUiTest.tap(text: String, substring: Boolean = false) {
        seen(text, substring)
        onAllNodesWithText(text, substring = substring).onFirst().performClick()
    }

    private fun SemanticsNodeInteraction.exists() = try {
        fetchSemanticsNode()
        true
    } catch (_: AssertionError) {
        false
    }

    private companion object {
        const val PATIENCE_MS = 30_000L
        const val MINUTE_MS = 60_000L
    }
}
