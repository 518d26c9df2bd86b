package app.nightmarket.support

import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.util.concurrent.TimeUnit
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject

/** `nightmarket sandbox` as a process, and its `/_control`. */
class Sandbox private constructor(private val process: Process, val venue: String, val shops: List<String>) : AutoCloseable {
    /** Host and port of a shop. */
    fun domain(shop: Int): String = shops[shop].substringAfter("://")

    /** One request below `/_control`. */
    suspend fun control(name: String, arguments: JsonObject = JsonObject(emptyMap())): JsonElement {
        val request = HttpRequest.newBuilder(URI("$venue/_control/$name"))
        if (arguments.isNotEmpty()) {
            request.header("content-type", "application/json")
            request.POST(HttpRequest.BodyPublishers.ofString(arguments.toString()))
        }
        val answer = withContext(Dispatchers.IO) { http.send(request.build(), HttpResponse.BodyHandlers.ofString()) }
        check(answer.statusCode() == 200) { "the sandbox says ${answer.statusCode()}: ${answer.body()}" }
        return Json.parseToJsonElement(answer.body())
    }

    override fun close() {
        process.destroy()
        if (!process.waitFor(5, TimeUnit.SECONDS)) process.destroyForcibly()
    }

    companion object {
        private val http = HttpClient.newHttpClient()

        /** Starts one, and waits until it says where it is. */
        fun start(): Sandbox {
            val binary = Paths.target.resolve("nightmarket")
            check(binary.canExecute()) { "$binary is missing: tests/run kotlin builds it" }
            val process = ProcessBuilder(binary.path, "sandbox", "--listen", "127.0.0.1:0")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start()
            // A run that is broken off leaves none behind.
            Runtime.getRuntime().addShutdownHook(Thread { process.destroyForcibly() })
            val lines = process.inputStream.bufferedReader()
            fun line() = checkNotNull(lines.readLine()) { "the sandbox ended before it said where it is" }
            val venue = line()
            return Sandbox(process, venue, List(2) { line().removePrefix("shop ") })
        }
    }
}

/** Where things are; the build says so. */
object Paths {
    /** The repository. */
    val root: File = File(property("nightmarket.root")).canonicalFile

    /** Where cargo put library and binaries. */
    val target: File = File(property("nightmarket.target")).canonicalFile

    private fun property(name: String) = checkNotNull(System.getProperty(name)) { "-D$name is missing" }
}
