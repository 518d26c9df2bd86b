package app.nightmarket.ui.returns

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.IntrinsicSize
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.nightmarket.ui.look.Corner
import app.nightmarket.ui.look.Glyphs
import app.nightmarket.ui.look.Look
import app.nightmarket.ui.look.Space
import app.nightmarket.ui.parts.Pill
import app.nightmarket.ui.words.LocalStrings
import app.nightmarket.ui.words.LocalTimes
import app.nightmarket.ui.words.shown

/** A time at which the courier may come. */
@Composable
fun SlotRow(slot: SlotShown, selected: Boolean, nowMs: Long, onPick: (SlotShown) -> Unit) {
    val strings = LocalStrings.current
    val times = LocalTimes.current
    val shape = RoundedCornerShape(Corner.card)
    val edge = if (selected) Look.colors.lantern else Look.colors.line
    val ground = if (selected) Look.colors.lantern.copy(alpha = 0.08f) else Look.colors.surface
    Column(
        Modifier.fillMaxWidth().clip(shape).background(ground).border(if (selected) 1.5.dp else 1.dp, edge, shape)
            .heightIn(min = Space.touch).selectable(selected, role = Role.RadioButton) { onPick(slot) }.padding(Space.medium),
        verticalArrangement = Arrangement.spacedBy(6.dp),
    ) {
        Row(Modifier.fillMaxWidth(), verticalAlignment = Alignment.CenterVertically) {
            Text(times.day(slot.fromMs, nowMs), style = Look.type.second, color = Look.colors.inkSoft)
            Text(times.span(slot.fromMs, slot.toMs), Modifier.weight(1f).padding(start = Space.small), style = Look.type.price)
            val fee = slot.fee
            Text(
                if (fee == null) strings.free else strings.pickupCosts(fee.shown()),
                style = Look.type.secondStrong,
                color = if (fee == null) Look.colors.jade else Look.colors.ink,
            )
        }
        if (slot.unpacked) Pill(strings.asItIs, Look.colors.jade, glyph = Glyphs.check)
    }
}

/** The courier's way, from the booking to the shop. */
@Composable
fun CourierTimeline(way: List<CourierStep>) = Column(Modifier.fillMaxWidth()) {
    way.forEachIndexed { at, step -> Step(step, first = at == 0, last = at == way.lastIndex, next = way.getOrNull(at + 1)) }
}

@Composable
private fun Step(step: CourierStep, first: Boolean, last: Boolean, next: CourierStep?) = Row(
    Modifier.fillMaxWidth().height(IntrinsicSize.Min).semantics(mergeDescendants = true) {},
) {
    val (jade, lantern, line) = Triple(Look.colors.jade, Look.colors.lantern, Look.colors.line)
    val ground = Look.colors.ground
    Canvas(Modifier.width(28.dp).fillMaxHeight()) {
        val (x, y) = size.width / 2 to 12.dp.toPx()
        val reached = step.done || step.now
        if (!first) drawLine(if (reached) jade else line, Offset(x, 0f), Offset(x, y), 2.dp.toPx())
        if (!last) drawLine(if (next?.done == true || next?.now == true) jade else line, Offset(x, y), Offset(x, size.height), 2.dp.toPx())
        val color = if (step.now) lantern else if (step.done) jade else line
        if (step.now) drawCircle(lantern.copy(alpha = 0.25f), 10.dp.toPx(), Offset(x, y))
        drawCircle(color, 6.dp.toPx(), Offset(x, y))
        if (!reached) drawCircle(ground, 4.dp.toPx(), Offset(x, y))
    }
    Column(Modifier.padding(start = Space.small, bottom = if (last) 0.dp else 14.dp)) {
        val style = if (step.now) Look.type.bodyStrong else Look.type.body
        Text(step.text, style = style, color = if (step.done || step.now) Look.colors.ink else Look.colors.inkSoft)
        step.second?.let { Text(it, style = Look.type.second, color = Look.colors.inkSoft) }
    }
}
