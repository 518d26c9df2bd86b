import SwiftUI

/// One of several to choose from.
struct ChoiceRow: View {
    @Environment(\.palette) private var palette
    let words: String
    let isChosen: Bool
    let choose: @MainActor () -> Void

    var body: some View {
        Button(action: choose) {
            HStack(spacing: Space.small) {
                Image(systemName: isChosen ? "largecircle.fill.circle" : "circle")
                    .foregroundStyle(isChosen ? palette.lantern.color : palette.inkSoft.color)
                    .accessibilityHidden(true)
                Text(verbatim: words)
                    .textSize(.body)
                    .foregroundStyle(palette.ink.color)
                    .frame(maxWidth: .infinity, alignment: .leading)
            }
            .touchable()
        }
        .buttonStyle(.plain)
        .accessibilityAddTraits(isChosen ? .isSelected : [])
    }
}
