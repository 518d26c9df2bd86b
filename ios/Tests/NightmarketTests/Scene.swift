import Foundation
import Nightmarket
import Testing

/// A sandbox, and shoppers opened there.
struct Scene {
    let sandbox: Sandbox
    let folder = Folder()

    init() async throws {
        sandbox = try await Sandbox()
    }

    func settings(_ directory: String = "shopper") -> Settings {
        Settings(
            venue: sandbox.venue, directory: folder.url.appending(path: directory).path,
            platformProfile: "\(sandbox.venue)/platform/profile.json", language: "en")
    }

    func open(_ directory: String = "shopper", host: HostApp? = nil) async throws -> Shopper {
        let card = TestCard("success")
        let usual = HostApp(
            tokens: FixedToken("token:shopper"), instruments: [(card.info, card)], buyer: FixedBuyer(),
            device: Device(owner: true), secrets: KeyInMemory())
        return try await Shopper.open(settings(directory), host: host ?? usual)
    }

    /// No answer of the venue comes while a test lasts.
    func holdAnswers(below path: String = "") async throws {
        try await sandbox.control(
            "faults",
            [
                "target": .text("venue"), "kind": .text("delay"), "delay_ms": .number(600_000), "times": .number(1_000),
                "path_prefix": .text(path),
            ])
    }
}

/// What should come at once does not have to, on a machine that is busy; but it must not take as long as what it does
/// not wait for.
func within(_ most: Duration, _ work: () async throws -> Void) async throws {
    let started = ContinuousClock.now
    try await work()
    let took = started.duration(to: .now)
    #expect(took < most)
}

/// The code of the typed error that a call throws; none if it throws none.
func code(_ call: () async throws -> Void) async -> String? {
    do {
        try await call()
        return nil
    } catch let error as NightmarketError {
        return error.code()
    } catch {
        return "untyped: \(error)"
    }
}
