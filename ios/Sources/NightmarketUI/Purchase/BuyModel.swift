import Foundation
import Nightmarket
import Observation

/// One purchase as its card shows it: the quote, the tap, and what became of it.
@MainActor @Observable
public final class BuyModel: Identifiable {
    /// The quote, and what a tap on it would do.
    public private(set) var quoted: Quoted?
    /// Who sells, by the name that the venue gives; the domain where it gives none.
    public private(set) var seller = ""
    /// Where the card stands.
    public private(set) var phase = Phase.loading
    /// What went wrong beside the purchase itself.
    public private(set) var problem: Problem?
    /// What has to be confirmed, if anything.
    public var confirmation: Confirmation?

    /// Reasons to confirm, and the very quote.
    public struct Confirmation: Identifiable, Equatable, Sendable {
        public let reasons: [Reason]
        public let quoted: Quoted
        public var id: String { quoted.quote.digest }
    }

    /// What is on screen for less buys nothing.
    private static let leastShown = Duration.milliseconds(500)

    private let shopper: Shopper
    private let purchases: Purchases
    private let orders: Orders
    private let network: NetworkModel
    private let wish: BuyWish
    private let clock = ContinuousClock()
    private var thresholds: [Money] = []
    private var shownSince: ContinuousClock.Instant?
    private var wasShown = false
    private var isTapping = false
    private var refusal: [Reason]?
    private var started: PurchaseId?
    private var purchase: PurchaseView?
    private var undoUntil: Date?
    private var wentToBrowser = false
    private var following: Following?

    public init(shopper: Shopper, wish: BuyWish, network: NetworkModel) {
        self.shopper = shopper
        purchases = shopper.purchase
        orders = shopper.orders
        self.wish = wish
        self.network = network
    }

    /// What the button says and does.
    public var stage: PayStage {
        if let purchase { return PayStage(after: purchase.state, undoUntil: undoUntil) }
        // Started, and not heard of yet.
        if isTapping || started != nil { return .checking }
        if !network.isOnline { return .offline }
        if let refusal { return .refused(refusal) }
        guard let quoted, wasShown else { return .justAppeared }
        return PayStage(before: quoted, thresholds: thresholds)
    }

    /// Asks for the price, once.
    public func run() async {
        if case .early(let shown, let shownMs) = wish, quoted == nil {
            await tapped(shown, shownMs)
        } else if quoted == nil {
            await quote()
        }
    }

    /// Asks for the price; of what was bought or refused before, anew.
    public func quote() async {
        if quoted == nil { phase = .loading }
        (problem, refusal, confirmation) = (nil, nil, nil)
        (started, purchase, undoUntil, following) = (nil, nil, nil, nil)
        (shownSince, wasShown) = (nil, false)
        do {
            thresholds = try await purchases.policy().thresholds
            let quoted =
                switch wish {
                case .item(let shop, let item): try await purchases.quote(.item(item, at: shop))
                case .offer(let offer): try await purchases.quoteOffer(offer)
                case .early(let shown, _): try await purchases.refresh(shown.quote.key)
                }
            seller = try await name(of: quoted.quote.key.shop)
            self.quoted = quoted
            phase = .ready
        } catch {
            guard let told = Problem(error) else { return }
            if quoted == nil { phase = .failed(told) } else { problem = told }
        }
    }

    /// Another way for a package to come.
    public func choose(_ group: String, _ option: String) async {
        guard let quoted, !stage.isAfterTap else { return }
        problem = nil
        do {
            let next = try await purchases.choose(quoted.quote.key, .delivery(group: group, option: option))
            if next.quote.digest != quoted.quote.digest { (shownSince, wasShown) = (nil, false) }
            self.quoted = next
        } catch {
            problem = Problem(error)
        }
    }

    /// The card shows all of this quote: told to the core, and from now on its time on screen counts.
    public func rendered(_ shown: Quoted) async {
        // A pin that was tapped has reported it.
        guard !isTapping, started == nil else { return }
        let all = shown.toRender
        // No card here shows the odds of a box, or a link that leads nowhere.
        let links = all.links.filter { URL(string: $0) != nil }
        let report = Rendered(totals: all.totals, notices: all.notices, links: links, odds: false)
        (shownSince, wasShown) = (nil, false)
        do {
            try await purchases.rendered(shown.quote.key, digest: shown.quote.digest, report)
            shownSince = clock.now
            try await Task.sleep(for: Self.leastShown)
            wasShown = true
        } catch {
            problem = Problem(error)
        }
    }

