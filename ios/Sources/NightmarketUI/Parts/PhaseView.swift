import SwiftUI

/// Content when there is any; else that it loads, that there is none, or what went wrong and what to do about it.
struct PhaseView<Content: View>: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    private let phase: Phase
    private let loading: StringKey
    private let empty: StringKey
    private let act: @MainActor (Problem.Action) -> Void
    private let content: Content

    init(
        _ phase: Phase, loading: StringKey = .loading, empty: StringKey,
        act: @escaping @MainActor (Problem.Action) -> Void,
        @ViewBuilder content: () -> Content
    ) {
        self.phase = phase
        self.loading = loading
        self.empty = empty
        self.act = act
        self.content = content()
    }

    var body: some View {
        switch phase {
        case .ready:
            content
        case .loading:
            ProgressView {
                Text(verbatim: strings(loading)).textSize(.second)
            }
            .frame(maxWidth: .infinity, maxHeight: .infinity)
            .background(palette.ground.color)
        case .empty:
            VStack(spacing: Space.medium) {
                Text(verbatim: strings(empty))
                    .textSize(.body)
                    .foregroundStyle(palette.inkSoft.color)
                    .multilineTextAlignment(.center)
                Button {
                    act(.tryAgain)
                } label: {
                    Text(verbatim: strings(.refresh))
                }
                .buttonStyle(.quiet)
            }
            .padding(Space.huge)
            .frame(maxWidth: .infinity, maxHeight: .infinity)
            .background(palette.ground.color)
        case .failed(let problem):
            VStack(spacing: Space.medium) {
                ProblemNote(problem: problem, act: act)
            }
            .padding(Space.huge)
            .frame(maxWidth: .infinity, maxHeight: .infinity)
            .background(palette.ground.color)
        }
    }
}

/// What went wrong, in words, with the one button that may help.
struct ProblemNote: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let problem: Problem
    let act: @MainActor (Problem.Action) -> Void

    var body: some View {
        VStack(spacing: Space.small) {
            Text(verbatim: strings(problem.words))
                .textSize(.body, weight: .semibold)
                .foregroundStyle(palette.ink.color)
            if problem.isOffline {
                Text(verbatim: strings(.checkNetwork))
                    .textSize(.second)
                    .foregroundStyle(palette.inkSoft.color)
            }
            if let content = problem.content {
                Text(verbatim: content)
                    .textSize(.second)
                    .foregroundStyle(palette.inkSoft.color)
            }
            if let action = problem.action {
                Button {
                    act(action)
                } label: {
                    Text(verbatim: label(of: action))
                }
                .buttonStyle(.quiet)
            }
        }
        .multilineTextAlignment(.center)
        .frame(maxWidth: .infinity)
    }

    private func label(of action: Problem.Action) -> String {
        switch action {
        case .tryAgain: strings(.tryAgain)
        case .signIn: strings(.signIn)
        case .open: strings(.open)
        }
    }
}

/// A line over content that is shown from the cache.
struct ProblemBanner: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let problem: Problem
    let act: @MainActor (Problem.Action) -> Void

    var body: some View {
        HStack(spacing: Space.small) {
            Text(verbatim: problem.content ?? strings(problem.words))
                .textSize(.second)
                .foregroundStyle(palette.ink.color)
                .frame(maxWidth: .infinity, alignment: .leading)
            if let action = problem.action {
                Button {
                    act(action)
                } label: {
                    Text(verbatim: action == .signIn ? strings(.signIn) : strings(.tryAgain))
                }
                .buttonStyle(.quiet)
            }
        }
        .padding(.horizontal, Space.large)
        .padding(.vertical, Space.hair)
        .background(palette.surface.color)
        .overlay(alignment: .bottom) { Hairline() }
    }
}
