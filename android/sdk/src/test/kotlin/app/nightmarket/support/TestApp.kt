package app.nightmarket.support

import app.nightmarket.Address
import app.nightmarket.Buyer
import app.nightmarket.BuyerProvider
import app.nightmarket.CredentialRequest
import app.nightmarket.DeviceAuthentication
import app.nightmarket.DropId
import app.nightmarket.HostApp
import app.nightmarket.Instrument
import app.nightmarket.Notifier
import app.nightmarket.PostalAddress
import app.nightmarket.SecretStore
import app.nightmarket.Settings
import app.nightmarket.TokenProvider
import java.io.File

/** A test instrument of the sandbox: `success`, `decline`, `3ds`, `slow`. */
class TestCard(private val name: String) : Instrument {
    override val id = "card_$name"
    override val handlers = listOf("*")
    override val kind = "card"
    override val label = "Test card"
    override val silent = true

    override suspend fun credential(request: CredentialRequest) = """{"type":"token","token":"tok_$name"}"""
}

/** The notifications on the device now. */
class Notifications : Notifier {
    data class Scheduled(val drop: DropId, val atMs: Long, val title: String)

    private val scheduled = LinkedHashMap<DropId, Scheduled>()

    fun now(): List<Scheduled> = synchronized(scheduled) { scheduled.values.toList() }

    override fun schedule(drop: DropId, atMs: Long, title: String) {
        synchronized(scheduled) { scheduled[drop] = Scheduled(drop, atMs, title) }
    }

    override fun cancel(drop: DropId) {
        synchronized(scheduled) { scheduled.remove(drop) }
    }
}

/** The app that embeds the SDK in tests; every part can be replaced. */
object TestApp {
    val address = PostalAddress(
        extendedAddress = null,
        streetAddress = "88 Harbour Road",
        addressLocality = "Shanghai",
        addressRegion = "SH",
        addressCountry = "CN",
        postalCode = "200000",
        firstName = null,
        lastName = null,
        phoneNumber = null,
    )

    private const val ADDRESS_JSON =
        """{"street_address":"88 Harbour Road","address_locality":"Shanghai","address_region":"SH",""" +
            """"postal_code":"200000","address_country":"CN"}"""
    private const val BUYER_JSON = """{"email":"shopper@example.com","first_name":"Night","last_name":"Shopper"}"""

    fun host(
        token: String? = "token:shopper",
        instruments: List<String> = listOf("success"),
        device: Boolean = true,
        key: ByteArray = ByteArray(32) { it.toByte() },
        notifier: Notifier = Notifications(),
    ) = HostApp(
        tokens = TokenProvider { _, _, _ -> token },
        instruments = instruments.map(::TestCard),
        buyer = BuyerProvider { Buyer(BUYER_JSON, Address("home", ADDRESS_JSON)) },
        device = DeviceAuthentication { device },
        secrets = SecretStore { key },
        notifier = notifier,
    )

    fun settings(sandbox: Sandbox, directory: File, venue: String = sandbox.venue, language: String = "en") = Settings(
        venue = venue,
        directory = directory.path,
        platformProfile = "${sandbox.venue}/platform/profile.json",
        language = language,
    )
}
