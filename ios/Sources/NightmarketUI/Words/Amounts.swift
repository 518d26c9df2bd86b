import Nightmarket

/// Symbols that mean one currency each: a yen is not shown like a yuan. Others are shown by their code.
private let symbols = [
    "CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "JP¥", "KRW": "₩", "HKD": "HK$", "TWD": "NT$",
    "SGD": "S$", "AUD": "A$", "CAD": "CA$", "INR": "₹", "THB": "฿", "VND": "₫",
]

extension Money {
    /// "¥1,280.00", "-$5.00", "120.000 KWD".
    var shown: String {
        let number = Amounts.grouped(plain)
        let sign = minor < 0 ? "-" : ""
        return symbols[currency].map { "\(sign)\($0)\(number)" } ?? "\(sign)\(number) \(currency)"
    }

    /// The number alone without a sign, as it is typed: "1280.00".
    var plain: String {
        let digits = String(minor.magnitude)
        let decimals = exponent
        guard decimals > 0 else { return digits }
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        return "\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }
}

/// Amounts that are typed and read, and people that are counted.
enum Amounts {
    /// The symbol in front of an amount that is typed.
    static func symbol(of currency: String) -> String {
        symbols[currency] ?? currency
    }

    /// Reads "168", "168.5" and "168.50" as minor units; none if it is no amount, or would have to be rounded.
    static func minor(of text: String, exponent: Int) -> Int64? {
        let text = text.filter { $0 != "," && !$0.isWhitespace }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") })
        else { return nil }
        let fraction = parts.count == 2 ? parts[1] : ""
        guard fraction.count <= exponent, !fraction.contains("."), !(parts.count == 2 && fraction.isEmpty)
        else { return nil }
        return Int64("\(whole)\(fraction)" + String(repeating: "0", count: exponent - fraction.count))
    }

    /// "834", "12.4k", "1.2万": people are counted as their language does.
    static func people(_ count: UInt64, in language: Language) -> String {
        switch language {
        case .chinese where count >= 10_000: tenths(count, 10_000, "万")
        case .english where count >= 1_000_000: tenths(count, 1_000_000, "M")
        case .english where count >= 10_000: tenths(count, 1_000, "k")
        default: grouped(String(count))
        }
    }

    private static func tenths(_ count: UInt64, _ unit: UInt64, _ name: String) -> String {
        let (whole, tenth) = (count / unit, count % unit * 10 / unit)
        return tenth == 0 ? "\(whole)\(name)" : "\(whole).\(tenth)\(name)"
    }

    /// Puts commas between thousands.
    static func grouped(_ number: String) -> String {
        let whole = number.prefix { $0 != "." }
        var out = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index).isMultiple(of: 3) { out.append(",") }
            out.append(digit)
        }
        return out + number.dropFirst(whole.count)
    }
}
