package app.nightmarket.ui.purchase

import app.nightmarket.Money
import app.nightmarket.purchase.Quote
import app.nightmarket.ui.words.Strings

/** The kind of the one entry that is to be paid (UCP totals). */
private const val TOTAL = "total"

/** Everything of a quote that has to be shown, in the shop's words and order. */
internal fun Quote.shown(strings: Strings) = BuyState(
    digest = digest,
    lines = lines.map { BuyLine(it.title, it.quantity.toInt(), it.imageUrl) },
    totals = totals.map { TotalLine(it.label, Money(it.amount, currency), it.kind == TOTAL) },
    total = total,
    notices = notices.map { NoticeShown(it.content, grave = it.disclosure || it.kind != INFO) },
    links = links.map { LinkShown(it.title ?: strings.linkOf(it.kind), it.url) },
    deliveries = delivery.flatMap { group ->
        group.options.map { option ->
            DeliveryShown(group.group, option.id, option.title, option.price?.let { Money(it, currency) }, option.id == group.selected)
        }
    },
    payWith = payment?.label,
)

private const val INFO = "info"

private fun Strings.linkOf(kind: String) = when (kind) {
    "privacy_policy" -> linkPrivacy
    "terms_of_service" -> linkTerms
    "refund_policy", "return_policy" -> linkReturns
    "shipping_policy" -> linkShipping
    else -> linkMore
}
