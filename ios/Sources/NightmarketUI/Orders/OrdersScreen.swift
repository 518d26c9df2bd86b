import Foundation
import Nightmarket
import SwiftUI

/// What was bought, and what became of it.
public struct OrdersScreen: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    private let model: OrdersModel
    private let giveBack: @MainActor (OrderEntry) -> Void
    private let signIn: @MainActor () -> Void

    /// `giveBack` is called with the order that goes back.
    public init(
        model: OrdersModel, giveBack: @escaping @MainActor (OrderEntry) -> Void, signIn: @escaping @MainActor () -> Void
    ) {
        self.model = model
        self.giveBack = giveBack
        self.signIn = signIn
    }

    public var body: some View {
        PhaseView(model.phase, empty: .ordersEmpty, act: act) {
            ScrollView {
                LazyVStack(spacing: Space.large) {
                    if let problem = model.problem {
                        ProblemBanner(problem: problem, act: act)
                    }
                    ForEach(model.open, id: \.id) { purchase in
                        OpenPurchaseCard(purchase: purchase) { Task { await model.acknowledge(purchase) } }
                    }
                    ForEach(model.orders) { row in
                        OrderCard(
                            row: row,
                            undo: { Task { await model.undo(row) } },
                            giveBack: { giveBack(row.entry) })
                    }
                }
                .padding(Space.large)
            }
            .refreshable { await model.refresh() }
        }
        .background(palette.ground.color)
        .task { await model.run() }
    }

    private func act(_ action: Problem.Action) {
        if action == .signIn { signIn() } else { Task { await model.refresh() } }
    }
}

/// An order with its total, where it stands, and what can still be done.
struct OrderCard: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let row: OrderRow
    let undo: @MainActor () -> Void
    let giveBack: @MainActor () -> Void

    var body: some View {
        VStack(alignment: .leading, spacing: Space.medium) {
            HStack(alignment: .top, spacing: Space.medium) {
                Thumbnail(address: row.entry.imageUrl)
                VStack(alignment: .leading, spacing: Space.hair) {
                    Text(verbatim: row.entry.title ?? strings(.order, row.entry.id))
                        .textSize(.body, weight: .semibold)
                        .foregroundStyle(palette.ink.color)
                    Text(verbatim: Moments.day(row.entry.placedAt, in: strings.language))
                        .textSize(.caption)
                        .foregroundStyle(palette.inkSoft.color)
                    if let stage = row.entry.stage {
                        Text(verbatim: strings(stage.key))
                            .textSize(.second)
                            .foregroundStyle(stage.tint(in: palette).color)
                    }
                }
                .frame(maxWidth: .infinity, alignment: .leading)
                if let total = row.entry.total {
                    Text(verbatim: total.shown)
                        .price()
                        .foregroundStyle(palette.ink.color)
                        .accessibilityLabel(Text(verbatim: "\(strings(.total)) \(total.shown)"))
                }
            }
            .accessibilityElement(children: .combine)
            if row.isUndoing {
                Text(verbatim: strings(.undoing))
                    .textSize(.second)
                    .foregroundStyle(palette.amber.color)
            } else if let until = row.undoUntil {
                UndoRow(until: until, undo: undo)
            }
            if row.canReturn {
                Button(action: giveBack) { Text(verbatim: strings(.returnIt)) }
                    .buttonStyle(.quiet)
            }
        }
        .padding(Space.medium)
        .card()
    }
}

/// A purchase whose outcome is not known, or not seen yet.
struct OpenPurchaseCard: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let purchase: PurchaseView
    /// It was seen; only what is settled can be put away.
    let ok: @MainActor () -> Void

    var body: some View {
        VStack(alignment: .leading, spacing: Space.medium) {
            HStack(alignment: .top, spacing: Space.medium) {
                Thumbnail(address: purchase.lines.first?.imageUrl)
                VStack(alignment: .leading, spacing: Space.hair) {
                    Text(verbatim: purchase.lines.first?.title ?? strings(.placed))
                        .textSize(.body, weight: .semibold)
                        .foregroundStyle(palette.ink.color)
                    Text(verbatim: words)
                        .textSize(.second)
                        .foregroundStyle(palette.amber.color)
                }
                .frame(maxWidth: .infinity, alignment: .leading)
                Text(verbatim: purchase.total.shown)
                    .price()
                    .foregroundStyle(palette.ink.color)
            }
            .accessibilityElement(children: .combine)
            if purchase.state.isSettled {
                Button(action: ok) { Text(verbatim: strings(.ok)) }
                    .buttonStyle(.quiet)
            }
        }
        .padding(Space.medium)
        .card()
    }

    private var words: String {
        switch PayStage(after: purchase.state, undoUntil: nil) {
        case .needsBuyer: strings(.needsYou)
        case .declined(let said): strings(.declined, said)
        case .givingUp: strings(.givingUp)
        case .givenUp: strings(.givenUp)
        case .withdrawing: strings(.withdrawing)
        case .closedBefore: strings(.closedBefore)
        case .notSent: strings(.purchaseNotSent)
        case .placedDifferently: strings(.placedDifferently)
        case .undoing: strings(.undoing)
        case .tooLate: strings(.tooLate)
        default: strings(.checking)
        }
    }
}

extension Stage {
    var key: StringKey {
        switch self {
        case .processing: .stageProcessing
        case .onTheWay: .stageOnTheWay
        case .failedAttempt: .stageFailedAttempt
        case .partlyDelivered: .stagePartlyDelivered
        case .delivered: .stageDelivered
        case .undeliverable: .stageUndeliverable
        case .canceled: .stageCanceled
        case .returned: .stageReturned
        }
    }

    func tint(in palette: Palette) -> Tint {
        switch self {
        case .delivered: palette.jade
        case .failedAttempt, .undeliverable: palette.amber
        default: palette.inkSoft
        }
    }
}
