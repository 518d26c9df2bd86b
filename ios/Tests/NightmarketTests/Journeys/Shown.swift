import Nightmarket

/// What the SDK gives, as the table's values: fields and variants under the core's names.
func shown(_ any: Any) -> Value {
    switch any {
    case let flag as Bool: return .flag(flag)
    case let text as String: return .text(text)
    case let number as any BinaryInteger: return .number(Int64(clamping: number))
    case let error as NightmarketError: return shown(error: error)
    case let policy as Policy: return shown(policy: policy)
    default: break
    }
    let mirror = Mirror(reflecting: any)
    switch mirror.displayStyle {
    case .optional: return mirror.children.first.map { shown($0.value) } ?? .null
    case .collection: return .list(mirror.children.map { shown($0.value) })
    case .enum:
        guard let (name, payload) = variant(of: mirror) else { return .text(snake("\(any)")) }
        // With one field it is the field, with more an object of them.
        let only = payload.count == 1 ? payload.values.first : nil
        return .object([name: only ?? .object(payload)])
    default: return .object(fields(of: mirror))
    }
}

private func shown(error: NightmarketError) -> Value {
    .object([
        "code": .text(error.code()),
        "is_retryable": .flag(error.isRetryable()),
        "remedy": shown(error.remedy()),
        "details": .object(variant(of: Mirror(reflecting: error))?.payload ?? [:]),
    ])
}

private func shown(policy: Policy) -> Value {
    var fields = fields(of: Mirror(reflecting: policy))
    let thresholds = policy.thresholds.map { ($0.currency, Value.number($0.minor)) }
    fields["thresholds"] = .object(Dictionary(uniqueKeysWithValues: thresholds))
    return .object(fields)
}

/// Name and fields of a variant that has some.
private func variant(of mirror: Mirror) -> (name: String, payload: [String: Value])? {
    guard let (label, value) = mirror.children.first, let label else { return nil }
    let payload = Mirror(reflecting: value)
    // Named fields are a tuple; a field without a name is itself.
    let named = payload.displayStyle == .tuple
    return (snake(label), named ? fields(of: payload) : ["": shown(value)])
}

private func fields(of mirror: Mirror) -> [String: Value] {
    let named = mirror.children.map { (snake($0.label ?? ""), shown($0.value)) }
    return Dictionary(named, uniquingKeysWith: { first, _ in first })
}

/// hlsUrl: hls_url
private func snake(_ camel: String) -> String {
    camel.reduce(into: "") { snake, character in
        if character.isUppercase, !snake.isEmpty { snake.append("_") }
        snake += character.lowercased()
    }
}
