import NightmarketBindings

/// Buying: a quote, one tap or a confirmation, and an outcome that is known, shown and never doubled.
public final class Purchases: Sendable {
    private let core: NightmarketBindings.Purchases

    init(_ core: NightmarketBindings.Purchases) {
        self.core = core
    }

    /// Prices what is wanted, with buyer, address and the delivery remembered (else the first offered). At most three
    /// quotes are held ready; the oldest goes first. Throws `NotOffered`, `Refused` with the shop's code (`out_of_stock`,
    /// `offer_expired`, …), `Host`, and what the network does.
    public func quote(_ request: BuyRequest) async throws(NightmarketError) -> Quoted {
        try await cancelable { try await core.quote(request: request, cancel: $0) }
    }

    /// Prices the whole cart of a shop: makes a checkout of it, with exactly what the shopper put in, for one digest and one
    /// purchase. `request` says the rest, such as the instrument; its codes replace the cart's if it has any. Once it is
    /// bought, what was bought leaves the cart. Throws as `quote`; `BadInput` if the cart is empty, or `request` has items
    /// or an offer of its own.
    public func quoteCart(_ request: BuyRequest) async throws(NightmarketError) -> Quoted {
        try await cancelable { try await core.quoteCart(request: request, cancel: $0) }
    }

    /// The quotes that are ready for what joined rooms pin now, all of them each time. There are some where the shop lets
    /// its checkouts be made early, within its rate, and one tap could buy them. Nobody has to wait for one: `quote` makes
    /// any, and takes a prepared one without a request.
    public func early() -> Changes<EarlyQuotes> {
        Changes { [core] in try await core.early(listener: EarlyFeeder($0)) }
    }

    /// Prices a host's offer, as it came and was verified. Throws as `quote`; `NotFound`, `NotGenuine`, or `Refused`
    /// with `offer_expired`, `offer_used`, `offer_not_yours`.
    public func quoteOffer(_ id: OfferId) async throws(NightmarketError) -> Quoted {
        try await cancelable { try await core.quoteOffer(id: id, cancel: $0) }
    }

    /// The same quote as the shop has it now. If anything that is rendered changed, its digest did. Throws `NotFound` if
    /// it is not held ready any more.
    public func refresh(_ key: QuoteKey) async throws(NightmarketError) -> Quoted {
        try await cancelable { try await core.refresh(key: key, cancel: $0) }
    }

    /// The quote with another delivery, other codes, another instrument. Throws as `refresh`; `BadInput` if there is no
    /// such choice.
    public func choose(_ key: QuoteKey, _ choice: Choice) async throws(NightmarketError) -> Quoted {
        try await cancelable { try await core.choose(key: key, choice: choice, cancel: $0) }
    }

    /// The screen reports what it shows of the quote of this digest. From the first report on counts how long it is
    /// shown. Throws `NotFound`; `BadInput` if the quote has changed since.
    public func rendered(_ key: QuoteKey, digest: String, _ rendered: Rendered) async throws(NightmarketError) {
        try await plain { try await core.rendered(key: key, digest: digest, rendered: rendered) }
    }

    /// The button was tapped, over the quote of this digest, shown for so many milliseconds. Buys, or says why not.
    /// Throws `NotFound`, `Storage` (nothing was bought), `Host` if the instrument gave no credential.
    public func tap(_ key: QuoteKey, digest: String, shownMs: UInt64) async throws(NightmarketError) -> TapResult {
        try await plain { try await core.tap(key: key, digest: digest, shownMs: shownMs) }
    }

    /// The quote of this digest was confirmed, on a screen that reported to show all of it. Never gives `confirm`.
    /// Throws as `tap`.
    public func confirm(_ key: QuoteKey, digest: String) async throws(NightmarketError) -> TapResult {
        try await plain { try await core.confirm(key: key, digest: digest) }
    }

    /// A purchase. Its loop throws `NotFound`.
    public func watch(_ id: PurchaseId) -> Changes<PurchaseView> {
        Changes { [core] in try await core.watch(id: id, listener: PurchaseFeeder($0)) }
    }

    /// Waits until a purchase is settled, or needs the shopper in a browser. Canceling ends the wait, not the purchase.
    /// Throws `NotFound`, `Closed`, `Canceled`.
    public func outcome(_ id: PurchaseId) async throws(NightmarketError) -> PurchaseView {
        try await cancelable { try await core.outcome(id: id, cancel: $0) }
    }

    /// All purchases, newest first.
    public func purchases() async throws(NightmarketError) -> [PurchaseView] {
        try await plain { try await core.purchases() }
    }

