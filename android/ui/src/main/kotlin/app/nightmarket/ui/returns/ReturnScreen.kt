package app.nightmarket.ui.returns

import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.navigationBarsPadding
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.statusBarsPadding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.selection.toggleable
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import app.nightmarket.ui.look.Corner
import app.nightmarket.ui.look.Glyphs
import app.nightmarket.ui.look.Look
import app.nightmarket.ui.look.Space
import app.nightmarket.ui.parts.Empty
import app.nightmarket.ui.parts.MainButton
import app.nightmarket.ui.parts.PartTitle
import app.nightmarket.ui.parts.Picture
import app.nightmarket.ui.parts.PriceText
import app.nightmarket.ui.parts.ProblemBar
import app.nightmarket.ui.parts.ProblemPlace
import app.nightmarket.ui.parts.ScreenTitle
import app.nightmarket.ui.parts.SideButton
import app.nightmarket.ui.parts.Waiting
import app.nightmarket.ui.parts.WordButton
import app.nightmarket.ui.words.LocalStrings
import app.nightmarket.ui.words.shown

private val Shape = RoundedCornerShape(Corner.card)

/** What goes back, when the courier comes, and where the money is. */
@Composable
fun ReturnScreen(state: ReturnState, actions: ReturnActions) = Column(
    Modifier.fillMaxSize().background(Look.colors.ground).statusBarsPadding().navigationBarsPadding(),
) {
    val strings = LocalStrings.current
    ScreenTitle(strings.returnTitle, actions::back)
    val step = state.step
    when {
        step is ReturnStep.Loading && state.problem != null -> ProblemPlace(state.problem, actions::tryAgain, Modifier.weight(1f))
        step is ReturnStep.Loading -> Waiting(strings.loading, Modifier.weight(1f))
        step is ReturnStep.Choose && step.lines.isEmpty() -> Empty(strings.nothingToReturn, Glyphs.bag, Modifier.weight(1f))
        else -> {
            Column(
                Modifier.weight(1f).widthIn(max = 640.dp).align(Alignment.CenterHorizontally)
                    .verticalScroll(rememberScrollState()).padding(horizontal = Space.large).padding(bottom = Space.huge),
                verticalArrangement = Arrangement.spacedBy(Space.large),
            ) {
                state.problem?.let { ProblemBar(it, actions::tryAgain) }
                if (step is ReturnStep.Choose) Choose(step, actions)
                if (step is ReturnStep.Asked) Asked(state, step, actions)
            }
            Foot(step, actions)
        }
    }
}

@Composable
private fun Foot(step: ReturnStep, actions: ReturnActions) {
    val strings = LocalStrings.current
    val modifier = Modifier.fillMaxWidth().padding(horizontal = Space.large, vertical = Space.medium)
    when {
        step is ReturnStep.Choose -> {
            val ready = !step.sending && step.reason != null && step.lines.any { it.chosen > 0 }
            Column(modifier, Arrangement.spacedBy(Space.small), Alignment.CenterHorizontally) {
                step.brings?.let { Text(strings.bringsBack(it.shown()), style = Look.type.bodyStrong, color = Look.colors.jade) }
                MainButton(if (step.sending) strings.sending else strings.requestReturn, actions::request, Modifier.fillMaxWidth(), ready)
            }
        }
        step is ReturnStep.Asked && step.slots.isNotEmpty() ->
            MainButton(strings.book, actions::book, modifier, step.slot != null && !step.booking)
    }
}

@OptIn(ExperimentalLayoutApi::class)
@Composable
private fun ColumnScope.Choose(step: ReturnStep.Choose, actions: ReturnActions) {
    val strings = LocalStrings.current
    PartTitle(strings.whatGoesBack)
    step.lines.forEach { Returnable(it, actions) }
    if (step.reasons.isNotEmpty()) {
        PartTitle(strings.why)
        FlowRow(horizontalArrangement = Arrangement.spacedBy(Space.small), verticalArrangement = Arrangement.spacedBy(Space.small)) {
            step.reasons.forEach { reason ->
                val selected = reason.code == step.reason
                val edge = if (selected) Look.colors.lantern else Look.colors.line
                val ground = if (selected) Look.colors.lantern.copy(alpha = 0.12f) else Look.colors.surface
                Text(
                    reason.text,
                    Modifier.clip(CircleShape).background(ground).border(1.dp, edge, CircleShape).heightIn(min = Space.touch)
                        .selectable(selected, role = Role.RadioButton) { actions.because(reason) }
                        .padding(horizontal = Space.large, vertical = 14.dp),
                    style = Look.type.second,
                )
            }
        }
    }
}

