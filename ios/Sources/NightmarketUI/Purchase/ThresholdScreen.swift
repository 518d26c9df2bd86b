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
        PhaseView(model.phase, empty: .notOffered, act: { _ in Task { await model.load() } }) {
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
            Toggle(isOn: isQuiet) {
                Text(verbatim: strings(.quietHours))
                    .textSize(.body)
                    .foregroundStyle(palette.ink.color)
            }
            if let hours = model.quiet {
                picker(.quietFrom, of: hours.from) { minute in
                    await model.setQuiet(from: minute, to: hours.to)
                }
                picker(.quietTo, of: hours.to) { minute in
                    await model.setQuiet(from: hours.from, to: minute)
                }
            }
        }
        .padding(Space.medium)
        .card()
    }

    private func picker(
        _ key: StringKey, of minute: UInt16, change: @escaping @MainActor (UInt16) async -> Void
    ) -> some View {
        let date = Binding<Date>(
            get: { MinuteOfDay.date(minute) },
            set: { chosen in Task { await change(MinuteOfDay.of(chosen)) } })
        return DatePicker(selection: date, displayedComponents: .hourAndMinute) {
            Text(verbatim: strings(key))
                .textSize(.second)
                .foregroundStyle(palette.inkSoft.color)
        }
    }

    private var pause: some View {
        Toggle(isOn: isPaused) {
            Text(verbatim: strings(.pause))
                .textSize(.body)
                .foregroundStyle(palette.ink.color)
        }
        .padding(Space.medium)
        .card()
    }

    private var isQuiet: Binding<Bool> {
        Binding(
            get: { model.quiet != nil },
            set: { on in Task { await model.setQuiet(on) } })
    }

    private var isPaused: Binding<Bool> {
        Binding(
            get: { model.isPaused },
            set: { on in Task { await model.setPaused(on) } })
    }
}

/// One currency's threshold.
struct ThresholdCard: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    @Binding var row: ThresholdRow
    let set: () -> Void
    let switchOff: () -> Void

    var body: some View {
        VStack(alignment: .leading, spacing: Space.small) {
            Text(verbatim: strings(.threshold))
                .textSize(.body, weight: .semibold)
                .foregroundStyle(palette.ink.color)
                .accessibilityAddTraits(.isHeader)
            Text(verbatim: row.threshold.map { strings(.thresholdUnder, $0.shown) } ?? strings(.thresholdOff))
                .textSize(.second)
                .monospacedDigit()
                .foregroundStyle(row.threshold == nil ? palette.inkSoft.color : palette.jade.color)
            HStack(spacing: Space.small) {
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

/// A minute of the day as the date that a picker wants, in the device's calendar.
enum MinuteOfDay {
    static func date(_ minute: UInt16) -> Date {
        let start = Calendar.current.startOfDay(for: .now)
        return Calendar.current.date(byAdding: .minute, value: Int(minute), to: start) ?? start
    }

    static func of(_ date: Date) -> UInt16 {
        let parts = Calendar.current.dateComponents([.hour, .minute], from: date)
        return UInt16((parts.hour ?? 0) * 60 + (parts.minute ?? 0))
    }
}
