package app.nightmarket.desktop

import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.toComposeImageBitmap
import androidx.compose.ui.text.ExperimentalTextApi
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.platform.SystemFont
import app.nightmarket.ui.parts.HttpPictures
import app.nightmarket.ui.parts.Pictures
import org.jetbrains.skia.Image

/** Pictures over HTTP, read by Skia. */
fun desktopPictures(): Pictures = HttpPictures(decode = ::decoded)

/** A PNG, JPEG or WebP; none if it is something else. */
internal fun decoded(bytes: ByteArray): ImageBitmap? = try {
    Image.makeFromEncoded(bytes).toComposeImageBitmap()
} catch (_: IllegalArgumentException) {
    null
}

/** A family that has both scripts, so that a line of both stands on one line. Debian: fonts-noto-cjk. */
@OptIn(ExperimentalTextApi::class)
val DesktopFont = FontFamily(
    SystemFont("Noto Sans CJK SC", FontWeight.Normal),
    SystemFont("Noto Sans CJK SC", FontWeight.Bold),
)
