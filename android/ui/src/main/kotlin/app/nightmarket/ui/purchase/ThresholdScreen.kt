package app.nightmarket.ui.purchase

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.imePadding
import androidx.compose.foundation.layout.offset
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.statusBarsPadding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.selection.toggleable
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.text.BasicTextField
import androidx.compose.foundation.text.KeyboardActions
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Icon
import androidx.compose.material3.Switch
import androidx.compose.material3.SwitchDefaults
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.SolidColor
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import app.nightmarket.ui.look.Corner
import app.nightmarket.ui.look.Glyphs
import app.nightmarket.ui.look.Look
import app.nightmarket.ui.look.Space
import app.nightmarket.ui.parts.Card
import app.nightmarket.ui.parts.GlyphButton
import app.nightmarket.ui.parts.Hairline
import app.nightmarket.ui.parts.MainButton
import app.nightmarket.ui.parts.ProblemBar
import app.nightmarket.ui.parts.ScreenTitle
import app.nightmarket.ui.parts.Waiting
import app.nightmarket.ui.parts.WordButton
import app.nightmarket.ui.words.LocalStrings
import app.nightmarket.ui.words.amountOf
import app.nightmarket.ui.words.minuteOfDay
import app.nightmarket.ui.words.plain
import app.nightmarket.ui.words.shown
import app.nightmarket.ui.words.symbolOf

/** The step by which quiet hours are moved, minutes. */
private const val STEP = 30
private const val DAY = 24 * 60
private val NIGHT = QuietShown(from = 23 * 60, to = 7 * 60)

/** Under which amount one tap buys; when it never does. */
@Composable
fun ThresholdScreen(state: ThresholdState, actions: ThresholdActions) = Column(
    Modifier.fillMaxSize().background(Look.colors.ground).statusBarsPadding().imePadding(),
) {
    val strings = LocalStrings.current
    ScreenTitle(strings.threshold)
    if (state.loading) {
        Waiting(strings.loading, Modifier.weight(1f))
        return@Column
    }
    Column(
        Modifier.fillMaxWidth().widthIn(max = 640.dp).align(Alignment.CenterHorizontally)
            .verticalScroll(rememberScrollState()).padding(horizontal = Space.large).padding(bottom = Space.huge),
        verticalArrangement = Arrangement.spacedBy(Space.large),
    ) {
        Text(strings.thresholdSays, style = Look.type.second, color = Look.colors.inkSoft)
        state.problem?.let { ProblemBar(it, actions::tryAgain) }
        state.currencies.forEach { CurrencyCard(it, state, actions) }
        Card(Modifier.fillMaxWidth()) {
            Column {
                Quiet(state.quiet, actions)
                Hairline(Modifier.padding(horizontal = Space.large))
                Toggle(strings.pause, strings.pauseSays, state.paused, actions::pause)
            }
        }
    }
}

@Composable
private fun CurrencyCard(currency: CurrencyThreshold, state: ThresholdState, actions: ThresholdActions) {
    val strings = LocalStrings.current
    Card(Modifier.fillMaxWidth()) {
        Column(Modifier.padding(Space.large), verticalArrangement = Arrangement.spacedBy(Space.medium)) {
            Column {
                Text(currency.currency, style = Look.type.captionStrong, color = Look.colors.inkSoft)
                if (currency.threshold == null) {
                    Text(strings.thresholdOff, style = Look.type.body)
                } else {
                    Row(verticalAlignment = Alignment.CenterVertically) {
                        Text(currency.threshold.shown(), Modifier.weight(1f), style = Look.type.amount, color = Look.colors.lantern, maxLines = 1)
                        WordButton(strings.switchOff, { actions.switchOff(currency.currency) }, Modifier.offset(x = Space.small), Look.colors.inkSoft)
                    }
                }
            }
            currency.today?.let { Left(strings.leftToday(it.left.shown()), it) }
            currency.week?.let { Left(strings.leftWeek(it.left.shown()), it) }
            state.countLeft?.takeIf { currency.threshold != null }?.let {
                Text(strings.purchasesLeftToday(it.toString()), style = Look.type.caption, color = Look.colors.inkSoft)
            }
            AmountInput(currency, !state.busy, actions)
            Row(horizontalArrangement = Arrangement.spacedBy(6.dp), verticalAlignment = Alignment.CenterVertically) {
                Icon(Glyphs.tap, null, Modifier.size(14.dp), tint = Look.colors.inkSoft)
                Text(strings.raisingAsks, style = Look.type.caption, color = Look.colors.inkSoft)
            }
        }
    }
}

