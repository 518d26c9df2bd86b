package app.nightmarket.ui.live

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.imePadding
import androidx.compose.foundation.layout.navigationBarsPadding
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.statusBarsPadding
import androidx.compose.foundation.layout.width
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Brush
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import app.nightmarket.ui.look.AlwaysNight
import app.nightmarket.ui.look.Glyphs
import app.nightmarket.ui.look.Look
import app.nightmarket.ui.look.Space
import app.nightmarket.ui.parts.Face
import app.nightmarket.ui.parts.GlyphButton
import app.nightmarket.ui.parts.ProblemBar
import app.nightmarket.ui.parts.ProblemPlace
import app.nightmarket.ui.parts.SideButton
import app.nightmarket.ui.parts.Waiting
import app.nightmarket.ui.words.LocalStrings
import app.nightmarket.ui.words.LocalTimes
import app.nightmarket.ui.words.counted

/** The stream's width to its height. Spots on the picture are said in its own measure, so it is never cropped. */
private const val PICTURE = 16f / 9f
private val WIDE = 840.dp

/** A room: the picture on top, the chat at its foot, what is for sale above the input. Always dark. */
@Composable
fun RoomScreen(state: RoomState, actions: RoomActions) = AlwaysNight {
    BoxWithConstraints(Modifier.fillMaxSize().background(Look.colors.ground)) {
        if (maxWidth >= WIDE) {
            Row(Modifier.fillMaxSize().statusBarsPadding()) {
                Column(Modifier.weight(1f).fillMaxHeight(), verticalArrangement = Arrangement.Center) { Stage(state, actions) }
                Column(Modifier.width(400.dp).fillMaxHeight().background(Look.colors.surface).padding(top = Space.small)) {
                    Talk(state, actions)
                }
            }
        } else {
            Column(Modifier.fillMaxSize().background(glow()).statusBarsPadding().imePadding()) {
                Stage(state, actions)
                Talk(state, actions)
            }
        }
    }
}

/** The light of the stall falls on what is below it. */
@Composable
private fun glow() = Brush.verticalGradient(
    0f to Look.colors.ground,
    0.3f to Color(0xFF2A1814),
    0.75f to Look.colors.ground,
)

/** The picture, who runs it, and the way to point at something. */
@Composable
private fun Stage(state: RoomState, actions: RoomActions) {
    val strings = LocalStrings.current
    Column(Modifier.fillMaxWidth()) {
        HostRow(state, actions)
        Box(Modifier.fillMaxWidth().aspectRatio(PICTURE)) {
            val said = "${strings.videoOf}: ${state.title}"
            LocalVideo.current.Show(
                if (state.replaying) state.replayUrl else state.hlsUrl.takeIf { state.onAir == OnAir.LIVE },
                held = state.pointing != null,
                onMoment = actions::shown,
                Modifier.fillMaxSize().semantics { contentDescription = said },
            )
            when {
                state.replaying -> Unit
                state.onAir == OnAir.ENDED -> Veil(strings.roomEnded) {
                    if (state.movedTo != null) SideButton(strings.movedOn, actions::moveOn)
                    if (state.replayUrl != null) SideButton(strings.watchAgain, actions::watchAgain)
                }
                state.onAir == OnAir.SCHEDULED -> Veil(strings.roomScheduled)
                state.pointing != null -> PointAtPicture(state.pointing, actions)
            }
        }
        state.pointing?.let { PointingRow(it, actions) }
    }
}

@Composable
private fun Veil(text: String, ways: @Composable () -> Unit = {}) = Column(
    Modifier.fillMaxSize().background(Color.Black.copy(alpha = 0.6f)),
    Arrangement.spacedBy(Space.small, Alignment.CenterVertically),
    Alignment.CenterHorizontally,
) {
    Text(text, style = Look.type.title)
    ways()
}

