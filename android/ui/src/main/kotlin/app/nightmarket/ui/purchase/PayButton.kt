package app.nightmarket.ui.purchase

import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.semantics.stateDescription
import androidx.compose.ui.unit.dp
import app.nightmarket.Money
import app.nightmarket.ui.look.Corner
import app.nightmarket.ui.look.Glyphs
import app.nightmarket.ui.look.Look
import app.nightmarket.ui.look.Space
import app.nightmarket.ui.parts.MainButton
import app.nightmarket.ui.parts.SideButton
import app.nightmarket.ui.words.LocalStrings
import app.nightmarket.ui.words.LocalTimes
import app.nightmarket.ui.words.shown

/** "Pay ¥168.00": says what it takes, and takes nothing else. */
@Composable
fun PayButton(total: Money?, stands: PayStands, onPay: () -> Unit, modifier: Modifier = Modifier) {
    val strings = LocalStrings.current
    val ready = stands is PayStands.Ready && total != null
    val text = if (total == null) strings.justAppeared else strings.pay(total.shown())
    val why = when (stands) {
        PayStands.Ready -> ""
        PayStands.JustAppeared -> strings.justAppeared
        is PayStands.Disabled -> stands.why
    }
    // Half a second passes before it can be tapped: it keeps its colour meanwhile, only paler, so that nothing flashes.
    val ground = when (stands) {
        PayStands.Ready -> Look.colors.lantern
        PayStands.JustAppeared -> Look.colors.lantern.copy(alpha = 0.55f)
        is PayStands.Disabled -> Look.colors.line
    }
    Box(
        modifier.fillMaxWidth().heightIn(min = 56.dp).clip(CircleShape).background(ground)
            .clickable(ready, role = Role.Button, onClick = onPay).semantics { stateDescription = why },
        contentAlignment = Alignment.Center,
    ) {
        val color = if (stands is PayStands.Disabled) Look.colors.inkSoft else Look.colors.onLantern
        Text(text, style = Look.type.title.copy(fontFeatureSettings = "tnum"), color = color, maxLines = 1)
    }
}

/** What became of a tap, in the place of the button. */
@Composable
internal fun OutcomeView(outcome: Outcome, actions: BuyActions) {
    val strings = LocalStrings.current
    val (jade, amber) = Look.colors.jade to Look.colors.amber
    when (outcome) {
        Outcome.Paying -> Told(strings.paying, null, null, amber)
        Outcome.Checking -> Told(strings.checking, null, null, amber)
        Outcome.Withdrawing -> Told(strings.withdrawing, null, null, amber)
        Outcome.GivingUp -> Told(strings.givingUp, null, null, amber)
        Outcome.Undoing -> Told(strings.undoing, null, null, amber)
        is Outcome.Placed -> PlacedView(outcome, actions)
        Outcome.Undone -> Told(strings.undone, null, Glyphs.check, jade) { Ok(actions) }
        is Outcome.TooLate -> Told(strings.tooLate, strings.order(outcome.order), Glyphs.alert, amber) { Ok(actions) }
        is Outcome.Declined -> Told(strings.declined(outcome.why), strings.nothingPaid, Glyphs.alert, amber) { Ok(actions) }
        is Outcome.NeedsYou -> Told(strings.needsYou, null, Glyphs.alert, amber) {
            SideButton(strings.giveUp, actions::giveUp, Modifier.weight(1f))
            outcome.url?.let { url -> MainButton(strings.open, { actions.open(url) }, Modifier.weight(1f)) }
        }
        Outcome.GivenUp -> Told(strings.givenUp, strings.nothingPaid, Glyphs.check, jade) { Ok(actions) }
        Outcome.ClosedBefore -> Told(strings.closedBefore, null, Glyphs.cloudOff, amber) { Ok(actions) }
        Outcome.NotSent -> Told(strings.purchaseNotSent, null, Glyphs.cloudOff, amber) { Ok(actions) }
        Outcome.NeverSent -> Told(strings.undone, strings.nothingPaid, Glyphs.check, jade) { Ok(actions) }
    }
}

@Composable
private fun PlacedView(placed: Outcome.Placed, actions: BuyActions) {
    val strings = LocalStrings.current
    val text = if (placed.differently) strings.placedDifferently else "${strings.placed} · ${placed.paid.shown()}"
    val color = if (placed.differently) Look.colors.amber else Look.colors.jade
    val glyph = if (placed.differently) Glyphs.alert else Glyphs.check
    val until = placed.undoUntilMs?.let { strings.undoUntil(LocalTimes.current.clock(it)) }
    Told(text, until ?: strings.order(placed.order), glyph, color) {
        if (placed.undoUntilMs != null) SideButton(strings.undo, actions::undo, Modifier.weight(1f))
        Ok(actions)
    }
}

@Composable
private fun androidx.compose.foundation.layout.RowScope.Ok(actions: BuyActions) =
    MainButton(LocalStrings.current.ok, actions::ok, Modifier.weight(1f))

@Composable
private fun Told(
    text: String,
    second: String?,
    glyph: ImageVector?,
    color: Color,
    buttons: @Composable androidx.compose.foundation.layout.RowScope.() -> Unit = {},
) = Column(
    Modifier.fillMaxWidth().semantics { liveRegion = LiveRegionMode.Polite },
    verticalArrangement = Arrangement.spacedBy(Space.medium),
) {
    Row(
        Modifier.fillMaxWidth().clip(RoundedCornerShape(Corner.card)).background(color.copy(alpha = 0.13f)).padding(Space.medium),
        horizontalArrangement = Arrangement.spacedBy(Space.medium),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        if (glyph == null) {
            CircularProgressIndicator(Modifier.size(24.dp), color = color, trackColor = Look.colors.line, strokeWidth = 2.5.dp)
        } else {
            Sign(glyph, color)
        }
        Column(Modifier.weight(1f)) {
            Text(text, style = Look.type.bodyStrong)
            second?.let { Text(it, style = Look.type.second, color = Look.colors.inkSoft) }
        }
    }
    Row(Modifier.fillMaxWidth(), horizontalArrangement = Arrangement.spacedBy(Space.small)) { buttons() }
}
