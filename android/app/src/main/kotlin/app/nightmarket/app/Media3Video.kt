package app.nightmarket.app

import android.graphics.BitmapFactory
import androidx.annotation.OptIn
import androidx.compose.runtime.Composable
import androidx.compose.runtime.DisposableEffect
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberUpdatedState
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.asImageBitmap
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.viewinterop.AndroidView
import androidx.media3.common.C
import androidx.media3.common.MediaItem
import androidx.media3.common.Player
import androidx.media3.common.Timeline
import androidx.media3.common.util.UnstableApi
import androidx.media3.exoplayer.ExoPlayer
import androidx.media3.ui.AspectRatioFrameLayout
import androidx.media3.ui.PlayerView
import app.nightmarket.ui.live.VideoSurface
import app.nightmarket.ui.parts.HttpPictures
import app.nightmarket.ui.parts.Pictures
import kotlinx.coroutines.delay
import kotlinx.coroutines.isActive

/** Pictures over HTTP, read by the platform. */
fun androidPictures(): Pictures = HttpPictures { BitmapFactory.decodeByteArray(it, 0, it.size)?.asImageBitmap() }

/** The platform's player. Programme time is the window's start, which HLS dates, plus the position in it. */
@OptIn(UnstableApi::class)
object Media3Video : VideoSurface {
    private const val TELL_MS = 200L

    @Composable
    override fun Show(hlsUrl: String?, held: Boolean, onMoment: (Long) -> Unit, modifier: Modifier) {
        val context = LocalContext.current
        val player = remember { ExoPlayer.Builder(context).build() }
        val told = rememberUpdatedState(onMoment)
        DisposableEffect(player) { onDispose { player.release() } }
        LaunchedEffect(hlsUrl) {
            if (hlsUrl == null) return@LaunchedEffect player.stop()
            player.setMediaItem(MediaItem.fromUri(hlsUrl))
            player.prepare()
            player.play()
            while (isActive) {
                moment(player)?.let { told.value(it) }
                delay(TELL_MS)
            }
        }
        LaunchedEffect(held) { if (held) player.pause() else player.play() }
        AndroidView(
            factory = {
                PlayerView(it).apply {
                    useController = false
                    resizeMode = AspectRatioFrameLayout.RESIZE_MODE_FILL
                    this.player = player
                }
            },
            modifier = modifier,
        )
    }

    private fun moment(player: Player): Long? {
        if (player.currentTimeline.isEmpty) return null
        val window = player.currentTimeline.getWindow(player.currentMediaItemIndex, Timeline.Window())
        return window.windowStartTimeMs.takeIf { it != C.TIME_UNSET }?.plus(player.currentPosition)
    }
}
