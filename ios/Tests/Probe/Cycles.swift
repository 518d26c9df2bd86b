import Foundation
import Nightmarket

/// What a cycle of opening and letting go leaves behind, in bytes: closed and dropped by turns, with something followed.
///
/// Memory breathes, and takes a step now and then that is never repeated: so the least that was held in each eighth is
/// compared with the next one's, and the middle one of these differences counts. A leak is in every one.
func cycles(venue: String, directory: String, count: Int) async throws -> Int {
    let settings = Settings(
        venue: venue, directory: directory, platformProfile: "\(venue)/platform/profile.json", language: "en")
    for number in 0..<count / 2 { try await cycle(settings, number) }
    var least: [Int] = []
    for _ in 0..<8 {
        var held = Int.max
        for number in 0..<count / 8 {
            try await cycle(settings, number)
            if number.isMultiple(of: 10) { held = min(held, resident()) }
        }
        least.append(held)
    }
    let growths = zip(least, least.dropFirst()).map { $1 - $0 }.sorted()
    return growths[growths.count / 2] * 8 / count
}

private func cycle(_ settings: Settings, _ number: Int) async throws {
    let shopper = try await Shopper.open(settings)
    for try await _ in shopper.feed.posts() { break }
    if number.isMultiple(of: 2) { await shopper.close() }
}

/// Bytes of memory that this process holds.
private func resident() -> Int {
    #if os(Linux)
    // What malloc keeps for later is no leak.
    if let trim = dlsym(nil, "malloc_trim") {
        _ = unsafeBitCast(trim, to: (@convention(c) (Int) -> Int32).self)(0)
    }
    let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")[1]
    return (pages.flatMap { Int($0) } ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    #else
    var usage = rusage()
    getrusage(RUSAGE_SELF, &usage)
    return usage.ru_maxrss
    #endif
}
