import NightmarketBindings

/// A box whose content is unknown; its odds and its age rule are shown before the first is bought.
public typealias BlindBox = NightmarketBindings.BlindBox
/// Names a box.
public typealias BoxId = NightmarketBindings.BoxId
/// How a box is opened.
public typealias BoxKind = NightmarketBindings.BoxKind
/// One content's chance.
public typealias Chance = NightmarketBindings.Chance
/// A rule after bad luck.
public typealias Pity = NightmarketBindings.Pity
/// Whom a box may be sold to, by age in years.
public typealias AgeRule = NightmarketBindings.AgeRule
/// What an ``AgeRule`` says of one person.
public typealias AgeVerdict = NightmarketBindings.AgeVerdict
/// What is left of a finite set.
public typealias Stock = NightmarketBindings.Stock
/// How many pieces of one content are left.
public typealias Remaining = NightmarketBindings.Remaining
/// One box of an order.
public typealias BoughtBox = NightmarketBindings.BoughtBox
/// A box on its way to be opened on air.
public typealias Opening = NightmarketBindings.Opening
/// Names an opening.
public typealias OpeningId = NightmarketBindings.OpeningId
/// Where the opening of a box stands.
public typealias OpeningState = NightmarketBindings.OpeningState
/// What was in a box.
public typealias Content = NightmarketBindings.Content
/// A digital draw.
public typealias Draw = NightmarketBindings.Draw
/// Names a draw.
public typealias DrawId = NightmarketBindings.DrawId
/// Where a digital draw stands.
public typealias DrawState = NightmarketBindings.DrawState
/// Which check of a draw failed.
public typealias DrawFailure = NightmarketBindings.DrawFailure
/// What lets anybody check a draw again.
public typealias Evidence = NightmarketBindings.Evidence
/// Something that came out of a box.
public typealias Collected = NightmarketBindings.Collected
/// How something came out of its box.
public typealias Came = NightmarketBindings.Came

extension BlindBox {
    /// A weight of this box as a percentage, exactly: "0.5" for 5 of 1000. Throws `Malformed` if the weights do not sum to
    /// a power of ten.
    public func percent(_ weight: UInt32) throws(NightmarketError) -> String {
        try direct { try NightmarketBindings.percent(blindBox: self, weight: weight) }
    }
}

extension AgeRule {
    /// What it says of somebody of this age in years; none if the app does not know it.
    public func judge(_ age: UInt32?) -> AgeVerdict { judgeAge(rule: self, age: age) }
}

/// Blind boxes of the venue's shops.
public final class Boxes: Sendable {
    private let core: NightmarketBindings.Boxes

    init(_ core: NightmarketBindings.Boxes) {
        self.core = core
    }

    /// A box with its odds and its age rule, from its shop. Throws `Malformed` if the odds do not sum to a power of ten or
    /// the age rule is under 8; `NotOffered`.
    public func describe(shop: ShopDomain, id: BoxId) async throws(NightmarketError) -> BlindBox {
        try await cancelable { try await core.describe(shop: shop, id: id, cancel: $0) }
    }

    /// The screen showed the odds, the rule after bad luck and the age rule of this box. Kept; other odds count as not
    /// shown.
    public func oddsShown(_ box: BlindBox) async throws(NightmarketError) {
        try await plain { try await core.oddsShown(shown: box) }
    }

    /// Whether the odds of the box that this item buys were shown, as they are now.
    public func isOddsShown(shop: ShopDomain, item: ItemId) async throws(NightmarketError) -> Bool {
        try await plain { try await core.isOddsShown(shop: shop, item: item) }
    }

    /// Whether a draw of this shop failed its verification: none is bought there by one tap.
    public func hasFailedDraw(shop: ShopDomain) async throws(NightmarketError) -> Bool {
        try await plain { try await core.hasFailedDraw(shop: shop) }
    }

    /// Puts a bought box into the host's queue. Each box once, however often it is asked for. An error that can be retried
    /// leaves it asked for: it goes on by itself, and ``openings()`` tells.
    @discardableResult
    public func requestOpening(_ bought: BoughtBox) async throws(NightmarketError) -> Opening {
        try await cancelable { try await core.requestOpening(bought: bought, cancel: $0) }
    }

    /// Boxes asked to be opened on air, oldest first.
    public func openings() -> Changes<[Opening]> {
        Changes { [core] in try await core.openings(listener: OpeningFeeder($0)) }
    }

    /// Reads from the shops where every box that is not open yet stands.
    public func refreshOpenings() async throws(NightmarketError) {
        try await cancelable { try await core.refreshOpenings(cancel: $0) }
    }

    /// Draws a bought digital box and verifies it; one that is under way goes on, one that has ended is given back. After
    /// `expired` it is drawn again. Throws `Refused` if the shop has none left to draw; an error that can be retried
    /// leaves it under way: it goes on by itself, and ``draws()`` tells.
    @discardableResult
    public func draw(_ bought: BoughtBox) async throws(NightmarketError) -> Draw {
        try await cancelable { try await core.draw(bought: bought, cancel: $0) }
    }

    /// All draws, oldest first, failed and expired ones too.
    public func draws() -> Changes<[Draw]> {
        Changes { [core] in try await core.draws(listener: DrawFeeder($0)) }
    }

    /// What came out of boxes, newest first.
    public func collection() -> Changes<[Collected]> {
        Changes { [core] in try await core.collection(listener: CollectedFeeder($0)) }
    }
}
