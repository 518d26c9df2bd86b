import Nightmarket
import SwiftUI

/// Until the Shopper is open: that it opens, or why it does not. Then what is made of it.
public struct OpeningScreen<Content: View>: View {
    @State private var content: Content?
    @State private var phase = Phase.loading
    @State private var attempt = 0
    private let open: @MainActor () async throws -> Shopper
    private let make: @MainActor (Shopper) -> Content

    /// `open` is called once, and again when the shopper tries again; `content` once with what it opened.
    public init(
        open: @escaping @MainActor () async throws -> Shopper,
        @ViewBuilder content: @escaping @MainActor (Shopper) -> Content
    ) {
        self.open = open
        make = content
    }

    public var body: some View {
        PhaseView(phase, empty: .problemOurs, act: { _ in attempt += 1 }) {
            content
        }
        .nightmarketTheme()
        .task(id: attempt) { await start() }
    }

    private func start() async {
        guard content == nil else { return }
        phase = .loading
        do {
            content = make(try await open())
            phase = .ready
        } catch {
            if let problem = Problem(error) { phase = .failed(problem) }
        }
    }
}
