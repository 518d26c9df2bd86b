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

/// Prints what an app can use, a line each: all of the SDK, and of the bindings the types that the SDK names.
func printAPI(graphs: [String]) throws {
    let graphs = try graphs.map { try JSONDecoder().decode(Graph.self, from: Data(contentsOf: URL(fileURLWithPath: $0))) }
    let own = graphs.filter { $0.module.name == "Nightmarket" }.flatMap(\.symbols)
    let named = Set(own.filter { $0.kind.identifier == "swift.typealias" }.flatMap(\.pathComponents))
    let bindings = graphs.filter { $0.module.name == "NightmarketBindings" }.flatMap(\.symbols)
    let used = bindings.filter { $0.pathComponents.count > 1 && named.contains($0.pathComponents[0]) }
    let lines = (own + used).map { "\($0.pathComponents.joined(separator: "."))\t\($0.declaration)" }
    Set(lines).sorted().forEach { print($0) }
}
