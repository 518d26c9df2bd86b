import Nightmarket

/// The host app of a journey: a sandbox, a shopper there, and what is being followed.
final class App {
    let sandbox: Sandbox
    let notifications = Notifications()
    var rooms: [RoomId: Room] = [:]
    var described: [String: BlindBox] = [:]

    private let folder = Folder()
    private let key = KeyInMemory()
    private var opened: Shopper?
    private var isOpen = false
    private var followed: [String: Follower] = [:]

    init() async throws {
        sandbox = try await Sandbox()
    }

    /// What every journey knows from the start.
    var variables: Variables {
        [
            "venue": .text(sandbox.venue),
            "shop_0": .text(sandbox.domain(0)), "shop_0_url": .text(sandbox.shops[0]),
            "shop_1": .text(sandbox.domain(1)), "shop_1_url": .text(sandbox.shops[1]),
        ]
    }

    /// What the books of both shops say is wrong.
    func wrongs() async throws -> [Value] {
        let books = try await sandbox.control("books")
        return try (0..<2).flatMap { shop in
            guard let wrongs = books.at("shops.\(shop).wrongs").list else {
                throw Broken("the books say nothing of wrongs")
            }
            return wrongs
        }
    }

    /// What `shopper.open` is told.
    struct Opening {
        var token: String?
        var language: String
        var venue: String
        var directory: String
        var instruments: [String]
        var device: Bool
    }

    func open(_ opening: Opening) async throws {
        guard !isOpen else { throw Broken("a shopper is open already") }
        let settings = Settings(
            venue: opening.venue, directory: folder.url.appending(path: opening.directory).path,
            platformProfile: "\(sandbox.venue)/platform/profile.json", language: opening.language)
        let cards = opening.instruments.map(TestCard.init)
        let host = HostApp(
            tokens: FixedToken(opening.token), instruments: cards.map { ($0.info, $0) }, buyer: FixedBuyer(),
            device: Device(owner: opening.device), secrets: key, notifier: notifications)
        opened = try await Shopper.open(settings, host: host)
        isOpen = true
    }

    /// The shopper stays, and says that it is closed.
    func close() async throws {
        guard isOpen else { throw nobody }
        letGo()
        isOpen = false
        await opened?.close()
    }

    /// Lets go of everything, in the middle of whatever it does.
    func kill() throws {
        guard isOpen else { throw nobody }
        letGo()
        isOpen = false
        opened = nil
    }

    private func letGo() {
        followed.values.forEach { $0.end() }
        followed = [:]
        rooms = [:]
    }

    /// The end of the journey.
    func end() async {
        letGo()
        await opened?.close()
    }

    /// The shopper who is or was open.
    var shopper: Shopper {
        get throws {
            guard let opened else { throw nobody }
            return opened
        }
    }

    private var nobody: Broken { Broken("no shopper is open") }

    func room(_ id: RoomId) throws -> Room {
        guard let room = rooms[id] else { throw Broken("room \(id) is not joined") }
        return room
    }

    /// What is newest of something that is followed from its first use on.
    func newest<T>(_ name: String, _ changes: () throws -> Changes<T>) async throws -> Value {
        if let follower = followed[name] { return try follower.newest() }
        let follower = Follower(try changes())
        let first = try await follower.first()
        followed[name] = follower
        return first
    }
}

/// Reads everything that comes, as a screen would, and keeps the newest.
final class Follower: Sendable {
    private enum State: Sendable {
        case waiting
        case value(Value)
        case failed(any Error)
    }

    private let state: Locked<State>
    private let reading: Task<Void, Never>

    init<T>(_ changes: Changes<T>) {
        let state = Locked(State.waiting)
        self.state = state
        reading = Task {
            do {
                for try await value in changes {
                    let value = shown(value)
                    state.withLock { $0 = .value(value) }
                }
            } catch {
                state.withLock { $0 = .failed(error) }
            }
        }
    }

    func first() async throws -> Value {
        while true {
            switch state.withLock({ $0 }) {
            case .waiting: try await Task.sleep(for: .milliseconds(2))
            case .value(let value): return value
            case .failed(let error): throw error
            }
        }
    }

    func newest() throws -> Value {
        switch state.withLock({ $0 }) {
        case .waiting: throw Broken("nothing came yet")
        case .value(let value): return value
        case .failed(let error): throw error
        }
    }

    func end() {
        reading.cancel()
    }
}
