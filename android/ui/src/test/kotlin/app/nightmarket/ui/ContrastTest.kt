package app.nightmarket.ui

import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.compositeOver
import androidx.compose.ui.graphics.luminance
import app.nightmarket.ui.look.DarkTokens
import app.nightmarket.ui.look.LightTokens
import app.nightmarket.ui.parts.PILL
import kotlin.test.Test
import kotlin.test.assertTrue

/** Every text can be read on its ground: WCAG AA asks for 4.5. */
class ContrastTest {
    @Test
    fun `texts stand out from their grounds in both themes`() {
        for (tokens in listOf(LightTokens, DarkTokens)) {
            for (ground in listOf(tokens.ground, tokens.surface)) {
                for (text in listOf(tokens.ink, tokens.inkSoft, tokens.lantern, tokens.jade, tokens.amber)) enough(text, ground)
            }
            enough(tokens.onLantern, tokens.lantern)
            for (color in listOf(tokens.lantern, tokens.jade)) enough(color, color.copy(alpha = PILL).compositeOver(tokens.surface))
        }
    }

    private fun enough(text: Color, ground: Color) {
        val (light, dark) = listOf(text.luminance(), ground.luminance()).sortedDescending()
        val contrast = (light + 0.05) / (dark + 0.05)
        assertTrue(contrast >= 4.5, "%08X on %08X: %.2f".format(text.value.shr(32).toLong(), ground.value.shr(32).toLong(), contrast))
    }
}
