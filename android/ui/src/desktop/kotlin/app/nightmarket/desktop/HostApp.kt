package app.nightmarket.desktop

import app.nightmarket.Address
import app.nightmarket.Buyer
import app.nightmarket.CredentialRequest
import app.nightmarket.HostApp
import app.nightmarket.Instrument
import app.nightmarket.PostalAddress
import java.io.File
import java.nio.file.Files
import java.nio.file.attribute.PosixFilePermissions
import java.security.SecureRandom

/** What an app gives the core, as a desktop can against the sandbox: a test card, one buyer, a key in a private file. */
class DesktopHost(private val keyFile: File, private val shopper: String) {
    /** How often somebody was asked who they are. */
    var asked = 0
        private set

    /** Whether they prove it. At a desk nobody is asked: the window is the proof. */
    var present = true

    /** The sandbox's bank answers by it: "tok_success", "tok_3ds", "tok_decline". */
    var token = "tok_success"

    fun app() = HostApp(
        tokens = { _, _, _ -> "token:$shopper" },
        instruments = listOf(TestCard()),
        buyer = { Buyer(BUYER, Address("home", ADDRESS_JSON)) },
        device = {
            asked += 1
            present
        },
        secrets = ::sealingKey,
    )

    private fun sealingKey(): ByteArray {
        if (!keyFile.exists()) {
            val own = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            Files.createFile(keyFile.toPath(), own)
            keyFile.writeBytes(ByteArray(32).also(SecureRandom()::nextBytes))
        }
        return keyFile.readBytes()
    }

    private inner class TestCard : Instrument {
        override val id = "card"
        override val handlers = listOf("*")
        override val kind = "card"
        override val label = "Test card"
        override val silent = true

        override suspend fun credential(request: CredentialRequest) = """{"type":"token","token":"$token"}"""
    }

    companion object {
        private const val BUYER = """{"email":"shopper@example.com","first_name":"Night","last_name":"Shopper"}"""
        private const val ADDRESS_JSON = """{"street_address":"88 Harbour Road","address_locality":"Shanghai","address_region":"SH",""" +
            """"postal_code":"200000","address_country":"CN"}"""

        /** Where the sandbox's courier comes. */
        val ADDRESS = PostalAddress(
            extendedAddress = null,
            streetAddress = "88 Harbour Road",
            addressLocality = "Shanghai",
            addressRegion = "SH",
            addressCountry = "CN",
            postalCode = "200000",
            firstName = "Night",
            lastName = "Shopper",
            phoneNumber = null,
        )
    }
}
