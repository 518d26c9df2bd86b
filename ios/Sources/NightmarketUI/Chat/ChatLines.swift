import Nightmarket
import SwiftUI

/// The newest lines, at the foot; older ones above.
struct ChatLines: View {
    let lines: [Line]
    let host: HostId?
    let older: @MainActor @Sendable () async -> Void
    let retry: @MainActor (ClientId) -> Void
    let discard: @MainActor (ClientId) -> Void
    let act: @MainActor (Line, LineAct) -> Void

    var body: some View {
        ScrollView {
            LazyVStack(alignment: .leading, spacing: Space.small) {
                ForEach(lines, id: \.clientId) { line in
                    LineRow(
                        line: line, isHost: host != nil && line.from?.id == host,
                        retry: { retry(line.clientId) }, discard: { discard(line.clientId) },
                        act: { act(line, $0) })
                }
            }
            .padding(.vertical, Space.small)
        }
        .defaultScrollAnchor(.bottom)
        .refreshable { await older() }
    }
}

/// What can be done with a line.
enum LineAct: Equatable, Sendable {
    case react(String, on: Bool)
    case translate, delete, report, block
}

/// One line: who, what, and how it stands if it is not simply said.
struct LineRow: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let line: Line
    let isHost: Bool
    let retry: @MainActor () -> Void
    let discard: @MainActor () -> Void
    let act: @MainActor (LineAct) -> Void
    @State private var isActing = false

    /// What a shopper can give a line.
    private static let offered = ["❤", "👍", "😂"]

    var body: some View {
        VStack(alignment: .leading, spacing: Space.hair) {
            if line.replyTo != nil { caption(answered, palette.inkSoft) }
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
                Text(verbatim: line.display)
                    .textSize(.second)
                    .foregroundStyle(palette.ink.color)
                    .onTapGesture { _ in isActing = line.id != nil && !isActing }
                if let translation = line.translation {
                    caption("\(strings(.translation)) · \(translation)", palette.inkSoft)
                }
                if line.mentionsMe { caption(strings(.mentionedYou), palette.lantern) }
                reactions
                if isActing { acts }
            }
            standing
        }
        .frame(maxWidth: .infinity, alignment: .leading)
    }

    private var answered: String {
        guard let quote = line.quote else { return strings(.messageGone) }
        return "\(strings(.replyingTo, quote.from?.name ?? strings(.you))): \(quote.text)"
    }

    @ViewBuilder private var reactions: some View {
        let given = line.reactions.map(\.reaction)
        let more = isActing ? Self.offered.filter { !given.contains($0) } : []
        if !given.isEmpty || !more.isEmpty {
            HStack(spacing: Space.small) {
                ForEach(line.reactions, id: \.reaction) { each in
                    Button {
                        act(.react(each.reaction, on: !each.own))
                    } label: {
                        Text(verbatim: "\(each.reaction) \(each.count)")
                            .textSize(.caption, weight: each.own ? .semibold : nil)
                            .foregroundStyle(each.own ? palette.lantern.color : palette.inkSoft.color)
                    }
                    .buttonStyle(.plain)
                }
                ForEach(more, id: \.self) { reaction in
                    Button {
                        act(.react(reaction, on: true))
                    } label: {
                        Text(verbatim: reaction).textSize(.caption)
                    }
                    .buttonStyle(.plain)
                }
            }
        }
    }

    private var acts: some View {
        HStack(spacing: Space.small) {
            if line.own {
                acting(.delete, .deleteLine)
            } else {
                acting(.translate, .translate)
                acting(.report, .report)
                acting(.block, .block)
            }
        }
    }

    private func acting(_ what: LineAct, _ words: StringKey) -> some View {
        Button {
            isActing = false
            act(what)
        } label: {
            Text(verbatim: strings(words))
        }
        .buttonStyle(.quiet)
    }

    private var name: String {
        guard !line.own, let author = line.from else { return strings(.you) }
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
