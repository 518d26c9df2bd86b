import Foundation
import Nightmarket
import SwiftUI

/// Over the frozen picture: tap what you mean, a ring marks it, say "that one". Words alone do too.
struct PointAtPicture: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let picture: CGSize
    let spot: Spot?
    @Binding var words: String
    let point: @MainActor (Spot) -> Void
    let say: @MainActor () -> Void
    let cancel: @MainActor () -> Void

    var body: some View {
        VStack(spacing: 0) {
            GeometryReader { frame in
                ZStack(alignment: .top) {
                    Color.black.opacity(0.2)
                        .contentShape(Rectangle())
                        .onTapGesture { location in
                            if let spot = FrozenPicture.spot(at: location, in: frame.size, picture: picture) {
                                point(spot)
                            }
                        }
                        .accessibilityLabel(Text(verbatim: strings(.pointHint)))
                    if let spot, let center = FrozenPicture.point(of: spot, in: frame.size, picture: picture) {
                        ring.position(center)
                    }
                    Badge(words: strings(.pointHint), ink: palette.ink.color, ground: palette.surface.color)
                        .padding(.top, Space.huge)
                        .accessibilityHidden(true)
                }
            }
            actions
        }
    }

    private var ring: some View {
        Circle()
            .stroke(palette.lantern.color, lineWidth: 3)
            .frame(width: 56, height: 56)
            .background { Circle().stroke(Color.white, lineWidth: 6) }
            .accessibilityHidden(true)
    }

    private var actions: some View {
        VStack(spacing: Space.small) {
            TextField(strings(.thatOne), text: $words, axis: .vertical)
                .textSize(.body)
                .foregroundStyle(palette.ink.color)
                .padding(.horizontal, Space.medium)
                .frame(minHeight: Space.touch)
                .background(palette.ground.color, in: RoundedRectangle(cornerRadius: Space.cardCorner))
            HStack(spacing: Space.small) {
                Button(action: cancel) { Text(verbatim: strings(.cancel)) }
                    .buttonStyle(.quiet)
                Button(action: say) { Text(verbatim: strings(.thatOne)) }
                    .buttonStyle(.lantern)
                    .disabled(spot == nil && words.isEmpty)
            }
        }
        .padding(Space.large)
        .background(palette.surface.color)
    }
}
