package app.nightmarket.ui.parts

import androidx.compose.foundation.Image
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.layout.ContentScale
import app.nightmarket.ui.look.Look
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.InputStream
import java.net.HttpURLConnection
import java.net.URI
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** Gives the pictures of products, posts and hosts. The app may put a loader of its own here. */
interface Pictures {
    /** The picture if it is at hand. */
    fun known(url: String): ImageBitmap?

    /** The picture, from wherever it is; none if it cannot be had or read. */
    suspend fun load(url: String): ImageBitmap?
}

/** Pictures over HTTP, the latest [kept] of them in memory. [decode] is the platform's. */
class HttpPictures(private val kept: Int = 120, private val decode: (ByteArray) -> ImageBitmap?) : Pictures {
    private val memory = object : LinkedHashMap<String, ImageBitmap>(kept, 0.75f, true) {
        override fun removeEldestEntry(eldest: Map.Entry<String, ImageBitmap>) = size > kept
    }

    override fun known(url: String): ImageBitmap? = synchronized(memory) { memory[url] }

    override suspend fun load(url: String): ImageBitmap? = known(url) ?: withContext(Dispatchers.IO) {
        fetch(url)?.let(decode)?.also { synchronized(memory) { memory[url] = it } }
    }

    private fun fetch(url: String): ByteArray? = try {
        val connection = URI(url).toURL().openConnection() as HttpURLConnection
        connection.connectTimeout = TIMEOUT_MS
        connection.readTimeout = TIMEOUT_MS
        connection.inputStream.use(::bounded)
    } catch (_: IOException) {
        null
    } catch (_: IllegalArgumentException) {
        null
    }

    private fun bounded(stream: InputStream): ByteArray? {
        val (bytes, buffer) = ByteArrayOutputStream() to ByteArray(64 * 1024)
        while (bytes.size() <= MOST_BYTES) {
            val read = stream.read(buffer)
            if (read < 0) return bytes.toByteArray()
            bytes.write(buffer, 0, read)
        }
        return null
    }

    private companion object {
        const val TIMEOUT_MS = 10_000
        const val MOST_BYTES = 8 * 1024 * 1024
    }
}

/** No pictures at all: what is shown until the app gives some. */
object NoPictures : Pictures {
    override fun known(url: String): ImageBitmap? = null

    override suspend fun load(url: String): ImageBitmap? = null
}

/** Where pictures come from here. */
val LocalPictures = staticCompositionLocalOf<Pictures> { NoPictures }

/** The picture at [url], cropped to fill; a calm ground until it is there, and for good if it is not to be had. */
@Composable
fun Picture(url: String?, description: String?, modifier: Modifier = Modifier) {
    val pictures = LocalPictures.current
    var picture by remember(url) { mutableStateOf(url?.let(pictures::known)) }
    LaunchedEffect(url) {
        if (url != null && picture == null) picture = pictures.load(url)
    }
    Box(modifier.background(Look.colors.line)) {
        picture?.let { Image(it, description, Modifier.matchParentSize(), contentScale = ContentScale.Crop) }
    }
}