@Composable
private fun HostRow(state: RoomState, actions: RoomActions) = Row(
    Modifier.fillMaxWidth().padding(horizontal = Space.hair, vertical = Space.hair),
    verticalAlignment = Alignment.CenterVertically,
) {
    val strings = LocalStrings.current
    GlyphButton(Glyphs.back, strings.back, actions::leave)
    Face(state.host?.avatarUrl, 40.dp, live = state.onAir == OnAir.LIVE)
    Column(Modifier.weight(1f).padding(horizontal = 10.dp)) {
        Text(
            state.title,
            Modifier.semantics { heading() },
            style = Look.type.secondStrong,
            maxLines = 1,
            overflow = TextOverflow.Ellipsis,
        )
        Watchers(state)
    }
}

/** Who runs it and how many watch; while the channel is down, that instead. */
@Composable
private fun Watchers(state: RoomState) {
    val strings = LocalStrings.current
    val down = when (state.line) {
        Line.CONNECTED -> null
        Line.CONNECTING -> strings.connecting
        Line.OFFLINE, Line.STOPPED -> strings.offline
    }
    val people = counted(state.viewers, strings.language)
    val color = if (down == null) Look.colors.inkSoft else Look.colors.amber
    val cohosts = state.cohosts.takeIf { it.isNotEmpty() }?.joinToString(", ")?.let(strings::withHosts)
    val host = listOfNotNull(state.host?.name, cohosts).joinToString(" ")
    Row(
        Modifier.clearAndSetSemantics { contentDescription = "$host, ${down ?: strings.viewers(people)}" },
        horizontalArrangement = Arrangement.spacedBy(Space.hair),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        Text(host, Modifier.weight(1f, fill = false), style = Look.type.caption, color = Look.colors.inkSoft, maxLines = 1, overflow = TextOverflow.Ellipsis)
        Text("·", style = Look.type.caption, color = Look.colors.inkSoft)
        Icon(if (down == null) Glyphs.eye else Glyphs.cloudOff, null, Modifier.size(15.dp), tint = color)
        Text(down ?: people, style = Look.type.captionStrong, color = color, maxLines = 1)
    }
}

/** That it is from the cache, and lines that stand above the others. */
@Composable
private fun Above(state: RoomState) = Column(Modifier.padding(horizontal = Space.medium, vertical = Space.hair)) {
    val strings = LocalStrings.current
    state.asOfMs?.let { Text(strings.asOf(LocalTimes.current.clock(it)), style = Look.type.caption, color = Look.colors.amber) }
    state.pinnedLines.forEach { line ->
        val said = listOfNotNull(line.author, line.text).joinToString("  ")
        Text("${strings.pinnedLine} · $said", style = Look.type.second, maxLines = 2, overflow = TextOverflow.Ellipsis)
    }
}

/** Chat, what is for sale, and the input. */
@Composable
private fun ColumnScope.Talk(state: RoomState, actions: RoomActions) {
    if (state.asOfMs != null || state.pinnedLines.isNotEmpty()) Above(state)
    Box(Modifier.weight(1f).fillMaxWidth()) {
        when {
            state.loading -> Waiting(LocalStrings.current.loading, Modifier.align(Alignment.Center))
            state.problem != null && state.chat.isEmpty() ->
                ProblemPlace(state.problem, actions::tryAgain, Modifier.align(Alignment.Center))
            else -> ChatList(state.chat, actions)
        }
        Box(
            Modifier.align(Alignment.TopCenter).fillMaxWidth().height(24.dp)
                .background(Brush.verticalGradient(listOf(Color(0x66000000), Color.Transparent))),
        )
    }
    if (state.problem != null && state.chat.isNotEmpty()) {
        ProblemBar(state.problem, actions::tryAgain, Modifier.padding(horizontal = Space.medium))
    }
    Column(Modifier.padding(horizontal = Space.medium), verticalArrangement = Arrangement.spacedBy(Space.small)) {
        state.offer?.let { OfferCard(it, actions::buyOffer) }
        state.pin?.let { PinCard(it, actions) }
    }
    ChatInput(state, actions, Modifier.navigationBarsPadding())
}
