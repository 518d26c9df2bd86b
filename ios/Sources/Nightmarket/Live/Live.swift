import NightmarketBindings

/// A room, newest wins.
public typealias RoomState = NightmarketBindings.RoomState
/// Whether a room is on.
public typealias RoomStatus = NightmarketBindings.RoomStatus
/// A time at which the host is on.
public typealias ScheduledTime = NightmarketBindings.ScheduledTime
/// A price, coupon or flash sale for everyone in the room.
public typealias Deal = NightmarketBindings.Deal
/// Names a deal.
public typealias DealId = NightmarketBindings.DealId
/// The product the host is showing.
public typealias Pin = NightmarketBindings.Pin
/// Names a pin.
public typealias PinId = NightmarketBindings.PinId
/// An opening on air.
public typealias RoomOpening = NightmarketBindings.RoomOpening
/// What was in a box that was opened on air.
public typealias OpenedContent = NightmarketBindings.OpenedContent
/// What led into a room; the venue counts it.
public typealias Entry = NightmarketBindings.Entry
/// A room to land in.
public typealias RoomLink = NightmarketBindings.RoomLink
/// Who watches.
public typealias Stats = NightmarketBindings.Stats

/// The live rooms of a venue.
public final class Live: Sendable {
    private let core: NightmarketBindings.Live

    init(_ core: NightmarketBindings.Live) {
        self.core = core
    }

    /// Lands in a room; joining one that is joined already gives the same room. A room that was joined before opens without
    /// a network as the cache has it (`RoomState.asOf`), and is followed once there is one. Throws `NotOffered`, `NotFound`,
    /// `Offline` if the hub cannot be reached in ten seconds and the cache has nothing.
    public func join(_ room: RoomId) async throws(NightmarketError) -> Room {
        Room(try await cancelable { try await core.join(room: room, cancel: $0) })
    }

    /// As `join`, telling the venue what led here.
    public func enter(_ link: RoomLink) async throws(NightmarketError) -> Room {
        Room(try await cancelable { try await core.enter(link: link, cancel: $0) })
    }

    /// Reads a shared address of a room (``Room/address(at:)``). Throws `BadAddress` if it is of another venue, or no room's.
    public func link(_ address: String) async throws(NightmarketError) -> RoomLink {
        try await plain { try await core.link(address: address) }
    }

    /// The room that the shopper may land in next: its stream is handed to the app's preloader, in the stead of the one
    /// before.
    public func warm(_ next: RoomId) async throws(NightmarketError) {
        try await cancelable { try await core.warm(next: next, cancel: $0) }
    }
}

/// A joined room.
public final class Room: Sendable {
    private let core: NightmarketBindings.Room

    /// Its chat.
    public let chat: Chat

    init(_ core: NightmarketBindings.Room) {
        self.core = core
        chat = Chat(core.chat())
    }

    /// Its id.
    public var id: RoomId { core.id() }

    /// The room's state. Ends once the room is left.
    public func state() -> Changes<RoomState> {
        Changes { [core] in try await core.state(listener: RoomFeeder($0)) }
    }

    /// The player shows this programme time now (milliseconds). Told a few times a second, so that pins appear with their
    /// picture.
    public func shown(_ moment: Timestamp) async throws(NightmarketError) {
        try await plain { try await core.shown(moment: moment) }
    }

    /// Sends hearts. They are summed and sent a few times a second, each counted once.
    public func hearts(_ count: UInt64 = 1) async throws(NightmarketError) {
        try await plain { try await core.hearts(count: count) }
    }

    /// An address to share, for the whole room or for a moment of it.
    public func address(at moment: Timestamp? = nil) async throws(NightmarketError) -> String {
        try await plain { try await core.address(moment: moment) }
    }

    /// Reports the host to the venue. Once this returns the report survives a kill and is sent when there is a network.
    public func reportHost(reason: String) async throws(NightmarketError) {
        try await plain { try await core.reportHost(reason: reason) }
    }

    /// Leaves the room.
    public func leave() async throws(NightmarketError) {
        try await plain { try await core.leave() }
    }
}
