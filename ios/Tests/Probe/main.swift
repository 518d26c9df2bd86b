import Foundation
import Nightmarket

// What needs a process of its own, for the tests beside this:
//
//   probe match                       opens a Shopper; says what became of it when the library is another one
//   probe cycles VENUE DIRECTORY N    opens and lets go N times after a warm-up; prints the bytes that each has cost
//   probe api GRAPH…                  the public API as text, from the symbol graphs of Nightmarket and NightmarketBindings

let words = CommandLine.arguments.dropFirst()
switch words.first {
case "match":
    print(await match())
case "cycles":
    let words = Array(words)
    print(try await cycles(venue: words[1], directory: words[2], count: Int(words[3]) ?? 1_000))
case "api":
    do {
        try printAPI(graphs: Array(words.dropFirst()))
    } catch {
        print(error)
        exit(1)
    }
default:
    print("probe match | cycles VENUE DIRECTORY N | api GRAPH…")
    exit(2)
}

func match() async -> String {
    let settings = Settings(venue: "nonsense", directory: "/nowhere", platformProfile: "nonsense", language: "en")
    do {
        _ = try await Shopper.open(settings)
        return "it opened"
    } catch let mismatch as LibraryMismatch {
        return "LibraryMismatch: \(mismatch.reason)"
    } catch let error as NightmarketError {
        return "NightmarketError: \(error.code())"
    } catch {
        return "\(error)"
    }
}
