import Foundation
import Nightmarket
import SwiftUI

/// The amount under which one tap buys, per currency, and what bounds it.
public struct ThresholdScreen: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    @Bindable private var model: ThresholdModel

    public init(model: ThresholdModel) {
        self.model = model
    }

    public var body: some View {
        PhaseView(model.phase, empty: .problemNotHere, act: { _ in Task { await model.load() } }) {
            ScrollView {
                VStack(alignment: .leading, spacing: Space.large) {
                    ForEach($model.rows) { row in
                        ThresholdCard(
                            row: row,
                            set: { Task { await model.set(row.wrappedValue.currency) } },
                            switchOff: { Task { await model.switchOff(row.wrappedValue.currency) } })
                    }
                    if let trouble = model.trouble {
                        Text(verbatim: strings(trouble))
                            .textSize(.second)
                            .foregroundStyle(palette.amber.color)
                    }
                    quiet
                    pause
                }
                .padding(Space.large)
            }
        }
        .background(palette.ground.color)
        .task { await model.load() }
    }

    private var quiet: some View {
        VStack(alignment: .leading, spacing: Space.small) {
            Toggle(isOn: $model.isQuiet) { words(.quietHours) }
            caption(.quietSays)
            if model.isQuiet {
                DatePicker(selection: $model.quietFrom, displayedComponents: .hourAndMinute) {
                    caption(.from)
                }
                DatePicker(selection: $model.quietTo, displayedComponents: .hourAndMinute) {
                    caption(.until)
                }
            }
        }
        .padding(Space.medium)
        .card()
    }

    private var pause: some View {
        VStack(alignment: .leading, spacing: Space.small) {
            Toggle(isOn: $model.isPaused) { words(.pause) }
            caption(.pauseSays)
        }
        .padding(Space.medium)
        .card()
    }

    private func words(_ key: StringKey) -> some View {
        Text(verbatim: strings(key))
            .textSize(.body)
            .foregroundStyle(palette.ink.color)
    }

    private func caption(_ key: StringKey) -> some View {
        Text(verbatim: strings(key))
            .textSize(.second)
            .foregroundStyle(palette.inkSoft.color)
    }
}

/// One currency's threshold.
struct ThresholdCard: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    @Binding var row: ThresholdRow
    let set: @MainActor () -> Void
    let switchOff: @MainActor () -> Void

    var body: some View {
        VStack(alignment: .leading, spacing: Space.small) {
            Text(verbatim: strings(.threshold))
                .textSize(.body, weight: .semibold)
                .foregroundStyle(palette.ink.color)
                .accessibilityAddTraits(.isHeader)
            Text(verbatim: row.threshold?.shown ?? strings(.thresholdOff))
                .price(row.threshold == nil ? .second : .title)
                .foregroundStyle(row.threshold == nil ? palette.inkSoft.color : palette.jade.color)
            caption(strings(.thresholdSays))
            Beside(spacing: Space.small) {
                Text(verbatim: Amounts.symbol(of: row.currency))
                    .price()
                    .foregroundStyle(palette.inkSoft.color)
                    .accessibilityHidden(true)
                TextField(strings(.threshold), text: $row.typed)
                    .price()
                    .foregroundStyle(palette.ink.color)
                    .decimalKeys()
                    .frame(minHeight: Space.touch)
                    .accessibilityLabel(Text(verbatim: "\(strings(.threshold)), \(row.currency)"))
                Button(action: set) { Text(verbatim: strings(.thresholdSet)) }
                    .buttonStyle(.quiet)
                if row.threshold != nil {
                    Button(action: switchOff) { Text(verbatim: strings(.switchOff)) }
                        .buttonStyle(.quiet)
                }
            }
            caption(strings(.raisingAsks))
            if let left = row.leftToday { caption(strings(.leftToday, left.shown)) }
            if let left = row.leftWeek { caption(strings(.leftWeek, left.shown)) }
        }
        .padding(Space.medium)
        .card()
    }

    private func caption(_ words: String) -> some View {
        Text(verbatim: words)
            .textSize(.caption)
            .monospacedDigit()
            .foregroundStyle(palette.inkSoft.color)
    }
}

extension View {
    /// Figures and a point to type with; only phones have such keys.
    @ViewBuilder fileprivate func decimalKeys() -> some View {
        #if os(iOS)
        keyboardType(.decimalPad)
        #else
        self
        #endif
    }
}
