import Foundation
import Nightmarket
import Observation

/// A live room as its screen shows it.
@MainActor @Observable
public final class RoomModel: Identifiable {
    /// The room; none before it was joined.
    public private(set) var room: RoomState?
    /// Its chat, oldest first.
    public private(set) var lines: [Line] = []
    /// What the lines stand among: whether something can be written, what is pinned.
    public private(set) var around: ChatState?
    /// Whether the stream is seen again after its end.
    public private(set) var isReplaying = false
    /// The live channel.
    public private(set) var connection = Connection.connecting
    /// What one tap on the pin pays, where that is ready.
    public private(set) var early: Quoted?
    /// Whether it was on screen long enough for a tap.
    public private(set) var canPayEarly = false
    /// The newest offer of this room that can be bought, once the picture is at its moment.
    public private(set) var offer: Offer?
    /// Where the screen stands.
    public private(set) var phase = Phase.loading
    /// What went wrong in a room that is on.
    public private(set) var problem: Problem?
    /// What is being typed.
    public var draft = ""
    /// What is being typed while pointing.
    public var pointingWords = ""
    /// Raised to join again.
    public private(set) var attempt = 0

    /// The picture that is pointed at.
    private(set) var frozen: FrozenPicture?
    /// The shape of the picture.
    private(set) var pictureSize = CGSize(width: 16, height: 9)
    /// Programme time on the screen; none before the player told.
    private(set) var moment: Timestamp?

    private let shopper: Shopper
    private let roomId: RoomId
    private var joined: Room?
    private var offers: [Offer] = []
    private var earlyQuotes: [EarlyQuote] = []
    /// Digests that a tap was made on, or whose report was not taken: their card is the way to them.
    private var forgotten: Set<String> = []
    private let clock = ContinuousClock()
    private var shownSince: ContinuousClock.Instant?
    /// What is on screen for less buys nothing.
    private static let leastShown = Duration.milliseconds(500)

    public init(shopper: Shopper, room: RoomId) {
        self.shopper = shopper
        roomId = room
    }

    /// Whether what is typed can be sent.
    public var canSend: Bool {
        joined != nil && mayWrite && !words(draft).isEmpty && words(draft).unicodeScalars.count <= Chat.maxText
    }

    /// Whether the venue lets this shopper write; what it does not know it leaves to the venue.
    public var mayWrite: Bool {
        switch around?.mayWrite {
        case .signIn, .muted, .banned, .membersOnly: false
        case nil, .open, .other: true
        }
    }

    /// Whether there is a picture to point at.
    public var canPoint: Bool { joined != nil && moment != nil }

    /// What the video surface is asked for.
    var videoRequest: VideoRequest {
        VideoRequest(
            address: (isReplaying ? room?.replayUrl : room?.hlsUrl).flatMap { URL(string: $0) },
            isFrozen: frozen != nil,
            shown: { [weak self] moment in self?.shown(moment) },
            sized: { [weak self] size in self?.pictureSize = size })
    }

    /// Joins the room, follows it until the task is canceled, and leaves it.
    public func run() async {
        phase = .loading
        do {
            let room = try await shopper.live.join(roomId)
            joined = room
            phase = .ready
            await follow(room)
            joined = nil
            // The task is canceled by now, and leaving must not be.
            Task { try? await room.leave() }
        } catch {
            if let problem = Problem(error) { phase = .failed(problem) }
        }
    }

    /// Joins anew after it failed.
    public func joinAgain() {
        problem = nil
        attempt += 1
    }

    /// Says what is typed.
    public func send() async {
        guard canSend, let chat = joined?.chat else { return }
        let text = words(draft)
        draft = ""
        problem = nil
        do {
            try await chat.send(text)
        } catch {
            draft = text
            problem = Problem(error)
        }
    }

    /// Sends a failed line once more.
    public func retry(_ line: ClientId) async {
        do { try await joined?.chat.retry(line) } catch { problem = Problem(error) }
    }

    /// Takes back a line that was not sent.
    public func discard(_ line: ClientId) async {
        do { try await joined?.chat.discard(line) } catch { problem = Problem(error) }
    }

    /// Does something with a line.
    func act(_ line: Line, _ what: LineAct) async {
        guard let id = line.id, let chat = joined?.chat else { return }
        do {
            switch what {
            case .react(let reaction, let on): try await chat.react(id, reaction, on: on)
            case .translate: try await chat.translate(id)
            case .delete: try await chat.delete(id)
            case .report: try await chat.report(id, reason: "unwanted")
            case .block: if let from = line.from { try await shopper.blocks.block(from.id, name: from.name) }
            }
        } catch {
            problem = Problem(error)
        }
    }

