import Foundation

/// Stands in for a player: which programme time a live HLS playlist begins with, milliseconds since the Unix epoch.
func firstMoment(of address: String, from sandbox: Sandbox) async throws -> Int64 {
    let tag = "#EXT-X-PROGRAM-DATE-TIME:"
    let lines = String(decoding: try await sandbox.get(address), as: UTF8.self).split(separator: "\n")
    guard let time = lines.first(where: { $0.hasPrefix(tag) }) else {
        throw Sandbox.Failed(description: "no programme time in \(lines)")
    }
    let date = try Date(String(time.dropFirst(tag.count)), strategy: .iso8601withFraction)
    return Int64(date.timeIntervalSince1970 * 1_000)
}

extension ParseStrategy where Self == Date.ISO8601FormatStyle {
    static var iso8601withFraction: Self { Date.ISO8601FormatStyle(includingFractionalSeconds: true) }
}
