package app.nightmarket.ui

import androidx.compose.animation.AnimatedVisibility
import androidx.compose.animation.core.tween
import androidx.compose.animation.fadeIn
import androidx.compose.animation.fadeOut
import androidx.compose.animation.slideInVertically
import androidx.compose.animation.slideOutVertically
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.navigationBarsPadding
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.unit.dp
import app.nightmarket.ui.feed.FeedScreen
import app.nightmarket.ui.live.LocalVideo
import app.nightmarket.ui.live.RoomModel
import app.nightmarket.ui.live.RoomScreen
import app.nightmarket.ui.live.VideoSurface
import app.nightmarket.ui.look.Glyphs
import app.nightmarket.ui.look.Look
import app.nightmarket.ui.orders.OrdersScreen
import app.nightmarket.ui.parts.Hairline
import app.nightmarket.ui.parts.LocalPictures
import app.nightmarket.ui.parts.LocalSignIn
import app.nightmarket.ui.parts.Pictures
import app.nightmarket.ui.purchase.BuyCard
import app.nightmarket.ui.purchase.BuyModel
import app.nightmarket.ui.purchase.ConfirmSheet
import app.nightmarket.ui.purchase.ThresholdScreen
import app.nightmarket.ui.returns.ReturnModel
import app.nightmarket.ui.returns.ReturnScreen
import app.nightmarket.ui.words.LocalStrings
import app.nightmarket.ui.words.LocalTimes
import app.nightmarket.ui.words.Strings
import app.nightmarket.ui.words.Times

/** All screens of one shopper. The theme is around it; [pictures] and [video] are the platform's. */
@Composable
fun NightmarketApp(model: NightmarketModel, strings: Strings, pictures: Pictures, video: VideoSurface) = CompositionLocalProvider(
    LocalStrings provides strings,
    LocalTimes provides remember(strings) { Times(strings) },
    LocalPictures provides pictures,
    LocalSignIn provides model::signIn,
    LocalVideo provides video,
) {
    val place by model.state.collectAsState()
    Box(Modifier.fillMaxSize().background(Look.colors.ground)) {
        Tabbed(place.tab, model::show) {
            when (place.tab) {
                Tab.FEED -> {
                    val state by model.feed.state.collectAsState()
                    FeedScreen(state, model.feed)
                }
                Tab.ORDERS -> {
                    val state by model.orders.state.collectAsState()
                    OrdersScreen(state, model.orders)
                }
                Tab.THRESHOLD -> {
                    val state by model.threshold.state.collectAsState()
                    ThresholdScreen(state, model.threshold)
                }
            }
        }
        Rising(place.room) { Room(it) }
        Rising(place.returning) { Return(it) }
        Rising(place.buying) { Buy(it) }
    }
}

/** A screen above its bar. */
@Composable
fun Tabbed(tab: Tab, onTab: (Tab) -> Unit, content: @Composable () -> Unit) = Column(Modifier.fillMaxSize()) {
    val strings = LocalStrings.current
    Box(Modifier.weight(1f)) { content() }
    Hairline()
    Row(Modifier.fillMaxWidth().background(Look.colors.surface).navigationBarsPadding().selectableGroup()) {
        val width = Modifier.weight(1f)
        TabButton(Glyphs.lantern, strings.feed, tab == Tab.FEED, { onTab(Tab.FEED) }, width)
        TabButton(Glyphs.bag, strings.orders, tab == Tab.ORDERS, { onTab(Tab.ORDERS) }, width)
        TabButton(Glyphs.tap, strings.oneTap, tab == Tab.THRESHOLD, { onTab(Tab.THRESHOLD) }, width)
    }
}

@Composable
private fun TabButton(glyph: ImageVector, text: String, selected: Boolean, onClick: () -> Unit, modifier: Modifier) = Column(
    modifier.selectable(selected, role = Role.Tab, onClick = onClick).heightIn(min = 56.dp).padding(vertical = 7.dp),
    Arrangement.spacedBy(2.dp, Alignment.CenterVertically),
    Alignment.CenterHorizontally,
) {
    val color = if (selected) Look.colors.lantern else Look.colors.inkSoft
    Icon(glyph, null, Modifier.size(22.dp), tint = color)
    Text(text, style = Look.type.captionStrong, color = color, maxLines = 1)
}

/** Something over the rest, for as long as there is one; it is still drawn while it goes. */
@Composable
private fun <M : Any> Rising(model: M?, content: @Composable (M) -> Unit) {
    val last = remember { arrayOfNulls<Any>(1) }
    if (model != null) last[0] = model
    AnimatedVisibility(
        model != null,
        enter = fadeIn(tween(RISE_MS)) + slideInVertically(tween(RISE_MS)) { it / 12 },
        exit = fadeOut(tween(RISE_MS)) + slideOutVertically(tween(RISE_MS)) { it / 12 },
    ) {
        @Suppress("UNCHECKED_CAST")
        (model ?: last[0] as M?)?.let { content(it) }
    }
}

@Composable
private fun Room(model: RoomModel) {
    val state by model.state.collectAsState()
    RoomScreen(state, model)
}

@Composable
private fun Return(model: ReturnModel) {
    val state by model.state.collectAsState()
    ReturnScreen(state, model)
}

@Composable
private fun Buy(model: BuyModel) {
    val state by model.state.collectAsState()
    if (state.confirming == null) BuyCard(state, model) else ConfirmSheet(state, model)
}

private const val RISE_MS = 180
