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
    /// Who sells, by name.
    let seller: String

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
            Text(verbatim: strings(.soldBy, seller))
                .textSize(.caption)
                .foregroundStyle(palette.inkSoft.color)
            Hairline()
            TotalRows(totals: toRender.totals, currency: quote.currency)
            if let payment = quote.payment {
                HStack(spacing: Space.medium) {
                    Text(verbatim: strings(.payWith))
                        .textSize(.second)
                        .foregroundStyle(palette.inkSoft.color)
                        .frame(maxWidth: .infinity, alignment: .leading)
                    Text(verbatim: payment.label)
                        .textSize(.second)
                        .foregroundStyle(palette.ink.color)
                }
                .accessibilityElement(children: .combine)
            }
            ShopsWords(quote: quote)
        }
    }
}

/// Every warning and every link of a quote.
struct ShopsWords: View {
    @Environment(\.strings) private var strings
    let quote: Quote

    var body: some View {
        ForEach(quote.mustShow.indices, id: \.self) { index in
            NoticeRow(notice: quote.mustShow[index])
        }
        ForEach(quote.links.indices, id: \.self) { index in
            link(quote.links[index])
        }
    }

    @ViewBuilder private func link(_ link: QuoteLink) -> some View {
        if let address = URL(string: link.url) {
            Link(destination: address) {
                Text(verbatim: link.name(in: strings))
                    .textSize(.second)
                    .frame(minHeight: Space.touch)
            }
        }
    }
}

extension QuoteLink {
    /// The shop's name for it, else what its kind is called.
    func name(in strings: Strings) -> String {
        if let title { return title }
        return switch kind {
        case "terms_of_service": strings(.linkTerms)
        case "privacy_policy": strings(.linkPrivacy)
        case "refund_policy": strings(.linkReturns)
        case "shipping_policy": strings(.linkShipping)
        default: strings(.linkMore)
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
                        Text(verbatim: strings(.linkMore))
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
                .price(isLast ? .title : .second)
                .foregroundStyle(isLast ? palette.lantern.color : palette.ink.color)
        }
        .accessibilityElement(children: .combine)
    }
}

/// How each package comes, where there is a choice. Another choice is another quote, and needs another tap.
struct DeliveryRows: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let quote: Quote
    let choose: @MainActor (_ group: String, _ option: String) -> Void

    var body: some View {
        ForEach(quote.delivery.filter { $0.options.count > 1 }, id: \.group) { delivery in
            VStack(alignment: .leading, spacing: 0) {
                Text(verbatim: strings(.deliverBy))
                    .textSize(.caption)
                    .foregroundStyle(palette.inkSoft.color)
                ForEach(delivery.options, id: \.id) { option in
                    ChoiceRow(words: words(of: option), isChosen: option.id == delivery.selected) {
                        choose(delivery.group, option.id)
                    }
                }
            }
        }
    }

    private func words(of option: DeliveryChoice) -> String {
        guard let price = option.price else { return option.title }
        let shown = price == 0 ? strings(.free) : Money(minor: price, currency: quote.currency).shown
        return "\(option.title) · \(shown)"
    }
}