    /// Purchases whose outcome the shopper has not acknowledged, newest first; also after a restart.
    public func unacknowledged() async throws(NightmarketError) -> [PurchaseView] {
        try await plain { try await core.unacknowledged() }
    }

    /// The shopper has seen the outcome. Throws `Unsettled` while there is none.
    public func acknowledge(_ id: PurchaseId) async throws(NightmarketError) {
        try await plain { try await core.acknowledge(id: id) }
    }

    /// Takes a purchase back: not sent yet, it never is; placed, the shop is asked. Watch it for what became of that.
    /// Throws `NotOffered` if the shop undoes no orders (open its `permalinkUrl`), `Unsettled` while the outcome is
    /// unknown, `BadInput` if there is nothing to undo.
    public func undo(_ id: PurchaseId) async throws(NightmarketError) {
        try await plain { try await core.undo(id: id) }
    }

    /// The shopper came back from `continueUrl`: the shop is read, and asked again if that is what it waits for. Throws
    /// `NotFound` if there is no such purchase. One that has found out by itself in the meantime is left as it is.
    public func returned(_ id: PurchaseId) async throws(NightmarketError) {
        try await plain { try await core.returned(id: id) }
    }

    /// Gives up a purchase that waits for the shopper at `continueUrl`: the shop is asked to cancel it. Watch it for what
    /// became of that: `abandoned`, or bought after all, if that is what the shop says. Throws `Unsettled` if it does not
    /// wait for the shopper, `BadInput` if it is settled.
    public func abandon(_ id: PurchaseId) async throws(NightmarketError) {
        try await plain { try await core.abandon(id: id) }
    }

    /// How old the shopper is, as far as the app knows and declares it; none: not known (any more). What is sold above an
    /// age is bought by one tap only if this says so, confirmed while it is not known, and refused under that age. Kept in
    /// memory, and never sent: declare it anew after every opening, and `refresh` quotes made before. Throws `BadInput` if
    /// nobody can be of this age.
    public func declareAge(_ age: DeclaredAge?) async throws(NightmarketError) {
        try await plain { try await core.declareAge(age: age) }
    }

    /// The app knows whether there is a network. Coming back ends all waiting.
    public func setOnline(_ online: Bool) async throws(NightmarketError) {
        try await plain { try await core.setOnline(online: online) }
    }

    /// Every decision and every change, oldest first.
    public func audit() async throws(NightmarketError) -> [AuditEntry] {
        try await plain { try await core.audit() }
    }

    /// The audit as a JSON array, for the shopper to keep.
    public func exportAudit() async throws(NightmarketError) -> String {
        try await plain { try await core.exportAudit() }
    }
}

/// What the shopper allows. What lets more through asks the app for device authentication, and throws `Host` if it was
/// not given; what lets less through works at once, and offline.
extension Purchases {
    /// What the shopper allows.
    public func policy() async throws(NightmarketError) -> Policy {
        try await plain { try await core.policy() }
    }

    /// What is left of the caps.
    public func left() async throws(NightmarketError) -> Left {
        try await plain { try await core.left() }
    }

    /// One tap buys strictly under this, in its currency.
    @discardableResult
    public func setThreshold(_ threshold: Money) async throws(NightmarketError) -> Policy {
        try await cancelable { try await core.setThreshold(threshold: threshold, cancel: $0) }
    }

    /// One tap is off in a currency. Never asks.
    @discardableResult
    public func switchOff(_ currency: Currency) async throws(NightmarketError) -> Policy {
        try await plain { try await core.switchOff(currency: currency) }
    }

    /// Sets the caps. Throws `BadInput` if a currency is named twice.
    @discardableResult
    public func setCaps(_ caps: Caps) async throws(NightmarketError) -> Policy {
        try await cancelable { try await core.setCaps(caps: caps, cancel: $0) }
    }

    /// Sets or ends quiet hours.
    @discardableResult
    public func setQuietHours(_ quiet: QuietHours?) async throws(NightmarketError) -> Policy {
        try await cancelable { try await core.setQuietHours(quiet: quiet, cancel: $0) }
    }

    /// Begins or ends a pause.
    @discardableResult
    public func setPause(_ pause: Pause) async throws(NightmarketError) -> Policy {
        try await cancelable { try await core.setPause(pause: pause, cancel: $0) }
    }

    /// From now on this quote's shop, address, delivery, instrument and this device count as used before. Asks for device
    /// authentication. Gives what would become of a tap now. Throws `NotFound`.
    @discardableResult
    public func trust(_ key: QuoteKey) async throws(NightmarketError) -> Decision {
        try await cancelable { try await core.trust(key: key, cancel: $0) }
    }
}
