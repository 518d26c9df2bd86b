import NightmarketBindings

/// An offer as a screen shows it.
public typealias Offer = NightmarketBindings.Offer
/// Names an offer.
public typealias OfferId = NightmarketBindings.OfferId
/// What a shop signed.
public typealias OfferTerms = NightmarketBindings.OfferTerms
/// Whether an offer can be bought.
public typealias OfferState = NightmarketBindings.OfferState

/// Offers that hosts made to this shopper. ``Purchases/quoteOffer(_:)`` buys one.
public final class Offers: Sendable {
    private let core: NightmarketBindings.Offers

    init(_ core: NightmarketBindings.Offers) {
        self.core = core
    }

    /// Every offer that came, newest first, bad ones too: they are shown as what they are.
    public func list() -> Changes<[Offer]> {
        Changes { [core] in try await core.list(listener: OfferFeeder($0)) }
    }

    /// One of them, as it is now. Throws `NotFound`.
    public func offer(_ id: OfferId) async throws(NightmarketError) -> Offer {
        try await plain { try await core.offer(id: id) }
    }

    /// Milliseconds until it expires, by the shop's clock; zero for one that cannot be bought.
    public func leftMs(_ id: OfferId) async throws(NightmarketError) -> UInt64 {
        try await plain { try await core.leftMs(id: id) }
    }
}
