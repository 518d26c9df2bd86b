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
import app.nightmarket.ui.Sandbox
import app.nightmarket.ui.live.LocalVideo
import app.nightmarket.ui.live.VideoSurface
import app.nightmarket.ui.look.Look
import app.nightmarket.ui.look.NightmarketTheme
import app.nightmarket.ui.parts.LocalPictures
import app.nightmarket.ui.parts.Picture
import app.nightmarket.ui.parts.Pictures
import app.nightmarket.ui.words.LocalStrings
import app.nightmarket.ui.words.LocalTimes
import app.nightmarket.ui.words.Strings
import app.nightmarket.ui.words.Times
import java.io.File
import java.time.ZoneOffset
import java.util.stream.Stream
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield
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
    fun screens(): Stream<DynamicTest> = Scenes(sandbox.venue).all().map { (name, scene) -> dynamicTest(name) { approval.check(name, draw(scene)) } }.stream()

    /** On the one thread that effects run on as well: drawn on another, a list would be scrolled while it is measured. */
    private fun draw(scene: Scenes.Scene): ByteArray = runBlocking(Dispatchers.Main) {
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
        try {
            // Some frames, so that lists have measured and scrolled; between them the effects have their turn.
            repeat(4) {
                compose.render(it * 16_000_000L)
                yield()
            }
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
