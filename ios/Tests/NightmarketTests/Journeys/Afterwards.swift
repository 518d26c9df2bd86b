import Nightmarket

/// Orders and returns.
let afterwards: [String: Operation] = [
    "orders.list": { app, _ in try await app.newest("orders.list") { try app.shopper.orders.list() } },
    "orders.watch": { app, given in
        try await app.newest("orders.watch\(given.key)") {
            try app.shopper.orders.watch(shop: given.text("shop"), order: given.text("order"))
        }
    },
    "orders.undo_deadline": { app, given in
        shown(try await app.shopper.orders.undoDeadline(shop: given.text("shop"), order: given.text("order")))
    },
    "returns.eligible": { app, given in
        shown(try await app.shopper.returns.eligible(shop: given.text("shop"), order: given.text("order")))
    },
    "returns.start": { app, given in
        let line = ReturnLine(
            lineId: try given.text("line"), quantity: try given.number("quantity"), reason: try given.text("reason"))
        return shown(
            try await app.shopper.returns.start(shop: given.text("shop"), order: given.text("order"), lines: [line]))
    },
    "returns.watch": { app, given in
        try await app.newest("returns.watch\(given.key)") { try app.shopper.returns.watch(given.text("return")) }
    },
    "returns.slots": { app, given in shown(try await app.shopper.returns.slots(given.text("return"))) },
    "returns.hold": { app, given in
        shown(try await app.shopper.returns.hold(given.text("return"), slot: given.text("slot")))
    },
    "returns.book": { app, given in
        shown(
            try await app.shopper.returns.book(
                given.text("return"), slot: given.text("slot"), address: FixedBuyer.address))
    },
]

/// Drops, fan groups and boxes.
let around: [String: Operation] = [
    "drops.drops": { app, _ in try await app.newest("drops.drops") { try app.shopper.drops.drops() } },
    "drops.refresh": { app, _ in
        try await app.shopper.drops.refresh()
        return .null
    },
    "drops.remind": { app, given in
        try await app.shopper.drops.remind(given.text("drop"), given.flag("wanted"))
        return .null
    },
    "drops.reminded": { app, _ in try await app.newest("drops.reminded") { try app.shopper.drops.reminded() } },
    "drops.acknowledge": { app, given in
        let told = Arguments(all: try given.value("told").object ?? [:])
        let kinds: [String: ReminderKind] = ["due": .due, "moved": .moved, "early": .early]
        guard let kind = kinds[try told.text("kind")] else { throw Broken("told is a Reminded") }
        let reminded = Reminded(drop: try told.text("drop"), kind: kind, opensAt: try told.number("opens_at"))
        try await app.shopper.drops.acknowledge(reminded)
        return .null
    },
    "fans.join": { app, given in shown(try await app.shopper.fans.join(given.text("group"))) },
    "fans.proof": { app, given in
        shown(try await app.shopper.fans.proof(given.text("group"), shop: given.text("shop")))
    },
    "boxes.describe": { app, given in
        let box = try await app.shopper.boxes.describe(shop: given.text("shop"), id: given.text("box"))
        app.described[given.key] = box
        return shown(box)
    },
    "boxes.odds_shown": { app, given in
        guard let box = app.described[given.key] else { throw Broken("this box was not described") }
        try await app.shopper.boxes.oddsShown(box)
        return .null
    },
    "boxes.request_opening": { app, given in shown(try await app.shopper.boxes.requestOpening(given.bought)) },
    "boxes.openings": { app, _ in try await app.newest("boxes.openings") { try app.shopper.boxes.openings() } },
    "boxes.draw": { app, given in shown(try await app.shopper.boxes.draw(given.bought)) },
    "boxes.draws": { app, _ in try await app.newest("boxes.draws") { try app.shopper.boxes.draws() } },
    "boxes.collection": { app, _ in try await app.newest("boxes.collection") { try app.shopper.boxes.collection() } },
]

extension Arguments {
    /// The first box of its kind in an order.
    fileprivate var bought: BoughtBox {
        get throws { BoughtBox(shop: try text("shop"), order: try text("order"), boxId: try text("box"), number: 0) }
    }
}
