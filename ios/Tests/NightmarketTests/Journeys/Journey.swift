import Foundation

/// One file of the table in tests/journeys, whose README.md says what everything means.
struct Journey: Decodable, Sendable {
    let journey: String
    let story: String
    let steps: [Step]

    static let table = URL(fileURLWithPath: #filePath).appending(path: "../../../../../tests/journeys/table")
        .standardized

    /// The names of all journeys, from the files' names.
    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: table.path)) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }()

    static func read(_ name: String) throws -> Journey {
        try JSONDecoder().decode(Journey.self, from: Data(contentsOf: table.appending(path: "\(name).json")))
    }
}

struct Step: Decodable, Sendable {
    let say: String?
    let operation: String
    let with: [String: Value]
    let at: String
    let kept: Conditions?
    let find: Conditions?
    let until: Conditions?
    let expect: Conditions?
    let fails: Conditions?
    let name: String?
    let withinMs: Int64

    private enum Key: String, CodingKey, CaseIterable {
        case say, operation = "do", with, at, kept = "where", find, until, expect, fails, name = "as", within =
            "within_ms"
    }

    init(from decoder: any Decoder) throws {
        let known = Set(Key.allCases.map(\.rawValue))
        let given = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
        guard known.isSuperset(of: given) else { throw Broken("a step has no \(Set(given).subtracting(known))") }
        let step = try decoder.container(keyedBy: Key.self)
        say = try step.decodeIfPresent(String.self, forKey: .say)
        operation = try step.decode(String.self, forKey: .operation)
        with = try step.decodeIfPresent([String: Value].self, forKey: .with) ?? [:]
        at = try step.decodeIfPresent(String.self, forKey: .at) ?? ""
        kept = try step.decodeIfPresent(Conditions.self, forKey: .kept)
        find = try step.decodeIfPresent(Conditions.self, forKey: .find)
        until = try step.decodeIfPresent(Conditions.self, forKey: .until)
        expect = try step.decodeIfPresent(Conditions.self, forKey: .expect)
        fails =
            switch try step.decodeIfPresent(Value.self, forKey: .fails) {
            case .text(let code): ["code": .text(code)]
            case .object(let conditions): conditions
            default: nil
            }
        name = try step.decodeIfPresent(String.self, forKey: .name)
        withinMs = try step.decodeIfPresent(Int64.self, forKey: .within) ?? 10_000
    }
}

private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) {
        nil
    }
}
