import Foundation
import Nightmarket
import SwiftUI

/// A live room: the picture, and over it what is said, shown and offered. Always dark.
public struct RoomScreen<Video: View>: View {
    @Environment(\.strings) private var strings
    @Bindable private var model: RoomModel
    private let video: @MainActor (VideoRequest) -> Video
    private let buy: @MainActor (BuyWish) -> Void
    private let move: @MainActor (RoomId) -> Void
    private let leave: @MainActor () -> Void
    private let signIn: @MainActor () -> Void

    /// `video` draws the stream; `buy` is called with what was tapped, `move` to go on in another room, `leave` when the
    /// room is left.
    public init(
        model: RoomModel, buy: @escaping @MainActor (BuyWish) -> Void,
        move: @escaping @MainActor (RoomId) -> Void = { _ in }, leave: @escaping @MainActor () -> Void,
        signIn: @escaping @MainActor () -> Void, @ViewBuilder video: @escaping @MainActor (VideoRequest) -> Video
    ) {
        self.model = model
        self.video = video
        self.buy = buy
        self.move = move
        self.leave = leave
        self.signIn = signIn
    }

    public var body: some View {
        ZStack {
            Palette.dark.ground.color
                .ignoresSafeArea()
            PhaseView(model.phase, empty: .roomEnded, act: act) {
                video(model.videoRequest)
                    .ignoresSafeArea()
                    .accessibilityLabel(Text(verbatim: strings(.videoOf)))
            }
            if model.frozen != nil {
                pointing
            } else {
                front
            }
        }
        .alwaysNight()
        .task(id: model.attempt) { await model.run() }
    }

    private var front: some View {
        VStack(spacing: Space.small) {
            HostRow(room: model.room, connection: model.connection, leave: leave)
            if let problem = model.problem {
                ProblemBanner(problem: problem, act: act)
            }
            above
            Spacer(minLength: 0)
            if model.phase == .ready { foot }
        }
    }

    /// That it is from the cache, the ways on from a stream that is over, and lines that stand above the others.
    @ViewBuilder private var above: some View {
        if let asOf = model.room?.asOf ?? model.around?.asOf {
            note(strings(.asOf, Moments.clock(Moments.date(asOf), in: strings.language)), Palette.dark.amber)
        }
        if let room = model.room, room.status == .ended, !model.isReplaying {
            if let next = room.movedTo {
                Button {
                    move(next)
                } label: {
                    Text(verbatim: strings(.movedOn))
                }
                .buttonStyle(.quiet)
            }
            if room.replayUrl != nil {
                Button {
                    model.watchAgain()
                } label: {
                    Text(verbatim: strings(.watchAgain))
                }
                .buttonStyle(.quiet)
            }
        }
        if let around = model.around {
            ForEach(around.pinned, id: \.clientId) { line in
                note("\(strings(.pinnedLine)) · \(line.from?.name ?? strings(.you))  \(line.display)", Palette.dark.ink)
            }
        }
    }

    private func note(_ words: String, _ tint: Tint) -> some View {
        Text(verbatim: words)
            .textSize(.caption)
            .monospacedDigit()
            .foregroundStyle(tint.color)
            .padding(.horizontal, Space.medium)
    }

    /// Why nothing can be written, or when what is written leaves.
    @ViewBuilder private var writing: some View {
        switch model.around?.mayWrite {
        case .signIn: note(strings(.signInToChat), Palette.dark.amber)
        case .banned: note(strings(.banned), Palette.dark.amber)
        case .membersOnly: note(strings(.membersOnly), Palette.dark.amber)
        case .muted:
            if let until = model.around?.mutedUntil {
                note(strings(.mutedUntil, Moments.clock(Moments.date(until), in: strings.language)), Palette.dark.amber)
            } else {
                note(strings(.muted), Palette.dark.amber)
            }
        case nil, .open, .other:
            if let around = model.around, around.slowModeMs > 0 {
                TimelineView(.periodic(from: .now, by: 1)) { timeline in
                    let left = around.sendsAt.map { Moments.left(until: $0, at: timeline.date) } ?? 0
                    let every = (around.slowModeMs + 999) / 1_000
                    note(
                        left > 0 ? strings(.sendsIn, String(left)) : strings(.slowMode, String(every)),
                        Palette.dark.inkSoft)
                }
            }
        }
    }

