package app.nightmarket

import app.nightmarket.ffi.HostException
import app.nightmarket.ffi.InstrumentInfo
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull

/** The core waits for the sealing key: it may not wait long. */
private val KEY_PATIENCE = 5.seconds

/**
 * The app's own code as the core calls it: on threads of the app's, so that not even one that blocks holds up the core, and
 * whatever it throws as the one error that may cross the border.
 */
internal class HostAdapters(private val given: HostApp) {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.IO)

    // Reminders of one drop must not overtake each other, nor a stream's end its beginning.
    @OptIn(ExperimentalCoroutinesApi::class)
    private val inOrder = Dispatchers.IO.limitedParallelism(1)

    /** What the core is given. */
    fun lower(): app.nightmarket.ffi.HostApp {
        val host = app.nightmarket.ffi.HostApp()
        given.tokens?.let { host.setTokens(Tokens(it)) }
        given.instruments.forEach { host.addInstrument(typed { it.info() }, Pays(it)) }
        given.buyer?.let { host.setBuyer(Buys(it)) }
        given.device?.let { host.setDevice(Proves(it)) }
        given.secrets?.let { host.setSecrets(Seals(it)) }
        given.notifier?.let { host.setNotifier(Notifies(it)) }
        given.translator?.let { host.setTranslator(Translates(it)) }
        given.preloader?.let { host.setPreloader(Preloads(it)) }
        given.oauth?.let { oauth ->
            host.setOauth(oauth.clientId, oauth.redirectUri)
            oauth.atShops.forEach { (shop, clientId) -> host.setOauthAt(shop, clientId) }
        }
        given.signer?.let { host.setSigner(it.keyId, Signs(it)) }
        return host
    }

    /** Nobody waits for an answer any more. */
    fun close(): Unit = scope.cancel()

    private suspend fun <T> answer(ask: suspend () -> T): T {
        // Not in the waiter's own coroutine: one that blocks its thread could not be given up.
        val asked = scope.async { runCatching { ask() } }
        try {
            return asked.await().getOrElse { throw failed(it) }
        } finally {
            asked.cancel()
        }
    }

    private fun failed(error: Throwable): Exception = when (error) {
        is HostException -> error
        else -> HostException.Failed(listOfNotNull(error.javaClass.simpleName, error.message).joinToString(": "))
    }

    private inner class Tokens(private val tokens: TokenProvider) : app.nightmarket.ffi.TokenProvider {
        override suspend fun token(audience: Audience, scopes: List<String>, challenge: String?): String? =
            answer { tokens.token(audience, scopes, challenge) }
    }

    private inner class Pays(private val instrument: Instrument) : app.nightmarket.ffi.Instrument {
        override suspend fun credential(request: CredentialRequest): String = answer { instrument.credential(request) }
    }

    private inner class Buys(private val buyer: BuyerProvider) : app.nightmarket.ffi.BuyerProvider {
        override suspend fun buyer(shop: ShopDomain): Buyer = answer { buyer.buyer(shop) }
    }

    private inner class Proves(private val device: DeviceAuthentication) : app.nightmarket.ffi.DeviceAuthentication {
        override suspend fun authenticate(reason: String): Boolean = answer { device.authenticate(reason) }
    }

    private inner class Seals(private val secrets: SecretStore) : app.nightmarket.ffi.SecretStore {
        override fun sealingKey(): ByteArray = runBlocking {
            withTimeoutOrNull(KEY_PATIENCE) { answer { secrets.sealingKey() } }
                ?: throw HostException.Failed("no answer within $KEY_PATIENCE")
        }
    }

    private inner class Translates(private val translator: Translator) : app.nightmarket.ffi.Translator {
        override suspend fun translate(text: String, language: String): String? =
            answer { translator.translate(text, language) }
    }

    private inner class Signs(private val signer: RequestSigner) : app.nightmarket.ffi.RequestSigner {
        override suspend fun sign(base: ByteArray): ByteArray = answer { signer.sign(base) }
    }

    private inner class Preloads(private val preloader: Preloader) : app.nightmarket.ffi.Preloader {
        override fun warm(room: RoomId, hlsUrl: String) = later { preloader.warm(room, hlsUrl) }

        override fun cool(room: RoomId) = later { preloader.cool(room) }
    }

    private inner class Notifies(private val notifier: Notifier) : app.nightmarket.ffi.Notifier {
        override fun schedule(drop: DropId, atMs: Long, title: String) = later { notifier.schedule(drop, atMs, title) }

        override fun cancel(drop: DropId) = later { notifier.cancel(drop) }
    }

    private fun later(tell: () -> Unit) {
        // A reminder that was not scheduled, or a stream that was not warmed, must not end the app.
        scope.launch(inOrder) { runCatching(tell) }
    }
}

private fun Instrument.info() = InstrumentInfo(id, handlers, kind, label, silent)
