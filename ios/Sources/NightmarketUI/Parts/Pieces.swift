import Foundation
import SwiftUI

/// A line as thin as it gets.
struct Hairline: View {
    @Environment(\.palette) private var palette

    var body: some View {
        Rectangle()
            .fill(palette.line.color)
            .frame(maxWidth: .infinity, minHeight: 1, maxHeight: 1)
            .accessibilityHidden(true)
    }
}

/// A picture from the network, cropped to fill; a quiet surface until it is there.
struct Picture: View {
    @Environment(\.palette) private var palette
    let address: String?
    /// For those who cannot see it; without words it is decoration.
    var alt: String?

    var body: some View {
        AsyncImage(url: address.flatMap { URL(string: $0) }) { image in
            image
                .resizable()
                .scaledToFill()
        } placeholder: {
            Rectangle().fill(palette.line.color)
        }
        .accessibilityLabel(Text(verbatim: alt ?? ""))
        .accessibilityHidden(alt == nil)
    }
}

/// A picture in a small square.
struct Thumbnail: View {
    let address: String?
    var side: CGFloat = 56

    var body: some View {
        Picture(address: address)
            .frame(width: side, height: side)
            .clipShape(RoundedRectangle(cornerRadius: Space.small))
    }
}

/// A few words on a colour of their own.
struct Badge: View {
    let words: String
    let ink: Color
    let ground: Color

    var body: some View {
        Text(verbatim: words)
            .textSize(.caption, weight: .semibold)
            .foregroundStyle(ink)
            .padding(.horizontal, Space.small)
            .padding(.vertical, Space.hair)
            .background(ground, in: Capsule())
    }
}

private struct CardModifier: ViewModifier {
    @Environment(\.palette) private var palette

    func body(content: Content) -> some View {
        content
            .background(palette.surface.color)
            .clipShape(RoundedRectangle(cornerRadius: Space.cardCorner))
            .overlay { RoundedRectangle(cornerRadius: Space.cardCorner).stroke(palette.line.color, lineWidth: 1) }
    }
}

extension View {
    /// On a surface with round corners.
    func card() -> some View {
        modifier(CardModifier())
    }
}
