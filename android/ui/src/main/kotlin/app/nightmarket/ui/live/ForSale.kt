package app.nightmarket.ui.live

import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Icon
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import app.nightmarket.ui.look.Corner
import app.nightmarket.ui.look.Glyphs
import app.nightmarket.ui.look.Look
import app.nightmarket.ui.look.Space
import app.nightmarket.ui.parts.MainButton
import app.nightmarket.ui.parts.Picture
import app.nightmarket.ui.parts.PriceText
import app.nightmarket.ui.parts.SideButton
import app.nightmarket.ui.purchase.Links
import app.nightmarket.ui.purchase.Notice
import app.nightmarket.ui.purchase.PayButton
import app.nightmarket.ui.words.LocalStrings
import app.nightmarket.ui.words.leftOn
import app.nightmarket.ui.words.shown

private val Shape = RoundedCornerShape(Corner.card)

/** What the host shows now; where one tap buys it, all that it costs and the button. */
@Composable
fun PinCard(pin: PinShown, actions: RoomActions, modifier: Modifier = Modifier) = Column(
    modifier.fillMaxWidth().clip(Shape).background(Look.colors.surface).border(1.dp, Look.colors.line, Shape).padding(Space.small),
    verticalArrangement = Arrangement.spacedBy(Space.small),
) {
    Pinned(pin, actions::buyPin)
    pin.early?.let { early ->
        Terms(early, actions::open)
        PayButton(early.total, early.stands, { actions.payPin(pin) })
        // After the first drawing of this quote: what is on screen now is what a tap agrees to.
        LaunchedEffect(early.digest) { actions.rendered(pin) }
    }
}

/** Everything of the quote that has to be shown, in little room. */
@Composable
private fun Terms(early: EarlyPay, open: (String) -> Unit) = Column(Modifier.padding(horizontal = Space.hair)) {
    val totals = early.totals.joinToString(" · ") { "${it.label} ${it.amount.shown()}" }
    Text(totals, style = Look.type.caption.copy(fontFeatureSettings = "tnum"), color = Look.colors.inkSoft)
    early.notices.forEach { Notice(it) }
    Links(early.links, open)
}

@Composable
private fun Pinned(pin: PinShown, onBuy: (PinShown) -> Unit) = Row(
    Modifier.fillMaxWidth(),
    horizontalArrangement = Arrangement.spacedBy(Space.medium),
    verticalAlignment = Alignment.CenterVertically,
) {
    val strings = LocalStrings.current
    Picture(pin.product.imageUrl, pin.product.title, Modifier.size(56.dp).clip(RoundedCornerShape(8.dp)))
    Column(Modifier.weight(1f)) {
        Text(strings.pinned, style = Look.type.caption, color = Look.colors.inkSoft)
        Text(pin.product.title, style = Look.type.second, maxLines = 2, overflow = TextOverflow.Ellipsis)
        PriceText(pin.product.price)
    }
    SideButton(strings.getIt, { onBuy(pin) }, color = Look.colors.lantern)
}

/** An offer for this shopper alone: the very piece, its price, and how long it holds. */
@Composable
fun OfferCard(offer: OfferShown, onBuy: (OfferShown) -> Unit, modifier: Modifier = Modifier) {
    val strings = LocalStrings.current
    val good = offer.stands == OfferStands.GOOD
    val edge = if (good) Look.colors.lantern else Look.colors.line
    Row(
        modifier.fillMaxWidth().clip(Shape).background(Color(0xFF2B1713)).border(1.5.dp, edge, Shape).padding(Space.small)
            .semantics { liveRegion = LiveRegionMode.Polite },
        horizontalArrangement = Arrangement.spacedBy(Space.medium),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        Picture(offer.photoUrl, offer.title, Modifier.size(84.dp).clip(RoundedCornerShape(8.dp)))
        Column(Modifier.weight(1f), verticalArrangement = Arrangement.spacedBy(2.dp)) {
            Text(strings.offerForYou, style = Look.type.captionStrong, color = Look.colors.lantern)
            Text(offer.title, style = Look.type.second, maxLines = 2, overflow = TextOverflow.Ellipsis)
            offer.price?.let { PriceText(it, style = Look.type.priceBig) }
            Clock(offer)
        }
        if (good) MainButton(strings.getIt, { onBuy(offer) })
    }
}

@Composable
private fun Clock(offer: OfferShown) = Row(
    horizontalArrangement = Arrangement.spacedBy(Space.hair),
    verticalAlignment = Alignment.CenterVertically,
) {
    val strings = LocalStrings.current
    val text = when (offer.stands) {
        OfferStands.GOOD -> strings.offerEnds(leftOn(offer.leftMs))
        OfferStands.CHECKING -> strings.offerChecking
        OfferStands.EXPIRED -> strings.offerExpired
        OfferStands.USED -> strings.offerUsed
        OfferStands.BAD -> strings.offerForged
    }
    val color = when (offer.stands) {
        OfferStands.BAD, OfferStands.CHECKING -> Look.colors.amber
        OfferStands.USED -> Look.colors.jade
        else -> Look.colors.inkSoft
    }
    Icon(Glyphs.clock, null, Modifier.size(14.dp), tint = color)
    Text(text, style = Look.type.caption.copy(fontFeatureSettings = "tnum"), color = color)
}
