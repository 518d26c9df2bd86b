import Foundation
import Nightmarket

/// Times as they are read.
enum Moments {
    /// Whole seconds left, rounded up; zero once it is over.
    static func left(until end: Timestamp, at now: Date) -> Int {
        max(0, Int((Double(end) / 1_000 - now.timeIntervalSince1970).rounded(.up)))
    }

    /// "0:45", "12:05", "1:00:00".
    static func countdown(_ seconds: Int) -> String {
        let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60)
        let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }

    /// The time of day.
    static func clock(_ at: Date, in language: Language) -> String {
        at.formatted(Date.FormatStyle(date: .omitted, time: .shortened, locale: Locale(identifier: language.rawValue)))
    }

    /// "Thu, Nov 26, 09:00 – 11:00".
    static func span(_ from: Timestamp, _ to: Timestamp, in language: Language) -> String {
        let locale = Locale(identifier: language.rawValue)
        let day = date(from).formatted(
            Date.FormatStyle(locale: locale).weekday(.abbreviated).month(.abbreviated).day())
        return "\(day), \(clock(date(from), in: language)) – \(clock(date(to), in: language))"
    }

    /// Day and time.
    static func day(_ at: Timestamp, in language: Language) -> String {
        date(at).formatted(
            Date.FormatStyle(date: .abbreviated, time: .shortened, locale: Locale(identifier: language.rawValue)))
    }

    static func date(_ at: Timestamp) -> Date {
        Date(timeIntervalSince1970: Double(at) / 1_000)
    }
}