/** What is left of a cap, in words and as a bar. */
@Composable
private fun Left(text: String, cap: CapLeft) = Column(verticalArrangement = Arrangement.spacedBy(6.dp)) {
    val strings = LocalStrings.current
    Row(Modifier.fillMaxWidth().semantics(mergeDescendants = true) {}, horizontalArrangement = Arrangement.SpaceBetween) {
        Text(text, style = Look.type.second.copy(fontFeatureSettings = "tnum"))
        Text(strings.ofCap(cap.cap.shown()), style = Look.type.second.copy(fontFeatureSettings = "tnum"), color = Look.colors.inkSoft)
    }
    val part = if (cap.cap.minor <= 0) 0f else (cap.left.minor.toFloat() / cap.cap.minor).coerceIn(0f, 1f)
    val color = if (part < 0.2f) Look.colors.amber else Look.colors.jade
    Box(Modifier.fillMaxWidth().height(6.dp).clip(CircleShape).background(Look.colors.line)) {
        if (part > 0f) Box(Modifier.fillMaxWidth(part).height(6.dp).clip(CircleShape).background(color))
    }
}

@Composable
private fun AmountInput(currency: CurrencyThreshold, enabled: Boolean, actions: ThresholdActions) {
    val strings = LocalStrings.current
    var text by rememberSaveable(currency.threshold?.minor) { mutableStateOf(currency.threshold?.plain().orEmpty()) }
    val amount = amountOf(text, currency.currency)?.takeIf { it.minor > 0 && it != currency.threshold }
    Row(horizontalArrangement = Arrangement.spacedBy(Space.small), verticalAlignment = Alignment.CenterVertically) {
        Row(
            Modifier.weight(1f).clip(RoundedCornerShape(Corner.card)).background(Look.colors.ground).heightIn(min = Space.touch)
                .padding(horizontal = Space.medium),
            horizontalArrangement = Arrangement.spacedBy(6.dp),
            verticalAlignment = Alignment.CenterVertically,
        ) {
            Text(symbolOf(currency.currency), style = Look.type.price, color = Look.colors.inkSoft)
            BasicTextField(
                text,
                { text = it },
                Modifier.weight(1f).padding(vertical = Space.medium)
                    .semantics { contentDescription = "${strings.threshold}, ${currency.currency}" },
                textStyle = Look.type.price.copy(color = Look.colors.ink),
                cursorBrush = SolidColor(Look.colors.lantern),
                singleLine = true,
                keyboardOptions = KeyboardOptions(keyboardType = KeyboardType.Decimal, imeAction = ImeAction.Done),
                keyboardActions = KeyboardActions(onDone = { amount?.let(actions::set) }),
            )
        }
        MainButton(strings.thresholdSet, { amount?.let(actions::set) }, enabled = enabled && amount != null)
    }
}

@Composable
private fun Quiet(quiet: QuietShown?, actions: ThresholdActions) = Column {
    val strings = LocalStrings.current
    Toggle(strings.quietHours, strings.quietSays, quiet != null) { actions.quiet(if (it) NIGHT else null) }
    quiet?.let {
        Row(
            Modifier.fillMaxWidth().padding(horizontal = Space.small).padding(bottom = Space.small),
            horizontalArrangement = Arrangement.SpaceEvenly,
        ) {
            Hour(strings.from, it.from) { from -> actions.quiet(it.copy(from = from)) }
            Hour(strings.until, it.to) { to -> actions.quiet(it.copy(to = to)) }
        }
    }
}

@Composable
private fun Hour(name: String, minute: Int, onMove: (Int) -> Unit) = Row(verticalAlignment = Alignment.CenterVertically) {
    val strings = LocalStrings.current
    GlyphButton(Glyphs.back, "$name: ${strings.earlier}", { onMove((minute - STEP + DAY) % DAY) }, tint = Look.colors.inkSoft, size = 18.dp)
    Column(horizontalAlignment = Alignment.CenterHorizontally) {
        Text(name, style = Look.type.caption, color = Look.colors.inkSoft)
        Text(minuteOfDay(minute), style = Look.type.price)
    }
    GlyphButton(Glyphs.forward, "$name: ${strings.later}", { onMove((minute + STEP) % DAY) }, tint = Look.colors.inkSoft, size = 18.dp)
}

@Composable
private fun Toggle(text: String, second: String, on: Boolean, onChange: (Boolean) -> Unit) = Row(
    Modifier.fillMaxWidth().toggleable(on, role = Role.Switch, onValueChange = onChange).padding(Space.large),
    horizontalArrangement = Arrangement.spacedBy(Space.medium),
    verticalAlignment = Alignment.CenterVertically,
) {
    Column(Modifier.weight(1f)) {
        Text(text, style = Look.type.body)
        Text(second, style = Look.type.caption, color = Look.colors.inkSoft)
    }
    val colors = SwitchDefaults.colors(
        checkedThumbColor = Look.colors.onLantern,
        checkedTrackColor = Look.colors.lantern,
        uncheckedThumbColor = Look.colors.inkSoft,
        uncheckedTrackColor = Look.colors.ground,
        uncheckedBorderColor = Look.colors.inkSoft,
    )
    Switch(on, null, colors = colors)
}
