import NightmarketBindings

/// What goes on sale when, in the shopper's language.
public typealias Drop = NightmarketBindings.Drop
/// Names a drop.
public typealias DropId = NightmarketBindings.DropId
/// Where a drop stands, by the venue's word.
public typealias DropStatus = NightmarketBindings.DropStatus
/// The shopper's wish to be reminded.
public typealias Reminder = NightmarketBindings.Reminder
/// Why the shopper was told.
public typealias ReminderKind = NightmarketBindings.ReminderKind
/// Something the shopper was told about a drop; shown again until it is acknowledged.
public typealias Reminded = NightmarketBindings.Reminded
/// Whether this shopper may buy now.
public typealias Standing = NightmarketBindings.Standing

/// Drops of the venue, and being told in time.
public final class Drops: Sendable {
    private let core: NightmarketBindings.Drops

    init(_ core: NightmarketBindings.Drops) {
        self.core = core
    }

    /// The drops. The cache's come at once; ``refresh()`` brings the network's.
    public func drops() -> Changes<[Drop]> {
        Changes { [core] in try await core.drops(listener: DropFeeder($0)) }
    }

    /// Reads the drops; reminders are scheduled anew where a drop has moved.
    public func refresh() async throws(NightmarketError) {
        try await cancelable { try await core.refresh(cancel: $0) }
    }

    /// Wishes to be reminded of a drop, or takes the wish back. Works offline: written down, sent when there is a network.
    public func remind(_ drop: DropId, _ wanted: Bool = true) async throws(NightmarketError) {
        try await plain { try await core.remind(drop: drop, wanted: wanted) }
    }

    /// Whether this shopper may buy now: early access and the venue's clock taken into account. Throws `NotFound` if the
    /// drop is not in the list.
    public func standing(_ drop: DropId) async throws(NightmarketError) -> Standing {
        try await plain { try await core.standing(drop: drop) }
    }

    /// What the shopper was told and has not acknowledged, oldest first.
    public func reminded() -> Changes<[Reminded]> {
        Changes { [core] in try await core.reminded(listener: RemindedFeeder($0)) }
    }

    /// The shopper saw it: it is not shown again.
    public func acknowledge(_ told: Reminded) async throws(NightmarketError) {
        try await plain { try await core.acknowledge(told: told) }
    }
}
