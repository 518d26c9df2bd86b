import Foundation
import SwiftUI

/// Distances and corners, points.
enum Space {
    static let hair: CGFloat = 4
    static let small: CGFloat = 8
    static let medium: CGFloat = 12
    static let large: CGFloat = 16
    static let huge: CGFloat = 24
    static let cardCorner: CGFloat = 12
    static let sheetCorner: CGFloat = 20
    /// The least that a finger hits.
    static let touch: CGFloat = 44
}

/// The four sizes of text, at the system's standard setting; all grow with Dynamic Type.
enum TextSize: Sendable {
    case title, body, second, caption
    /// The code for the courier: read across a doorstep.
    case code

    var size: CGFloat {
        switch self {
        case .title: 22
        case .body: 16
        case .second: 14
        case .caption: 12
        case .code: 44
        }
    }

    var weight: Font.Weight {
        switch self {
        case .title, .code: .semibold
        case .body, .second, .caption: .regular
        }
    }

    var growsLike: Font.TextStyle {
        switch self {
        case .title: .title2
        case .body: .body
        case .second: .subheadline
        case .caption: .caption
        case .code: .largeTitle
        }
    }
}

private struct TextSizeModifier: ViewModifier {
    @ScaledMetric private var size: CGFloat
    private let weight: Font.Weight

    init(_ text: TextSize, weight: Font.Weight?) {
        _size = ScaledMetric(wrappedValue: text.size, relativeTo: text.growsLike)
        self.weight = weight ?? text.weight
    }

    func body(content: Content) -> some View {
        content.font(.system(size: size, weight: weight))
    }
}

extension View {
    /// Sets text in one of the four sizes.
    func textSize(_ text: TextSize, weight: Font.Weight? = nil) -> some View {
        modifier(TextSizeModifier(text, weight: weight))
    }

    /// A price: tabular figures, semibold.
    func price(_ size: TextSize = .body) -> some View {
        textSize(size, weight: .semibold).monospacedDigit()
    }

    /// At least as large as a finger needs.
    func touchable() -> some View {
        frame(minWidth: Space.touch, minHeight: Space.touch)
            .contentShape(Rectangle())
    }
}
