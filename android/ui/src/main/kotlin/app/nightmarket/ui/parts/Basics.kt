package app.nightmarket.ui.parts

import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.RowScope
import androidx.compose.foundation.layout.defaultMinSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import app.nightmarket.Money
import app.nightmarket.ui.look.Corner
import app.nightmarket.ui.look.Glyphs
import app.nightmarket.ui.look.Look
import app.nightmarket.ui.look.Space
import app.nightmarket.ui.words.LocalStrings
import app.nightmarket.ui.words.counted
import app.nightmarket.ui.words.shown

/** An amount, in the accent and with figures of one width. */
@Composable
fun PriceText(price: Money, modifier: Modifier = Modifier, style: TextStyle = Look.type.price, color: Color = Look.colors.lantern) =
    Text(price.shown(), modifier, style = style, color = color, maxLines = 1)

/** Says that somebody is live, and to how many. */
@Composable
fun LiveBadge(viewers: Long?, modifier: Modifier = Modifier) {
    val strings = LocalStrings.current
    val people = viewers?.takeIf { it > 0 }?.let { counted(it, strings.language) }
    val said = listOfNotNull(strings.live, people?.let(strings::viewers)).joinToString(", ")
    Row(
        modifier.clip(CircleShape).background(Look.colors.lantern).padding(horizontal = 8.dp, vertical = 3.dp)
            .semantics(mergeDescendants = true) { contentDescription = said },
        horizontalArrangement = Arrangement.spacedBy(5.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        Box(Modifier.size(6.dp).clip(CircleShape).background(Look.colors.onLantern))
        Text(strings.live, style = Look.type.captionStrong, color = Look.colors.onLantern, maxLines = 1)
        people?.let { Text(it, style = Look.type.caption, color = Look.colors.onLantern, maxLines = 1) }
    }
}

/** A small word in a pill: "Host", "Hand it over as it is". */
@Composable
fun Pill(text: String, color: Color, modifier: Modifier = Modifier, glyph: ImageVector? = null) = Row(
    modifier.clip(CircleShape).background(color.copy(alpha = PILL)).padding(horizontal = 8.dp, vertical = 2.dp),
    horizontalArrangement = Arrangement.spacedBy(Space.hair),
    verticalAlignment = Alignment.CenterVertically,
) {
    glyph?.let { Icon(it, null, Modifier.size(14.dp), tint = color) }
    Text(text, style = Look.type.captionStrong, color = color)
}

/** How much of its colour a pill's ground has; more would cost the words their contrast. */
internal const val PILL = 0.07f

/** A button of the accent: the one thing to do here. */
@Composable
fun MainButton(text: String, onClick: () -> Unit, modifier: Modifier = Modifier, enabled: Boolean = true) = Box(
    modifier.heightIn(min = Space.touch).clip(CircleShape)
        .background(if (enabled) Look.colors.lantern else Look.colors.line)
        .clickable(enabled, role = Role.Button, onClick = onClick).padding(horizontal = Space.large, vertical = Space.medium),
    contentAlignment = Alignment.Center,
) {
    val color = if (enabled) Look.colors.onLantern else Look.colors.inkSoft
    Text(text, style = Look.type.bodyStrong, color = color, maxLines = 1, overflow = TextOverflow.Ellipsis)
}

/** A button beside the main one, with a hairline around it. */
@Composable
fun SideButton(text: String, onClick: () -> Unit, modifier: Modifier = Modifier, color: Color = Look.colors.ink, enabled: Boolean = true) = Box(
    modifier.heightIn(min = Space.touch).clip(CircleShape).border(1.dp, Look.colors.line, CircleShape)
        .clickable(enabled, role = Role.Button, onClick = onClick).padding(horizontal = Space.large, vertical = Space.medium),
    contentAlignment = Alignment.Center,
) {
    val shown = if (enabled) color else Look.colors.inkSoft
    Text(text, style = Look.type.secondStrong, color = shown, maxLines = 1, overflow = TextOverflow.Ellipsis)
}

/** A button that is only its words. */
@Composable
fun WordButton(
    text: String,
    onClick: () -> Unit,
    modifier: Modifier = Modifier,
    color: Color = Look.colors.lantern,
    style: TextStyle = Look.type.secondStrong,
) = Box(
    modifier.defaultMinSize(Space.touch, Space.touch).clip(CircleShape)
        .clickable(role = Role.Button, onClick = onClick).padding(horizontal = Space.small),
    contentAlignment = Alignment.Center,
) { Text(text, style = style, color = color, maxLines = 1) }

/** A sign that can be tapped; [said] is its name for those who do not see it. */
@Composable
fun GlyphButton(glyph: ImageVector, said: String, onClick: () -> Unit, modifier: Modifier = Modifier, tint: Color = Look.colors.ink, enabled: Boolean = true, size: Dp = 24.dp) = Box(
    modifier.size(Space.touch).clip(CircleShape).clickable(enabled, role = Role.Button, onClick = onClick),
    contentAlignment = Alignment.Center,
) { Icon(glyph, said, Modifier.size(size), tint = if (enabled) tint else Look.colors.inkSoft) }

/** What a screen is called, and what can be done beside. */
@Composable
fun ScreenTitle(text: String, onBack: (() -> Unit)? = null, beside: @Composable RowScope.() -> Unit = {}) = Row(
    Modifier.fillMaxWidth().heightIn(min = 56.dp)
        .padding(start = if (onBack == null) Space.large else Space.hair, end = Space.hair),
    verticalAlignment = Alignment.CenterVertically,
) {
    onBack?.let { GlyphButton(Glyphs.back, LocalStrings.current.back, it) }
    Text(text, Modifier.weight(1f).semantics { heading() }, style = Look.type.title)
    beside()
}

/** What a part of a screen is about. */
@Composable
fun PartTitle(text: String, modifier: Modifier = Modifier) =
    Text(text, modifier.semantics { heading() }, style = Look.type.bodyStrong)

/** A card. */
@Composable
fun Card(modifier: Modifier = Modifier, content: @Composable () -> Unit) = Box(
    modifier.clip(RoundedCornerShape(Corner.card)).background(Look.colors.surface)
        .border(1.dp, Look.colors.line, RoundedCornerShape(Corner.card)),
) { content() }

/** A hairline. */
@Composable
fun Hairline(modifier: Modifier = Modifier) = Box(modifier.fillMaxWidth().height(1.dp).background(Look.colors.line))

/** The whole place is waiting. */
@Composable
fun Waiting(text: String, modifier: Modifier = Modifier) = Column(
    modifier.fillMaxWidth().padding(Space.huge),
    horizontalAlignment = Alignment.CenterHorizontally,
    verticalArrangement = Arrangement.spacedBy(Space.medium, Alignment.CenterVertically),
) {
    CircularProgressIndicator(Modifier.size(28.dp), color = Look.colors.lantern, trackColor = Look.colors.line, strokeWidth = 3.dp)
    Text(text, style = Look.type.second, color = Look.colors.inkSoft)
}

/** There is nothing here, said with a sign. */
@Composable
fun Empty(text: String, glyph: ImageVector, modifier: Modifier = Modifier, below: @Composable () -> Unit = {}) = Column(
    modifier.fillMaxWidth().padding(Space.huge),
    horizontalAlignment = Alignment.CenterHorizontally,
    verticalArrangement = Arrangement.spacedBy(Space.medium, Alignment.CenterVertically),
) {
    Box(Modifier.size(72.dp).clip(CircleShape).background(Look.colors.lantern.copy(alpha = 0.12f)), contentAlignment = Alignment.Center) {
        Icon(glyph, null, Modifier.size(32.dp), tint = Look.colors.lantern)
    }
    Text(text, style = Look.type.body, color = Look.colors.inkSoft, textAlign = TextAlign.Center)
    below()
}

/** A picture of somebody, round; with the accent around it while they are live. */
@Composable
fun Face(url: String?, size: Dp, live: Boolean = false, modifier: Modifier = Modifier) {
    val ring = if (live) Modifier.border(2.dp, Look.colors.lantern, CircleShape).padding(3.5.dp) else Modifier
    Picture(url, null, modifier.size(size).then(ring).clip(CircleShape))
}
