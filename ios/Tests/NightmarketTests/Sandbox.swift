import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// `nightmarket sandbox` as a process of its own, and its `/_control`. Ends with this.
final class Sandbox: Sendable {
    /// Address of the venue.
    let venue: String
    /// Addresses of the shops.
    let shops: [String]

    private let process: Process
    private let said: URL

    init() async throws {
        said = FileManager.default.temporaryDirectory.appending(path: "nightmarket-\(UUID().uuidString).out")
        try Data().write(to: said)
        process = Process()
        process.executableURL = URL(fileURLWithPath: Sandbox.folder).appending(path: "nightmarket")
        process.arguments = ["sandbox", "--listen", "127.0.0.1:0"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: said)
        // Not the test's own: whoever reads that waits until the last one who could write is gone.
        process.standardError = FileHandle.nullDevice
        try process.run()
        var lines: [String] = []
        let started = ContinuousClock.now
        while lines.count < 3, process.isRunning, started.duration(to: .now) < .seconds(30) {
            try await Task.sleep(for: .milliseconds(10))
            let text = try String(contentsOf: said, encoding: .utf8)
            lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        }
        guard lines.count >= 3 else {
            Sandbox.end(process)
            throw Broken("the sandbox does not say where it is: \(lines)")
        }
        venue = lines[0]
        shops = lines[1...2].map { $0.replacing("shop ", with: "", maxReplacements: 1) }
    }

    deinit {
        Sandbox.end(process)
        try? FileManager.default.removeItem(at: said)
    }

    /// Not `terminate()`: a process that is started from a dispatch thread on Linux inherits that its signals are blocked.
    private static func end(_ process: Process) {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// Where cargo put the library and the binary.
    static var folder: String {
        ProcessInfo.processInfo.environment["NIGHTMARKET_LIBRARY"]
            ?? URL(fileURLWithPath: #filePath).appending(path: "../../../../target/debug").standardized.path
    }

    /// Host and port of a shop.
    func domain(_ shop: Int) -> String {
        shops[shop].replacing("http://", with: "")
    }

    /// One request below `/_control`.
    @discardableResult
    func control(_ name: String, _ arguments: [String: Value] = [:]) async throws -> Value {
        guard let url = URL(string: "\(venue)/_control/\(name)") else { throw Broken("\(name) is no address") }
        var request = URLRequest(url: url)
        if !arguments.isEmpty {
            request.httpMethod = "POST"
            request.setValue("application/json", forHTTPHeaderField: "content-type")
            request.httpBody = try JSONEncoder().encode(arguments)
        }
        let (answer, response) = try await URLSession.shared.data(for: request)
        guard let status = (response as? HTTPURLResponse)?.statusCode, status == 200 else {
            throw Broken("the sandbox says \(response): \(String(decoding: answer, as: UTF8.self))")
        }
        return try JSONDecoder().decode(Value.self, from: answer)
    }
}
