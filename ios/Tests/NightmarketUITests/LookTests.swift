import Testing

@testable import NightmarketUI

@Suite struct LookTests {
    @Test(arguments: [Palette.light, .dark])
    func everyTextKeepsContrastAA(palette: Palette) {
        for ground in [palette.ground, palette.surface] {
            for text in [palette.ink, palette.inkSoft, palette.lantern, palette.jade, palette.amber] {
                #expect(text.contrast(with: ground) >= 4.5, "\(text) on \(ground)")
            }
        }
        #expect(palette.onLantern.contrast(with: palette.lantern) >= 4.5)
        #expect(palette.surface.contrast(with: palette.jade) >= 4.5)
    }

    @Test func contrastIsWCAGs() {
        #expect(Tint(hex: 0xFFFFFF).contrast(with: Tint(hex: 0x000000)) == 21)
        #expect(abs(Tint(hex: 0x777777).contrast(with: Tint(hex: 0xFFFFFF)) - 4.48) < 0.01)
    }

    @Test func aFingerHits() {
        #expect(Space.touch >= 44)
    }
}
