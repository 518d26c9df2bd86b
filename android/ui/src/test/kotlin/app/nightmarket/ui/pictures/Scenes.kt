package app.nightmarket.ui.pictures

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import app.nightmarket.ui.NoActions
import app.nightmarket.ui.Tab
import app.nightmarket.ui.Tabbed
import app.nightmarket.ui.feed.FeedScreen
import app.nightmarket.ui.feed.FeedState
import app.nightmarket.ui.live.RoomScreen
import app.nightmarket.ui.orders.OrdersScreen
import app.nightmarket.ui.purchase.BuyCard
import app.nightmarket.ui.purchase.ConfirmSheet
import app.nightmarket.ui.purchase.ThresholdScreen
import app.nightmarket.ui.returns.ReturnScreen
import app.nightmarket.ui.words.Language

/** Every screen in states worth looking at, with the sandbox [at] its address for pictures. */
class Scenes(private val at: String) {
    class Scene(val language: Language, val dark: Boolean, val width: Int = 360, val height: Int = 780, val content: @Composable () -> Unit)

    fun all(): List<Pair<String, Scene>> {
        val en = Fixtures(Language.ENGLISH, at)
        val zh = Fixtures(Language.CHINESE, at)
        fun english(dark: Boolean = false, content: @Composable () -> Unit) = Scene(Language.ENGLISH, dark, content = content)
        fun chinese(dark: Boolean = false, content: @Composable () -> Unit) = Scene(Language.CHINESE, dark, content = content)
        return listOf(
            "feed-en-light" to english { Tabbed(Tab.FEED, {}) { FeedScreen(en.feed, NoActions) } },
            "feed-zh-dark" to chinese(dark = true) { Tabbed(Tab.FEED, {}) { FeedScreen(zh.feed, NoActions) } },
            "feed-empty-zh-light" to chinese { Tabbed(Tab.FEED, {}) { FeedScreen(FeedState(offline = true), NoActions) } },
            "room-en" to english { RoomScreen(en.room, NoActions) },
            "room-offer-zh" to chinese { RoomScreen(zh.offered, NoActions) },
            "room-point-en" to english { RoomScreen(en.pointing, NoActions) },
            "room-failed-zh" to chinese { RoomScreen(zh.failed, NoActions) },
            "room-ready-en" to english { RoomScreen(en.ready, NoActions) },
            "room-talk-zh" to chinese { RoomScreen(zh.talk, NoActions) },
            "room-muted-en" to english { RoomScreen(en.muted, NoActions) },
            "room-wide-en" to Scene(Language.ENGLISH, true, 1000, 620) { RoomScreen(en.offered, NoActions) },
            "buy-en-light" to english { Over({ FeedScreen(en.feed, NoActions) }) { BuyCard(en.buy, NoActions) } },
            "buy-placed-zh-dark" to chinese(dark = true) { Over({ RoomScreen(zh.offered, NoActions) }) { BuyCard(zh.placed, NoActions) } },
            "buy-waiting-en-light" to english { Over({ FeedScreen(en.feed, NoActions) }) { BuyCard(en.waiting, NoActions) } },
            "confirm-zh-light" to chinese { Over({ FeedScreen(zh.feed, NoActions) }) { ConfirmSheet(zh.confirming, NoActions) } },
            "confirm-en-dark" to english(dark = true) { Over({ FeedScreen(en.feed, NoActions) }) { ConfirmSheet(en.confirming, NoActions) } },
            "threshold-en-light" to english { Tabbed(Tab.THRESHOLD, {}) { ThresholdScreen(en.threshold, NoActions) } },
            "threshold-zh-dark" to chinese(dark = true) { Tabbed(Tab.THRESHOLD, {}) { ThresholdScreen(zh.threshold, NoActions) } },
            "orders-zh-light" to chinese { Tabbed(Tab.ORDERS, {}) { OrdersScreen(zh.orders, NoActions) } },
            "orders-problem-en-dark" to english(dark = true) { Tabbed(Tab.ORDERS, {}) { OrdersScreen(en.troubled, NoActions) } },
            "return-choose-en-light" to english { ReturnScreen(en.choosing, NoActions) },
            "return-slots-zh-light" to chinese { ReturnScreen(zh.slots, NoActions) },
            "return-courier-en-dark" to english(dark = true) { ReturnScreen(en.courier, NoActions) },
        )
    }

    @Composable
    private fun Over(below: @Composable () -> Unit, above: @Composable () -> Unit) = Box(Modifier.fillMaxSize()) {
        below()
        above()
    }
}
