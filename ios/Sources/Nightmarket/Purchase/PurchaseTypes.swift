import NightmarketBindings

/// What the shopper wants to buy.
public typealias BuyRequest = NightmarketBindings.BuyRequest
/// An item, and how many of it.
public typealias Wanted = NightmarketBindings.Wanted
/// A choice to make in a quote. It leads to a new quote, and needs a new tap.
public typealias Choice = NightmarketBindings.Choice
/// A quote, and what would become of a tap on it once a screen shows all of it.
public typealias Quoted = NightmarketBindings.Quoted
/// A quote that is ready for a pin before anybody has opened its buy card.
public typealias EarlyQuote = NightmarketBindings.EarlyQuote
/// All quotes that are ready for pins.
public typealias EarlyQuotes = NightmarketBindings.EarlyQuotes
/// A checkout session, priced, as the shop last answered it.
public typealias Quote = NightmarketBindings.Quote
/// Names a quote.
public typealias QuoteKey = NightmarketBindings.QuoteKey
/// A shop's name of a checkout session.
public typealias QuoteId = NightmarketBindings.QuoteId
/// One line of a quote.
public typealias QuoteLine = NightmarketBindings.QuoteLine
/// One entry of the totals, to be shown in the shop's order.
public typealias QuoteTotal = NightmarketBindings.QuoteTotal
/// A label and its amount in minor units.
public typealias TotalPart = NightmarketBindings.TotalPart
/// A message that has to be shown.
public typealias Notice = NightmarketBindings.Notice
/// A link that has to be shown.
public typealias QuoteLink = NightmarketBindings.QuoteLink
/// A way of delivery: by a carrier to an address, fetched at a location, or newer.
public typealias DeliveryMethod = NightmarketBindings.DeliveryMethod
/// An address to ship to, or a location to fetch from, to choose by its id.
public typealias Place = NightmarketBindings.Place
/// A hint that some lines could be had otherwise.
public typealias OtherDelivery = NightmarketBindings.OtherDelivery
/// One question for consent, and where it stands in a quote.
public typealias QuoteConsent = NightmarketBindings.QuoteConsent
/// What a consent is about.
public typealias ConsentKind = NightmarketBindings.ConsentKind
/// A package, and how it can come.
public typealias Delivery = NightmarketBindings.Delivery
/// One way a package can come.
public typealias DeliveryChoice = NightmarketBindings.DeliveryChoice
/// An address to ship to, or a location to fetch from.
public typealias Destination = NightmarketBindings.Destination
/// What it would be paid with.
public typealias Payment = NightmarketBindings.Payment
/// Where a checkout session stands.
public typealias QuoteStanding = NightmarketBindings.QuoteStanding
/// What a screen shows of a quote.
public typealias Rendered = NightmarketBindings.Rendered
/// What becomes of a tap.
public typealias Decision = NightmarketBindings.Decision
/// Why a tap alone does not buy.
public typealias Reason = NightmarketBindings.Reason
/// What a reason weighs.
public typealias Weight = NightmarketBindings.Weight
/// What became of a gesture.
public typealias TapResult = NightmarketBindings.TapResult
/// Names a purchase.
public typealias PurchaseId = NightmarketBindings.PurchaseId
/// A purchase, as it stands.
public typealias PurchaseView = NightmarketBindings.PurchaseView
/// Where a purchase stands.
public typealias PurchaseState = NightmarketBindings.PurchaseState
/// What was placed.
public typealias PlacedOrder = NightmarketBindings.PlacedOrder
/// Why nothing was sent.
public typealias NotSent = NightmarketBindings.NotSent
/// One entry of the audit.
public typealias AuditEntry = NightmarketBindings.AuditEntry
/// Everything the shopper has set.
public typealias Policy = NightmarketBindings.Policy
/// Bounds on what is spent without a confirmation.
public typealias Caps = NightmarketBindings.Caps
/// What is left of the caps, to be shown.
public typealias Left = NightmarketBindings.Left
/// Hours of the day in which every purchase is confirmed.
public typealias QuietHours = NightmarketBindings.QuietHours
/// Whether one tap is paused.
public typealias Pause = NightmarketBindings.Pause

extension BuyRequest {
    /// One item at a shop.
    public static func item(_ item: ItemId, at shop: ShopDomain, quantity: UInt32 = 1) -> BuyRequest {
        BuyRequest(
            shop: shop, items: [Wanted(item: item, quantity: quantity)], offer: nil, discountCodes: [], membership: nil,
            currency: nil, instrument: nil, handler: nil, subscription: false, blindBox: false, variantOpen: false)
    }
}

extension Reason {
    /// Its code, which never changes.
    public var code: String { reasonCode(reason: self) }
    /// Whether a confirmation settles it.
    public var weight: Weight { reasonWeight(reason: self) }
}

extension PurchaseState {
    /// Its code, which never changes.
    public var code: String { purchaseStateCode(state: self) }
    /// Whether it can not change by itself any more.
    public var isSettled: Bool { NightmarketBindings.isSettled(state: self) }
}
