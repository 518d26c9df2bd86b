import Foundation
import SwiftUI

/// A language the screens speak.
public enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case chinese = "zh-Hans"

    /// The first of these BCP 47 tags that the screens speak; English if they speak none.
    public static func preferred(of tags: [String]) -> Language {
        for tag in tags {
            let parts = tag.lowercased().split(whereSeparator: { $0 == "-" || $0 == "_" })
            if parts.first == "zh" { return .chinese }
            if parts.first == "en" { return .english }
        }
        return .english
    }
}

/// The words of the screens in one language.
public struct Strings: Sendable, Equatable {
    /// Which.
    public let language: Language

    /// The words in a language.
    public init(_ language: Language = .english) {
        self.language = language
    }

    /// A string, with `{0}`, `{1}`… filled in.
    public func callAsFunction(_ key: StringKey, _ arguments: String...) -> String {
        var words = template(key)
        for (index, argument) in arguments.enumerated() {
            words = words.replacingOccurrences(of: "{\(index)}", with: argument)
        }
        return words
    }

    /// A string before anything is filled in; its key if it were missing, which a test rules out.
    func template(_ key: StringKey) -> String {
        let words = language == .chinese ? Self.chinese : Self.english
        return words[key] ?? key.rawValue
    }
}

private struct StringsKey: EnvironmentKey {
    static let defaultValue = Strings()
}

extension EnvironmentValues {
    /// The words that screens show.
    public var strings: Strings {
        get { self[StringsKey.self] }
        set { self[StringsKey.self] = newValue }
    }
}
