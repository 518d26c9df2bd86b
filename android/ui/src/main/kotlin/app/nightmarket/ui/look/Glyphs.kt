package app.nightmarket.ui.look

import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.SolidColor
import androidx.compose.ui.graphics.StrokeCap
import androidx.compose.ui.graphics.StrokeJoin
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.graphics.vector.PathParser
import androidx.compose.ui.unit.dp

/** The signs of the app, drawn as strokes in a square of 24. They take the colour of whoever shows them. */
object Glyphs {
    val heart = stroked("heart", HEART)
    val heartFull = filled("heartFull", HEART)
    val back = stroked("back", "M15 5 L8 12 L15 19")
    val forward = stroked("forward", "M9 5 L16 12 L9 19")
    val close = stroked("close", "M6 6 L18 18 M18 6 L6 18")
    val send = filled("send", "M3.4 20.4 L21 12 L3.4 3.6 L3.4 10 L14 12 L3.4 14 Z")
    val target = stroked("target", "M12 7 A5 5 0 1 1 11.99 7 Z M12 2 L12 5 M12 19 L12 22 M2 12 L5 12 M19 12 L22 12")
    val check = stroked("check", "M5 12.5 L10 17.5 L19 7")
    val lantern = stroked(
        "lantern",
        "M12 1.5 L12 4.5 M8.5 4.5 L15.5 4.5 C22.5 7 22.5 15.5 15.5 18 L8.5 18 C1.5 15.5 1.5 7 8.5 4.5 Z " +
            "M10.5 4.5 C8 8 8 14.5 10.5 18 M13.5 4.5 C16 8 16 14.5 13.5 18 M10.5 18 L10.5 21.5 M13.5 18 L13.5 21.5",
    )
    val bag = stroked("bag", "M5 8 L19 8 L20 21 L4 21 Z M9 10 L9 6.5 A3 3 0 0 1 15 6.5 L15 10")
    val tap = stroked("tap", "M13 2 L5 13.5 L11 13.5 L10 22 L19 9.5 L12.5 9.5 Z")
    val alert = stroked("alert", "M12 4 L21 20 L3 20 Z M12 10 L12 14.5 M12 17 L12 17.4")
    val cloudOff = stroked("cloudOff", "M7 18 L17 18 A4 4 0 0 0 18.5 10.3 A6.5 6.5 0 0 0 7.5 9.2 A4.5 4.5 0 0 0 7 18 M4 4 L20 21")
    val eye = stroked("eye", "M2 12 C5.5 6 18.5 6 22 12 C18.5 18 5.5 18 2 12 Z M12 9.5 A2.5 2.5 0 1 1 11.99 9.5 Z")
    val clock = stroked("clock", "M12 3 A9 9 0 1 1 11.99 3 Z M12 7 L12 12 L15.5 14")
}

private const val HEART =
    "M12 20.5 C4 15 2.5 11.5 2.5 8.8 A4.8 4.8 0 0 1 12 7.2 A4.8 4.8 0 0 1 21.5 8.8 C21.5 11.5 20 15 12 20.5 Z"

private fun square(name: String) = ImageVector.Builder(name, 24.dp, 24.dp, 24f, 24f)

private fun stroked(name: String, path: String) = square(name).addPath(
    pathData = PathParser().parsePathString(path).toNodes(),
    stroke = SolidColor(Color.Black),
    strokeLineWidth = 1.8f,
    strokeLineCap = StrokeCap.Round,
    strokeLineJoin = StrokeJoin.Round,
).build()

private fun filled(name: String, path: String) = square(name).addPath(
    pathData = PathParser().parsePathString(path).toNodes(),
    fill = SolidColor(Color.Black),
).build()
