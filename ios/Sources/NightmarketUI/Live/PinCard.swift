import Nightmarket
import SwiftUI

/// What the host is showing; where one tap buys it, all that it costs and the button.
struct PinCard: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let pin: Pin
    let early: Quoted?
    let canPay: Bool
    let rendered: @MainActor @Sendable (Quoted) async -> Void
    let pay: @MainActor () -> Void
    let buy: @MainActor () -> Void

    var body: some View {
        VStack(alignment: .leading, spacing: Space.small) {
            pinned
            if let early, let total = early.quote.total {
                TotalRows(totals: early.toRender.totals, currency: early.quote.currency)
                ShopsWords(quote: early.quote)
                Button(action: pay) { Text(verbatim: strings(.pay, total.shown)) }
                    .buttonStyle(.lantern)
                    .disabled(!canPay)
                    .task(id: early.quote.digest) { await rendered(early) }
            }
        }
        .padding(Space.small)
        .card()
    }

    private var pinned: some View {
        Beside {
            Thumbnail(address: pin.imageUrl)
            VStack(alignment: .leading, spacing: Space.hair) {
                Text(verbatim: strings(.pinned))
                    .textSize(.caption)
                    .foregroundStyle(palette.inkSoft.color)
                Text(verbatim: pin.title)
                    .textSize(.second)
                    .foregroundStyle(palette.ink.color)
                Text(verbatim: pin.price.shown)
                    .price()
                    .foregroundStyle(palette.lantern.color)
            }
            .frame(maxWidth: .infinity, alignment: .leading)
            .accessibilityElement(children: .combine)
            Button(action: buy) { Text(verbatim: strings(.getIt)) }
                .buttonStyle(.quiet)
        }
    }
}
