import Foundation
import Nightmarket
import Observation

/// One currency's threshold, and what is left of its caps.
public struct ThresholdRow: Identifiable, Equatable, Sendable {
    /// Which.
    public let currency: Currency
    /// One tap buys under this; none is off.
    public var threshold: Money?
    /// None where the day has no cap.
    public var today: CapLeft?
    /// None where the week has no cap.
    public var week: CapLeft?
    /// What is being typed.
    public var typed = ""
    public var id: Currency { currency }
}

/// A cap, and what is left of it.
public struct CapLeft: Equatable, Sendable {
    /// What may still be spent without a question.
    public let left: Money
    /// What the shopper set.
    public let cap: Money
}

/// What the shopper allows, as its screen shows it.
@MainActor @Observable
public final class ThresholdModel {
    /// A row per currency.
    public var rows: [ThresholdRow]
    /// Where the screen stands.
    public private(set) var phase = Phase.loading
    /// Why the last change was not made.
    public private(set) var trouble: StringKey?

    private let purchases: Purchases
    /// As the switches stand; put right by what the core says.
    private var limits = Limits()
    private var policy: Policy?
    private var last: Task<Void, Never>?
    private var pending = 0

    private struct Limits: Equatable {
        var quiet: QuietHours?
        var isPaused = false
    }

    /// `currencies` are shown even while nothing is set in them.
    public init(shopper: Shopper, currencies: [Currency]) {
        purchases = shopper.purchase
        rows = currencies.map { ThresholdRow(currency: $0) }
    }

    /// Whether there are quiet hours; the first ones are from ten to seven.
    public var isQuiet: Bool {
        get { limits.quiet != nil }
        set { want(quiet: newValue ? hours(from: 22 * 60, to: 7 * 60) : nil) }
    }

    /// When quiet hours begin.
    public var quietFrom: Date {
        get { MinuteOfDay.date(limits.quiet?.from ?? 0) }
        set { want(quiet: hours(from: MinuteOfDay.of(newValue), to: limits.quiet?.to ?? 0)) }
    }

    /// When they end.
    public var quietTo: Date {
        get { MinuteOfDay.date(limits.quiet?.to ?? 0) }
        set { want(quiet: hours(from: limits.quiet?.from ?? 0, to: MinuteOfDay.of(newValue))) }
    }

    /// Whether one tap is paused.
    public var isPaused: Bool {
        get { limits.isPaused }
        set {
            limits.isPaused = newValue
            change { try await $0.setPause(newValue ? .untilResumed : .off) }
        }
    }

    /// Reads what is set.
    public func load() async {
        do {
            try await take(purchases.policy())
            phase = .ready
        } catch {
            if let problem = Problem(error) { phase = .failed(problem) }
        }
    }

    /// Sets a currency's threshold to what was typed.
    public func set(_ currency: Currency) async {
        guard let row = rows.first(where: { $0.currency == currency }) else { return }
        let exponent = Money(minor: 0, currency: currency).exponent
        guard let minor = Amounts.minor(of: row.typed, exponent: exponent) else {
            trouble = .problemInput
            return
        }
        await change { try await $0.setThreshold(Money(minor: minor, currency: currency)) }.value
    }

    /// Off, at once and whatever else.
    public func switchOff(_ currency: Currency) async {
        await change { try await $0.switchOff(currency) }.value
    }

    /// Bounds what is spent in a day and a week.
    public func setCaps(_ caps: Caps) async {
        await change { try await $0.setCaps(caps) }.value
    }
}

extension ThresholdModel {
    private func want(quiet: QuietHours?) {
        limits.quiet = quiet
        change { try await $0.setQuietHours(quiet) }
    }

    private func hours(from: UInt16, to: UInt16) -> QuietHours {
        QuietHours(from: from, to: to, utcOffset: MinuteOfDay.utcOffset)
    }

    /// One change after the other, in the order they were wished for.
    @discardableResult
    private func change(
        _ make: @escaping @MainActor @Sendable (Purchases) async throws -> Policy
    ) -> Task<Void, Never> {
        trouble = nil
        pending += 1
        let task = Task { [before = last] in
            await before?.value
            let outcome: Result<Policy, any Error>
            do { outcome = .success(try await make(purchases)) } catch { outcome = .failure(error) }
            pending -= 1
            do {
                try await take(outcome.get())
            } catch {
                settleLimits()
                trouble = if case NightmarketError.Host = error { .problemNotProven } else { Problem(error)?.words }
            }
        }
        last = task
        return task
    }

    /// Switches stand as the core says, unless another wish is on its way.
    private func settleLimits() {
        if let policy, pending == 0 { limits = Self.limits(of: policy) }
    }

    private func take(_ policy: Policy) async throws {
        let left = try await purchases.left()
        self.policy = policy
        settleLimits()
        for money in policy.thresholds where !rows.contains(where: { $0.currency == money.currency }) {
            rows.append(ThresholdRow(currency: money.currency))
        }
        for index in rows.indices {
            let currency = rows[index].currency
            let threshold = policy.thresholds.first { $0.currency == currency }
            rows[index].today = CapLeft(of: left.day, policy.caps.day, in: currency)
            rows[index].week = CapLeft(of: left.week, policy.caps.week, in: currency)
            if threshold != rows[index].threshold { rows[index].typed = threshold?.plain ?? "" }
            rows[index].threshold = threshold
        }
    }

    private static func limits(of policy: Policy) -> Limits {
        let isPaused =
            switch policy.pause {
            case .off: false
            case .until(let end): end > Int64(Date.now.timeIntervalSince1970 * 1_000)
            case .untilResumed: true
            }
        return Limits(quiet: policy.quiet, isPaused: isPaused)
    }
}

extension CapLeft {
    fileprivate init?(of left: [Money], _ caps: [Money], in currency: Currency) {
        guard let left = left.first(where: { $0.currency == currency }),
            let cap = caps.first(where: { $0.currency == currency })
        else { return nil }
        self.init(left: left, cap: cap)
    }
}
