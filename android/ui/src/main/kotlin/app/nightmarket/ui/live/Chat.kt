package app.nightmarket.ui.live

import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.lazy.rememberLazyListState
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.text.BasicTextField
import androidx.compose.foundation.text.KeyboardActions
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.runtime.snapshotFlow
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.SolidColor
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.SpanStyle
import androidx.compose.ui.text.buildAnnotatedString
import androidx.compose.ui.text.font.FontStyle
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.text.withStyle
import androidx.compose.ui.unit.dp
import app.nightmarket.ui.look.Glyphs
import app.nightmarket.ui.look.Look
import app.nightmarket.ui.look.Space
import app.nightmarket.ui.parts.GlyphButton
import app.nightmarket.ui.parts.Pill
import app.nightmarket.ui.parts.WordButton
import app.nightmarket.ui.words.LocalStrings
import kotlinx.coroutines.flow.distinctUntilChanged

/** The longest line the core takes, in code points. */
private const val MOST = 500

/** The lines, the newest at the foot; it stays there unless the shopper scrolls. */
@Composable
internal fun ChatList(lines: List<ChatEntry>, actions: RoomActions) {
    val list = rememberLazyListState()
    LaunchedEffect(list) {
        snapshotFlow { list.layoutInfo.run { totalItemsCount > 0 && visibleItemsInfo.lastOrNull()?.index == totalItemsCount - 1 } }
            .distinctUntilChanged().collect { oldest -> if (oldest) actions.older() }
    }
    // The newest is at index 0: a new line comes in below without moving what is read.
    LaunchedEffect(lines.lastOrNull()?.key) { if (list.firstVisibleItemIndex <= 1) list.scrollToItem(0) }
    LazyColumn(
        Modifier.fillMaxSize(),
        list,
        PaddingValues(horizontal = Space.medium, vertical = Space.small),
        reverseLayout = true,
        verticalArrangement = Arrangement.spacedBy(6.dp, Alignment.Bottom),
    ) {
        items(lines.asReversed(), key = { it.key }) { ChatLine(it, actions) }
    }
}

/** One line. The host's is marked; the shopper's own says how it stands. */
@Composable
fun ChatLine(line: ChatEntry, actions: RoomActions) {
    val strings = LocalStrings.current
    val ground = if (line.byHost || line.mentionsMe) Look.colors.lantern.copy(alpha = 0.2f) else Color.White.copy(alpha = 0.07f)
    var acting by rememberSaveable(line.key) { mutableStateOf(false) }
    Column(Modifier.fillMaxWidth()) {
        line.quote?.let { quote ->
            val said = quote.text?.let { "${strings.replyingTo(quote.author ?: strings.you)}: $it" } ?: strings.messageGone
            Text(said, Modifier.padding(horizontal = 10.dp), style = Look.type.caption, color = Look.colors.inkSoft, maxLines = 1, overflow = TextOverflow.Ellipsis)
        }
        Row(
            Modifier.widthIn(max = 420.dp).clip(RoundedCornerShape(14.dp)).background(ground)
                .then(if (line.id != null && line.sent != Sent.REMOVED) Modifier.clickable { acting = !acting } else Modifier)
                .padding(horizontal = 10.dp, vertical = 6.dp).semantics(mergeDescendants = true) {},
            horizontalArrangement = Arrangement.spacedBy(6.dp),
        ) {
            if (line.byHost) Pill(strings.host, Look.colors.lantern, Modifier.padding(top = 1.dp))
            Text(said(line), style = Look.type.second)
        }
        line.translation?.let {
            Text("${strings.translation} · $it", Modifier.padding(horizontal = 10.dp), style = Look.type.caption, color = Look.colors.inkSoft)
        }
        if (line.mentionsMe) Text(strings.mentionedYou, Modifier.padding(horizontal = 10.dp), style = Look.type.caption, color = Look.colors.lantern)
        if (line.sent != Sent.REMOVED) Reactions(line, acting, actions)
        if (acting) Acts(line) { act ->
            acting = false
            actions.act(line, act)
        }
        Standing(line, actions)
    }
}

/** What a shopper can give a line. */
private val OFFERED = listOf("❤", "👍", "😂")

/** What was given, exactly; while [offering] also what can be. */
@Composable
private fun Reactions(line: ChatEntry, offering: Boolean, actions: RoomActions) {
    val more = if (offering) OFFERED.filter { offered -> line.reactions.none { it.reaction == offered } } else emptyList()
    val shown = line.reactions + more.map { ReactionShown(it, 0) }
    if (shown.isEmpty()) return
    Row {
        shown.forEach { given ->
            val text = if (given.count > 0) "${given.reaction} ${given.count}" else given.reaction
            WordButton(text, { actions.react(line, given) }, color = if (given.own) Look.colors.lantern else Look.colors.inkSoft)
        }
    }
}

