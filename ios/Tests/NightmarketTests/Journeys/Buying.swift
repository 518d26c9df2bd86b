import Nightmarket

/// Quotes, taps and what becomes of them.
let buying: [String: Operation] = [
    "purchase.quote": { app, given in
        let request = BuyRequest(
            shop: try given.text("shop"),
            items: [
                Wanted(
                    item: try given.text("item"),
                    quantity: given.find("quantity") == nil ? 1 : try given.number("quantity"))
            ],
            offer: nil, discountCodes: [], membership: given.find("membership")?.text, currency: nil,
            instrument: given.find("instrument")?.text, handler: nil, subscription: false,
            blindBox: given.find("blind_box")?.flag ?? false, variantOpen: false)
        return shown(try await app.shopper.purchase.quote(request))
    },
    "purchase.quote_offer": { app, given in shown(try await app.shopper.purchase.quoteOffer(given.text("offer"))) },
    "purchase.quote_cart": { app, given in
        let request = BuyRequest(
            shop: try given.text("shop"), items: [], offer: nil, discountCodes: [], membership: nil, currency: nil,
            instrument: nil, handler: nil, subscription: false, blindBox: false, variantOpen: false)
        return shown(try await app.shopper.purchase.quoteCart(request))
    },
    "carts.add": { app, given in
        let quantity: UInt32 = given.find("quantity") == nil ? 1 : try given.number("quantity")
        return shown(
            try await app.shopper.carts.add(shop: given.text("shop"), item: given.text("item"), quantity: quantity))
    },
    "carts.set_quantity": { app, given in
        shown(
            try await app.shopper.carts.setQuantity(
                shop: given.text("shop"), item: given.text("item"), quantity: given.number("quantity")))
    },
    "carts.watch": { app, given in
        try await app.newest("carts.watch\(given.key)") { try app.shopper.carts.watch(shop: given.text("shop")) }
    },
    "purchase.choose": { app, given in
        shown(try await app.shopper.purchase.choose(given.quoteKey, .instrument(given.text("instrument"))))
    },
    "purchase.rendered": { app, given in
        let rendered = try everything(given.value("quote"), leavingOut: given.find("leave_out")?.text)
        try await app.shopper.purchase.rendered(given.quoteKey, digest: given.digest, rendered)
        return .null
    },
    "purchase.tap": { app, given in
        shown(
            try await app.shopper.purchase.tap(given.quoteKey, digest: given.digest, shownMs: given.number("shown_ms")))
    },
    "purchase.confirm": { app, given in
        shown(try await app.shopper.purchase.confirm(given.quoteKey, digest: given.digest))
    },
    "purchase.watch": { app, given in
        try await app.newest("purchase.watch\(given.key)") {
            try app.shopper.purchase.watch(given.text("purchase"))
        }
    },
    "purchase.purchases": { app, _ in shown(try await app.shopper.purchase.purchases()) },
    "purchase.unacknowledged": { app, _ in shown(try await app.shopper.purchase.unacknowledged()) },
    "purchase.acknowledge": { app, given in
        try await app.shopper.purchase.acknowledge(given.text("purchase"))
        return .null
    },
    "purchase.undo": { app, given in
        try await app.shopper.purchase.undo(given.text("purchase"))
        return .null
    },
    "purchase.returned": { app, given in
        try await app.shopper.purchase.returned(given.text("purchase"))
        return .null
    },
    "purchase.early": { app, _ in
        try await app.newest("purchase.early") { try app.shopper.purchase.early() }.at("quotes")
    },
    "purchase.abandon": { app, given in
        try await app.shopper.purchase.abandon(given.text("purchase"))
        return .null
    },
    "purchase.declare_age": { app, given in
        let age = given.find("years") == nil ? nil : DeclaredAge.years(try given.number("years"))
        try await app.shopper.purchase.declareAge(age)
        return .null
    },
    "purchase.trust": { app, given in shown(try await app.shopper.purchase.trust(given.quoteKey)) },
    "purchase.policy": { app, _ in shown(try await app.shopper.purchase.policy()) },
    "purchase.set_threshold": { app, given in
        let threshold = Money(minor: try given.number("minor"), currency: try given.text("currency"))
        return shown(try await app.shopper.purchase.setThreshold(threshold))
    },
    "purchase.switch_off": { app, given in
        shown(try await app.shopper.purchase.switchOff(given.text("currency")))
    },
    "purchase.audit": { app, _ in shown(try await app.shopper.purchase.audit()) },
]

extension Arguments {
    fileprivate func ofQuote(_ path: String) throws -> String {
        guard let text = try value("quote").at(path).text else { throw Broken("this quote has no \(path)") }
        return text
    }

    fileprivate var quoteKey: QuoteKey {
        get throws { QuoteKey(shop: try ofQuote("key.shop"), id: try ofQuote("key.id")) }
    }

    fileprivate var digest: String {
        get throws { try ofQuote("digest") }
    }
}

/// The report of a screen that shows all of a quote, made of the quote as the journey has it.
private func everything(_ quote: Value, leavingOut left: String?) throws -> Rendered {
    guard let left, !["totals", "notices", "links", "odds"].contains(left) else {
        func list(_ name: String) throws -> [Value] {
            if name == left { return [] }
            guard let items = quote.at(name).list else { throw Broken("this quote has no \(name)") }
            return items
        }
        return Rendered(
            totals: try list("totals").map {
                TotalPart(label: $0.at("label").text ?? "", amount: $0.at("amount").number ?? 0)
            },
            notices: try list("notices").filter { $0.at("kind") != .text("info") }.map { $0.at("content").text ?? "" },
            links: try list("links").map { $0.at("url").text ?? "" },
            odds: left != "odds" && quote.at("blind_box") == .flag(true))
    }
    throw Broken("a quote has no \(left) to leave out")
}