    /// Chat, cards and input over a gradient.
    private var foot: some View {
        VStack(spacing: Space.small) {
            ChatLines(
                lines: model.lines, host: model.room?.host.id,
                older: { await model.older() },
                retry: { line in Task { await model.retry(line) } },
                discard: { line in Task { await model.discard(line) } },
                act: { line, what in Task { await model.act(line, what) } }
            )
            .frame(maxHeight: 240)
            if let offer = model.offer, let terms = offer.terms {
                OfferCard(terms: terms) { buy(.offer(offer.id)) }
            }
            if let pin = model.room?.pin {
                PinCard(
                    pin: pin, early: model.early, canPay: model.canPayEarly,
                    rendered: { await model.rendered($0) },
                    pay: { if let tapped = model.payEarly() { buy(tapped) } },
                    buy: { buy(.item(shop: pin.shop, item: pin.item)) })
            }
            writing
            if model.mayWrite { input }
        }
        .padding(Space.medium)
        .background {
            LinearGradient(
                colors: [.clear, Palette.dark.ground.color.opacity(0.85)], startPoint: .top, endPoint: .bottom
            )
            .ignoresSafeArea()
        }
    }

    private var input: some View {
        HStack(spacing: Space.small) {
            TextField(strings(.say), text: $model.draft, axis: .vertical)
                .textSize(.body)
                .foregroundStyle(Palette.dark.ink.color)
                .padding(.horizontal, Space.medium)
                .frame(minHeight: Space.touch)
                .background(Palette.dark.surface.color, in: RoundedRectangle(cornerRadius: Space.sheetCorner))
            Button {
                model.freeze()
            } label: {
                Image(systemName: "scope").touchable()
            }
            .buttonStyle(.plain)
            .disabled(!model.canPoint)
            .accessibilityLabel(Text(verbatim: strings(.pointAt)))
            Button {
                Task { await model.send() }
            } label: {
                Image(systemName: "paperplane.fill").touchable()
            }
            .buttonStyle(.plain)
            .disabled(!model.canSend)
            .accessibilityLabel(Text(verbatim: strings(.send)))
        }
        .foregroundStyle(Palette.dark.lantern.color)
    }

    private var pointing: some View {
        PointAtPicture(
            picture: model.pictureSize, spot: model.frozen?.spot, words: $model.pointingWords,
            point: { model.point(at: $0) },
            say: { Task { await model.sayThatOne(strings(.thatOne)) } },
            cancel: { model.unfreeze() })
    }

    private func act(_ action: Problem.Action) {
        if action == .signIn { signIn() } else { model.joinAgain() }
    }
}

/// Who is on, how many watch, and whether the channel is up.
struct HostRow: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let room: RoomState?
    let connection: Connection
    let leave: @MainActor () -> Void

    var body: some View {
        HStack(spacing: Space.small) {
            if let room {
                Picture(address: room.host.avatarUrl)
                    .frame(width: 36, height: 36)
                    .clipShape(Circle())
                VStack(alignment: .leading, spacing: 0) {
                    Text(verbatim: names(of: room))
                        .textSize(.second, weight: .semibold)
                        .foregroundStyle(palette.ink.color)
                    standing(of: room)
                }
                .accessibilityElement(children: .combine)
            }
            Spacer(minLength: 0)
            Button(action: leave) {
                Image(systemName: "xmark").touchable()
            }
            .buttonStyle(.plain)
            .foregroundStyle(palette.ink.color)
            .accessibilityLabel(Text(verbatim: strings(.back)))
        }
        .padding(.horizontal, Space.medium)
    }

    private func names(of room: RoomState) -> String {
        guard !room.cohosts.isEmpty else { return room.host.name }
        return "\(room.host.name) \(strings(.withHosts, room.cohosts.map(\.name).joined(separator: ", ")))"
    }

    @ViewBuilder private func standing(of room: RoomState) -> some View {
        switch connection {
        case .connected where room.status == .ended:
            caption(strings(.roomEnded), palette.inkSoft)
        case .connected where room.status == .scheduled:
            caption(strings(.roomScheduled), palette.inkSoft)
        case .connected:
            caption(
                strings(.viewers, Amounts.people(room.stats.viewers, in: strings.language)), palette.inkSoft)
        case .connecting:
            caption(strings(.connecting), palette.amber)
        case .offline, .stopped:
            caption(strings(.offline), palette.amber)
        }
    }

    private func caption(_ words: String, _ tint: Tint) -> some View {
        Text(verbatim: words)
            .textSize(.caption)
            .monospacedDigit()
            .foregroundStyle(tint.color)
    }
}
