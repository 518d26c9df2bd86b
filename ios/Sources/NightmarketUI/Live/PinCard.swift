import Nightmarket
import SwiftUI

/// What the host is showing.
struct PinCard: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let pin: Pin
    let buy: @MainActor () -> Void

    var body: some View {
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
        .padding(Space.small)
        .card()
    }
}
