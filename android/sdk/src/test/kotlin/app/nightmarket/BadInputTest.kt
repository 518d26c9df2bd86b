package app.nightmarket

import app.nightmarket.ffi.PostBatch
import app.nightmarket.ffi.PostListener
import app.nightmarket.support.Sandbox
import app.nightmarket.support.TestApp
import java.io.File
import java.nio.file.Files
import java.util.Collections
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread
import kotlin.test.AfterTest
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import org.junit.jupiter.api.TestInstance

/** What an app may do wrong: each is a typed error, and nothing else is harmed. */
@TestInstance(TestInstance.Lifecycle.PER_METHOD)
class BadInputTest {
    private val sandbox = Sandbox.start()
    private val directory = Files.createTempDirectory("nightmarket").toFile()

    @AfterTest
    fun strike() {
        sandbox.close()
        directory.deleteRecursively()
    }

    private fun test(body: suspend CoroutineScope.() -> Unit) = runBlocking { withTimeout(60.seconds, body) }

    private suspend fun open(host: HostApp = TestApp.host(), name: String = "shopper") =
        Shopper.open(TestApp.settings(sandbox, directory.resolve(name)), host)

    @Test
    fun `a listener that throws ends alone`() = test {
        open().use { shopper ->
            val calls = AtomicInteger()
            val ended = CompletableDeferred<NightmarketException?>()
            val listener = object : PostListener {
                override fun changed(change: PostBatch) {
                    calls.incrementAndGet()
                    error("the screen is broken")
                }

                override fun ended(error: NightmarketException?) {
                    ended.complete(error)
                    error("and at its end as well")
                }
            }
            // As the SDK's own flows do it, below the SDK.
            val core = Shopper::class.java.getDeclaredField("core").apply { isAccessible = true }.get(shopper)
            val subscription = (core as app.nightmarket.ffi.Shopper).feed().posts(listener)
            val error = assertIs<NightmarketException.Host>(ended.await())
            assertEquals("listener", error.provider)
            shopper.feed.refresh()
            assertTrue(shopper.feed.posts.first { it.isNotEmpty() }.isNotEmpty())
            assertEquals(1, calls.get(), "one that failed is not called again")
            subscription.close()
        }
    }

    @Test
    fun `a collector that throws ends alone, and its subscription with it`() = test {
        open().use { shopper ->
            assertFailsWith<ArithmeticException> { shopper.feed.posts.collect { throw ArithmeticException("the screen is broken") } }
            shopper.feed.refresh()
            assertTrue(shopper.feed.posts.first { it.isNotEmpty() }.isNotEmpty())
        }
    }

    @Test
    fun `a slow collector sees the newest list, and holds up nobody`() = test {
        open().use { shopper ->
            val seen = Collections.synchronizedList(mutableListOf<Int>())
            val slow = launch(Dispatchers.Default) {
                shopper.feed.posts.collect {
                    seen += it.size
                    delay(300.milliseconds)
                }
            }
            shopper.feed.refresh()
            while (shopper.feed.nextPage()) yield()
            val all = shopper.feed.posts.first().size
            while (seen.lastOrNull() != all) delay(20.milliseconds)
            assertTrue(seen.size < 6, "lists between were not queued: $seen")
            slow.cancel()
        }
    }

    private fun flows(shopper: Shopper): List<Flow<*>> = listOf(
        shopper.feed.posts, shopper.offers.list, shopper.orders.list, shopper.orders.watch("shop", "order"),
        shopper.returns.list, shopper.returns.watch("return"), shopper.drops.drops, shopper.drops.reminded,
        shopper.fans.groups, shopper.boxes.openings, shopper.boxes.draws, shopper.boxes.collection,
        shopper.purchase.watch("purchase"), shopper.connection,
    )

    private suspend fun assertClosed(shopper: Shopper) {
        assertFailsWith<NightmarketException.Closed> { shopper.venue() }
        assertFailsWith<NightmarketException.Closed> { shopper.feed.refresh() }
        assertFailsWith<NightmarketException.Closed> { shopper.live.join("pearls") }
        assertFailsWith<NightmarketException.Closed> { shopper.purchase.policy() }
        for (flow in flows(shopper)) assertFailsWith<NightmarketException.Closed> { flow.first() }
    }

    @Test
    fun `after the end everything is closed, and flows have completed`() = test {
        val shopper = open()
        val room = shopper.live.join("pearls")
        val flowing = List(2) { CompletableDeferred<Unit>() }
        val posts = launch { shopper.feed.posts.collect { flowing[0].complete(Unit) } }
        val state = launch { room.state.collect { flowing[1].complete(Unit) } }
        flowing.awaitAll()
        shopper.end()
        shopper.end()
        shopper.close()
        joinAll(posts, state)
        assertClosed(shopper)
        assertFailsWith<NightmarketException.Closed> { room.chat.send("hello") }
        assertFailsWith<NightmarketException.Closed> { room.state.first() }
        open().end()
    }

