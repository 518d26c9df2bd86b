package app.nightmarket.ui.parts

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.nightmarket.ui.Problem
import app.nightmarket.ui.Remedy
import app.nightmarket.ui.look.Corner
import app.nightmarket.ui.look.Glyphs
import app.nightmarket.ui.look.Look
import app.nightmarket.ui.look.Space
import app.nightmarket.ui.words.LocalStrings

/** Shows the app's own sign-in: what helps when the venue or a shop wants to know who asks. */
val LocalSignIn = staticCompositionLocalOf<() -> Unit> { {} }

/** A problem where the whole screen would be. [onRemedy] tries again. */
@Composable
fun ProblemPlace(problem: Problem, onRemedy: () -> Unit, modifier: Modifier = Modifier) =
    Empty(problem.text, Glyphs.alert, modifier) {
        problem.advice?.let { Text(it, style = Look.type.second, color = Look.colors.inkSoft) }
        remedyOf(problem)?.let { MainButton(it, helping(problem, onRemedy)) }
    }

/** A problem above what is still there to be seen. [onRemedy] tries again. */
@Composable
fun ProblemBar(problem: Problem, onRemedy: () -> Unit, modifier: Modifier = Modifier) = Row(
    modifier.fillMaxWidth().clip(RoundedCornerShape(Corner.card)).background(Look.colors.amber.copy(alpha = 0.14f))
        .padding(start = Space.medium, end = Space.small).heightIn(min = Space.touch)
        .semantics { liveRegion = LiveRegionMode.Polite },
    horizontalArrangement = Arrangement.spacedBy(Space.small),
    verticalAlignment = Alignment.CenterVertically,
) {
    Icon(Glyphs.alert, null, Modifier.size(20.dp), tint = Look.colors.amber)
    Column(Modifier.weight(1f).padding(vertical = Space.small)) {
        Text(problem.text, style = Look.type.second)
        problem.advice?.let { Text(it, style = Look.type.caption, color = Look.colors.inkSoft) }
    }
    remedyOf(problem)?.let { WordButton(it, helping(problem, onRemedy)) }
}

/** There is no network; what is shown is from before. */
@Composable
fun OfflineBar(modifier: Modifier = Modifier) = Row(
    modifier.fillMaxWidth().background(Look.colors.line).padding(horizontal = Space.large, vertical = Space.small)
        .semantics { liveRegion = LiveRegionMode.Polite },
    horizontalArrangement = Arrangement.spacedBy(Space.small),
    verticalAlignment = Alignment.CenterVertically,
) {
    Icon(Glyphs.cloudOff, null, Modifier.size(18.dp), tint = Look.colors.ink)
    Text(LocalStrings.current.offline, style = Look.type.second)
}

@Composable
private fun helping(problem: Problem, again: () -> Unit): () -> Unit =
    if (problem.remedy == Remedy.SIGN_IN) LocalSignIn.current else again

@Composable
private fun remedyOf(problem: Problem): String? = when (problem.remedy) {
    Remedy.TRY_AGAIN -> LocalStrings.current.tryAgain
    Remedy.SIGN_IN -> LocalStrings.current.signIn
    Remedy.NONE -> null
}
