package app.nightmarket.desktop

import androidx.compose.foundation.Image
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberUpdatedState
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.layout.ContentScale
import app.nightmarket.ui.live.VideoSurface
import app.nightmarket.ui.look.Look
import java.io.IOException
import java.net.URI
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.isActive
import kotlinx.coroutines.withContext

/**
 * The stream without a player: the sandbox draws any moment of it as a picture, and the stream's own list says which moment
 * a player would show. Only the sandbox has such pictures; elsewhere the ground stays dark and the moments go on.
 */
object SandboxVideo : VideoSurface {
    /** Pictures a second. The tray moves slowly. */
    private const val PICTURE_MS = 200L

    @Composable
    override fun Show(hlsUrl: String?, held: Boolean, onMoment: (Long) -> Unit, modifier: Modifier) {
        var picture by remember(hlsUrl) { mutableStateOf<ImageBitmap?>(null) }
        val told by rememberUpdatedState(onMoment)
        val still by rememberUpdatedState(held)
        LaunchedEffect(hlsUrl) {
            val url = hlsUrl ?: return@LaunchedEffect
            val programme = withContext(Dispatchers.IO) { attempt { Programme.read(url) } } ?: return@LaunchedEffect
            while (isActive) {
                val moment = programme.momentMs
                val drawn = if (still) null else withContext(Dispatchers.IO) { attempt { decoded(bytes(stillAt(url, moment))) } }
                // The moment is told with its picture: who points at one means the other.
                if (!still) {
                    drawn?.let { picture = it }
                    told(moment)
                }
                delay(PICTURE_MS)
            }
        }
        Box(modifier.background(Look.colors.surface)) {
            picture?.let { Image(it, null, Modifier.fillMaxSize(), contentScale = ContentScale.FillBounds) }
        }
    }

    /** The sandbox's streams are at `/media/hls/<room>/…`, its pictures of a moment at `/rooms/<room>/picture.png`. */
    private fun stillAt(hlsUrl: String, moment: Long): String {
        val stream = URI(hlsUrl)
        val room = stream.path.substringBeforeLast('/').substringAfterLast('/')
        return stream.resolve("/rooms/$room/picture.png?moment=$moment").toString()
    }

    private fun bytes(url: String): ByteArray = URI(url).toURL().openStream().use { it.readAllBytes() }

    private fun <T> attempt(work: () -> T): T? = try {
        work()
    } catch (_: IOException) {
        null
    }
}