@Composable
private fun Returnable(line: ReturnableShown, actions: ReturnActions) {
    val on = line.chosen > 0
    val edge = if (on) Look.colors.lantern else Look.colors.line
    Row(
        Modifier.fillMaxWidth().clip(Shape).background(Look.colors.surface).border(1.dp, edge, Shape)
            .toggleable(on, role = Role.Checkbox) { actions.choose(line, if (it) line.most else 0) }.padding(Space.medium),
        horizontalArrangement = Arrangement.spacedBy(Space.medium),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        Picture(line.imageUrl, null, Modifier.size(56.dp).clip(RoundedCornerShape(8.dp)))
        Column(Modifier.weight(1f)) {
            Text(line.title, style = Look.type.body, maxLines = 2, overflow = TextOverflow.Ellipsis)
            PriceText(line.refund, style = Look.type.second.copy(fontFeatureSettings = "tnum"), color = Look.colors.inkSoft)
        }
        Mark(on, Look.colors.lantern)
    }
}

/** A round mark: full with a check if it is on. */
@Composable
private fun Mark(on: Boolean, color: Color) {
    if (on) {
        Icon(Glyphs.check, null, Modifier.size(24.dp).clip(CircleShape).background(color).padding(4.dp), tint = Look.colors.onLantern)
    } else {
        Box(Modifier.size(24.dp).border(1.5.dp, Look.colors.inkSoft, CircleShape))
    }
}

@Composable
private fun ColumnScope.Asked(state: ReturnState, step: ReturnStep.Asked, actions: ReturnActions) {
    val strings = LocalStrings.current
    Row(horizontalArrangement = Arrangement.spacedBy(Space.medium), verticalAlignment = Alignment.CenterVertically) {
        Picture(state.imageUrl, null, Modifier.size(56.dp).clip(RoundedCornerShape(8.dp)))
        Column(Modifier.weight(1f)) {
            state.title?.let { Text(it, style = Look.type.bodyStrong, maxLines = 2, overflow = TextOverflow.Ellipsis) }
            Text(step.says, style = Look.type.second, color = if (step.trouble) Look.colors.amber else Look.colors.inkSoft)
        }
    }
    step.code?.let { HandoverCode(it) }
    step.notice?.let { Text(it, style = Look.type.bodyStrong, color = Look.colors.amber) }
    if (step.slots.isNotEmpty()) {
        PartTitle(strings.chooseSlot)
        step.slots.forEach { SlotRow(it, it.id == step.slot, state.nowMs, actions::pick) }
    }
    if (step.way.isNotEmpty()) CourierTimeline(step.way)
    step.money?.let { Money(it) }
    if (step.canKeep) WordButton(strings.keepItAfterAll, actions::keep, Modifier.align(Alignment.CenterHorizontally), Look.colors.inkSoft)
}

/** Big enough to be read over a doorstep; said digit by digit. */
@Composable
private fun HandoverCode(code: String) {
    val strings = LocalStrings.current
    Column(
        Modifier.fillMaxWidth().clip(Shape).background(Look.colors.surface).border(2.dp, Look.colors.lantern, Shape).padding(Space.large)
            .semantics(mergeDescendants = true) {
                contentDescription = "${strings.courierThere}. ${strings.handoverCode}: ${code.toList().joinToString(" ")}"
                liveRegion = LiveRegionMode.Assertive
            },
        horizontalAlignment = Alignment.CenterHorizontally,
    ) {
        Text(strings.courierThere, style = Look.type.secondStrong, color = Look.colors.lantern)
        Text(code, style = Look.type.code)
        Text(strings.handoverCode, style = Look.type.second, color = Look.colors.inkSoft)
    }
}

/** Where the money is. */
@Composable
private fun Money(money: MoneyLine) {
    val color = when (money.stands) {
        MoneyStands.NOTHING_YET -> Look.colors.inkSoft
        MoneyStands.COMING, MoneyStands.TROUBLE -> Look.colors.amber
        MoneyStands.BACK -> Look.colors.jade
    }
    Row(
        Modifier.fillMaxWidth().clip(Shape).background(color.copy(alpha = 0.12f)).padding(Space.medium)
            .semantics(mergeDescendants = true) { liveRegion = LiveRegionMode.Polite },
        horizontalArrangement = Arrangement.spacedBy(Space.medium),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        val glyph = if (money.stands == MoneyStands.BACK) Glyphs.check else Glyphs.clock
        Icon(glyph, null, Modifier.size(28.dp).border(1.5.dp, color, CircleShape).padding(5.dp), tint = color)
        Column {
            Text(LocalStrings.current.refund, Modifier.semantics { heading() }, style = Look.type.caption, color = Look.colors.inkSoft)
            Text(money.text, style = Look.type.bodyStrong.copy(fontFeatureSettings = "tnum"))
        }
    }
}
