import Foundation
import Nightmarket
import Observation

/// An order as a row shows it.
public struct OrderRow: Identifiable, Equatable, Sendable {
    public let entry: OrderEntry
    /// The purchase of this device that it came of.
    public let purchase: PurchaseId?
    /// Until when it can be undone here; none if it cannot.
    public let undoUntil: Date?
    /// The shop is asked to undo it.
    public let isUndoing: Bool
    /// Orders of two shops may have the same number.
    public var id: [String] { [entry.shop, entry.id] }

    /// Whether there is anything that may go back.
    public var canReturn: Bool {
        switch entry.stage {
        case .delivered, .partlyDelivered: true
        default: false
        }
    }
}

/// The shopper's orders as their screen shows them.
@MainActor @Observable
public final class OrdersModel {
    /// Newest first.
    public private(set) var orders: [OrderRow] = []
    /// Purchases of this device whose outcome is not known, or was not good and not seen yet.
    public private(set) var open: [PurchaseView] = []
    /// Where the screen stands.
    public private(set) var phase = Phase.loading
    /// What went wrong while there is something to show.
    public private(set) var problem: Problem?

    private let service: Orders
    private let purchases: Purchases
    private var entries: [OrderEntry] = []
    private var bought: [PurchaseView] = []
    /// By order; what cannot be undone here is kept as none, so that it is asked once.
    private var deadlines: [[String]: Date?] = [:]
    private var awaited: [PurchaseId: Following] = [:]
    private var isRefreshing = true

    public init(shopper: Shopper) {
        service = shopper.orders
        purchases = shopper.purchase
    }

    /// Follows the orders until the task is canceled.
    public func run() async {
        async let refreshed: Void = refresh()
        do {
            for try await entries in service.list() {
                self.entries = entries
                await look()
            }
        } catch {
            tell(error)
        }
        await refreshed
    }

    /// Asks the shops.
    public func refresh() async {
        isRefreshing = true
        problem = nil
        do { try await service.refresh() } catch { problem = Problem(error) }
        isRefreshing = false
        await look()
    }

    /// Takes an order back.
    public func undo(_ row: OrderRow) async {
        guard let purchase = row.purchase else { return }
        do { try await purchases.undo(purchase) } catch { tell(error) }
        await look()
        try? await service.refresh()
    }

    /// The shopper has seen an outcome.
    public func acknowledge(_ purchase: PurchaseView) async {
        do { try await purchases.acknowledge(purchase.id) } catch { tell(error) }
        await look()
    }
}

extension OrdersModel {
    private func look() async {
        do { bought = try await purchases.purchases() } catch { tell(error) }
        show()
        await askDeadlines()
        show()
        for purchase in bought where !purchase.state.isSettled { waitFor(purchase) }
    }

    private func show() {
        open = bought.filter { purchase in
            switch purchase.state {
            case .placed, .cancelRequested, .canceled, .superseded: false
            case .placedDifferently, .declined, .notSent, .tooLate: !purchase.acknowledged
            default: true
            }
        }
        orders = entries.map(row)
        settle()
    }

    private func row(of entry: OrderEntry) -> OrderRow {
        let purchase = bought.first { $0.quote.shop == entry.shop && $0.state.order?.id == entry.id }
        var canUndo = false
        var isUndoing = false
        switch purchase?.state {
        case .placed, .placedDifferently: canUndo = true
        case .cancelRequested: isUndoing = true
        default: break
        }
        return OrderRow(
            entry: entry, purchase: purchase?.id,
            undoUntil: canUndo ? deadlines[[entry.shop, entry.id]] ?? nil : nil, isUndoing: isUndoing)
    }

    /// Asks each shop once for each order of this device that may still be undone.
    private func askDeadlines() async {
        for row in orders where row.purchase != nil && deadlines[row.id] == nil {
            guard row.entry.stage == nil || row.entry.stage == .processing else { continue }
            guard let undo = try? await service.undoDeadline(shop: row.entry.shop, order: row.entry.id) else {
                continue
            }
            if case .here(_, let left, true) = undo {
                deadlines[row.id] = Date(timeIntervalSinceNow: Double(left) / 1_000)
            } else {
                deadlines[row.id] = .some(nil)
            }
        }
    }

    /// Looks again once a purchase has come to something.
    private func waitFor(_ purchase: PurchaseView) {
        guard awaited[purchase.id] == nil else { return }
        let changes = purchases.watch(purchase.id)
        awaited[purchase.id] = Following { [weak self] in
            do {
                for try await view in changes where view.state != purchase.state {
                    await self?.look()
                    if view.state.isSettled { break }
                }
            } catch {
                self?.tell(error)
            }
            self?.awaited[purchase.id] = nil
        }
    }

    private func tell(_ error: any Error) {
        problem = Problem(error)
        settle()
    }

    private func settle() {
        phase = .of(hasContent: !orders.isEmpty || !open.isEmpty, problem: problem, isAsking: isRefreshing)
    }
}

extension PurchaseState {
    /// The order, if one was placed.
    var order: PlacedOrder? {
        switch self {
        case .placed(let order), .placedDifferently(let order), .cancelRequested(let order), .canceled(let order): order
        case .tooLate(let order, _): order
        default: nil
        }
    }
}
