package app.nightmarket.links

import app.nightmarket.ShopDomain
import app.nightmarket.ffi.Links as Core
import app.nightmarket.typed

/** Accounts at shops, each linked by the shopper in a browser of the system's. */
public class Links internal constructor(private val core: Core) {
    /**
     * What can be linked at a shop; empty where it has accounts but asks them for nothing. Fails with `NotOffered` where the
     * shop links no accounts.
     */
    public suspend fun offered(shop: ShopDomain): List<LinkScope> = typed { core.offered(shop, null) }

    /**
     * Begins a sign-in: the address to open in a Custom Tab, never in a web view of the app's own. It is used once, within
     * half an hour, and survives the app. [scopes]: what to ask for, all if empty. [challenge]: that of a `SignInNeeded`,
     * whose scopes then count. Fails with `NotOffered` where the shop links no accounts or takes no app without a secret,
     * `BadInput` for a scope that it does not offer, `NotGenuine` if its server is not its own, and `Host` without
     * [HostApp.oauth][app.nightmarket.HostApp.oauth] or a sealing key.
     */
    public suspend fun link(shop: ShopDomain, scopes: List<String> = emptyList(), challenge: String? = null): String =
        typed { core.link(shop, scopes, challenge, null) }

    /**
     * The browser came back to the app with this address. Fails with `Refused` if the shopper or the shop said no
     * (`access_denied`), and with `NotGenuine` if it answers no sign-in of this app, one that was used, or comes from
     * another server.
     */
    public suspend fun linked(callbackUrl: String): ShopLink = typed { core.linked(callbackUrl) }

    /** Ends a link: here at once, at the shop as soon as it can be reached. */
    public suspend fun unlink(shop: ShopDomain): Unit = typed { core.unlink(shop) }

    /** All links, by shop. */
    public suspend fun list(): List<ShopLink> = typed { core.list() }

    internal fun close() = core.close()
}
