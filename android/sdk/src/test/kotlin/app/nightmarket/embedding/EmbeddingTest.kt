package app.nightmarket.embedding

import app.nightmarket.support.Paths
import app.nightmarket.support.Sandbox
import app.nightmarket.support.TestApp
import java.nio.file.Files
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

class EmbeddingTest {
    @Test
    fun `what README shows is what runs here`() {
        val readme = Paths.root.resolve("README.md").readText()
        val shown = readme.substringAfter("```kotlin\n", "").substringBefore("```")
        val here = Paths.root.resolve("android/sdk/src/test/kotlin/app/nightmarket/embedding/Embedding.kt").readText()
        assertEquals(here.substringAfter("package app.nightmarket.embedding\n\n"), shown)
    }

    @Test
    fun `it buys`() = runBlocking {
        val directory = Files.createTempDirectory("nightmarket").toFile()
        Sandbox.start().use { sandbox ->
            for (room in listOf("pearls")) {
                sandbox.control("script", JsonObject(mapOf("do" to JsonPrimitive("pin"), "room" to JsonPrimitive(room))))
            }
            withTimeout(30.seconds) {
                assertEquals("placed", evening(TestApp.settings(sandbox, directory), TestApp.host()))
            }
        }
        directory.deleteRecursively()
        Unit
    }
}
