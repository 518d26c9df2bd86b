import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A whole venue in a process of its own, and the ways to move its clock, break it and read its books.
final class Sandbox: Sendable {
    /// The venue's address.
    let venue: String
    /// The shops' domains: the one that sells in CNY, the one in USD.
    let shops: [String]
    private let process: Process

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    init() throws {
        let folder =
            ProcessInfo.processInfo.environment["NIGHTMARKET_LIBRARY"]
            ?? URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../../target/debug").standardized.path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: folder).appendingPathComponent("nightmarket")
        process.arguments = ["sandbox", "--listen", "127.0.0.1:0", "--seed", "7"]
        let output = Pipe()
        process.standardOutput = output
        // Not the test's own: whoever reads that waits for the last one who could write to it.
        process.standardError = FileHandle.nullDevice
        try process.run()
        var lines: [String] = []
        var read = ""
        while lines.count < 3 {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Failed(description: "the sandbox ended before it said where it is") }
            read += String(decoding: data, as: UTF8.self)
            lines = read.split(separator: "\n").map(String.init)
        }
        venue = lines[0]
        shops = lines[1...2].map { $0.replacingOccurrences(of: "shop http://", with: "") }
        self.process = process
    }

    deinit { end() }

    // It inherits the signals that Foundation's threads block, SIGTERM and SIGINT among them.
    private func end() {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// Ends it, as an outage would.
    func stop() async throws {
        end()
        while process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
    }

    /// Moves the clocks of venue and shops.
    func pass(minutes: Int) async throws {
        _ = try await control("clock", ["advance_ms": minutes * 60_000])
    }

    /// Moves them to a time by the shops' clock, milliseconds.
    func pass(until end: Int64) async throws {
        struct Clock: Decodable { let now: Date }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            try Date(decoder.singleValueContainer().decode(String.self), strategy: .iso8601withFraction)
        }
        let clock = try decoder.decode(Clock.self, from: try await control("clock", method: "GET"))
        let ahead = end - Int64(clock.now.timeIntervalSince1970 * 1_000)
        if ahead > 0 { _ = try await control("clock", ["advance_ms": ahead]) }
    }

    /// Switches a fault on.
    func fault(_ order: [String: any Sendable]) async throws {
        _ = try await control("faults", order)
    }

    /// Ends every fault.
    func heal() async throws {
        _ = try await control("faults", method: "DELETE")
    }

    /// Makes a host act.
    func script(_ order: [String: any Sendable]) async throws {
        _ = try await control("script", order)
    }

    /// Money that the CNY shop took.
    func charges() async throws -> Int { try await books().shops[0].charges.count }

    /// What venue and shops would swear to.
    func books() async throws -> Books {
        try JSONDecoder().decode(Books.self, from: try await control("books", method: "GET"))
    }

    struct Books: Decodable {
        struct Entry: Decodable {}
        struct Shop: Decodable {
            let attempts: [Entry]
            let charges: [Entry]
            let cancellations: [Entry]
            let refunds: [Entry]
        }
        let shops: [Shop]
    }

    private func control(
        _ path: String, _ body: [String: any Sendable]? = nil, method: String = "POST"
    ) async throws -> Data {
        try await get("\(venue)/_control/\(path)", method: method, body: body)
    }

    /// The body of an answer of the sandbox.
    func get(_ address: String, method: String = "GET", body: [String: any Sendable]? = nil) async throws -> Data {
        guard let url = URL(string: address) else { throw Failed(description: "no address: \(address)") }
        var request = URLRequest(url: url)
        request.httpMethod = method
        if let body {
            request.httpBody = try JSONSerialization.data(withJSONObject: body)
            request.setValue("application/json", forHTTPHeaderField: "content-type")
        }
        let (data, answer) = try await URLSession.shared.data(for: request)
        guard (answer as? HTTPURLResponse)?.statusCode == 200 else {
            throw Failed(description: "\(method) \(address): \(String(decoding: data, as: UTF8.self))")
        }
        return data
    }
}
