package app.nightmarket.ui.live

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.gestures.detectTapGestures
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.drawscope.Stroke
import androidx.compose.ui.input.pointer.pointerInput
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.nightmarket.ui.look.Look
import app.nightmarket.ui.look.Space
import app.nightmarket.ui.parts.MainButton
import app.nightmarket.ui.parts.SideButton
import app.nightmarket.ui.words.LocalStrings

/** Over the held picture: a tap puts a ring around what is meant. */
@Composable
fun PointAtPicture(pointing: Pointing, actions: RoomActions) {
    val strings = LocalStrings.current
    val ring = Look.colors.lantern
    Box(
        Modifier.fillMaxSize().semantics { contentDescription = strings.pointHint }.pointerInput(Unit) {
            detectTapGestures { at -> actions.pointAt(PictureSpot(perMille(at.x, size.width), perMille(at.y, size.height))) }
        },
    ) {
        Canvas(Modifier.fillMaxSize()) {
            drawRect(Color.Black.copy(alpha = if (pointing.spot == null) 0.35f else 0.15f))
            pointing.spot?.let {
                val at = Offset(size.width * it.x / 1000f, size.height * it.y / 1000f)
                drawCircle(Color.Black.copy(alpha = 0.5f), 27.dp.toPx(), at, style = Stroke(6.dp.toPx()))
                drawCircle(ring, 27.dp.toPx(), at, style = Stroke(3.dp.toPx()))
                drawCircle(Color.White, 30.dp.toPx(), at, style = Stroke(1.dp.toPx()))
            }
        }
        if (pointing.spot == null) {
            Text(
                strings.pointHint,
                Modifier.align(Alignment.BottomCenter).padding(bottom = Space.medium).clip(CircleShape)
                    .background(Color.Black.copy(alpha = 0.6f)).padding(horizontal = Space.large, vertical = Space.small),
                style = Look.type.secondStrong,
            )
        }
    }
}

/** What to do with the ring. */
@Composable
internal fun PointingRow(pointing: Pointing, actions: RoomActions) = Row(
    Modifier.fillMaxWidth().background(Color.Black.copy(alpha = 0.4f)).padding(Space.small),
    horizontalArrangement = Arrangement.spacedBy(Space.small),
) {
    val strings = LocalStrings.current
    SideButton(strings.cancel, actions::stopPointing, Modifier.weight(1f))
    MainButton(strings.thatOne, actions::thatOne, Modifier.weight(2f), enabled = pointing.spot != null)
}

private fun perMille(at: Float, whole: Int): Int = if (whole == 0) 0 else (at / whole * 1000).toInt().coerceIn(0, 1000)
