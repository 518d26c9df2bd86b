import Foundation
import Nightmarket
import SwiftUI

/// Everything of a quote that has to be shown: lines, totals in the shop's order and words, warnings, links. What is shown
/// here is what `Quoted.toRender` reports.
struct QuoteRows: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let quote: Quote
    let toRender: Rendered

    var body: some View {
        VStack(alignment: .leading, spacing: Space.medium) {
            ForEach(quote.lines, id: \.id) { line in
                HStack(spacing: Space.medium) {
                    Thumbnail(address: line.imageUrl)
                    Text(verbatim: line.quantity == 1 ? line.title : "\(line.quantity) × \(line.title)")
                        .textSize(.body)
                        .foregroundStyle(palette.ink.color)
                        .frame(maxWidth: .infinity, alignment: .leading)
                }
                .accessibilityElement(children: .combine)
            }
            Hairline()
            TotalRows(totals: toRender.totals, currency: quote.currency)
            if let payment = quote.payment {
                Text(verbatim: payment.label)
                    .textSize(.second)
                    .foregroundStyle(palette.inkSoft.color)
            }
            ForEach(quote.mustShow.indices, id: \.self) { index in
                NoticeRow(notice: quote.mustShow[index])
            }
            ForEach(quote.links.indices, id: \.self) { index in
                link(quote.links[index])
            }
        }
    }

    @ViewBuilder private func link(_ link: QuoteLink) -> some View {
        if let address = URL(string: link.url) {
            Link(destination: address) {
                Text(verbatim: name(of: link))
                    .textSize(.second)
                    .frame(minHeight: Space.touch)
            }
        }
    }

    private func name(of link: QuoteLink) -> String {
        if let title = link.title { return title }
        return switch link.kind {
        case "terms_of_service": strings(.terms)
        case "privacy_policy": strings(.privacy)
        case "refund_policy": strings(.refundPolicy)
        default: strings(.moreAbout)
        }
    }
}

extension Quote {
    /// Warnings and errors, in the shop's order: all but what is only said.
    var mustShow: [Notice] {
        notices.filter { $0.kind != "info" }
    }
}

/// A warning, never hidden or dismissed. Markdown stays as it was written: nothing in it is run or loaded.
struct NoticeRow: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let notice: Notice

    var body: some View {
        HStack(alignment: .top, spacing: Space.small) {
            if let symbol = notice.imageUrl {
                Thumbnail(address: symbol, side: 32)
            } else {
                Image(systemName: "exclamationmark.triangle.fill")
                    .foregroundStyle(palette.amber.color)
                    .accessibilityHidden(true)
            }
            VStack(alignment: .leading, spacing: Space.hair) {
                Text(verbatim: notice.content)
                    .textSize(.second)
                    .foregroundStyle(palette.ink.color)
                if let address = notice.url.flatMap({ URL(string: $0) }) {
                    Link(destination: address) {
                        Text(verbatim: strings(.moreAbout))
                            .textSize(.second)
                            .frame(minHeight: Space.touch)
                    }
                }
            }
        }
    }
}

/// Amounts under each other, the last one being what is paid.
struct TotalRows: View {
    @Environment(\.palette) private var palette
    let totals: [TotalPart]
    let currency: Currency

    var body: some View {
        VStack(spacing: Space.hair) {
            ForEach(totals.indices, id: \.self) { index in
                row(totals[index], isLast: index == totals.count - 1)
            }
        }
    }

    private func row(_ total: TotalPart, isLast: Bool) -> some View {
        HStack(alignment: .firstTextBaseline, spacing: Space.medium) {
            Text(verbatim: total.label)
                .textSize(isLast ? .body : .second, weight: isLast ? .semibold : nil)
                .foregroundStyle(isLast ? palette.ink.color : palette.inkSoft.color)
                .frame(maxWidth: .infinity, alignment: .leading)
            Text(verbatim: Money(minor: total.amount, currency: currency).shown)
                .price(isLast ? .body : .second)
                .foregroundStyle(palette.ink.color)
        }
        .accessibilityElement(children: .combine)
    }
}
