package app.nightmarket.ui.purchase

import androidx.compose.foundation.border
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.offset
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import app.nightmarket.ui.look.Corner
import app.nightmarket.ui.look.Glyphs
import app.nightmarket.ui.look.Look
import app.nightmarket.ui.look.Space
import app.nightmarket.ui.parts.GlyphButton
import app.nightmarket.ui.parts.Hairline
import app.nightmarket.ui.parts.Picture
import app.nightmarket.ui.parts.PriceText
import app.nightmarket.ui.parts.ProblemBar
import app.nightmarket.ui.parts.ProblemPlace
import app.nightmarket.ui.parts.Sheet
import app.nightmarket.ui.parts.Waiting
import app.nightmarket.ui.parts.WordButton
import app.nightmarket.ui.words.LocalStrings

/** What is bought, for how much, and the button that does it. */
@Composable
fun BuyCard(state: BuyState, actions: BuyActions) {
    val strings = LocalStrings.current
    Sheet(strings.getIt, actions::close, foot = { if (state.lines.isNotEmpty()) BuyFoot(state, actions) }) {
        when {
            state.lines.isNotEmpty() -> {
                Bought(state, actions)
                // After the first drawing of this quote: what is on screen now is what a tap agrees to.
                LaunchedEffect(state.digest) { actions.rendered() }
            }
            state.problem != null -> ProblemPlace(state.problem, actions::tryAgain)
            else -> Waiting(strings.pricing)
        }
    }
}

@Composable
private fun Bought(state: BuyState, actions: BuyActions) = Column(
    Modifier.padding(horizontal = Space.large).padding(top = Space.small, bottom = Space.medium),
    verticalArrangement = Arrangement.spacedBy(Space.large),
) {
    val strings = LocalStrings.current
    Column {
        state.lines.forEachIndexed { at, line -> Line(line, state.shop) { if (at == 0) GlyphButton(Glyphs.close, strings.close, actions::close, Modifier.offset(x = 12.dp)) } }
    }
    state.problem?.let { ProblemBar(it, actions::tryAgain) }
    state.notices.forEach { Notice(it) }
    TotalsTable(state.totals)
    if (state.outcome == null) {
        if (state.deliveries.size > 1) Deliveries(state.deliveries, actions)
        state.payWith?.let { Fact(strings.payWith, it) }
    }
    Links(state.links, actions::open)
}

@Composable
private fun Line(line: BuyLine, shop: String, beside: @Composable () -> Unit) = Row(
    Modifier.fillMaxWidth().padding(vertical = Space.hair),
    horizontalArrangement = Arrangement.spacedBy(Space.medium),
) {
    val strings = LocalStrings.current
    Picture(line.imageUrl, line.title, Modifier.size(80.dp).clip(RoundedCornerShape(Corner.card)))
    Column(Modifier.weight(1f).align(Alignment.CenterVertically), verticalArrangement = Arrangement.spacedBy(2.dp)) {
        Text(line.title, Modifier.semantics { heading() }, style = Look.type.bodyStrong, maxLines = 2, overflow = TextOverflow.Ellipsis)
        if (line.quantity > 1) Text(strings.pieces(line.quantity.toString()), style = Look.type.second)
        Text(strings.soldBy(shop), style = Look.type.caption, color = Look.colors.inkSoft, maxLines = 1, overflow = TextOverflow.Ellipsis)
    }
    beside()
}

/** The amounts, in the shop's order; the total last and large. */
@Composable
fun TotalsTable(totals: List<TotalLine>, modifier: Modifier = Modifier) = Column(
    modifier.fillMaxWidth(),
    verticalArrangement = Arrangement.spacedBy(Space.small),
) {
    totals.forEach { line ->
        if (line.isTotal) Hairline(Modifier.padding(vertical = Space.hair))
        Row(
            Modifier.fillMaxWidth().semantics(mergeDescendants = true) {},
            horizontalArrangement = Arrangement.SpaceBetween,
            verticalAlignment = Alignment.CenterVertically,
        ) {
            val style = if (line.isTotal) Look.type.bodyStrong else Look.type.second
            val color = if (line.isTotal) Look.colors.ink else Look.colors.inkSoft
            Text(line.label, Modifier.weight(1f).padding(end = Space.medium), style = style, color = color)
            if (line.isTotal) {
                PriceText(line.amount, style = Look.type.priceBig)
            } else {
                PriceText(line.amount, style = Look.type.second.copy(fontFeatureSettings = "tnum"), color = Look.colors.ink)
            }
        }
    }
}

