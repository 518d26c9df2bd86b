import NightmarketBindings

/// A line as a screen shows it.
public typealias Line = NightmarketBindings.Line
/// How a line stands.
public typealias LineState = NightmarketBindings.LineState
/// The hub's name of a line.
public typealias LineId = NightmarketBindings.LineId
/// Its writer's name of a line.
public typealias ClientId = NightmarketBindings.ClientId
/// What a line may carry beside its text.
public typealias Pointing = NightmarketBindings.Pointing
/// A spot on the picture, per mille of its width and height, from the top left.
public typealias Spot = NightmarketBindings.Spot
/// Who wrote a line.
public typealias Author = NightmarketBindings.Author
/// One kind of reaction to a line.
public typealias Reaction = NightmarketBindings.Reaction
/// The beginning of the line that another answers.
public typealias LineQuote = NightmarketBindings.LineQuote
/// Whether this shopper may write in a chat.
public typealias MayWrite = NightmarketBindings.MayWrite
/// What a screen shows around the lines.
public typealias ChatState = NightmarketBindings.ChatState

/// The chat of a room or group.
public final class Chat: Sendable {
    private let core: NightmarketBindings.Chat

    init(_ core: NightmarketBindings.Chat) {
        self.core = core
    }

    /// The longest line, in code points.
    public static var maxText: Int { Int(NightmarketBindings.maxText()) }

    /// The most people one line speaks to.
    public static var maxMentions: Int { Int(NightmarketBindings.maxMentions()) }

    /// The newest lines, and this shopper's unconfirmed ones behind them.
    public func lines() -> Changes<[Line]> {
        Changes { [core] in try await core.lines(listener: LineFeeder($0)) }
    }

    /// What is around the lines: whether and when the shopper may write, pinned lines, what is unread.
    public func state() -> Changes<ChatState> {
        Changes { [core] in try await core.state(listener: ChatStateFeeder($0)) }
    }

    /// Says something. Once this returns the line survives a kill; how it stands, the list shows. Throws `BadInput` if it
    /// is empty or longer than ``maxText``; then nothing was kept.
    @discardableResult
    public func send(
        _ text: String, pointing: Pointing = Pointing(moment: nil, spot: nil, replyTo: nil, mentions: [])
    ) async throws(NightmarketError) -> ClientId {
        try await plain { try await core.send(text: text, pointing: pointing) }
    }

    /// "That one": says something about what is on the picture at `moment`, and where. Throws as `send`.
    @discardableResult
    public func pointAt(
        _ moment: Timestamp, _ text: String, spot: Spot? = nil
    ) async throws(NightmarketError) -> ClientId {
        try await plain { try await core.pointAt(moment: moment, text: text, spot: spot) }
    }

    /// Sends a failed line once more.
    public func retry(_ line: ClientId) async throws(NightmarketError) {
        try await plain { try await core.retry(line: line) }
    }

    /// Takes back a line that was not confirmed.
    public func discard(_ line: ClientId) async throws(NightmarketError) {
        try await plain { try await core.discard(line: line) }
    }

    /// Takes back a line of one's own that everybody sees.
    public func delete(_ line: LineId) async throws(NightmarketError) {
        try await cancelable { try await core.delete(line: line, cancel: $0) }
    }

    /// The shopper has read up to this line. Kept on this device, also across restarts.
    public func read(_ line: LineId) async throws(NightmarketError) {
        try await plain { try await core.read(line: line) }
    }

    /// Translates a line into the shopper's language by the app's translator, and shows it in the list. None if there is
    /// nothing to translate.
    @discardableResult
    public func translate(_ line: LineId) async throws(NightmarketError) -> String? {
        try await cancelable { try await core.translate(line: line, cancel: $0) }
    }

    /// Reads one more page of history and puts it before the oldest line. False if there is none, or the list holds two
    /// thousand.
    @discardableResult
    public func older() async throws(NightmarketError) -> Bool {
        try await cancelable { try await core.older(cancel: $0) }
    }

    /// Reacts to a line with an emoji, or takes that back. The list then shows the exact counts.
    public func react(_ line: LineId, _ reaction: String, on: Bool = true) async throws(NightmarketError) {
        try await cancelable { try await core.react(line: line, reaction: reaction, on: on, cancel: $0) }
    }

    /// Reports a line to the venue. Once this returns the report survives a kill and is sent when there is a network.
    public func report(_ line: LineId, reason: String) async throws(NightmarketError) {
        try await plain { try await core.report(line: line, reason: reason) }
    }
}
