package app.nightmarket.ui.feed

import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.statusBarsPadding
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.lazy.LazyRow
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.lazy.staggeredgrid.LazyStaggeredGridState
import androidx.compose.foundation.lazy.staggeredgrid.LazyVerticalStaggeredGrid
import androidx.compose.foundation.lazy.staggeredgrid.StaggeredGridCells
import androidx.compose.foundation.lazy.staggeredgrid.StaggeredGridItemSpan
import androidx.compose.foundation.lazy.staggeredgrid.items
import androidx.compose.foundation.lazy.staggeredgrid.rememberLazyStaggeredGridState
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.ExperimentalMaterial3Api
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.material3.pulltorefresh.PullToRefreshBox
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.rememberUpdatedState
import androidx.compose.runtime.snapshotFlow
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.layout.layout
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.offset
import app.nightmarket.ui.look.Corner
import app.nightmarket.ui.look.Glyphs
import app.nightmarket.ui.look.Look
import app.nightmarket.ui.look.Space
import app.nightmarket.ui.parts.Card
import app.nightmarket.ui.parts.Empty
import app.nightmarket.ui.parts.Face
import app.nightmarket.ui.parts.GlyphButton
import app.nightmarket.ui.parts.LiveBadge
import app.nightmarket.ui.parts.OfflineBar
import app.nightmarket.ui.parts.Picture
import app.nightmarket.ui.parts.PriceText
import app.nightmarket.ui.parts.ProblemBar
import app.nightmarket.ui.parts.ProblemPlace
import app.nightmarket.ui.parts.ScreenTitle
import app.nightmarket.ui.parts.SideButton
import app.nightmarket.ui.parts.Waiting
import app.nightmarket.ui.words.LocalStrings
import kotlinx.coroutines.flow.distinctUntilChanged

/** Posts from the end at which the next page is asked for. */
private const val AHEAD = 8

/** What is scrolled. */
@OptIn(ExperimentalMaterial3Api::class)
@Composable
fun FeedScreen(state: FeedState, actions: FeedActions) = Column(
    Modifier.fillMaxSize().background(Look.colors.ground).statusBarsPadding(),
) {
    val strings = LocalStrings.current
    ScreenTitle(strings.feed) {
        Icon(Glyphs.lantern, null, Modifier.padding(end = Space.medium).size(26.dp), tint = Look.colors.lantern)
    }
    if (state.offline) OfflineBar()
    PullToRefreshBox(state.refreshing, actions::refresh, Modifier.fillMaxSize()) {
        when {
            state.posts.isNotEmpty() -> Posts(state, actions)
            state.loading -> Waiting(strings.loading, Modifier.align(Alignment.Center))
            state.problem != null -> ProblemPlace(state.problem, actions::refresh, Modifier.align(Alignment.Center))
            else -> Empty(strings.feedEmpty, Glyphs.lantern, Modifier.align(Alignment.Center)) {
                SideButton(strings.refresh, actions::refresh)
            }
        }
    }
}

@Composable
private fun Posts(state: FeedState, actions: FeedActions) {
    val grid = rememberLazyStaggeredGridState()
    Watching(grid, state, actions)
    LazyVerticalStaggeredGrid(
        StaggeredGridCells.Adaptive(156.dp),
        Modifier.fillMaxSize(),
        grid,
        PaddingValues(start = Space.medium, end = Space.medium, bottom = Space.huge),
        verticalItemSpacing = Space.medium,
        horizontalArrangement = Arrangement.spacedBy(Space.medium),
    ) {
        state.problem?.let { problem ->
            item(key = "problem", span = StaggeredGridItemSpan.FullLine) { ProblemBar(problem, actions::refresh) }
        }
        if (state.liveHosts.isNotEmpty()) {
            item(key = "live", span = StaggeredGridItemSpan.FullLine) { LiveRow(state.liveHosts, actions) }
        }
        items(state.posts, key = { it.id }, contentType = { "post" }) { PostCardView(it, actions) }
        if (state.loadingMore) {
            item(key = "more", span = StaggeredGridItemSpan.FullLine) { Waiting(LocalStrings.current.loading) }
        }
    }
}

