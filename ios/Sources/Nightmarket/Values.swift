import NightmarketBindings

/// Milliseconds since the Unix epoch. Which clock it is by, its owner says.
public typealias Timestamp = NightmarketBindings.Timestamp
/// An ISO 4217 code, such as "CNY".
public typealias Currency = NightmarketBindings.Currency
/// An amount in minor units (cents, fen) of its currency.
public typealias Money = NightmarketBindings.Money
/// Who posts, and runs rooms.
public typealias Host = NightmarketBindings.Host
/// A picture or film of a post.
public typealias Media = NightmarketBindings.Media
/// A product as a post, a pin or a drop shows it; what it costs in the end only its shop says.
public typealias Product = NightmarketBindings.Product
/// Where things are sent, in UCP's fields.
public typealias PostalAddress = NightmarketBindings.PostalAddress

/// A shop's domain: who sells.
public typealias ShopDomain = NightmarketBindings.ShopDomain
/// What a checkout's line names.
public typealias ItemId = NightmarketBindings.ItemId
/// Names a post.
public typealias PostId = NightmarketBindings.PostId
/// Names a host.
public typealias HostId = NightmarketBindings.HostId
/// Names a live room.
public typealias RoomId = NightmarketBindings.RoomId
/// Names a shopper at the venue.
public typealias ShopperId = NightmarketBindings.ShopperId

extension Money {
    /// The amount as text that no locale changes: "12.50 USD". Screens use the platform's own formatter, with ``exponent``.
    public var text: String { isOfACurrency ? moneyText(money: self) : "\(minor) \(currency)" }

    /// Digits after the decimal point, by ISO 4217; none for a currency that there is not.
    public var exponent: Int { isOfACurrency ? Int(currencyExponent(currency: currency)) : 0 }

    /// Three capital letters. Anything else does not cross, and a call that cannot fail would end the process.
    private var isOfACurrency: Bool { currency.utf8.count == 3 && currency.utf8.allSatisfy { (65...90).contains($0) } }

    /// Reads "60.00USD" or "60 USD": exactly the currency's decimals or none, nothing rounded. Throws `BadInput`.
    public init(_ text: String) throws(NightmarketError) {
        self = try direct { try parseMoney(text: text) }
    }
}
