import NightmarketBindings

/// An account linked at a shop.
public typealias ShopLink = NightmarketBindings.ShopLink
/// Something that a shop wants its own account for.
public typealias LinkScope = NightmarketBindings.LinkScope

/// Accounts at shops, each linked by the shopper in a browser of the system's.
public final class Links: Sendable {
    private let core: NightmarketBindings.Links

    init(_ core: NightmarketBindings.Links) {
        self.core = core
    }

    /// What can be linked at a shop; empty where it has accounts but asks them for nothing. Throws `NotOffered` where the
    /// shop links no accounts.
    public func offered(_ shop: ShopDomain) async throws(NightmarketError) -> [LinkScope] {
        try await cancelable { try await core.offered(shop: shop, cancel: $0) }
    }

    /// Begins a sign-in: the address to open in an `ASWebAuthenticationSession`, never in a web view of the app's own. It is
    /// used once, within half an hour, and survives the app. `scopes`: what to ask for, all if empty. `challenge`: that of a
    /// `SignInNeeded`, whose scopes then count. Throws `NotOffered` where the shop links no accounts or takes no app without
    /// a secret, `BadInput` for a scope that it does not offer, `NotGenuine` if its server is not its own, `Host` without
    /// ``HostApp/oauth`` or a sealing key.
    public func link(
        _ shop: ShopDomain, scopes: [String] = [], challenge: String? = nil
    ) async throws(NightmarketError) -> String {
        try await cancelable { try await core.link(shop: shop, scopes: scopes, challenge: challenge, cancel: $0) }
    }

    /// The browser came back to the app with this address. Throws `Refused` if the shopper or the shop said no
    /// (`access_denied`), `NotGenuine` if it answers no sign-in of this app, one that was used, or comes from another server.
    @discardableResult
    public func linked(_ callbackUrl: String) async throws(NightmarketError) -> ShopLink {
        try await plain { try await core.linked(callbackUrl: callbackUrl) }
    }

    /// Ends a link: here at once, at the shop as soon as it can be reached.
    public func unlink(_ shop: ShopDomain) async throws(NightmarketError) {
        try await plain { try await core.unlink(shop: shop) }
    }

    /// All links, by shop.
    public func list() async throws(NightmarketError) -> [ShopLink] {
        try await plain { try await core.list() }
    }
}