    @Test
    fun `closing from another thread in the middle of everything crashes nothing`() = test {
        repeat(5) { round ->
            val shopper = open()
            val calls = List(20) { n ->
                async(Dispatchers.Default) {
                    runCatching { if (n % 2 == 0) shopper.feed.refresh() else shopper.live.join("pearls").state.first() }
                }
            }
            delay((round * 3).milliseconds)
            List(3) { thread { shopper.close() } }.forEach(Thread::join)
            for (call in calls) call.await().onFailure { assertIs<NightmarketException>(it) }
            assertClosed(shopper)
            reopen().end()
        }
    }

    /** The core lets go of its directory a moment after its owner is gone. */
    private suspend fun reopen(): Shopper {
        repeat(200) {
            try {
                return open()
            } catch (_: NightmarketException.Storage) {
                System.gc()
                delay(50.milliseconds)
            }
        }
        error("the directory is still held")
    }

    @Test
    fun `a shopper that nobody holds is ended by the garbage collector`() = test {
        forget()
        reopen().end()
    }

    private suspend fun forget() {
        open().feed.refresh()
    }

    @Test
    fun `one directory, one core`() = test {
        open().use { assertFailsWith<NightmarketException.Storage> { open() } }
    }

    @Test
    fun `a provider that throws is named, with its own words and no more`() = test {
        open(HostApp(tokens = { _, _, _ -> throw UnsupportedOperationException("no account") })).use { shopper ->
            val error = assertFailsWith<NightmarketException.Host> { shopper.feed.refresh() }
            assertEquals("token provider", error.provider)
            assertEquals("UnsupportedOperationException: no account", error.reason)
            assertEquals(Remedy.CONTACT_SUPPORT, error.remedy())
        }
    }

    @Test
    fun `a provider that hangs or blocks its thread is given up, and holds up nobody`() = test {
        val hanging = HostApp(tokens = { _, _, _ -> awaitCancellation() })
        val blocking = HostApp(tokens = { _, _, _ -> Thread.sleep(40_000).let { null } })
        open(hanging, "hanging").use { hangs ->
            open(blocking, "blocking").use { blocks ->
                val calls = listOf(hangs, blocks).map {
                    async(Dispatchers.Default) { assertFailsWith<NightmarketException.Host> { it.feed.refresh() } }
                }
                for (shopper in listOf(hangs, blocks)) {
                    shopper.purchase.policy()
                    assertFailsWith<TimeoutCancellationException> {
                        withTimeout(100.milliseconds) { shopper.feed.nextPage() }
                    }
                }
                for (call in calls) assertEquals("token provider", call.await().provider)
            }
        }
    }

    @Test
    fun `a key of the wrong length, and a store that throws, buy nothing and crash nothing`() = test {
        for (key in listOf(SecretStore { ByteArray(31) }, SecretStore { error("locked") })) {
            val host = TestApp.host()
            open(HostApp(tokens = host.tokens, instruments = host.instruments, buyer = host.buyer, secrets = key)).use {
                it.feed.refresh()
                assertTrue(it.purchase.purchases().isEmpty())
            }
            reopen().end()
        }
    }

    @Test
    fun `bad settings are typed errors`() = test {
        suspend fun open(venue: String) =
            Shopper.open(TestApp.settings(sandbox, directory.resolve("bad"), venue), HostApp())
        assertFailsWith<NightmarketException.BadAddress> { open("") }
        assertFailsWith<NightmarketException.BadAddress> { open("http://venue.example") }
        assertFailsWith<NightmarketException.Unreachable> { open("http://127.0.0.1:9") }
        val settings = TestApp.settings(sandbox, File("/proc/nowhere"))
        assertFailsWith<NightmarketException.Storage> { Shopper.open(settings) }
    }

    @Test
    fun `values that cannot be are typed errors`() = test {
        open().use { shopper ->
            assertIs<NightmarketException.BadInput>(runCatching { shopper.purchase.setThreshold(Money(100, "pearls")) }.exceptionOrNull())
            assertFailsWith<NightmarketException.BadInput> { Money.parse("a lot") }
            assertIs<NightmarketException>(runCatching { Money(1, "").text }.exceptionOrNull())
            assertEquals("12.50 USD", Money.parse("12.50USD").text)
            assertFailsWith<NightmarketException.NotFound> { shopper.offers.offer("none") }
            assertFailsWith<NightmarketException.NotFound> { shopper.purchase.watch("none").first() }
        }
    }

    @Test
    fun `opening can be given up`() = test {
        java.net.ServerSocket(0).use { silent ->
            val venue = "http://127.0.0.1:${silent.localPort}"
            assertFailsWith<TimeoutCancellationException> {
                withTimeout(200.milliseconds) { Shopper.open(TestApp.settings(sandbox, directory.resolve("shopper"), venue)) }
            }
        }
        reopen().end()
    }
}
