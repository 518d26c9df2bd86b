import Nightmarket
import SwiftUI

/// The newest lines, at the foot; older ones above.
struct ChatLines: View {
    let lines: [Line]
    let host: HostId?
    let older: @MainActor @Sendable () async -> Void
    let retry: @MainActor (ClientId) -> Void
    let discard: @MainActor (ClientId) -> Void

    var body: some View {
        ScrollView {
            LazyVStack(alignment: .leading, spacing: Space.small) {
                ForEach(lines, id: \.clientId) { line in
                    LineRow(
                        line: line, isHost: host != nil && line.from?.id == host,
                        retry: { retry(line.clientId) }, discard: { discard(line.clientId) })
                }
            }
            .padding(.vertical, Space.small)
        }
        .defaultScrollAnchor(.bottom)
        .refreshable { await older() }
    }
}

/// One line: who, what, and how it stands if it is not simply said.
struct LineRow: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let line: Line
    let isHost: Bool
    let retry: @MainActor () -> Void
    let discard: @MainActor () -> Void

    var body: some View {
        VStack(alignment: .leading, spacing: Space.hair) {
            HStack(spacing: Space.hair) {
                if isHost {
                    Badge(words: strings(.host), ink: palette.onLantern.color, ground: palette.lantern.color)
                }
                Text(verbatim: name)
                    .textSize(.caption, weight: .semibold)
                    .foregroundStyle(isHost ? palette.lantern.color : palette.inkSoft.color)
                if line.spot != nil {
                    Image(systemName: "scope")
                        .foregroundStyle(palette.inkSoft.color)
                        .accessibilityLabel(Text(verbatim: strings(.pointAt)))
                }
            }
            if line.state == .deleted {
                caption(strings(.removed), palette.inkSoft)
            } else {
                Text(verbatim: line.text)
                    .textSize(.second)
                    .foregroundStyle(palette.ink.color)
            }
            standing
        }
        .frame(maxWidth: .infinity, alignment: .leading)
    }

    /// Nobody yet is this shopper: the hub has not said who that is.
    private var name: String {
        guard let author = line.from else { return strings(.you) }
        return author.name.isEmpty ? String(author.id) : author.name
    }

    @ViewBuilder private var standing: some View {
        switch line.state {
        case .sending:
            caption(strings(.sending), palette.inkSoft)
        case .held:
            caption(strings(.held), palette.amber)
        case .failed:
            HStack(spacing: Space.small) {
                caption(strings(.notSent), palette.amber)
                Button(action: retry) { Text(verbatim: strings(.retry)) }
                    .buttonStyle(.quiet)
                Button(action: discard) { Text(verbatim: strings(.discard)) }
                    .buttonStyle(.quiet)
            }
        case .sent, .deleted, .other:
            EmptyView()
        }
    }

    private func caption(_ words: String, _ tint: Tint) -> some View {
        Text(verbatim: words)
            .textSize(.caption)
            .foregroundStyle(tint.color)
    }
}
