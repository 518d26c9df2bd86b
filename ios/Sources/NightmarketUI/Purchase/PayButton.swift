import Foundation
import Nightmarket
import SwiftUI

/// The button that buys, one line under it that says why or what will be asked, and after the tap what became of it.
struct PayButton: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let total: Money?
    let stage: PayStage
    let pay: @MainActor () -> Void
    let undo: @MainActor () -> Void
    let open: @MainActor (URL) -> Void
    /// No, not in the browser either. None before the tap: there is nothing to give up.
    let giveUp: (@MainActor () -> Void)?
    /// Asks for a new price, or tries once more.
    let again: @MainActor () -> Void
    /// The shopper has seen the outcome.
    let ok: @MainActor () -> Void

    var body: some View {
        VStack(spacing: Space.small) {
            if stage.isAfterTap {
                outcome
                if stage.isSettled {
                    Button(action: ok) { Text(verbatim: strings(.ok)) }
                        .buttonStyle(.quiet)
                }
            } else {
                Button(action: pay) {
                    Text(verbatim: strings(.pay, total?.shown ?? "–"))
                }
                .buttonStyle(.lantern)
                .disabled(!stage.canPay)
                why
            }
        }
        .frame(maxWidth: .infinity)
    }

    @ViewBuilder private var why: some View {
        switch stage {
        case .justAppeared:
            note(strings(.justAppeared), palette.inkSoft)
        case .oneTap(let threshold):
            note(strings(.underThreshold, threshold.shown), palette.jade)
        case .asks(let reasons):
            note(
                ([strings(.willAsk)] + reasons.prefix(1).map { $0.words(in: strings) }).joined(separator: " · "),
                palette.inkSoft)
        case .offline:
            note(strings(.offline), palette.amber)
        case .refused(let reasons):
            ForEach(reasons.indices, id: \.self) { index in
                note(reasons[index].words(in: strings), palette.amber)
            }
            Button(action: again) { Text(verbatim: strings(.tryAgain)) }
                .buttonStyle(.quiet)
        default:
            EmptyView()
        }
    }

    @ViewBuilder private var outcome: some View {
        switch stage {
        case .checking: waits(strings(.checking))
        case .withdrawing: waits(strings(.withdrawing))
        case .placed(let undoUntil):
            said(strings(.placed), palette.jade, symbol: "checkmark.circle.fill")
            if let undoUntil { UndoRow(until: undoUntil, undo: undo) }
        case .placedDifferently(let order):
            said(strings(.placedDifferently), palette.amber, symbol: "exclamationmark.triangle.fill")
            if let total = order.total {
                Text(verbatim: total.shown).price().foregroundStyle(palette.ink.color)
            }
            opening(URL(string: order.permalinkUrl))
        case .undoing: waits(strings(.undoing))
        case .undone:
            said(strings(.undone), palette.jade, symbol: "arrow.uturn.backward.circle.fill")
        case .tooLate:
            said(strings(.tooLate), palette.amber, symbol: "clock.badge.exclamationmark")
        case .declined(let words):
            said(strings(.declined, words), palette.amber, symbol: "xmark.circle.fill")
            tryAgain
        case .needsBuyer(let address):
            said(strings(.needsYou), palette.amber, symbol: "hand.raised.fill")
            opening(address)
            if let giveUp {
                Button(action: giveUp) { Text(verbatim: strings(.giveUp)) }
                    .buttonStyle(.quiet)
            }
        case .givingUp: waits(strings(.givingUp))
        case .givenUp:
            said(strings(.givenUp), palette.jade, symbol: "checkmark.circle.fill")
            tryAgain
        case .closedBefore:
            said(strings(.closedBefore), palette.amber, symbol: "wifi.slash")
            tryAgain
        case .notSent:
            said(strings(.purchaseNotSent), palette.amber, symbol: "wifi.slash")
            tryAgain
        default:
            EmptyView()
        }
    }

    private var tryAgain: some View {
        Button(action: again) { Text(verbatim: strings(.tryAgain)) }
            .buttonStyle(.quiet)
    }

    @ViewBuilder private func opening(_ address: URL?) -> some View {
        if let address {
            Button {
                open(address)
            } label: {
                Text(verbatim: strings(.open))
            }
            .buttonStyle(.quiet)
        }
    }

    private func waits(_ words: String) -> some View {
        HStack(spacing: Space.small) {
            ProgressView()
            note(words, palette.amber)
        }
        .frame(minHeight: Space.touch)
    }

    private func said(_ words: String, _ tint: Tint, symbol: String) -> some View {
        HStack(spacing: Space.small) {
            Image(systemName: symbol)
                .accessibilityHidden(true)
            Text(verbatim: words)
                .textSize(.body, weight: .semibold)
        }
        .foregroundStyle(tint.color)
        .frame(minHeight: Space.touch)
    }

    private func note(_ words: String, _ tint: Tint) -> some View {
        Text(verbatim: words)
            .textSize(.second)
            .monospacedDigit()
            .foregroundStyle(tint.color)
            .multilineTextAlignment(.center)
    }
}

/// Takes it back while that lasts.
struct UndoRow: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let until: Date
    let undo: @MainActor () -> Void

    var body: some View {
        TimelineView(.periodic(from: .now, by: 1)) { timeline in
            if timeline.date < until {
                Beside {
                    Text(verbatim: strings(.undoUntil, Moments.clock(until, in: strings.language)))
                        .textSize(.second)
                        .foregroundStyle(palette.inkSoft.color)
                        .frame(maxWidth: .infinity, alignment: .leading)
                    Button(action: undo) { Text(verbatim: strings(.undo)) }
                        .buttonStyle(.quiet)
                }
            } else {
                Text(verbatim: strings(.tooLate))
                    .textSize(.second)
                    .foregroundStyle(palette.inkSoft.color)
            }
        }
    }
}
