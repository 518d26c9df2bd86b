package app.nightmarket.journeys

import app.nightmarket.Shopper
import app.nightmarket.boxes.BlindBox
import app.nightmarket.live.Room
import app.nightmarket.support.Notifications
import app.nightmarket.support.Sandbox
import app.nightmarket.support.TestApp
import java.nio.file.Files
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicReference
import kotlin.random.Random
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.launch
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonPrimitive

/** The host app of a journey: a sandbox, a shopper there, and what is being followed. */
class App : AutoCloseable {
    val sandbox = Sandbox.start()
    val notifications = Notifications()

    /** Boxes as they were last described, by shop and id. */
    val described = ConcurrentHashMap<Pair<String, String>, BlindBox>()

    private val directory = Files.createTempDirectory("nightmarket").toFile()
    private val key = Random.nextBytes(32)
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)
    private val rooms = HashMap<String, Room>()
    private val followed = HashMap<String, Followed>()
    private var opened = false

    /** The shopper who is or was open; once closed, it says so. */
    private var last: Shopper? = null
    val shopper: Shopper get() = checkNotNull(last) { "no shopper is open" }

    private class Followed(val job: Job, val newest: AtomicReference<Any?>, val first: CompletableDeferred<Unit>)

    fun variables() = Variables(
        mutableMapOf(
            "venue" to JsonPrimitive(sandbox.venue),
            "shop_0" to JsonPrimitive(sandbox.domain(0)),
            "shop_1" to JsonPrimitive(sandbox.domain(1)),
            "shop_0_url" to JsonPrimitive(sandbox.shops[0]),
            "shop_1_url" to JsonPrimitive(sandbox.shops[1]),
        ),
    )

    /** Sentences about what must never be in the shops' books. */
    suspend fun wrongs() = sandbox.control("books").let { books ->
        (0..1).flatMap { books.at("shops.$it.wrongs") as JsonArray }
    }

    suspend fun open(
        token: String?,
        language: String,
        venue: String,
        name: String,
        instruments: List<String>,
        device: Boolean,
    ) {
        check(!opened) { "a shopper is open already" }
        val host = TestApp.host(token, instruments, device, key, notifications)
        last = Shopper.open(TestApp.settings(sandbox, directory.resolve(name), venue, language), host)
        opened = true
    }

    /** Closes the shopper; its services stay, and say so. */
    suspend fun closeShopper() {
        leaveAll()
        shopper.end()
    }

    /** Lets go of everything, in the middle of whatever it does: nothing is closed in order, nothing is waited for. */
    fun kill() {
        leaveAll()
        shopper.close()
        last = null
    }

    private fun leaveAll() {
        check(opened) { "no shopper is open" }
        opened = false
        followed.values.forEach { it.job.cancel() }
        followed.clear()
        rooms.clear()
    }

    fun room(id: String) = checkNotNull(rooms[id]) { "room $id is not joined" }

    fun joined(room: Room) {
        rooms[room.id] = room
    }

    fun leaving(id: String): Room = room(id).also { rooms.remove(id) }

    /** What is newest of a flow; the first time it is followed from here on. */
    suspend fun follow(name: String, flow: () -> Flow<*>): Any? {
        val following = followed.getOrPut(name) {
            val newest = AtomicReference<Any?>()
            val first = CompletableDeferred<Unit>()
            val job = scope.launch {
                try {
                    flow().collect {
                        newest.set(it)
                        first.complete(Unit)
                    }
                    first.completeExceptionally(IllegalStateException("$name ended before it began"))
                } catch (error: Exception) {
                    first.completeExceptionally(error)
                }
            }
            Followed(job, newest, first)
        }
        try {
            following.first.await()
        } catch (error: Exception) {
            followed.remove(name)
            throw error
        }
        return following.newest.get()
    }

    override fun close() {
        last?.close()
        scope.cancel()
        sandbox.close()
        directory.deleteRecursively()
    }
}