/** Tells which posts are seen, and when the end is near. */
@Composable
private fun Watching(grid: LazyStaggeredGridState, state: FeedState, actions: FeedActions) {
    val posts = rememberUpdatedState(state.posts)
    val told = rememberUpdatedState(actions)
    LaunchedEffect(grid) {
        snapshotFlow { grid.layoutInfo.visibleItemsInfo.map { it.key } }.distinctUntilChanged().collect { keys ->
            val visible = posts.value.filter { it.id in keys }
            visible.forEach(told.value::seen)
            val last = visible.lastOrNull()?.let(posts.value::indexOf) ?: return@collect
            if (last >= posts.value.size - AHEAD) told.value.more()
        }
    }
}

/** Who is live now: one tap and one is there. */
@Composable
private fun LiveRow(hosts: List<PostCard>, actions: FeedActions) = LazyRow(
    Modifier.fillMaxWidth().bleed(Space.medium),
    contentPadding = PaddingValues(horizontal = Space.medium),
    horizontalArrangement = Arrangement.spacedBy(Space.small),
) {
    items(hosts, key = { it.host.id }) { post ->
        val said = LocalStrings.current.liveNow
        Column(
            Modifier.width(80.dp).clip(RoundedCornerShape(Corner.card))
                .clickable(role = Role.Button, onClickLabel = said) { actions.open(post) }.padding(vertical = Space.hair),
            horizontalAlignment = Alignment.CenterHorizontally,
            verticalArrangement = Arrangement.spacedBy(Space.hair),
        ) {
            Face(post.host.avatarUrl, 60.dp, live = true)
            Text(post.host.name, style = Look.type.caption, color = Look.colors.inkSoft, textAlign = TextAlign.Center, maxLines = 2, overflow = TextOverflow.Ellipsis)
        }
    }
}

/** As wide as the screen, whatever is around: what scrolls sideways comes from its edge. */
private fun Modifier.bleed(by: Dp) = layout { measurable, constraints ->
    val placeable = measurable.measure(constraints.offset(horizontal = 2 * by.roundToPx()))
    layout(placeable.width - 2 * by.roundToPx(), placeable.height) { placeable.place(-by.roundToPx(), 0) }
}

/** One post. */
@Composable
fun PostCardView(post: PostCard, actions: FeedActions) = Card {
    Column(Modifier.clickable(role = Role.Button) { actions.open(post) }) {
        Box {
            Picture(post.pictureUrl, post.pictureSays, Modifier.fillMaxWidth().aspectRatio(4f / 5f))
            post.live?.let { LiveBadge(it.viewers, Modifier.padding(Space.small)) }
            post.product?.let { ProductChipView(it, actions, Modifier.align(Alignment.BottomStart).padding(Space.small)) }
        }
        Text(
            post.text,
            Modifier.padding(start = 10.dp, end = 10.dp, top = 10.dp),
            style = Look.type.second,
            maxLines = 3,
            overflow = TextOverflow.Ellipsis,
        )
        Row(Modifier.padding(start = 10.dp), verticalAlignment = Alignment.CenterVertically) {
            Face(post.host.avatarUrl, 20.dp)
            Text(
                post.host.name,
                Modifier.weight(1f).padding(start = 5.dp),
                style = Look.type.caption,
                color = Look.colors.inkSoft,
                maxLines = 1,
                overflow = TextOverflow.Ellipsis,
            )
            Like(post, actions)
        }
    }
}

@Composable
private fun Like(post: PostCard, actions: FeedActions) {
    val strings = LocalStrings.current
    val (glyph, tint) = if (post.liked) Glyphs.heartFull to Look.colors.lantern else Glyphs.heart to Look.colors.inkSoft
    GlyphButton(
        glyph,
        if (post.liked) strings.liked else strings.like,
        { actions.like(post) },
        tint = tint,
        size = 20.dp,
    )
}

/** What a post is about, on its picture. */
@Composable
private fun ProductChipView(product: ProductChip, actions: FeedActions, modifier: Modifier) = Row(
    modifier.clip(CircleShape).background(Color(0xD91F1A17))
        .clickable(role = Role.Button, onClickLabel = LocalStrings.current.getIt) { actions.buy(product) }
        .padding(horizontal = 10.dp, vertical = 5.dp).widthIn(max = 180.dp),
    horizontalArrangement = Arrangement.spacedBy(6.dp),
    verticalAlignment = Alignment.CenterVertically,
) {
    Text(product.title, Modifier.weight(1f, fill = false), style = Look.type.caption, color = Color(0xFFF4EDE6), maxLines = 1, overflow = TextOverflow.Ellipsis)
    PriceText(product.price, style = Look.type.captionStrong, color = Color(0xFFFFB59F))
}
