package app.nightmarket.ui.live

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.runtime.Composable
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.Modifier
import app.nightmarket.ui.look.Look

/**
 * The place of the moving picture: the platform's own player on a phone. It says a few times a second which programme
 * time it shows, so that pins and offers come with their picture; held, it stands still.
 */
fun interface VideoSurface {
    /** Shows the stream at [hlsUrl], standing still while [held]. */
    @Composable
    fun Show(hlsUrl: String?, held: Boolean, onMoment: (Long) -> Unit, modifier: Modifier)
}

/** No player: a dark ground. */
val NoVideo = VideoSurface { _, _, _, modifier -> Box(modifier.background(Look.colors.surface)) }

/** The player here. */
val LocalVideo = staticCompositionLocalOf { NoVideo }
