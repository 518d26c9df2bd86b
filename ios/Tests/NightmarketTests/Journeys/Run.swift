import Nightmarket

/// Runs all of a journey, against a sandbox of its own, and reads the books at the end. Throws what does not hold, as a
/// sentence that names the step.
func run(_ journey: Journey) async throws {
    let app = try await App()
    var variables = app.variables
    for (index, step) in journey.steps.enumerated() {
        do {
            let result = try await take(app, step, variables)
            if let name = step.name { variables[name] = result }
        } catch {
            let say = step.say.map { " (\($0))" } ?? ""
            throw Broken("\(journey.journey), step \(index + 1), \(step.operation)\(say): \(sentence(error))")
        }
    }
    let wrongs = try await app.wrongs()
    await app.end()
    guard wrongs.isEmpty else { throw Broken("\(journey.journey): the books are wrong: \(wrongs)") }
}

private func sentence(_ error: any Error) -> String {
    if let error = error as? NightmarketError { "\(error.explain()) (\(error.code()))" } else { "\(error)" }
}

private func take(_ app: App, _ step: Step, _ variables: Variables) async throws -> Value {
    guard let operation = operations[step.operation] else { throw Broken("there is no such operation") }
    let arguments = Arguments(all: try fill(step.with, variables))
    if let fails = try step.fails.map({ try fill($0, variables) }) {
        return try await failing(fails) { try await operation(app, arguments) }
    }
    let kept = try step.kept.map { try fill($0, variables) }
    let find = try step.find.map { try fill($0, variables) }
    let until = try step.until.map { try fill($0, variables) }
    let result = try await waiting(step.withinMs) {
        var result = try await operation(app, arguments).at(step.at)
        if let kept { result = .list(try list(result).filter { unmet(kept, $0) == nil }) }
        if let find {
            let found = try list(result).first { unmet(find, $0) == nil }
            return found.map(Look.found) ?? .lacking("nothing in \(result.brief) is as wanted")
        }
        return until.flatMap { unmet($0, result) }.map { .lacking("\($0); it is \(result.brief)") } ?? .found(result)
    }
    if let expect = step.expect, let why = unmet(try fill(expect, variables), result) {
        throw Broken("\(why); it is \(result.brief)")
    }
    return result
}

private func failing(_ wanted: Conditions, _ operation: () async throws -> Value) async throws -> Value {
    do {
        let result = try await operation()
        throw Broken("it did not fail: \(result.brief)")
    } catch let error as NightmarketError {
        let error = shown(error)
        if let why = unmet(wanted, error) { throw Broken("it failed otherwise: \(why); it is \(error)") }
        return error
    }
}

private enum Look {
    case found(Value)
    case lacking(String)
}

/// Looks every 20 ms until it is found or the time is up.
private func waiting(_ withinMs: Int64, _ look: () async throws -> Look) async throws -> Value {
    let started = ContinuousClock.now
    while true {
        switch try await look() {
        case .found(let value): return value
        case .lacking(let why) where started.duration(to: .now) > .milliseconds(withinMs):
            throw Broken("after \(withinMs) ms \(why)")
        case .lacking: try await Task.sleep(for: .milliseconds(20))
        }
    }
}

private func list(_ value: Value) throws -> [Value] {
    guard let items = value.list else { throw Broken("this is no list: \(value.brief)") }
    return items
}
