package app.nightmarket.ui.pictures

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.ImageComposeScene
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.unit.Density
import app.nightmarket.desktop.DesktopFont
import app.nightmarket.desktop.desktopPictures
import app.nightmarket.ui.NoActions
import app.nightmarket.ui.Sandbox
import app.nightmarket.ui.Tab
import app.nightmarket.ui.Tabbed
import app.nightmarket.ui.feed.FeedScreen
import app.nightmarket.ui.feed.FeedState
import app.nightmarket.ui.live.LocalVideo
import app.nightmarket.ui.live.RoomScreen
import app.nightmarket.ui.live.VideoSurface
import app.nightmarket.ui.look.Look
import app.nightmarket.ui.look.NightmarketTheme
import app.nightmarket.ui.orders.OrdersScreen
import app.nightmarket.ui.parts.LocalPictures
import app.nightmarket.ui.parts.Picture
import app.nightmarket.ui.parts.Pictures
import app.nightmarket.ui.purchase.BuyCard
import app.nightmarket.ui.purchase.ConfirmSheet
import app.nightmarket.ui.purchase.ThresholdScreen
import app.nightmarket.ui.returns.ReturnScreen
import app.nightmarket.ui.words.Language
import app.nightmarket.ui.words.LocalStrings
import app.nightmarket.ui.words.LocalTimes
import app.nightmarket.ui.words.Strings
import app.nightmarket.ui.words.Times
import java.io.File
import java.time.ZoneOffset
import java.util.stream.Stream
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.TestInstance

/** Draws every screen as a phone would and compares it with the approved picture. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PicturesTest {
    private lateinit var sandbox: Sandbox
    private val pictures = Fetched()
    private val approval = Approval(
        File(System.getProperty("nightmarket.root"), "android/pictures"),
        File("target/pictures"),
        System.getProperty("approve") == "true",
    )

    @BeforeAll
    fun open() {
        sandbox = Sandbox.start()
    }

    @AfterAll
    fun close() = sandbox.close()

    @TestFactory
    fun screens(): Stream<DynamicTest> = scenes().map { (name, scene) -> dynamicTest(name) { approval.check(name, draw(scene)) } }.stream()

    private class Scene(val language: Language, val dark: Boolean, val width: Int = 360, val height: Int = 780, val content: @Composable () -> Unit)

    private fun scenes(): List<Pair<String, Scene>> {
        val en = Fixtures(Language.ENGLISH, sandbox.venue)
        val zh = Fixtures(Language.CHINESE, sandbox.venue)
        fun english(dark: Boolean = false, content: @Composable () -> Unit) = Scene(Language.ENGLISH, dark, content = content)
        fun chinese(dark: Boolean = false, content: @Composable () -> Unit) = Scene(Language.CHINESE, dark, content = content)
        return listOf(
            "feed-en-light" to english { Tabbed(Tab.FEED, {}) { FeedScreen(en.feed, NoActions) } },
            "feed-zh-dark" to chinese(dark = true) { Tabbed(Tab.FEED, {}) { FeedScreen(zh.feed, NoActions) } },
            "feed-empty-zh-light" to chinese { Tabbed(Tab.FEED, {}) { FeedScreen(FeedState(offline = true), NoActions) } },
            "room-en" to english { RoomScreen(en.room, NoActions) },
            "room-offer-zh" to chinese { RoomScreen(zh.offered, NoActions) },
            "room-point-en" to english { RoomScreen(en.pointing, NoActions) },
            "room-failed-zh" to chinese { RoomScreen(zh.failed, NoActions) },
            "room-wide-en" to Scene(Language.ENGLISH, true, 1000, 620) { RoomScreen(en.offered, NoActions) },
            "buy-en-light" to english { Over({ FeedScreen(en.feed, NoActions) }) { BuyCard(en.buy, NoActions) } },
            "buy-placed-zh-dark" to chinese(dark = true) { Over({ RoomScreen(zh.offered, NoActions) }) { BuyCard(zh.placed, NoActions) } },
            "confirm-zh-light" to chinese { Over({ FeedScreen(zh.feed, NoActions) }) { ConfirmSheet(zh.confirming, NoActions) } },
            "confirm-en-dark" to english(dark = true) { Over({ FeedScreen(en.feed, NoActions) }) { ConfirmSheet(en.confirming, NoActions) } },
            "threshold-en-light" to english { Tabbed(Tab.THRESHOLD, {}) { ThresholdScreen(en.threshold, NoActions) } },
            "threshold-zh-dark" to chinese(dark = true) { Tabbed(Tab.THRESHOLD, {}) { ThresholdScreen(zh.threshold, NoActions) } },
            "orders-zh-light" to chinese { Tabbed(Tab.ORDERS, {}) { OrdersScreen(zh.orders, NoActions) } },
            "orders-problem-en-dark" to english(dark = true) { Tabbed(Tab.ORDERS, {}) { OrdersScreen(en.troubled, NoActions) } },
            "return-choose-en-light" to english { ReturnScreen(en.choosing, NoActions) },
            "return-slots-zh-light" to chinese { ReturnScreen(zh.slots, NoActions) },
            "return-courier-en-dark" to english(dark = true) { ReturnScreen(en.courier, NoActions) },
        )
    }

    @Composable
    private fun Over(below: @Composable () -> Unit, above: @Composable () -> Unit) = Box(Modifier.fillMaxSize()) {
        below()
        above()
    }

    private fun draw(scene: Scene): ByteArray {
        val density = Density(1.5f)
        val strings = Strings(scene.language)
        val compose = ImageComposeScene((scene.width * 1.5f).toInt(), (scene.height * 1.5f).toInt(), density) {
            CompositionLocalProvider(
                LocalStrings provides strings,
                LocalTimes provides Times(strings, ZoneOffset.UTC),
                LocalPictures provides pictures,
                LocalVideo provides Still(),
            ) {
                NightmarketTheme(scene.dark, DesktopFont) {
                    Box(Modifier.fillMaxSize().background(Look.colors.ground)) { scene.content() }
                }
            }
        }
        return try {
            // Some frames, so that lists have measured and scrolled.
            repeat(4) { compose.render(it * 16_000_000L) }
            compose.render(2_000_000_000L).encodeToData()!!.bytes
        } finally {
            compose.close()
        }
    }

    /** Every picture is there before anything is drawn. */
    private class Fetched : Pictures {
        private val http = desktopPictures()

        override fun known(url: String): ImageBitmap? = runBlocking { checkNotNull(http.load(url)) { "there is no picture $url" } }

        override suspend fun load(url: String): ImageBitmap? = http.load(url)
    }

    /** What the stream shows at the fixtures' moment. */
    private inner class Still : VideoSurface {
        @Composable
        override fun Show(hlsUrl: String?, held: Boolean, onMoment: (Long) -> Unit, modifier: Modifier) =
            Picture(Fixtures.still(sandbox.venue), null, modifier)
    }
}
