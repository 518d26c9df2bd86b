import Nightmarket

/// A step's arguments, with variables put in.
struct Arguments: Sendable {
    let all: [String: Value]

    func find(_ name: String) -> Value? {
        all[name].flatMap { $0 == .null ? nil : $0 }
    }

    private func typed<T>(_ name: String, _ read: (Value) -> T?) throws -> T {
        guard let value = find(name).flatMap(read) else { throw Broken("\(name) is missing or no good") }
        return value
    }

    func value(_ name: String) throws -> Value { try typed(name) { $0 } }
    func text(_ name: String) throws -> String { try typed(name, \.text) }
    func flag(_ name: String) throws -> Bool { try typed(name, \.flag) }
    func number<T: FixedWidthInteger>(_ name: String) throws -> T {
        try typed(name) { $0.number.flatMap(T.init(exactly:)) }
    }

    /// What follows something: what it is about.
    var key: String { Value.object(all).description }
}

typealias Operation = @Sendable (App, Arguments) async throws -> Value

/// Every operation with its name.
let operations: [String: Operation] = [shopping, watching, buying, afterwards, around].reduce(into: [:]) {
    $0.merge($1) { first, _ in first }
}

/// A call without a result.
private func done(_: Void) -> Value { .null }

private let shopping: [String: Operation] = [
    "pause": { _, given in done(try await Task.sleep(for: .milliseconds(given.number("ms") as Int64))) },
    "device.notifications": { app, _ in
        .list(
            app.notifications.all.map {
                .object(["drop": .text($0.drop), "at_ms": .number($0.atMs), "title": .text($0.title)])
            })
    },
    "shopper.open": { app, given in
        func or(_ name: String, _ missing: String) throws -> String {
            given.find(name) == nil ? missing : try given.text(name)
        }
        let cards = try given.find("instruments")?.list?.map { name in
            guard let name = name.text else { throw Broken("instruments are a list of names") }
            return name
        }
        // Null is an answer here: a guest.
        let token: String? =
            switch given.all["token"] {
            case nil: "token:shopper"
            case .null?: nil
            default: try given.text("token")
            }
        let opening = App.Opening(
            token: token, language: try or("language", "en"), venue: try or("venue", app.sandbox.venue),
            directory: try or("directory", "shopper"), instruments: cards ?? ["success"],
            device: given.find("device") == nil ? true : try given.flag("device"))
        return done(try await app.open(opening))
    },
    "shopper.close": { app, _ in done(try await app.close()) },
    "shopper.kill": { app, _ in done(try app.kill()) },
    "shopper.venue": { app, _ in shown(try await app.shopper.venue()) },
    "shopper.background": { app, _ in done(try await app.shopper.background()) },
    "shopper.foreground": { app, _ in done(try await app.shopper.foreground()) },
    "shopper.register_push": { app, given in
        let platform: PushPlatform = try given.text("platform") == "apns" ? .apns : .fcm
        return done(try await app.shopper.registerPush(token: given.text("token"), platform: platform))
    },
    "shopper.unregister_push": { app, _ in done(try await app.shopper.unregisterPush()) },
    "shopper.on_push": { app, given in shown(try await app.shopper.onPush(given.text("payload"))) },
    "sandbox.clock": { app, given in try await app.sandbox.control("clock", given.all) },
    "sandbox.faults": { app, given in try await app.sandbox.control("faults", given.all) },
    "sandbox.heal": { app, given in try await app.sandbox.control("heal", given.all) },
    "sandbox.script": { app, given in try await app.sandbox.control("script", given.all) },
    "sandbox.tray": { app, given in try await app.sandbox.control("tray", given.all) },
    "sandbox.bank": { app, given in try await app.sandbox.control("bank", given.all) },
    "sandbox.books": { app, given in try await app.sandbox.control("books", given.all) },
]

private let watching: [String: Operation] = [
    "feed.posts": { app, _ in try await app.newest("feed.posts") { try app.shopper.feed.posts() } },
    "feed.refresh": { app, _ in done(try await app.shopper.feed.refresh()) },
    "feed.next_page": { app, _ in shown(try await app.shopper.feed.nextPage()) },
    "feed.seen": { app, given in done(try await app.shopper.feed.seen(given.text("post"))) },
    "feed.like": { app, given in done(try await app.shopper.feed.like(given.text("post"), given.flag("liked"))) },
    "feed.follow": { app, given in
        done(try await app.shopper.feed.follow(given.text("host"), given.flag("following")))
    },
    "live.join": { app, given in
        let room = try await app.shopper.live.join(given.text("room"))
        app.rooms[room.id] = room
        return try await app.newest("live.state\(given.key)") { room.state() }
    },
    "live.enter": { app, given in
        let link = Arguments(all: try given.value("link").object ?? [:])
        let entry: Entry
        switch link.find("entry")?.text {
        case "push": entry = .push
        case "link": entry = .link
        case "next": entry = .next
        default:
            guard let drop = link.find("entry")?.object?["reminder"]?.text else { throw Broken("link is a RoomLink") }
            entry = .reminder(drop)
        }
        let moment: Timestamp? = try link.find("moment") == nil ? nil : link.number("moment")
        let room = try await app.shopper.live.enter(
            RoomLink(room: link.text("room"), entry: entry, moment: moment))
        app.rooms[room.id] = room
        return try await app.newest("live.state\(Arguments(all: ["room": .text(room.id)]).key)") { room.state() }
    },
    "live.state": { app, given in
        try await app.newest("live.state\(given.key)") { try app.room(given.text("room")).state() }
    },
    "live.shown": { app, given in
        done(try await app.room(given.text("room")).shown(given.number("moment")))
    },
    "live.leave": { app, given in
        let room = try app.room(given.text("room"))
        app.rooms[room.id] = nil
        return done(try await room.leave())
    },
    "chat.lines": { app, given in
        try await app.newest("chat.lines\(given.key)") { try app.room(given.text("room")).chat.lines() }
    },
    "chat.send": { app, given in
        shown(try await app.room(given.text("room")).chat.send(given.text("text")))
    },
    "chat.point_at": { app, given in
        let spot = try given.find("spot").map { spot in
            let spot = Arguments(all: spot.object ?? [:])
            return Spot(x: try spot.number("x"), y: try spot.number("y"))
        }
        let chat = try app.room(given.text("room")).chat
        return shown(try await chat.pointAt(given.number("moment"), given.text("text"), spot: spot))
    },
    "chat.retry": { app, given in done(try await app.room(given.text("room")).chat.retry(given.text("line"))) },
    "offers.list": { app, _ in try await app.newest("offers.list") { try app.shopper.offers.list() } },
    "offers.offer": { app, given in shown(try await app.shopper.offers.offer(given.text("offer"))) },
]