@Composable
internal fun Notice(notice: NoticeShown) = Row(horizontalArrangement = Arrangement.spacedBy(Space.small)) {
    val color = if (notice.grave) Look.colors.amber else Look.colors.inkSoft
    Icon(Glyphs.alert, null, Modifier.size(18.dp), tint = color)
    Text(notice.text, style = Look.type.second, color = if (notice.grave) Look.colors.ink else Look.colors.inkSoft)
}

@Composable
private fun Deliveries(deliveries: List<DeliveryShown>, actions: BuyActions) = Column(
    verticalArrangement = Arrangement.spacedBy(Space.small),
) {
    val strings = LocalStrings.current
    Text(strings.deliverBy, style = Look.type.second, color = Look.colors.inkSoft)
    deliveries.forEach { delivery ->
        val edge = if (delivery.selected) Look.colors.lantern else Look.colors.line
        val shape = RoundedCornerShape(Corner.card)
        Row(
            Modifier.fillMaxWidth().clip(shape).border(1.dp, edge, shape).heightIn(min = Space.touch)
                .selectable(delivery.selected, role = Role.RadioButton) { actions.choose(delivery) }
                .padding(horizontal = Space.medium, vertical = Space.small),
            verticalAlignment = Alignment.CenterVertically,
        ) {
            Text(delivery.title, Modifier.weight(1f), style = Look.type.second)
            val price = delivery.price?.takeIf { it.minor != 0L }
            if (price == null) {
                Text(strings.free, style = Look.type.secondStrong, color = Look.colors.jade)
            } else {
                PriceText(price, style = Look.type.secondStrong, color = Look.colors.ink)
            }
        }
    }
}

@Composable
private fun Fact(name: String, what: String) = Row(Modifier.fillMaxWidth(), horizontalArrangement = Arrangement.SpaceBetween) {
    Text(name, style = Look.type.second, color = Look.colors.inkSoft)
    Text(what, style = Look.type.second)
}

@Composable
internal fun Links(links: List<LinkShown>, open: (String) -> Unit) {
    if (links.isEmpty()) return
    // Their words begin where the other lines do.
    Row(Modifier.fillMaxWidth().offset(x = -Space.small), horizontalArrangement = Arrangement.spacedBy(Space.hair)) {
        links.forEach { WordButton(it.title, { open(it.url) }, color = Look.colors.inkSoft, style = Look.type.caption) }
    }
}

@Composable
private fun BuyFoot(state: BuyState, actions: BuyActions) = Column(
    Modifier.fillMaxWidth().padding(horizontal = Space.large).padding(top = Space.small, bottom = Space.large),
    verticalArrangement = Arrangement.spacedBy(Space.small),
    horizontalAlignment = Alignment.CenterHorizontally,
) {
    if (state.outcome != null) {
        OutcomeView(state.outcome, actions)
        return@Column
    }
    PayButton(state.total, state.pay, actions::pay)
    val disabled = (state.pay as? PayStands.Disabled)?.why
    (disabled ?: state.under)?.let { Under(it, oneTap = disabled == null && state.oneTap) }
}

/** What the button will do, or why it does nothing. */
@Composable
private fun Under(text: String, oneTap: Boolean) = Row(
    horizontalArrangement = Arrangement.spacedBy(6.dp),
    verticalAlignment = Alignment.CenterVertically,
) {
    val color = if (oneTap) Look.colors.jade else Look.colors.amber
    Icon(if (oneTap) Glyphs.tap else Glyphs.alert, null, Modifier.size(14.dp), tint = color)
    Text(text, style = Look.type.caption, color = Look.colors.inkSoft)
}

/** A circle with a sign. */
@Composable
internal fun Sign(glyph: ImageVector, color: Color) =
    Icon(glyph, null, Modifier.size(28.dp).border(1.5.dp, color, CircleShape).padding(5.dp), tint = color)
