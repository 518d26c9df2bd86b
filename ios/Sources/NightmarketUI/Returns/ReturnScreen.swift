import Foundation
import Nightmarket
import SwiftUI

/// Give it back: what and why, when the courier may come, and from then on the parcel's way and the money's.
public struct ReturnScreen: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    @Environment(\.openURL) private var openURL
    @Bindable private var model: ReturnModel
    private let signIn: @MainActor () -> Void

    public init(model: ReturnModel, signIn: @escaping @MainActor () -> Void) {
        self.model = model
        self.signIn = signIn
    }

    public var body: some View {
        PhaseView(model.phase, empty: .nothingToReturn, act: act) {
            ScrollView {
                VStack(alignment: .leading, spacing: Space.large) {
                    if let problem = model.problem {
                        ProblemBanner(problem: problem, act: act)
                    }
                    if let view = model.view {
                        ReturnProgress(view: view)
                        if model.canChooseSlot {
                            slots(of: view)
                        }
                        if view.canCancel {
                            Button {
                                Task { await model.keepIt() }
                            } label: {
                                Text(verbatim: strings(.keepItAfterAll))
                            }
                            .buttonStyle(.quiet)
                            .disabled(model.isBusy)
                        }
                    } else {
                        wish
                    }
                }
                .padding(Space.large)
            }
        }
        .background(palette.ground.color)
        .task { await model.run() }
    }

    private var wish: some View {
        VStack(alignment: .leading, spacing: Space.medium) {
            heading(.whatGoesBack)
            ForEach($model.lines) { line in
                ReturnLineCard(line: line)
            }
            if let estimate = model.estimate {
                HStack {
                    Text(verbatim: strings(.refund))
                        .textSize(.body)
                        .foregroundStyle(palette.inkSoft.color)
                        .frame(maxWidth: .infinity, alignment: .leading)
                    Text(verbatim: estimate.shown)
                        .price()
                        .foregroundStyle(palette.ink.color)
                }
                .accessibilityElement(children: .combine)
            }
            Button {
                Task { await model.request() }
            } label: {
                Text(verbatim: strings(.requestReturn))
            }
            .buttonStyle(.lantern)
            .disabled(!model.canRequest)
        }
    }

    private func slots(of view: ReturnView) -> some View {
        VStack(alignment: .leading, spacing: Space.small) {
            heading(.chooseSlot)
            ForEach(model.slots, id: \.id) { slot in
                SlotRow(
                    slot: slot, fee: model.fee(of: slot), isChosen: slot.id == view.pickup?.slot,
                    book: { Task { await model.book(slot.id) } }
                )
                .disabled(model.isBusy)
            }
        }
    }

    private func heading(_ key: StringKey) -> some View {
        Text(verbatim: strings(key))
            .textSize(.title)
            .foregroundStyle(palette.ink.color)
            .accessibilityAddTraits(.isHeader)
    }

    private func act(_ action: Problem.Action) {
        switch action {
        case .tryAgain: Task { await model.load() }
        case .signIn: signIn()
        case .open(let address): openURL(address)
        }
    }
}

/// A line of the order: whether it goes back, how many, and why.
struct ReturnLineCard: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    @Binding var line: ReturnChoice

    var body: some View {
        VStack(alignment: .leading, spacing: Space.small) {
            HStack(spacing: Space.medium) {
                Thumbnail(address: line.imageUrl)
                Toggle(isOn: $line.isChosen) {
                    Text(verbatim: line.title)
                        .textSize(.body)
                        .foregroundStyle(palette.ink.color)
                }
            }
            if line.isChosen {
                if line.most > 1 {
                    Stepper(value: $line.quantity, in: 1...line.most) {
                        Text(verbatim: "\(line.quantity) ×")
                            .price(.second)
                            .foregroundStyle(palette.ink.color)
                    }
                }
                if let rule = line.rule {
                    Text(verbatim: rule)
                        .textSize(.second)
                        .foregroundStyle(palette.inkSoft.color)
                }
                Text(verbatim: strings(.why))
                    .textSize(.caption)
                    .foregroundStyle(palette.inkSoft.color)
                ForEach(line.reasons, id: \.self) { reason in
                    ChoiceRow(words: ReturnReasons.words(reason, in: strings), isChosen: line.reason == reason) {
                        line.reason = reason
                    }
                }
            }
        }
        .padding(Space.medium)
        .card()
    }
}

/// A time at which the courier can come.
struct SlotRow: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let slot: Slot
    /// What comes off the refund; none where it is free.
    let fee: Money?
    let isChosen: Bool
    let book: @MainActor () -> Void

    var body: some View {
        Beside {
            VStack(alignment: .leading, spacing: Space.hair) {
                Text(verbatim: Moments.span(slot.from, slot.to, in: strings.language))
                    .textSize(.body)
                    .monospacedDigit()
                    .foregroundStyle(palette.ink.color)
                if slot.unpacked {
                    Badge(words: strings(.asItIs), ink: palette.surface.color, ground: palette.jade.color)
                }
                Text(verbatim: fee.map { strings(.pickupCosts, $0.shown) } ?? strings(.free))
                    .textSize(.caption)
                    .foregroundStyle(palette.inkSoft.color)
            }
            .frame(maxWidth: .infinity, alignment: .leading)
            .accessibilityElement(children: .combine)
            if isChosen {
                Image(systemName: "checkmark.circle.fill")
                    .foregroundStyle(palette.jade.color)
                    .accessibilityLabel(Text(verbatim: strings(.booked)))
            } else {
                Button(action: book) { Text(verbatim: strings(.book)) }
                    .buttonStyle(.quiet)
            }
        }
        .padding(Space.medium)
        .card()
    }
}
