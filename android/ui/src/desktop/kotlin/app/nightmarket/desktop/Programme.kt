package app.nightmarket.desktop

import java.io.IOException
import java.net.URI
import java.time.OffsetDateTime

/**
 * Programme time of a live HLS stream, as a player would show it: it starts three segments behind the live edge (RFC 8216,
 * 6.3.3) and goes on in real time.
 */
class Programme private constructor(private val firstMs: Long) {
    private val startedAt = System.nanoTime()

    /** What is on screen now, milliseconds since the epoch. */
    val momentMs: Long get() = firstMs + (System.nanoTime() - startedAt) / 1_000_000

    companion object {
        private const val HOLD_BACK = 3

        /** Reads the list at [url]; a master list leads to its first variant. Blocks. */
        fun read(url: String): Programme {
            val lines = lines(url)
            if (lines.any { it.startsWith("#EXT-X-STREAM-INF") }) {
                return read(URI(url).resolve(lines.first { it.isNotBlank() && !it.startsWith("#") }).toString())
            }
            val starts = starts(lines)
            return Programme(starts.getOrNull(starts.size - HOLD_BACK) ?: throw IOException("too few segments to start from"))
        }

        private fun lines(url: String) = URI(url).toURL().openStream().bufferedReader().use { it.readLines() }

        /** When each segment starts. Only the first has to say so. */
        private fun starts(lines: List<String>): List<Long> {
            val starts = ArrayList<Long>()
            var at: Long? = null
            for (line in lines) {
                if (line.startsWith(TIME)) at = OffsetDateTime.parse(line.removePrefix(TIME)).toInstant().toEpochMilli()
                if (line.startsWith(LENGTH)) {
                    val start = at ?: throw IOException("the list has no programme time")
                    starts += start
                    at = start + (line.removePrefix(LENGTH).substringBefore(',').toDouble() * 1_000).toLong()
                }
            }
            return starts
        }

        private const val TIME = "#EXT-X-PROGRAM-DATE-TIME:"
        private const val LENGTH = "#EXTINF:"
    }
}
