package app.nightmarket.ui.orders

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.statusBarsPadding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.ExperimentalMaterial3Api
import androidx.compose.material3.Text
import androidx.compose.material3.pulltorefresh.PullToRefreshBox
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import app.nightmarket.Money
import app.nightmarket.ui.Problem
import app.nightmarket.ui.look.Corner
import app.nightmarket.ui.look.Glyphs
import app.nightmarket.ui.look.Look
import app.nightmarket.ui.look.Space
import app.nightmarket.ui.parts.Card
import app.nightmarket.ui.parts.Empty
import app.nightmarket.ui.parts.OfflineBar
import app.nightmarket.ui.parts.Picture
import app.nightmarket.ui.parts.PriceText
import app.nightmarket.ui.parts.ProblemBar
import app.nightmarket.ui.parts.ProblemPlace
import app.nightmarket.ui.parts.ScreenTitle
import app.nightmarket.ui.parts.SideButton
import app.nightmarket.ui.parts.Waiting
import app.nightmarket.ui.words.LocalStrings
import app.nightmarket.ui.words.LocalTimes

/** Where an order stands, as far as its colour goes. */
enum class Standing { UNDER_WAY, DONE, GONE, TROUBLE }

/** An order in the list. */
@Immutable
data class OrderRow(
    val shop: String,
    val id: String,
    val title: String?,
    val imageUrl: String?,
    val total: Money?,
    /** In words. */
    val stage: String,
    val standing: Standing = Standing.UNDER_WAY,
    val placedAtMs: Long,
    /** Until when it can be undone here, on this device's clock; none if it cannot. */
    val undoUntilMs: Long? = null,
    val canReturn: Boolean = false,
    /** Something of it is on its way back: to be looked at. */
    val returning: Boolean = false,
) {
    /** Stable for the list: ids are each shop's own. */
    val key: String get() = "$shop/$id"
}

/** The orders as they stand. */
@Immutable
data class OrdersState(
    val orders: List<OrderRow> = emptyList(),
    val loading: Boolean = false,
    val refreshing: Boolean = false,
    val offline: Boolean = false,
    val problem: Problem? = null,
)

/** What a finger does on the orders. */
interface OrdersActions {
    fun refresh()

    fun undo(order: OrderRow)

    fun returnIt(order: OrderRow)

    /** The row was drawn: what it costs to know more of it may be spent. */
    fun shown(order: OrderRow)
}

/** What was bought, and what became of it. */
@OptIn(ExperimentalMaterial3Api::class)
@Composable
fun OrdersScreen(state: OrdersState, actions: OrdersActions) = Column(
    Modifier.fillMaxSize().background(Look.colors.ground).statusBarsPadding(),
) {
    val strings = LocalStrings.current
    ScreenTitle(strings.orders)
    if (state.offline) OfflineBar()
    PullToRefreshBox(state.refreshing, actions::refresh, Modifier.fillMaxSize()) {
        when {
            state.orders.isNotEmpty() -> Orders(state, actions)
            state.loading -> Waiting(strings.loading, Modifier.align(Alignment.Center))
            state.problem != null -> ProblemPlace(state.problem, actions::refresh, Modifier.align(Alignment.Center))
            else -> Empty(strings.ordersEmpty, Glyphs.bag, Modifier.align(Alignment.Center))
        }
    }
}

@Composable
private fun Orders(state: OrdersState, actions: OrdersActions) = LazyColumn(
    Modifier.fillMaxSize(),
    contentPadding = PaddingValues(start = Space.large, end = Space.large, bottom = Space.huge),
    verticalArrangement = Arrangement.spacedBy(Space.medium),
    horizontalAlignment = Alignment.CenterHorizontally,
) {
    state.problem?.let { item(key = "problem") { ProblemBar(it, actions::refresh) } }
    items(state.orders, key = { it.key }) { order ->
        LaunchedEffect(order.key) { actions.shown(order) }
        OrderCard(order, actions, Modifier.widthIn(max = 640.dp))
    }
}

@Composable
private fun OrderCard(order: OrderRow, actions: OrdersActions, modifier: Modifier = Modifier) {
    val strings = LocalStrings.current
    val times = LocalTimes.current
    Card(modifier.fillMaxWidth()) {
        Column(Modifier.padding(Space.medium), verticalArrangement = Arrangement.spacedBy(Space.medium)) {
            Row(horizontalArrangement = Arrangement.spacedBy(Space.medium)) {
                Picture(order.imageUrl, null, Modifier.size(72.dp).clip(RoundedCornerShape(8.dp)))
                Column(Modifier.weight(1f), verticalArrangement = Arrangement.spacedBy(2.dp)) {
                    Text(
                        order.title ?: strings.stageReading,
                        Modifier.semantics { heading() },
                        style = Look.type.bodyStrong,
                        maxLines = 2,
                        overflow = TextOverflow.Ellipsis,
                    )
                    Text(order.stage, style = Look.type.secondStrong, color = colorOf(order.standing))
                    Row(Modifier.fillMaxWidth(), verticalAlignment = Alignment.CenterVertically) {
                        Text(
                            "${strings.order(order.id)} · ${times.clock(order.placedAtMs)}",
                            Modifier.weight(1f),
                            style = Look.type.caption,
                            color = Look.colors.inkSoft,
                            maxLines = 1,
                            overflow = TextOverflow.Ellipsis,
                        )
                        order.total?.let { PriceText(it, color = Look.colors.ink) }
                    }
                }
            }
            if (order.undoUntilMs != null || order.canReturn || order.returning) {
                Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(Space.small, Alignment.End)) { Buttons(order, actions) }
            }
        }
    }
}

@Composable
private fun Buttons(order: OrderRow, actions: OrdersActions) {
    val strings = LocalStrings.current
    order.undoUntilMs?.let {
        SideButton("${strings.undo} · ${LocalTimes.current.clock(it)}", { actions.undo(order) })
    }
    if (order.canReturn || order.returning) {
        val color = if (order.returning) Look.colors.lantern else Look.colors.ink
        SideButton(strings.returnIt, { actions.returnIt(order) }, color = color)
    }
}

@Composable
private fun colorOf(standing: Standing): Color = when (standing) {
    Standing.UNDER_WAY -> Look.colors.ink
    Standing.DONE -> Look.colors.jade
    Standing.GONE -> Look.colors.inkSoft
    Standing.TROUBLE -> Look.colors.amber
}