    /// The stream from its beginning, once it is over.
    func watchAgain() {
        isReplaying = true
    }

    /// Reads older lines.
    public func older() async {
        do { try await joined?.chat.older() } catch { problem = Problem(error) }
    }

    /// The player shows this programme time now, milliseconds.
    public func shown(_ moment: Timestamp) {
        self.moment = moment
        chooseOffer()
        guard let joined else { return }
        Task { try? await joined.shown(moment) }
    }
}

/// One tap on the pin.
extension RoomModel {
    /// The pin shows all of this quote: told to the core, and from now on its time on screen counts.
    func rendered(_ shown: Quoted) async {
        (shownSince, canPayEarly) = (nil, false)
        let all = shown.toRender
        let links = all.links.filter { URL(string: $0) != nil }
        let report = Rendered(totals: all.totals, notices: all.notices, links: links, odds: false)
        do {
            try await shopper.purchase.rendered(shown.quote.key, digest: shown.quote.digest, report)
            shownSince = clock.now
            try await Task.sleep(for: Self.leastShown)
            canPayEarly = shown == early
        } catch {
            // Without a report that was taken nothing can be paid here; a canceled one is made again.
            if Problem(error) != nil { forget(shown) }
        }
    }

    /// The tap: what its card is opened with, if it was on screen long enough.
    func payEarly() -> BuyWish? {
        guard canPayEarly, let early, let shownSince else { return nil }
        forget(early)
        return .early(early, shownMs: UInt64((clock.now - shownSince) / .milliseconds(1)))
    }

    private func forget(_ quoted: Quoted) {
        forgotten.insert(quoted.quote.digest)
        chooseEarly()
    }

    private func chooseEarly() {
        let ready = earlyQuotes.first { $0.room == roomId && $0.pin == room?.pin?.id }?.quoted
        let payable = ready.flatMap { $0.decision == .oneTap && $0.quote.total != nil ? $0 : nil }
        let next = payable.flatMap { forgotten.contains($0.quote.digest) ? nil : $0 }
        if next != early { (early, canPayEarly, shownSince) = (next, false, nil) }
    }
}

/// Pointing at the picture.
extension RoomModel {
    /// Holds the picture as it is.
    public func freeze() {
        guard let moment else { return }
        frozen = FrozenPicture(moment: moment)
    }

    /// Marks a spot of it.
    public func point(at spot: Spot) {
        frozen?.spot = spot
    }

    /// Lets the picture go on.
    public func unfreeze() {
        frozen = nil
        pointingWords = ""
    }

    /// Says which one is meant, in the words typed or these.
    public func sayThatOne(_ standard: String) async {
        guard let frozen, let chat = joined?.chat else { return }
        let typed = words(pointingWords)
        problem = nil
        do {
            try await chat.pointAt(frozen.moment, typed.isEmpty ? standard : typed, spot: frozen.spot)
            unfreeze()
        } catch {
            problem = Problem(error)
        }
    }
}

extension RoomModel {
    private func follow(_ room: Room) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await self.each(of: room.state()) { model, state in
                    model.room = state
                    model.chooseEarly()
                }
            }
            group.addTask {
                await self.each(of: self.shopper.purchase.early()) { model, ready in
                    model.earlyQuotes = ready.quotes
                    model.chooseEarly()
                }
            }
            group.addTask { await self.each(of: room.chat.lines()) { $0.lines = $1 } }
            group.addTask { await self.each(of: room.chat.state()) { $0.around = $1 } }
            group.addTask { await self.each(of: self.shopper.connection()) { $0.connection = $1 } }
            group.addTask {
                await self.each(of: self.shopper.offers.list()) { model, offers in
                    model.offers = offers
                    model.chooseOffer()
                }
            }
        }
    }

    private func each<Value: Sendable>(
        of changes: Changes<Value>, _ take: @MainActor (RoomModel, Value) -> Void
    ) async {
        do {
            for try await value in changes { take(self, value) }
        } catch {
            if let told = Problem(error) { problem = told }
        }
    }

    /// An offer appears with its picture; without a player that tells, at once.
    private func chooseOffer() {
        offer = offers.first { offer in
            guard offer.room == roomId, offer.state == .valid, let terms = offer.terms else { return false }
            return terms.moment <= moment ?? .max
        }
    }

    private func words(_ typed: String) -> String {
        typed.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
