import Foundation
import Testing

@testable import Nightmarket

#if os(Linux)
/// What needs a process of its own: another library than the bindings', and memory over a thousand lives.
@Suite struct ProcessTests {
    @Test func theRightLibraryIsOpened() async throws {
        try Library.check()
        #expect(try await probe(["match"]) == "NightmarketError: bad_address")
    }

    @Test func anotherContractIsAnError() async throws {
        let folder = Folder()
        let library = try await shadowing(
            "uint32_t ffi_nightmarket_ffi_uniffi_contract_version(void) { return 1; }", folder)
        #expect(
            try await probe(["match"], ["LD_PRELOAD": library])
                == "LibraryMismatch: contract 1 instead of \(bindingsContract)")
    }

    @Test func aCallWithAnotherSignatureIsAnError() async throws {
        let folder = Folder()
        let call = try #require(checksums.last)
        let library = try await shadowing("uint16_t \(call.name)(void) { return \(call.expected ^ 1); }", folder)
        #expect(try await probe(["match"], ["LD_PRELOAD": library]) == "LibraryMismatch: \(call.name) is another")
    }

    @Test func aCallThatIsMissingIsAnError() async throws {
        let folder = Folder()
        let call = try #require(checksums.first)
        var library = try Data(
            contentsOf: URL(fileURLWithPath: Sandbox.folder).appending(path: "libnightmarket_ffi.so"))
        // The same length, so that nothing else moves: the loader looks for the old name in vain.
        let name = Data(call.name.utf8)
        let there = try #require(library.firstRange(of: Data([0]) + name + Data([0])))
        library[there.lowerBound + name.count] = UInt8(ascii: "!")
        try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
        try library.write(to: folder.url.appending(path: "libnightmarket_ffi.so"))
        #expect(
            try await probe(["match"], ["LD_LIBRARY_PATH": folder.url.path])
                == "LibraryMismatch: \(call.name) is missing")
    }

    @Test func aThousandLivesLeaveLessThanAKilobyteEach() async throws {
        let scene = try await Scene()
        let directory = scene.folder.url.appending(path: "shopper").path
        let left = try #require(Int(try await probe(["cycles", scene.sandbox.venue, directory, "1000"])))
        print("open and let go: \(left) bytes a cycle")
        #expect(left < 1_024)
    }

    /// What the probe prints, without the last end of line.
    private func probe(_ words: [String], _ environment: [String: String] = [:]) async throws -> String {
        let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        return try await output(of: folder.appending(path: "probe"), words, environment)
    }

    /// A library that comes before the real one.
    private func shadowing(_ function: String, _ folder: Folder) async throws -> String {
        try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
        let (source, library) = (folder.url.appending(path: "shadow.c"), folder.url.appending(path: "libshadow.so"))
        try Data("#include <stdint.h>\n\(function)\n".utf8).write(to: source)
        let words = ["-shared", "-fPIC", "-o", library.path, source.path]
        _ = try await output(of: URL(fileURLWithPath: "/usr/libexec/swift/bin/clang"), words, [:])
        return library.path
    }

    /// Throws if the program fails, or if anything in it panicked, even where that was caught.
    private func output(of program: URL, _ words: [String], _ environment: [String: String]) async throws -> String {
        let process = Process()
        process.executableURL = program
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        let complaints = FileManager.default.temporaryDirectory.appending(path: "nightmarket-\(UUID().uuidString).err")
        try Data().write(to: complaints)
        defer { try? FileManager.default.removeItem(at: complaints) }
        process.standardError = try FileHandle(forWritingTo: complaints)
        let ended = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { process in
            ended.continuation.yield(process.terminationStatus)
            ended.continuation.finish()
        }
        try process.run()
        var status: Int32 = -1
        for await code in ended.stream { status = code }
        let said = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        let complained = try String(contentsOf: complaints, encoding: .utf8)
        guard status == 0, !complained.contains("panicked") else {
            throw Broken("\(program.lastPathComponent) ended with \(status): \(said) \(complained.prefix(2_000))")
        }
        return said.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
#endif
