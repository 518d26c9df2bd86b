import Nightmarket
import SwiftUI

/// What it costs, all of it, and the button that buys.
public struct BuyCard: View {
    @Environment(\.palette) private var palette
    @Environment(\.openURL) private var openURL
    @Environment(\.dismiss) private var dismiss
    @Environment(\.scenePhase) private var scenePhase
    @Bindable private var model: BuyModel
    private let signIn: @MainActor () -> Void

    public init(model: BuyModel, signIn: @escaping @MainActor () -> Void) {
        self.model = model
        self.signIn = signIn
    }

    public var body: some View {
        PhaseView(model.phase, loading: .pricing, empty: .problemNotHere, act: act) {
            ScrollView {
                VStack(alignment: .leading, spacing: Space.large) {
                    if let quoted = model.quoted {
                        QuoteRows(quote: quoted.quote, toRender: quoted.toRender, seller: model.seller)
                            .task(id: quoted.quote.digest) { await model.rendered(quoted) }
                        if !model.stage.isAfterTap {
                            DeliveryRows(quote: quoted.quote) { group, option in
                                Task { await model.choose(group, option) }
                            }
                        }
                    }
                    PayButton(
                        total: model.quoted?.quote.total, stage: model.stage,
                        pay: { Task { await model.pay() } },
                        undo: { Task { await model.undo() } },
                        open: { address in
                            model.opensBrowser()
                            openURL(address)
                        },
                        giveUp: model.canGiveUp ? { Task { await model.giveUp() } } : nil,
                        again: { Task { await model.quote() } },
                        ok: { dismiss() })
                    if let problem = model.problem {
                        ProblemNote(problem: problem, act: act)
                    }
                }
                .padding(Space.large)
            }
        }
        .background(palette.ground.color)
        .task { await model.run() }
        .onChange(of: scenePhase) { _, phase in
            if phase == .active { Task { await model.cameBack() } }
        }
        .sheet(item: $model.confirmation) { confirmation in
            ConfirmSheet(
                reasons: confirmation.reasons, quoted: confirmation.quoted, seller: model.seller,
                pay: { Task { await model.confirm() } },
                notNow: { model.confirmation = nil })
        }
    }

    private func act(_ action: Problem.Action) {
        switch action {
        case .tryAgain: Task { await model.quote() }
        case .signIn: signIn()
        case .open(let address): openURL(address)
        }
    }
}
