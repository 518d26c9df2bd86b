import NightmarketBindings

/// Whose push reaches this device.
public typealias PushPlatform = NightmarketBindings.PushPlatform
/// What became of a push.
public typealias PushOutcome = NightmarketBindings.PushOutcome
/// Where a push leads.
public typealias PushTarget = NightmarketBindings.PushTarget
/// Why a push leads nowhere.
public typealias PushIgnored = NightmarketBindings.PushIgnored
