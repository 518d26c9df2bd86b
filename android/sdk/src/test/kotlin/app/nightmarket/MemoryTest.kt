package app.nightmarket

import app.nightmarket.support.Sandbox
import app.nightmarket.support.TestApp
import app.nightmarket.support.childJvm
import java.io.File
import java.nio.file.Files
import kotlin.test.Test
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking

/** Opens and closes a Shopper again and again, and prints how the resident memory grew. */
object OpensAndCloses {
    @JvmStatic
    fun main(arguments: Array<String>) = runBlocking {
        val (venue, directory, warmUp, cycles) = arguments
        val settings = Settings(venue, directory, "$venue/platform/profile.json", "en")
        suspend fun cycle(number: Int) {
            val shopper = Shopper.open(settings, TestApp.host())
            shopper.connection.first()
            // Dear without a compiler, so not every time.
            if (number % 10 == 0) {
                shopper.feed.refresh()
                check(shopper.feed.posts.first { it.isNotEmpty() }.isNotEmpty())
            }
            shopper.end()
        }
        repeat(warmUp.toInt()) { cycle(it) }
        val samples = mutableListOf(0 to resident())
        for (done in 1..cycles.toInt()) {
            cycle(done)
            if (done % EVERY == 0) samples += done to resident()
        }
        println(samples.joinToString(" ") { (_, bytes) -> "${(bytes - samples[0].second) / 1024}" } + " KB since the warm-up")
        println("bytes per cycle: ${slope(samples)}")
    }

    private const val EVERY = 50

    /** The median of the slopes between all samples: an allocator that keeps or gives back a page does not move it. */
    private fun slope(samples: List<Pair<Int, Long>>): Long {
        val slopes = samples.flatMapIndexed { at, (cycle, bytes) ->
            samples.drop(at + 1).map { (laterCycle, laterBytes) -> (laterBytes - bytes) / (laterCycle - cycle) }
        }
        return slopes.sorted()[slopes.size / 2]
    }

    /** Bytes, once what is garbage is gone. */
    private fun resident(): Long {
        repeat(3) {
            System.gc()
            Thread.sleep(50)
        }
        val kilobytes = File("/proc/self/status").readLines().first { it.startsWith("VmRSS:") }.filter(Char::isDigit)
        return kilobytes.toLong() * 1024
    }
}

class MemoryTest {
    @Test
    fun `a thousand openings leave nothing behind`() {
        val directory = Files.createTempDirectory("nightmarket").toFile()
        val output = Sandbox.start().use { sandbox ->
            // The heap is resident from the start, no code is compiled at some time of its own choosing, and threads share
            // one allocator: what grows is what is left behind.
            val options = listOf("-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC", "-Xint") +
                "-Djna.library.path=${System.getProperty("jna.library.path")}"
            val arguments = listOf(sandbox.venue, directory.path, "200", "1000")
            childJvm(OpensAndCloses::class.java.name, arguments, options, mapOf("MALLOC_ARENA_MAX" to "1"), seconds = 300)
        }
        directory.deleteRecursively()
        assertFalse("panicked" in output, output)
        val grew = output.lines().first { it.startsWith("bytes per cycle: ") }.substringAfter(": ").toLong()
        assertTrue(grew < 1024, "resident memory grew by $grew bytes per cycle: $output")
    }
}