@Composable
private fun Acts(line: ChatEntry, act: (LineAct) -> Unit) = Row {
    val strings = LocalStrings.current
    if (line.own) {
        WordButton(strings.deleteLine, { act(LineAct.DELETE) })
    } else {
        WordButton(strings.translate, { act(LineAct.TRANSLATE) })
        WordButton(strings.report, { act(LineAct.REPORT) }, color = Look.colors.inkSoft)
        WordButton(strings.block, { act(LineAct.BLOCK) }, color = Look.colors.inkSoft)
    }
}

@Composable
private fun said(line: ChatEntry) = buildAnnotatedString {
    val strings = LocalStrings.current
    if (!line.byHost) {
        val color = if (line.own) Color(0xFFF0B54A) else Look.colors.inkSoft
        withStyle(SpanStyle(color = color, fontWeight = FontWeight.SemiBold)) { append(line.author ?: strings.you) }
        append("  ")
    }
    if (line.sent == Sent.REMOVED) {
        withStyle(SpanStyle(color = Look.colors.inkSoft, fontStyle = FontStyle.Italic)) { append(strings.removed) }
    } else {
        append(line.text)
    }
}

@Composable
private fun Standing(line: ChatEntry, actions: RoomActions) {
    val strings = LocalStrings.current
    when (line.sent) {
        Sent.SENT, Sent.REMOVED -> return
        Sent.SENDING -> Text(strings.sending, Modifier.padding(start = 10.dp, top = 2.dp), style = Look.type.caption, color = Look.colors.inkSoft)
        Sent.HELD -> Text(strings.held, Modifier.padding(start = 10.dp, top = 2.dp), style = Look.type.caption, color = Look.colors.inkSoft)
        Sent.FAILED -> Row(verticalAlignment = Alignment.CenterVertically) {
            Text(strings.notSent, Modifier.padding(horizontal = 10.dp), style = Look.type.captionStrong, color = Look.colors.amber)
            WordButton(strings.retry, { actions.retry(line) })
            WordButton(strings.discard, { actions.discard(line) }, color = Look.colors.inkSoft)
        }
    }
}

/** Where something is said, and the way to point at the picture. */
@Composable
internal fun ChatInput(state: RoomState, actions: RoomActions, modifier: Modifier = Modifier) {
    val strings = LocalStrings.current
    var text by rememberSaveable(state.id) { mutableStateOf("") }
    val send = {
        if (text.isNotBlank()) {
            actions.say(text.trim())
            text = ""
        }
    }
    if (!state.writing.may) {
        Text(
            state.writing.words.orEmpty(), modifier.fillMaxWidth().padding(Space.large),
            style = Look.type.second, color = Look.colors.amber,
        )
        return
    }
    state.writing.words?.let {
        Text(it, Modifier.padding(horizontal = Space.large, vertical = Space.hair), style = Look.type.caption, color = Look.colors.inkSoft)
    }
    Row(
        modifier.fillMaxWidth().padding(start = Space.medium, end = Space.hair, top = Space.small, bottom = Space.small),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        Box(
            Modifier.weight(1f).clip(CircleShape).background(Color.White.copy(alpha = 0.1f)).heightIn(min = Space.touch)
                .padding(horizontal = Space.large),
            contentAlignment = Alignment.CenterStart,
        ) {
            if (text.isEmpty()) Text(strings.say, style = Look.type.second, color = Look.colors.inkSoft)
            BasicTextField(
                text,
                { if (it.codePointCount(0, it.length) <= MOST) text = it },
                Modifier.fillMaxWidth().padding(vertical = Space.medium).semantics { contentDescription = strings.say },
                textStyle = Look.type.second.copy(color = Look.colors.ink),
                cursorBrush = SolidColor(Look.colors.lantern),
                singleLine = true,
                keyboardOptions = KeyboardOptions(imeAction = ImeAction.Send),
                keyboardActions = KeyboardActions(onSend = { send() }),
            )
        }
        if (text.isBlank() && state.pointing == null && state.onAir == OnAir.LIVE) {
            GlyphButton(Glyphs.target, strings.pointAt, actions::point, tint = Look.colors.lantern)
        } else {
            GlyphButton(Glyphs.send, strings.send, send, tint = Look.colors.lantern, enabled = text.isNotBlank())
        }
    }
}
