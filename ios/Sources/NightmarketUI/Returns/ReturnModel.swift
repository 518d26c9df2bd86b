import Nightmarket
import Observation

/// A line of an order, as to giving it back.
public struct ReturnChoice: Identifiable, Equatable, Sendable {
    /// The order's line.
    public let id: String
    public let title: String
    public let imageUrl: String?
    /// Pieces that can go back.
    public let most: UInt32
    /// Reasons that the shop takes.
    public let reasons: [String]
    /// What a digital line is worth, in the shop's words.
    public let rule: String?
    /// Whether it goes back.
    public var isChosen = false
    /// How many.
    public var quantity: UInt32 = 1
    /// Why.
    public var reason: String?
}

/// Giving an order back, as its screen shows it.
@MainActor @Observable
public final class ReturnModel: Identifiable {
    /// What can go back; the shopper's choices are made in it.
    public var lines: [ReturnChoice] = []
    /// The return, once it was asked for.
    public private(set) var view: ReturnView?
    /// Times to choose from.
    public private(set) var slots: [Slot] = []
    /// Where the screen stands.
    public private(set) var phase = Phase.loading
    /// What went wrong with a return that is under way.
    public private(set) var problem: Problem?
    /// Whether the shop is being asked.
    public private(set) var isBusy = false

    private let returns: Returns
    private let orders: Orders
    private let shop: ShopDomain
    private let order: OrderId
    private let address: PostalAddress
    private var returnable: Returnable?
    private var following: Following?

    /// `address` is where the courier comes to.
    public init(shopper: Shopper, shop: ShopDomain, order: OrderId, address: PostalAddress) {
        returns = shopper.returns
        orders = shopper.orders
        (self.shop, self.order, self.address) = (shop, order, address)
    }

    /// What the chosen lines bring back, before a slot's fee.
    public var estimate: Money? {
        let wished = wishes
        return wished.isEmpty ? nil : returnable?.estimate(wished)
    }

    /// Whether something is chosen, each with a reason.
    public var canRequest: Bool {
        !isBusy && !wishes.isEmpty && wishes.count == lines.filter(\.isChosen).count
    }

    /// Whether a time can be chosen, or another one.
    public var canChooseSlot: Bool {
        !slots.isEmpty && view?.pickup?.state.canChooseSlot == true
    }

    /// What a slot takes off the refund; none where it is free.
    public func fee(of slot: Slot) -> Money? {
        let currency = view?.money.due?.currency ?? returnable?.lines.first?.refund.currency
        guard slot.fee > 0, let currency else { return nil }
        return Money(minor: slot.fee, currency: currency)
    }

    /// Loads, once.
    public func run() async {
        if view == nil, returnable == nil { await load() }
    }

    /// Goes on with the order's return if there is one under way; else reads what can go back.
    public func load() async {
        problem = nil
        do {
            for try await all in returns.list() {
                let known = all.first { $0.shop == shop && $0.order == order && !$0.isSettled }
                if let known { return follow(known.id) }
                break
            }
            let returnable = try await returns.eligible(shop: shop, order: order)
            let bought = try await orders.read(shop: shop, order: order)
            self.returnable = returnable
            lines = returnable.eligible.map { line in
                ReturnChoice(of: line, in: bought)
            }
            phase = lines.isEmpty ? .empty : .ready
        } catch {
            guard let told = Problem(error) else { return }
            if view == nil { phase = .failed(told) } else { problem = told }
        }
    }

    /// Asks the shop to take the chosen lines back. Written down before this returns.
    public func request() async {
        guard canRequest else { return }
        await ask { [returns, shop, order, wishes] in
            self.follow(try await returns.start(shop: shop, order: order, lines: wishes))
        }
    }

    /// Books a time for the courier.
    public func book(_ slot: SlotId) async {
        guard let view else { return }
        await ask { [returns, address] in
            self.take(try await returns.book(view.id, slot: slot, address: address))
        }
    }

    /// Keeps it after all.
    public func keepIt() async {
        guard let view else { return }
        await ask { [returns] in self.take(try await returns.cancel(view.id)) }
    }
}

extension ReturnModel {
    private var wishes: [ReturnLine] {
        lines.filter(\.isChosen).compactMap { line in
            line.reason.map { ReturnLine(lineId: line.id, quantity: line.quantity, reason: $0) }
        }
    }

    private func ask(_ call: @MainActor () async throws -> Void) async {
        guard !isBusy else { return }
        isBusy = true
        problem = nil
        do { try await call() } catch { problem = Problem(error) }
        isBusy = false
    }

    private func follow(_ id: ReturnRef) {
        let changes = returns.watch(id)
        following = Following { [weak self] in
            do {
                for try await view in changes {
                    self?.take(view)
                    await self?.readSlots()
                }
            } catch {
                self?.problem = Problem(error)
            }
        }
    }

    private func take(_ view: ReturnView) {
        self.view = view
        phase = .ready
        problem = view.problem.flatMap { Problem($0) }
    }

    private func readSlots() async {
        guard let view, view.pickup?.state.canChooseSlot == true else {
            slots = []
            return
        }
        do { slots = try await returns.slots(view.id) } catch { problem = Problem(error) }
    }
}

extension ReturnChoice {
    fileprivate init(of line: ReturnableLine, in order: Order) {
        let bought = order.lines.first { $0.id == line.lineId }
        self.init(
            id: line.lineId, title: bought?.title ?? line.lineId, imageUrl: bought?.imageUrl,
            most: line.delivered - min(line.delivered, line.returned + line.open), reasons: line.reasons,
            rule: line.digital?.rule, reason: line.reasons.count == 1 ? line.reasons.first : nil)
    }
}
