package app.nightmarket.ui.purchase

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import app.nightmarket.ui.look.Corner
import app.nightmarket.ui.look.Glyphs
import app.nightmarket.ui.look.Look
import app.nightmarket.ui.look.Space
import app.nightmarket.ui.parts.Picture
import app.nightmarket.ui.parts.Sheet
import app.nightmarket.ui.parts.SideButton
import app.nightmarket.ui.words.LocalStrings

/** Why it is asked about, what it costs, and yes or no. */
@Composable
fun ConfirmSheet(state: BuyState, actions: BuyActions) {
    val strings = LocalStrings.current
    val confirming = state.confirming ?: return
    Sheet(strings.confirmTitle, actions::notNow, foot = { ConfirmFoot(state, confirming, actions) }) {
        Column(
            Modifier.padding(horizontal = Space.large).padding(top = Space.large, bottom = Space.medium),
            verticalArrangement = Arrangement.spacedBy(Space.large),
        ) {
            Text(strings.confirmTitle, Modifier.semantics { heading() }, style = Look.type.title)
            Column(verticalArrangement = Arrangement.spacedBy(Space.medium)) {
                confirming.reasons.forEach { Reason(it) }
            }
            state.lines.forEach { line ->
                Row(horizontalArrangement = Arrangement.spacedBy(Space.medium), verticalAlignment = Alignment.CenterVertically) {
                    Picture(line.imageUrl, null, Modifier.size(48.dp).clip(RoundedCornerShape(Corner.card)))
                    Text(line.title, Modifier.weight(1f), style = Look.type.second, maxLines = 2, overflow = TextOverflow.Ellipsis)
                }
            }
            state.notices.forEach { Notice(it) }
            TotalsTable(state.totals)
        }
    }
}

@Composable
private fun Reason(text: String) = Row(
    horizontalArrangement = Arrangement.spacedBy(10.dp),
) {
    Icon(Glyphs.alert, null, Modifier.padding(top = 2.dp).size(18.dp), tint = Look.colors.amber)
    Text(text, style = Look.type.body)
}

@Composable
private fun ConfirmFoot(state: BuyState, confirming: Confirming, actions: BuyActions) = Column(
    Modifier.fillMaxWidth().padding(horizontal = Space.large).padding(top = Space.small, bottom = Space.large),
    verticalArrangement = Arrangement.spacedBy(Space.small),
) {
    if (confirming.mayConfirm) PayButton(state.total, PayStands.Ready, actions::confirm)
    SideButton(LocalStrings.current.notNow, actions::notNow, Modifier.fillMaxWidth())
}
