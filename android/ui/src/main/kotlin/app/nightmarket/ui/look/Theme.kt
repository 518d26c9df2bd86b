package app.nightmarket.ui.look

import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.material3.LocalContentColor
import androidx.compose.material3.LocalTextStyle
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.Immutable
import androidx.compose.runtime.remember
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp

/** The colours, named by what they are for. Both sets keep a contrast of 4.5 and more for every text on its ground. */
@Immutable
data class Tokens(
    /** The page. */
    val ground: Color,
    /** Cards and sheets. */
    val surface: Color,
    /** Text. */
    val ink: Color,
    /** The second line, captions. */
    val inkSoft: Color,
    /** Hairlines. */
    val line: Color,
    /** The one accent: pay button, live badge, price. */
    val lantern: Color,
    /** Text on the accent. */
    val onLantern: Color,
    /** Done, refunded, "as it is". */
    val jade: Color,
    /** Being checked, needs the shopper. */
    val amber: Color,
    /** Whether the ground is dark. */
    val dark: Boolean,
)

/** A market by day. */
val LightTokens = Tokens(
    ground = Color(0xFFFBF8F4),
    surface = Color(0xFFFFFFFF),
    ink = Color(0xFF1E1915),
    inkSoft = Color(0xFF6F655C),
    line = Color(0xFFE8E0D7),
    lantern = Color(0xFFC8321F),
    onLantern = Color(0xFFFFFFFF),
    jade = Color(0xFF2F7D5B),
    amber = Color(0xFF9E6500),
    dark = false,
)

/** A market by night; a room always wears it. */
val DarkTokens = Tokens(
    ground = Color(0xFF14110F),
    surface = Color(0xFF1F1A17),
    ink = Color(0xFFF4EDE6),
    inkSoft = Color(0xFFA89C91),
    line = Color(0xFF332B26),
    lantern = Color(0xFFFF6B4F),
    onLantern = Color(0xFF1F0B06),
    jade = Color(0xFF6CC59A),
    amber = Color(0xFFF0B54A),
    dark = true,
)

/** Distances. */
object Space {
    val hair = 4.dp
    val small = 8.dp
    val medium = 12.dp
    val large = 16.dp
    val huge = 24.dp

    /** The least height and width of what a finger hits. */
    val touch = 48.dp
}

/** Corners. */
object Corner {
    val card = 12.dp
    val sheet = 20.dp
}

/** Text sizes. Prices have figures of one width, so that columns stand under each other. */
@Immutable
class Type(family: FontFamily) {
    private val base = TextStyle(fontFamily = family)
    val title = base.copy(fontSize = 22.sp, lineHeight = 28.sp, fontWeight = FontWeight.SemiBold)
    val body = base.copy(fontSize = 16.sp, lineHeight = 23.sp)
    val bodyStrong = body.copy(fontWeight = FontWeight.SemiBold)
    val second = base.copy(fontSize = 14.sp, lineHeight = 20.sp)
    val secondStrong = second.copy(fontWeight = FontWeight.SemiBold)
    val caption = base.copy(fontSize = 12.sp, lineHeight = 16.sp)
    val captionStrong = caption.copy(fontWeight = FontWeight.SemiBold)
    val price = body.copy(fontWeight = FontWeight.SemiBold, fontFeatureSettings = "tnum")
    val priceBig = title.copy(fontFeatureSettings = "tnum")
    val amount = base.copy(fontSize = 36.sp, lineHeight = 44.sp, fontWeight = FontWeight.SemiBold, fontFeatureSettings = "tnum")
    val code = base.copy(
        fontSize = 44.sp,
        lineHeight = 52.sp,
        fontWeight = FontWeight.SemiBold,
        letterSpacing = 6.sp,
        fontFeatureSettings = "tnum",
    )
}

private val LocalTokens = staticCompositionLocalOf { LightTokens }
private val LocalType = staticCompositionLocalOf { Type(FontFamily.Default) }

/** What is worn here. */
object Look {
    val colors: Tokens @Composable get() = LocalTokens.current
    val type: Type @Composable get() = LocalType.current
}

/** Colours and text sizes for everything inside. [family] is for platforms whose own default is not good to read. */
@Composable
fun NightmarketTheme(
    dark: Boolean = isSystemInDarkTheme(),
    family: FontFamily = FontFamily.Default,
    content: @Composable () -> Unit,
) {
    val type = remember(family) { Type(family) }
    CompositionLocalProvider(LocalType provides type) { Wear(if (dark) DarkTokens else LightTokens, content) }
}

/** The dark set whatever the theme is: the room. */
@Composable
fun AlwaysNight(content: @Composable () -> Unit) = Wear(DarkTokens, content)

@Composable
private fun Wear(tokens: Tokens, content: @Composable () -> Unit) {
    val base = if (tokens.dark) darkColorScheme() else lightColorScheme()
    val scheme = base.copy(
        primary = tokens.lantern,
        onPrimary = tokens.onLantern,
        background = tokens.ground,
        onBackground = tokens.ink,
        surface = tokens.surface,
        onSurface = tokens.ink,
        onSurfaceVariant = tokens.inkSoft,
        surfaceContainerHighest = tokens.line,
        outline = tokens.inkSoft,
        outlineVariant = tokens.line,
        error = tokens.amber,
    )
    CompositionLocalProvider(LocalTokens provides tokens) {
        MaterialTheme(colorScheme = scheme) {
            CompositionLocalProvider(
                LocalTextStyle provides Look.type.body,
                LocalContentColor provides tokens.ink,
                content = content,
            )
        }
    }
}
