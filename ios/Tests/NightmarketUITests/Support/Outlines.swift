// Only the module that stands in for SwiftUI on Linux can list what a view says.
#if os(Linux)
import Nightmarket
import SwiftUI
import Testing

@testable import NightmarketUI

/// How a screen is looked at.
enum Sight: CaseIterable, CustomStringConvertible {
    case englishLight, englishDark, englishHuge, chineseLight, chineseDark

    var language: Language {
        switch self {
        case .englishLight, .englishDark, .englishHuge: .english
        case .chineseLight, .chineseDark: .chinese
        }
    }

    var strings: Strings { Strings(language) }

    var environment: EnvironmentValues {
        var values = EnvironmentValues()
        values.strings = strings
        values.colorScheme = self == .englishDark || self == .chineseDark ? .dark : .light
        values.dynamicTypeSize = self == .englishHuge ? .accessibility3 : .large
        return values
    }

    var description: String { "\(language) \(environment.colorScheme) \(environment.dynamicTypeSize)" }

    /// What a screen says, after what holds for every screen: all buttons have names, nothing is in the other language.
    @MainActor
    func outline(_ view: some View) -> Outline {
        let outline = Outline(of: view, in: environment)
        #expect(outline.buttons.allSatisfy { !$0.name.isEmpty }, "a button without a name: \(outline.buttons)")
        let (ours, others) =
            language == .english ? (Strings.english, Strings.chinese) : (Strings.chinese, Strings.english)
        let foreign = Set(others.values).subtracting(ours.values)
        let wrong = outline.words.filter { foreign.contains($0) || StringKey(rawValue: $0) != nil }
        #expect(wrong.isEmpty, "not in \(language): \(wrong)")
        #expect(!outline.words.contains { $0.contains("{0}") })
        return outline
    }
}

extension Outline {
    /// Whether a text says this, among other things.
    func says(_ words: String) -> Bool {
        self.words.contains { $0.contains(words) }
    }

    func button(_ name: String) -> Button? {
        buttons.first { $0.name == name }
    }
}
#endif
