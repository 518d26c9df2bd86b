import SwiftUI

/// The accent, filled: the one thing to do on a screen.
struct LanternButtonStyle: ButtonStyle {
    func makeBody(configuration: Configuration) -> some View {
        LanternLabel(configuration: configuration)
    }
}

/// A view of its own, since a style cannot read the environment everywhere.
private struct LanternLabel: View {
    @Environment(\.palette) private var palette
    @Environment(\.isEnabled) private var isEnabled
    let configuration: ButtonStyleConfiguration

    var body: some View {
        configuration.label
            .textSize(.body, weight: .semibold)
            .monospacedDigit()
            .multilineTextAlignment(.center)
            .foregroundStyle(isEnabled ? palette.onLantern.color : palette.inkSoft.color)
            .padding(.horizontal, Space.large)
            .padding(.vertical, Space.medium)
            .frame(maxWidth: .infinity, minHeight: Space.touch)
            .background(isEnabled ? palette.lantern.color : palette.line.color, in: Capsule())
            .opacity(configuration.isPressed ? 0.8 : 1)
    }
}

/// Everything else that can be done: words in the accent, a hairline around them.
struct QuietButtonStyle: ButtonStyle {
    func makeBody(configuration: Configuration) -> some View {
        QuietLabel(configuration: configuration)
    }
}

private struct QuietLabel: View {
    @Environment(\.palette) private var palette
    @Environment(\.isEnabled) private var isEnabled
    let configuration: ButtonStyleConfiguration

    var body: some View {
        configuration.label
            .textSize(.second, weight: .semibold)
            .multilineTextAlignment(.center)
            .foregroundStyle(isEnabled ? palette.lantern.color : palette.inkSoft.color)
            .padding(.horizontal, Space.medium)
            .frame(minWidth: Space.touch, minHeight: Space.touch)
            .background(palette.surface.color, in: Capsule())
            .overlay { Capsule().stroke(palette.line.color, lineWidth: 1) }
            .opacity(configuration.isPressed ? 0.7 : 1)
    }
}

extension ButtonStyle where Self == LanternButtonStyle {
    static var lantern: LanternButtonStyle { LanternButtonStyle() }
}

extension ButtonStyle where Self == QuietButtonStyle {
    static var quiet: QuietButtonStyle { QuietButtonStyle() }
}
