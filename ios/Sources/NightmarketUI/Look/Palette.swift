import Foundation
import SwiftUI

/// An sRGB colour as its six hexadecimal digits, so that contrast can be computed.
public struct Tint: Sendable, Equatable {
    /// 0xRRGGBB.
    public let hex: UInt32

    /// The colour to draw with.
    public var color: Color {
        Color(.sRGB, red: part(16), green: part(8), blue: part(0), opacity: 1)
    }

    private func part(_ shift: UInt32) -> Double {
        Double((hex >> shift) & 0xFF) / 255
    }

    /// WCAG's relative luminance, 0 to 1.
    var luminance: Double {
        func linear(_ value: Double) -> Double {
            value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(part(16)) + 0.7152 * linear(part(8)) + 0.0722 * linear(part(0))
    }

    /// WCAG's contrast, 1 to 21.
    func contrast(with other: Tint) -> Double {
        let (light, dark) = (max(luminance, other.luminance), min(luminance, other.luminance))
        return (light + 0.05) / (dark + 0.05)
    }
}

/// The colours of a screen, by what they are for.
public struct Palette: Sendable, Equatable {
    /// The page.
    public let ground: Tint
    /// Cards and sheets.
    public let surface: Tint
    /// Text.
    public let ink: Tint
    /// Second lines and captions.
    public let inkSoft: Tint
    /// Hairlines.
    public let line: Tint
    /// The one accent: pay button, live badge, price.
    public let lantern: Tint
    /// Text on it.
    public let onLantern: Tint
    /// Done, refunded, nothing to pack.
    public let jade: Tint
    /// Checking, or waiting for the shopper.
    public let amber: Tint

    /// By day.
    public static let light = Palette(
        ground: Tint(hex: 0xFBF8F4), surface: Tint(hex: 0xFFFFFF), ink: Tint(hex: 0x1E1915),
        inkSoft: Tint(hex: 0x6F655C), line: Tint(hex: 0xE8E0D7), lantern: Tint(hex: 0xC8321F),
        onLantern: Tint(hex: 0xFFFFFF), jade: Tint(hex: 0x2F7D5B), amber: Tint(hex: 0x9E6500))

    /// By night, and always in the room.
    public static let dark = Palette(
        ground: Tint(hex: 0x14110F), surface: Tint(hex: 0x1F1A17), ink: Tint(hex: 0xF4EDE6),
        inkSoft: Tint(hex: 0xA89C91), line: Tint(hex: 0x332B26), lantern: Tint(hex: 0xFF6B4F),
        onLantern: Tint(hex: 0x1F0B06), jade: Tint(hex: 0x6CC59A), amber: Tint(hex: 0xF0B54A))
}

private struct PaletteKey: EnvironmentKey {
    static let defaultValue = Palette.light
}

extension EnvironmentValues {
    /// The colours that screens draw with.
    public var palette: Palette {
        get { self[PaletteKey.self] }
        set { self[PaletteKey.self] = newValue }
    }
}

/// Follows the system between day and night.
private struct NightmarketTheme: ViewModifier {
    @Environment(\.colorScheme) private var scheme

    func body(content: Content) -> some View {
        let palette = scheme == .dark ? Palette.dark : Palette.light
        content
            .environment(\.palette, palette)
            .tint(palette.lantern.color)
    }
}

extension View {
    /// The colours of the screens, by day or night as the system has it. Once, around all of them.
    public func nightmarketTheme() -> some View {
        modifier(NightmarketTheme())
    }

    /// Always the night's: the room.
    func alwaysNight() -> some View {
        environment(\.palette, .dark)
            .environment(\.colorScheme, .dark)
            .tint(Palette.dark.lantern.color)
    }
}
