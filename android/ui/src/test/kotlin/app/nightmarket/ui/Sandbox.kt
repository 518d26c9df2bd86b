package app.nightmarket.ui

import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse.BodyHandlers
import java.util.concurrent.TimeUnit

/** The sandbox as a process of its own, on ports of its own, and its `/_control`. */
class Sandbox private constructor(private val process: Process, val venue: String, val shops: List<String>) : AutoCloseable {
    /** Domain of the shop that sells in CNY (0) or in USD (1). */
    fun shop(index: Int): String = shops[index].substringAfter("://")

    /** Makes a host, a courier or the shop act. */
    fun script(json: String): String = post("script", json)

    /** Moves the venue's and the shops' clocks on. */
    fun pass(milliseconds: Long): String = post("clock", """{"advance_ms":$milliseconds}""")

    /** Switches a fault on. */
    fun fault(json: String): String = post("faults", json)

    /** The sandbox's own books, JSON text. */
    fun books(): String = send(HttpRequest.newBuilder(control("books")).build())

    private fun post(what: String, json: String) =
        send(HttpRequest.newBuilder(control(what)).POST(HttpRequest.BodyPublishers.ofString(json)).header("content-type", "application/json").build())

    private fun control(what: String) = URI("$venue/_control/$what")

    private fun send(request: HttpRequest): String {
        val answer = http.send(request, BodyHandlers.ofString())
        check(answer.statusCode() == 200) { "${request.uri().path}: ${answer.statusCode()} ${answer.body()}" }
        return answer.body()
    }

    override fun close() {
        process.destroy()
        process.waitFor(5, TimeUnit.SECONDS)
    }

    companion object {
        private val http: HttpClient = HttpClient.newHttpClient()

        /** Starts one; the first line it prints is the venue's address, the next ones are its shops'. */
        fun start(): Sandbox {
            val binary = File(System.getProperty("nightmarket.target"), "nightmarket")
            check(binary.canExecute()) { "there is no $binary: cargo build builds it" }
            val process = ProcessBuilder(binary.path, "sandbox", "--listen", "127.0.0.1:0")
                .redirectError(ProcessBuilder.Redirect.DISCARD).start()
            val lines = process.inputStream.bufferedReader()
            val venue = checkNotNull(lines.readLine()) { "the sandbox said nothing" }
            val shops = List(2) { lines.readLine().removePrefix("shop ") }
            return Sandbox(process, venue, shops)
        }
    }
}
