/// A JSON value, as the table has them: whole numbers only.
enum Value: Equatable, Sendable {
    case null
    case flag(Bool)
    case number(Int64)
    case text(String)
    case list([Value])
    case object([String: Value])

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Int64? { if case .number(let number) = self { number } else { nil } }
    var flag: Bool? { if case .flag(let flag) = self { flag } else { nil } }
    var list: [Value]? { if case .list(let items) = self { items } else { nil } }
    var object: [String: Value]? { if case .object(let fields) = self { fields } else { nil } }

    /// What is at a path; null if nothing is.
    func at(_ path: String) -> Value {
        path.split(separator: ".").reduce(self) { here, name in
            switch here {
            case .list(let items) where name == "length": .number(Int64(items.count))
            case .list(let items): Int(name).flatMap { items.indices.contains($0) ? items[$0] : nil } ?? .null
            case .object(let fields): fields[String(name)] ?? .null
            default: .null
            }
        }
    }

    /// As a person wants it in a sentence: not a whole feed.
    var brief: String {
        let text = description
        return text.count > 1_500 ? text.prefix(1_500) + "…" : text
    }
}

extension Value: Codable, CustomStringConvertible {
    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? value.decode(Int64.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let items = try? value.decode([Value].self) {
            self = .list(items)
        } else {
            self = .object(try value.decode([String: Value].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .flag(let flag): try value.encode(flag)
        case .number(let number): try value.encode(number)
        case .text(let text): try value.encode(text)
        case .list(let items): try value.encode(items)
        case .object(let fields): try value.encode(fields)
        }
    }

    var description: String {
        switch self {
        case .null: "null"
        case .flag(let flag): "\(flag)"
        case .number(let number): "\(number)"
        case .text(let text): "\"\(text)\""
        case .list(let items): "[\(items.map(\.description).joined(separator: ", "))]"
        case .object(let fields):
            "{\(fields.sorted { $0.key < $1.key }.map { "\($0): \($1)" }.joined(separator: ", "))}"
        }
    }
}

/// Paths and matchers; all have to hold.
typealias Conditions = [String: Value]

/// Whether two values are the same; a text is the same as a variant of that name.
func same(_ wanted: Value, _ found: Value) -> Bool {
    switch (wanted, found) {
    case (.text(let name), .object(let variant)):
        variant.count == 1 && variant[name] != nil
    case (.list(let wanted), .list(let found)):
        wanted.count == found.count && zip(wanted, found).allSatisfy(same)
    case (.object(let wanted), .object(let found)):
        Set(wanted.keys).union(found.keys).allSatisfy { same(wanted[$0] ?? .null, found[$0] ?? .null) }
    default:
        wanted == found
    }
}

/// The first condition that a value does not meet, as a sentence.
func unmet(_ conditions: Conditions, _ value: Value) -> String? {
    for (path, matcher) in conditions.sorted(by: { $0.key < $1.key }) {
        let found = value.at(path)
        if !holds(matcher, found) {
            return "\(path.isEmpty ? "it" : path) is \(found.brief), not \(matcher)"
        }
    }
    return nil
}

private func holds(_ matcher: Value, _ found: Value) -> Bool {
    guard case .object(let matchers) = matcher else { return same(matcher, found) }
    return matchers.allSatisfy { name, wanted in
        func numbers(_ compare: (Int64, Int64) -> Bool) -> Bool {
            if let found = found.number, let wanted = wanted.number { compare(found, wanted) } else { false }
        }
        switch name {
        case "is": return same(wanted, found)
        case "not": return !same(wanted, found)
        case "present": return wanted.flag == (found != .null)
        case "at_least": return numbers(>=)
        case "at_most": return numbers(<=)
        case "more_than": return numbers(>)
        case "has":
            if let items = found.list { return items.contains { same(wanted, $0) } }
            if let text = found.text, let part = wanted.text { return text.contains(part) }
            return false
        case "one_of": return wanted.list?.contains { same($0, found) } ?? false
        default: return false
        }
    }
}

/// What steps have named.
typealias Variables = [String: Value]

/// Puts variables in. Throws what is not there.
func fill(_ value: Value, _ variables: Variables) throws -> Value {
    switch value {
    case .text(let text): try fill(text, variables)
    case .list(let items): .list(try items.map { try fill($0, variables) })
    case .object(let fields): .object(try fill(fields, variables))
    default: value
    }
}

/// Puts variables into the values of an object.
func fill(_ fields: [String: Value], _ variables: Variables) throws -> [String: Value] {
    try fields.mapValues { try fill($0, variables) }
}

private func fill(_ text: String, _ variables: Variables) throws -> Value {
    var filled = ""
    var rest = text[...]
    while let start = rest.range(of: "${") {
        guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
            throw Broken("\(text) has a ${ without its }")
        }
        let value = try variable(String(rest[start.upperBound..<end]), variables)
        let (before, after) = (rest[..<start.lowerBound], rest[rest.index(after: end)...])
        if filled.isEmpty, before.isEmpty, after.isEmpty { return value }
        filled += before + (value.text ?? value.description)
        rest = after
    }
    return .text(filled + rest)
}

private func variable(_ path: String, _ variables: Variables) throws -> Value {
    let parts = path.split(separator: ".", maxSplits: 1)
    guard let first = parts.first, let value = variables[String(first)] else {
        throw Broken("nothing is called \(path)")
    }
    let found = value.at(parts.count > 1 ? String(parts[1]) : "")
    guard found != .null else { throw Broken("there is nothing at \(path)") }
    return found
}

/// The journey, its driver or the sandbox is not as it should be; no journey can expect that.
struct Broken: Error, CustomStringConvertible {
    let description: String

    init(_ why: String) {
        description = why
    }
}
