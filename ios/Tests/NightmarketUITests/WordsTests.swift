import Foundation
import Nightmarket
import Testing

@testable import NightmarketUI

@Suite struct WordsTests {
    private func holes(_ words: String) -> Set<Substring> {
        Set(words.matches(of: /\{\d\}/).map(\.output))
    }

    @Test(arguments: StringKey.allCases)
    func everyStringIsThereInBothLanguages(key: StringKey) throws {
        let english = try #require(Strings.english[key])
        let chinese = try #require(Strings.chinese[key])
        #expect(!english.isEmpty && !chinese.isEmpty)
        #expect(holes(english) == holes(chinese))
        #expect(chinese.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }, "\(chinese)")
        #expect(english.unicodeScalars.allSatisfy { $0.value < 0x2E80 }, "\(english)")
    }

    @Test func nothingElseIsInTheTables() {
        #expect(Strings.english.count == StringKey.allCases.count)
        #expect(Strings.chinese.count == StringKey.allCases.count)
    }

    @Test func stringsAreFilledIn() {
        #expect(Strings(.english)(.pay, "¥168.00") == "Pay ¥168.00")
        #expect(Strings(.chinese)(.underThreshold, "¥200.00") == "低于你设的 ¥200.00，一点就买")
    }

    @Test func theFirstLanguageThatIsSpokenWins() {
        #expect(Language.preferred(of: ["fr-FR", "zh-Hans-CN", "en"]) == .chinese)
        #expect(Language.preferred(of: ["en_GB", "zh"]) == .english)
        #expect(Language.preferred(of: ["fr"]) == .english)
    }

    @Test(arguments: [
        (16_800, "CNY", "¥168.00"), (128_000, "CNY", "¥1,280.00"), (-500, "USD", "-$5.00"), (5, "EUR", "€0.05"),
        (1_200, "JPY", "JP¥1,200"), (120_000, "KWD", "120.000 KWD"), (0, "CNY", "¥0.00"),
    ])
    func moneyIsShownWithItsOwnDecimals(minor: Int64, currency: String, shown: String) {
        #expect(Money(minor: minor, currency: currency).shown == shown)
    }

    @Test(
        arguments: [
            ("200", 2, 20_000), ("200.5", 2, 20_050), ("1,280.00", 2, 128_000), (" 7 ", 0, 7), ("1.250", 3, 1_250),
            ("0.01", 2, 1),
        ] as [(String, Int, Int64)])
    func amountsAreRead(text: String, exponent: Int, minor: Int64) {
        #expect(Amounts.minor(of: text, exponent: exponent) == minor)
    }

    @Test(arguments: ["", ".", "1.", ".5", "1.005", "-1", "1e3", "１２", "1.2.3", "99999999999999999999"])
    func whatWouldHaveToBeGuessedIsNot(text: String) {
        #expect(Amounts.minor(of: text, exponent: 2) == nil)
    }

    @Test func peopleAreCountedAsTheirLanguageDoes() {
        #expect(Amounts.people(834, in: .english) == "834")
        #expect(Amounts.people(9_999, in: .chinese) == "9,999")
        #expect(Amounts.people(12_400, in: .english) == "12.4k")
        #expect(Amounts.people(12_400, in: .chinese) == "1.2万")
        #expect(Amounts.people(3_000_000, in: .english) == "3M")
    }

    @Test func timeRunsOut() {
        let now = Date(timeIntervalSince1970: 1_000)
        #expect(Moments.left(until: 1_045_000, at: now) == 45)
        #expect(Moments.left(until: 1_000_001, at: now) == 1)
        #expect(Moments.left(until: 999_000, at: now) == 0)
        #expect(Moments.countdown(45) == "0:45")
        #expect(Moments.countdown(725) == "12:05")
        #expect(Moments.countdown(3_661) == "1:01:01")
    }
}
