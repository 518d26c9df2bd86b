import Foundation

/// A symbol graph, as far as it is needed here.
private struct Graph: Decodable {
    struct Module: Decodable { let name: String }
    struct Kind: Decodable { let identifier: String }
    struct Fragment: Decodable { let spelling: String }
    struct Symbol: Decodable {
        let kind: Kind
        let pathComponents: [String]
        let declarationFragments: [Fragment]?

        var declaration: String {
            let text = (declarationFragments ?? []).map(\.spelling).joined()
            return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
    }

    let module: Module
    let symbols: [Symbol]
}

/// Prints what an app can use, a line each: all of the SDK, with the bindings' values that it names as its own. Throws if
/// the bindings have values that it does not name.
func printAPI(graphs: [String]) throws {
    let graphs = try graphs.map {
        try JSONDecoder().decode(Graph.self, from: Data(contentsOf: URL(fileURLWithPath: $0)))
    }
    let own = graphs.filter { $0.module.name == "Nightmarket" }.flatMap(\.symbols)
    let bindings = graphs.filter { $0.module.name == "NightmarketBindings" }.flatMap(\.symbols)
    let values = Set(bindings.filter(isValue).flatMap { $0.pathComponents })
    let named = Set(own.filter { $0.kind.identifier == "swift.typealias" }.flatMap(\.pathComponents))
    let nameless = values.subtracting(named)
    guard nameless.isEmpty else { throw Nameless(description: "the SDK has no name for \(nameless.sorted())") }
    let all =
        own.filter { !values.contains($0.pathComponents.joined()) }
        + bindings.filter { named.contains($0.pathComponents[0]) }
    Set(all.map { "\($0.pathComponents.joined(separator: "."))\t\($0.declaration)" }).sorted().forEach { print($0) }
}

private struct Nameless: Error, CustomStringConvertible {
    let description: String
}

/// Records, enumerations, ids, and what the app implements; not the generator's own, nor what the SDK wraps.
private func isValue(_ symbol: Graph.Symbol) -> Bool {
    let kinds = ["swift.struct", "swift.enum", "swift.protocol", "swift.typealias"]
    guard symbol.pathComponents.count == 1, kinds.contains(symbol.kind.identifier) else { return false }
    let name = symbol.pathComponents[0]
    return !name.hasPrefix("FfiConverter")
        && !["Diff", "Batch", "Listener", "Protocol"].contains(where: name.hasSuffix)
}
