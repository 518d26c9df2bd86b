package app.nightmarket

/**
 * Gives access tokens, without asking a person: where one has to sign in first, there is none, and the app shows its own
 * sign-in. The core keeps them in memory only.
 */
public fun interface TokenProvider {
    /**
     * A token for [audience] with these scopes; null for a guest. [challenge] is the `WWW-Authenticate` of the answer that
     * said the last one is no good.
     */
    public suspend fun token(audience: Audience, scopes: List<String>, challenge: String?): String?
}

/** A way to pay that the app offers. */
public interface Instrument {
    /** Stable id of this instrument on this device (never a card number). */
    public val id: String

    /** Names of the payment handlers it works with. */
    public val handlers: List<String>

    /** UCP instrument type: "card", "wallet". */
    public val kind: String

    /** What the screen shows: "Visa •• 42". */
    public val label: String

    /** Whether a credential comes without a sheet of its own; a wallet with a sheet is no one-tap instrument. */
    public val silent: Boolean

    /**
     * Mints a credential for one checkout session: the JSON object that goes into `payment.instruments[].credential`.
     * Opaque to the core.
     */
    public suspend fun credential(request: CredentialRequest): String
}

/** Gives the buyer and the address for a shop. */
public fun interface BuyerProvider {
    /** Who buys at this shop, and where to. */
    public suspend fun buyer(shop: ShopDomain): Buyer
}

/** Asks the person in front of the device to prove who they are (`BiometricPrompt`). */
public fun interface DeviceAuthentication {
    /** True only if they did, now. [reason] is shown. */
    public suspend fun authenticate(reason: String): Boolean
}

/** A key in Keystore, under which secrets on disk are sealed. */
public fun interface SecretStore {
    /** The 32-byte sealing key, made on first use. Throw if the store is locked or was wiped. Five seconds at most. */
    public fun sealingKey(): ByteArray
}

/** Shows local notifications at a time. */
public interface Notifier {
    /** Shows a reminder of a drop at this wall time (milliseconds), replacing an earlier one for the same drop. */
    public fun schedule(drop: DropId, atMs: Long, title: String)

    /** Takes it back. */
    public fun cancel(drop: DropId)
}

/** Translates what people write, on the device or by a service of the app's own. */
public fun interface Translator {
    /** The same in [language] (BCP 47); null if it is in that language already, or cannot be translated. */
    public suspend fun translate(text: String, language: String): String?
}

/** Warms the player for a room that may come next. Told a few things only, never waited for. */
public interface Preloader {
    /** The shopper may land in this room next: a player may open its playlist, muted and without a picture. */
    public fun warm(room: RoomId, hlsUrl: String)

    /** Not next any more: let go of it. */
    public fun cool(room: RoomId)
}

/**
 * Signs requests in the app's name (RFC 9421, ES256), for shops that tell platforms by their signature. The key stays with
 * the app; its public half is in `signing_keys` of the platform profile.
 */
public interface RequestSigner {
    /** The key's `kid` in the platform profile. */
    public val keyId: String

    /**
     * The signature over these bytes: ECDSA with SHA-256 on P-256, as r and s of 32 bytes each. `java.security.Signature`
     * gives DER, which is to be converted.
     */
    public suspend fun sign(base: ByteArray): ByteArray
}

/** How shops' authorization servers know the app: as a public client (RFC 8252). */
public class OAuthApp(
    /** The app's client id. */
    public val clientId: String,
    /** Where a browser leads back to, exactly as it is registered. */
    public val redirectUri: String,
    /** Client ids that single shops gave the app instead. */
    public val atShops: Map<ShopDomain, String> = emptyMap(),
)

/**
 * Everything the app gives. What it does not give: a guest without instruments, address or reminders.
 *
 * What one of these throws is a [NightmarketException.Host] for whoever waits, with the class and message of what was
 * thrown: put no token and no personal data there. So is one that needs no person (a token, the buyer, a silent instrument)
 * and does not answer within half a minute. None of them can hold up the core or the app, not even by blocking its thread.
 */
public class HostApp(
    /** Signs the shopper in. */
    public val tokens: TokenProvider? = null,
    /** Ways to pay, in the shopper's order of preference. */
    public val instruments: List<Instrument> = emptyList(),
    /** Buyer and address. */
    public val buyer: BuyerProvider? = null,
    /** Device authentication; without it no threshold can be raised. */
    public val device: DeviceAuthentication? = null,
    /** The sealing key; without it an unknown outcome is found out by reading alone. */
    public val secrets: SecretStore? = null,
    /** Local notifications. */
    public val notifier: Notifier? = null,
    /** Translation of chat. */
    public val translator: Translator? = null,
    /** Warming of the next stream. */
    public val preloader: Preloader? = null,
    /** How shops know the app; without it no account is linked. */
    public val oauth: OAuthApp? = null,
    /** Signs every request. */
    public val signer: RequestSigner? = null,
)
