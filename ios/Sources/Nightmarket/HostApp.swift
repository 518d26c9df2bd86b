import NightmarketBindings

/// Whose token is asked for.
public typealias Audience = NightmarketBindings.Audience
/// Gives access tokens; the core keeps them in memory only.
public typealias TokenProvider = NightmarketBindings.TokenProvider
/// A way to pay: mints a credential for one checkout session.
public typealias Instrument = NightmarketBindings.Instrument
/// An instrument as the core and the screens know it.
public typealias InstrumentInfo = NightmarketBindings.InstrumentInfo
/// What a payment handler needs to mint a credential.
public typealias CredentialRequest = NightmarketBindings.CredentialRequest
/// Gives the buyer and the address for a shop.
public typealias BuyerProvider = NightmarketBindings.BuyerProvider
/// Who buys: UCP `buyer`, and the address to deliver to.
public typealias Buyer = NightmarketBindings.Buyer
/// A delivery address, and the app's own id for it.
public typealias Address = NightmarketBindings.Address
/// What the app declares of the shopper's age, in whole years: a band, as platforms' age signals give it.
public typealias DeclaredAge = NightmarketBindings.DeclaredAge
/// Asks the person in front of the device to prove who they are.
public typealias DeviceAuthentication = NightmarketBindings.DeviceAuthentication
/// Keeps the 32-byte key under which secrets on disk are sealed: the Keychain's work.
public typealias SecretStore = NightmarketBindings.SecretStore
/// Shows local notifications at a time.
public typealias Notifier = NightmarketBindings.Notifier
/// Translates what people write, on the device or by a service of the app's own.
public typealias Translator = NightmarketBindings.Translator
/// Warms the player for a room that may come next. Told a few things only, never waited for.
public typealias Preloader = NightmarketBindings.Preloader
/// Signs requests in the app's name (RFC 9421, ES256). `SecKeyCreateSignature` gives DER, which is to be converted.
public typealias RequestSigner = NightmarketBindings.RequestSigner
/// What the app's own code throws when it cannot do what it was asked. Anything else that it throws becomes one of these.
public typealias HostError = NightmarketBindings.HostError

extension DeclaredAge {
    /// An exact age in whole years.
    public static func years(_ years: UInt32, guardianConsents: Bool = false) -> DeclaredAge {
        DeclaredAge(atLeast: years, under: years + 1, guardianConsents: guardianConsents)
    }
}

/// How shops' authorization servers know the app: as a public client (RFC 8252).
public struct OAuthApp: Sendable {
    /// The app's client id.
    public var clientId: String
    /// Where a browser leads back to, exactly as it is registered.
    public var redirectUri: String
    /// Client ids that single shops gave the app instead.
    public var atShops: [ShopDomain: String]

    /// Mostly one client id is known everywhere.
    public init(clientId: String, redirectUri: String, atShops: [ShopDomain: String] = [:]) {
        self.clientId = clientId
        self.redirectUri = redirectUri
        self.atShops = atShops
    }
}

/// What the app gives. What it does not give: a guest without instruments, address or reminders.
///
/// All of it is asked while the core waits; none may block a thread. What it throws, the call that needed it throws as
/// `NightmarketError.Host`.
public struct HostApp: Sendable {
    /// Sign-in.
    public var tokens: (any TokenProvider)?
    /// Ways to pay, in the shopper's order of preference.
    public var instruments: [(info: InstrumentInfo, instrument: any Instrument)]
    /// Buyer and address.
    public var buyer: (any BuyerProvider)?
    /// Device authentication.
    public var device: (any DeviceAuthentication)?
    /// The sealing key.
    public var secrets: (any SecretStore)?
    /// Local notifications.
    public var notifier: (any Notifier)?
    /// Translation of chat.
    public var translator: (any Translator)?
    /// Warming of the next stream.
    public var preloader: (any Preloader)?
    /// How shops know the app; without it no account is linked.
    public var oauth: OAuthApp?
    /// Signs every request with the key of this `kid` in the platform profile.
    public var signer: (keyId: String, signer: any RequestSigner)?

    /// Everything is optional.
    public init(
        tokens: (any TokenProvider)? = nil,
        instruments: [(info: InstrumentInfo, instrument: any Instrument)] = [],
        buyer: (any BuyerProvider)? = nil,
        device: (any DeviceAuthentication)? = nil,
        secrets: (any SecretStore)? = nil,
        notifier: (any Notifier)? = nil,
        translator: (any Translator)? = nil,
        preloader: (any Preloader)? = nil,
        oauth: OAuthApp? = nil,
        signer: (keyId: String, signer: any RequestSigner)? = nil
    ) {
        self.tokens = tokens
        self.instruments = instruments
        self.buyer = buyer
        self.device = device
        self.secrets = secrets
        self.notifier = notifier
        self.translator = translator
        self.preloader = preloader
        self.oauth = oauth
        self.signer = signer
    }

    func lowered() -> NightmarketBindings.HostApp {
        let host = NightmarketBindings.HostApp()
        if let tokens { host.setTokens(tokens: tokens) }
        for (info, instrument) in instruments { host.addInstrument(info: info, instrument: instrument) }
        if let buyer { host.setBuyer(buyer: buyer) }
        if let device { host.setDevice(device: device) }
        if let secrets { host.setSecrets(secrets: secrets) }
        if let notifier { host.setNotifier(notifier: notifier) }
        if let translator { host.setTranslator(translator: translator) }
        if let preloader { host.setPreloader(preloader: preloader) }
        if let oauth {
            host.setOauth(clientId: oauth.clientId, redirectUri: oauth.redirectUri)
            for (shop, clientId) in oauth.atShops { host.setOauthAt(shop: shop, clientId: clientId) }
        }
        if let signer { host.setSigner(keyId: signer.keyId, signer: signer.signer) }
        return host
    }
}