    /// The tap.
    public func pay() async {
        guard stage.canPay, let quoted, let shownSince else { return }
        let shown = (clock.now - shownSince) / .milliseconds(1)
        await gesture(over: quoted) { [purchases] key, digest in
            try await purchases.tap(key, digest: digest, shownMs: UInt64(shown))
        }
    }

    /// Yes, this very quote.
    public func confirm() async {
        guard let confirmation else { return }
        self.confirmation = nil
        await gesture(over: confirmation.quoted) { [purchases] key, digest in
            try await purchases.confirm(key, digest: digest)
        }
    }

    /// Takes it back.
    public func undo() async {
        guard let purchase else { return }
        do { try await purchases.undo(purchase.id) } catch { problem = Problem(error) }
    }

    /// Whether it waits for the shopper, who may let it be.
    public var canGiveUp: Bool {
        if case .needsBuyer = purchase?.state { true } else { false }
    }

    /// No, not in the browser either.
    public func giveUp() async {
        guard canGiveUp, let purchase else { return }
        do { try await purchases.abandon(purchase.id) } catch { problem = Problem(error) }
    }

    /// The shopper goes on in the browser.
    public func opensBrowser() {
        wentToBrowser = true
    }

    /// The app is in front again, perhaps from the browser.
    public func cameBack() async {
        guard wentToBrowser else { return }
        wentToBrowser = false
        switch purchase?.state {
        case nil: await quote()
        case .needsBuyer:
            if let purchase {
                do { try await purchases.returned(purchase.id) } catch { problem = Problem(error) }
            }
        default: break
        }
    }
}

extension BuyModel {
    /// The tap was made on the pin: here is what becomes of it.
    private func tapped(_ shown: Quoted, _ shownMs: UInt64) async {
        quoted = shown
        seller = shown.quote.key.shop
        phase = .ready
        await gesture(over: shown) { [purchases] key, digest in
            try await purchases.tap(key, digest: digest, shownMs: shownMs)
        }
        if let named = try? await name(of: shown.quote.key.shop) { seller = named }
    }

    private func name(of shop: ShopDomain) async throws -> String {
        try await shopper.venue().shops.first { $0.domain == shop }?.name ?? shop
    }

    private func gesture(
        over quoted: Quoted, _ buy: @Sendable (QuoteKey, String) async throws -> TapResult
    ) async {
        guard !isTapping else { return }
        isTapping = true
        defer { isTapping = false }
        do {
            switch try await buy(quoted.quote.key, quoted.quote.digest) {
            case .started(let id): follow(id)
            case .confirm(let reasons): confirmation = Confirmation(reasons: reasons, quoted: quoted)
            case .refused(let reasons): refusal = reasons
            }
        } catch {
            problem = Problem(error)
        }
    }

    /// Follows it until its card is gone; the purchase itself goes on without.
    private func follow(_ id: PurchaseId) {
        started = id
        let changes = purchases.watch(id)
        following = Following { [weak self] in
            do {
                for try await view in changes { await self?.hear(view) }
            } catch {
                self?.problem = Problem(error)
            }
        }
    }

    private func hear(_ view: PurchaseView) async {
        // The last word about an earlier purchase may come after a new quote.
        guard view.id == started else { return }
        purchase = view
        if view.state.isSettled, !view.acknowledged {
            // It is on screen. If this cannot be written down it is shown again, which is right.
            try? await purchases.acknowledge(view.id)
        }
        if case .placed(let order) = view.state, undoUntil == nil {
            let deadline = await deadline(of: order, at: view.quote.shop)
            if view.id == started { undoUntil = deadline }
        }
    }

    private func deadline(of order: PlacedOrder, at shop: ShopDomain) async -> Date? {
        // A shop that undoes nothing, or cannot be asked now: no button.
        guard case .here(_, let left, true)? = try? await orders.undoDeadline(shop: shop, order: order.id) else {
            return nil
        }
        return Date(timeIntervalSinceNow: Double(left) / 1_000)
    }
}
