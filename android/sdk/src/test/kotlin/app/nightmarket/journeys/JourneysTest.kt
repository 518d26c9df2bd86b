package app.nightmarket.journeys

import app.nightmarket.support.Paths
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.TestFactory

/** The table of journeys, through the SDK. */
class JourneysTest {
    private val folder = Paths.root.resolve("tests/journeys")
    private val journeys = folder.resolve("table").listFiles().orEmpty().sorted().map(::Journey)

    @TestFactory
    fun journeys(): List<DynamicTest> = journeys.map { journey ->
        DynamicTest.dynamicTest(journey.file) { runBlocking { withTimeout(1.minutes) { run(journey) } } }
    }

    @Test
    fun `readme, table and driver know the same operations`() {
        val documented = Regex("""^\| `(pause|\w+\.\w+)` \|""", RegexOption.MULTILINE)
            .findAll(folder.resolve("README.md").readText()).map { it.groupValues[1] }.toSet()
        assertEquals(documented, operations.keys)
        assertEquals(documented, journeys.flatMap { it.steps }.map { it.operation }.toSet())
    }
}
