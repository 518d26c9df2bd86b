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
                    caption(.thresholdSays)
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
            Text(verbatim: row.currency)
                .textSize(.caption, weight: .semibold)
                .foregroundStyle(palette.inkSoft.color)
                .accessibilityAddTraits(.isHeader)
            Beside {
                Text(verbatim: row.threshold?.shown ?? strings(.thresholdOff))
                    .price(row.threshold == nil ? .body : .title)
                    .foregroundStyle(row.threshold == nil ? palette.ink.color : palette.lantern.color)
                    .frame(maxWidth: .infinity, alignment: .leading)
                if row.threshold != nil {
                    Button(action: switchOff) { Text(verbatim: strings(.switchOff)) }
                        .buttonStyle(.quiet)
                }
            }
            if let today = row.today { CapBar(words: strings(.leftToday, today.left.shown), cap: today) }
            if let week = row.week { CapBar(words: strings(.leftWeek, week.left.shown), cap: week) }
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
            }
            caption(strings(.raisingAsks))
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

/// What is left of a cap, in words and as a bar.
struct CapBar: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let words: String
    let cap: CapLeft

    var body: some View {
        VStack(alignment: .leading, spacing: Space.hair) {
            Beside(spacing: Space.small) {
                Text(verbatim: words)
                    .textSize(.second)
                    .foregroundStyle(palette.ink.color)
                    .frame(maxWidth: .infinity, alignment: .leading)
                Text(verbatim: strings(.ofCap, cap.cap.shown))
                    .textSize(.second)
                    .foregroundStyle(palette.inkSoft.color)
            }
            .monospacedDigit()
            ProgressView(value: Double(cap.left.minor), total: Double(max(cap.cap.minor, cap.left.minor, 1)))
                .tint(palette.jade.color)
                .accessibilityHidden(true)
        }
        .accessibilityElement(children: .combine)
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
