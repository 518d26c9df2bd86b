package app.nightmarket.ui.parts

import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.interaction.MutableInteractionSource
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.navigationBarsPadding
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.verticalScroll
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.input.pointer.pointerInput
import androidx.compose.ui.semantics.paneTitle
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.nightmarket.ui.look.Corner
import app.nightmarket.ui.look.Look
import app.nightmarket.ui.look.Space
import app.nightmarket.ui.words.LocalStrings

/**
 * Something over what was there, from the foot of the screen. A tap beside it closes it. [foot] stays in sight while the
 * rest scrolls: what it holds is never under an edge.
 */
@Composable
fun Sheet(title: String, onClose: () -> Unit, foot: @Composable () -> Unit = {}, content: @Composable () -> Unit) {
    val close = LocalStrings.current.close
    Box(Modifier.fillMaxSize(), contentAlignment = Alignment.BottomCenter) {
        Box(
            Modifier.fillMaxSize().background(Color.Black.copy(alpha = 0.55f))
                .clickable(remember { MutableInteractionSource() }, null, onClickLabel = close, onClick = onClose),
        )
        val shape = RoundedCornerShape(topStart = Corner.sheet, topEnd = Corner.sheet)
        Column(
            Modifier.padding(top = 48.dp).widthIn(max = 560.dp).fillMaxWidth().clip(shape).background(Look.colors.surface)
                // A tap on the sheet must not fall through to the scrim.
                .pointerInput(Unit) {}
                .semantics { paneTitle = title }.navigationBarsPadding(),
        ) {
            Box(Modifier.padding(top = Space.small).align(Alignment.CenterHorizontally).size(36.dp, 4.dp).clip(CircleShape).background(Look.colors.line))
            Column(Modifier.weight(1f, fill = false).heightIn(max = 620.dp).verticalScroll(rememberScrollState())) { content() }
            foot()
        }
    }
}
