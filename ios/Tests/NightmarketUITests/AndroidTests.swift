import Foundation
import Testing

@testable import NightmarketUI

/// Both platforms say the same: what is here under a name is there under the same name.
@Suite struct AndroidTests {
    private static let words = URL(fileURLWithPath: #filePath)
        .appending(path: "../../../../android/ui/src/main/kotlin/app/nightmarket/ui/words").standardized

    /// Strings that only these screens have.
    private static let onlyHere: Set<StringKey> = [.contradiction]

    @Test(.enabled(if: FileManager.default.fileExists(atPath: words.path)))
    func theWordsAreThoseOfAndroid() throws {
        // val like get() = say("Like", "赞")   and   fun pay(total: String) = say("Pay {0}", "支付 {0}", total)
        let definition =
            /(?:val|fun) (\w+)(?:\([^)]*\))?(?: get\(\))? =\s*say\(\s*"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)"/
        var android: [Substring: [Substring]] = [:]
        for file in ["Strings.kt", "Reasons.kt"] {
            let source = try String(contentsOf: Self.words.appending(path: file), encoding: .utf8)
            for match in source.matches(of: definition) { android[match.1] = [match.2, match.3] }
        }
        #expect(android.count > 100)
        for key in StringKey.allCases where !Self.onlyHere.contains(key) {
            let ours = [Strings.english[key], Strings.chinese[key]].compactMap { $0.map { Substring($0) } }
            #expect(android[Substring(key.rawValue)] == ours, "\(key)")
        }
    }
}
