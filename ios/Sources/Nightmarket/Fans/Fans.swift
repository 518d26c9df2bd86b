import NightmarketBindings

/// A host's private group, in the shopper's language.
public typealias Group = NightmarketBindings.Group
/// Names a fan group.
public typealias GroupId = NightmarketBindings.GroupId
/// The venue's word that the shopper is in a group: its `jws` goes into `BuyRequest.membership`.
public typealias MembershipProof = NightmarketBindings.MembershipProof

/// Fan groups of the venue. A group's chat comes from ``Shopper/groupChat(_:)``.
public final class Fans: Sendable {
    private let core: NightmarketBindings.Fans

    init(_ core: NightmarketBindings.Fans) {
        self.core = core
    }

    /// Groups the shopper is in or may join. The cache's come at once; ``refresh()`` brings the network's.
    public func groups() -> Changes<[Group]> {
        Changes { [core] in try await core.groups(listener: GroupFeeder($0)) }
    }

    /// Reads the groups.
    public func refresh() async throws(NightmarketError) {
        try await cancelable { try await core.refresh(cancel: $0) }
    }

    /// Joins a group.
    @discardableResult
    public func join(_ group: GroupId) async throws(NightmarketError) -> Group {
        try await cancelable { try await core.join(group: group, cancel: $0) }
    }

    /// Whether the shopper is in the group, as last heard.
    public func isMember(_ group: GroupId) async throws(NightmarketError) -> Bool {
        try await plain { try await core.isMember(group: group) }
    }

    /// A proof of membership for a shop: the one at hand while it is good for another minute, else a new one. Throws
    /// `NotOffered` if venue or shop has no fan groups, `Refused` (`members_only`) if the shopper is not in it,
    /// `NotGenuine` if the proof does not hold.
    public func proof(_ group: GroupId, shop: ShopDomain) async throws(NightmarketError) -> MembershipProof {
        try await cancelable { try await core.proof(group: group, shop: shop, cancel: $0) }
    }
}
