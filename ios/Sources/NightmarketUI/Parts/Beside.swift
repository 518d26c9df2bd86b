import Foundation
import SwiftUI

/// Side by side; below each other where text is so large that nothing fits beside it.
struct Beside<Content: View>: View {
    @Environment(\.dynamicTypeSize) private var size
    private let spacing: CGFloat
    private let content: Content

    init(spacing: CGFloat = Space.medium, @ViewBuilder content: () -> Content) {
        self.spacing = spacing
        self.content = content()
    }

    var body: some View {
        if size.isAccessibilitySize {
            VStack(alignment: .leading, spacing: spacing) { content }
        } else {
            HStack(spacing: spacing) { content }
        }
    }
}
