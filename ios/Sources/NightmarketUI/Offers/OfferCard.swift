import Foundation
import Nightmarket
import SwiftUI

/// What the host offers this shopper: the very piece, its price, and how long.
struct OfferCard: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let terms: OfferTerms
    let buy: @MainActor () -> Void

    var body: some View {
        Beside {
            Thumbnail(address: terms.photo, side: 72)
            VStack(alignment: .leading, spacing: Space.hair) {
                Text(verbatim: strings(.offerForYou))
                    .textSize(.caption, weight: .semibold)
                    .foregroundStyle(palette.lantern.color)
                Text(verbatim: terms.title)
                    .textSize(.second)
                    .foregroundStyle(palette.ink.color)
                Text(verbatim: terms.price.shown)
                    .price()
                    .foregroundStyle(palette.lantern.color)
                TimelineView(.periodic(from: .now, by: 1)) { timeline in
                    countdown(at: timeline.date)
                }
            }
            .frame(maxWidth: .infinity, alignment: .leading)
            .accessibilityElement(children: .combine)
            Button(action: buy) { Text(verbatim: strings(.getIt)) }
                .buttonStyle(.quiet)
        }
        .padding(Space.medium)
        .card()
    }

    private func countdown(at now: Date) -> some View {
        let left = Moments.left(until: terms.expiresHere, at: now)
        return Text(verbatim: left > 0 ? strings(.offerEnds, Moments.countdown(left)) : strings(.offerExpired))
            .textSize(.caption)
            .monospacedDigit()
            .foregroundStyle(palette.inkSoft.color)
    }
}
