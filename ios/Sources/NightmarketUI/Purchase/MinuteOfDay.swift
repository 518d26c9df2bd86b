import Foundation

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

    /// Minutes that the device's time is ahead of UTC now.
    static var utcOffset: Int16 {
        Int16(TimeZone.current.secondsFromGMT() / 60)
    }
}
