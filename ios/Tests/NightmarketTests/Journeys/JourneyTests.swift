import Testing

/// The table that drives the core, the Kotlin SDK and this one alike.
@Suite struct JourneyTests {
    @Test(arguments: Journey.names) func journey(_ name: String) async throws {
        try await run(Journey.read(name))
    }

    @Test func theTableIsThere() {
        #expect(Journey.names.count >= 10)
    }

    @Test func everyOperationIsUsed() throws {
        let used = try Journey.names.flatMap { try Journey.read($0).steps.map(\.operation) }
        #expect(Set(used) == Set(operations.keys))
    }
}
