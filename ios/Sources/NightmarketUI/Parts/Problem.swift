import Foundation
import Nightmarket

/// What a screen says about an error, and what it offers to do about it.
public struct Problem: Sendable, Equatable {
    /// What a button does about it.
    public enum Action: Sendable, Equatable {
        case tryAgain
        case signIn
        case open(URL)
    }

    /// In our words.
    public let words: StringKey
    /// In the shop's words, if it said any.
    public let content: String?
    /// The error's code, for support.
    public let code: String
    /// The button, if there is anything to do here.
    public let action: Action?

    /// Whether nothing could be reached: then it is the network that is to be checked.
    public var isOffline: Bool { words == .problemUnreachable }

    /// None for a canceled task, which nobody has to be told of.
    public init?(_ error: any Error) {
        if error is CancellationError { return nil }
        guard let error = error as? NightmarketError else {
            self.init(words: .problemOurs, code: "unknown", action: .tryAgain)
            return
        }
        if case .Canceled = error { return nil }
        self.init(of: error)
    }

    init(words: StringKey, content: String? = nil, code: String, action: Action? = nil) {
        (self.words, self.content, self.code, self.action) = (words, content, code, action)
    }

    private init(of error: NightmarketError) {
        var content: String?
        var address: URL?
        if case .Refused(_, let said, let continueUrl) = error {
            content = said.isEmpty ? nil : said
            address = continueUrl.flatMap { URL(string: $0) }
        }
        let (words, action): (StringKey, Action?) =
            switch error.remedy() {
            case .checkNetwork: (.problemUnreachable, .tryAgain)
            case .retry: (.problemNoAnswer, .tryAgain)
            case .wait: (.problemWait, .tryAgain)
            case .signIn: (.problemSignIn, .signIn)
            case .updateApp: (.problemUpdate, nil)
            case .openContinueUrl: (.needsYou, address.map { .open($0) })
            case .distrust: (.problemDistrust, nil)
            case .freeStorage: (.problemStorage, .tryAgain)
            case .hideFeature: (.problemNotHere, nil)
            case .correctInput: (.problemInput, nil)
            case .contactSupport: (.problemOurs, nil)
            }
        self.init(words: words, content: content, code: error.code(), action: action)
    }
}

/// Where a screen stands. What it shows while ready is its model's.
public enum Phase: Sendable, Equatable {
    case loading
    case empty
    case ready
    case failed(Problem)

    /// What there is comes first, then why there is nothing.
    static func of(hasContent: Bool, problem: Problem?, isAsking: Bool) -> Phase {
        if hasContent { return .ready }
        if let problem { return .failed(problem) }
        return isAsking ? .loading : .empty
    }
}
