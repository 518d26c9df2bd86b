package app.nightmarket

import app.nightmarket.support.Paths
import app.nightmarket.support.childJvm
import java.io.File
import java.nio.file.Files
import kotlin.test.AfterTest
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlinx.coroutines.runBlocking

/** Opens a Shopper with whatever library the JVM finds, twice, and prints what came of it. */
object OpensAnywhere {
    @JvmStatic
    fun main(arguments: Array<String>) = runBlocking {
        repeat(2) {
            try {
                Shopper.open(Settings(venue = "", directory = arguments[0], platformProfile = "", language = "en"))
            } catch (error: LibraryException) {
                println("${error.problem}: ${error.message}")
            } catch (error: NightmarketException) {
                println("opened: ${error.code()}")
            }
        }
    }
}

class LibraryTest {
    private val directory = Files.createTempDirectory("nightmarket").toFile()

    @AfterTest
    fun clean() {
        directory.deleteRecursively()
    }

    private fun openWith(folder: File): List<String> {
        val options = listOf("-Djna.library.path=$folder", "-Djna.nosys=true")
        val lines = childJvm(OpensAnywhere::class.java.name, listOf(directory.path), options).trim().lines()
        assertEquals(2, lines.size, "the second time is as the first: $lines")
        assertEquals(lines[0], lines[1])
        return lines
    }

    private fun compile(source: String) {
        val file = directory.resolve("library.c").apply { writeText(source) }
        val library = directory.resolve("libnightmarket_ffi.so")
        val compiler = ProcessBuilder("cc", "-shared", "-o", library.path, file.path).inheritIO().start()
        assertEquals(0, compiler.waitFor())
    }

    /** What the bindings ask of the library before anything else. */
    private val checks = Class.forName("app.nightmarket.ffi.IntegrityCheckingUniffiLib", false, javaClass.classLoader)
        .declaredMethods.map { it.name }.filter { "uniffi" in it && "nightmarket" in it }

    @Test
    fun `the right library is used`() {
        assertEquals("opened: bad_address", openWith(Paths.target)[0])
    }

    @Test
    fun `a missing library says what to pack where`() {
        val said = openWith(directory)[0]
        assertContains(said, "MISSING: libnightmarket_ffi cannot be loaded")
        assertContains(said, "jniLibs")
    }

    @Test
    fun `a file that is no library is as good as missing`() {
        directory.resolve("libnightmarket_ffi.so").writeText("this is no library")
        assertContains(openWith(directory)[0], "MISSING: ")
    }

    @Test
    fun `another version of the library is told apart`() {
        // The same names, other checksums.
        compile(checks.joinToString("\n") { "int $it(void) { return ${if ("contract_version" in it) 30 else 1}; }" })
        assertContains(openWith(directory)[0], "MISMATCHED: libnightmarket_ffi belongs to another version")
    }

    @Test
    fun `so is a library without what is called`() {
        compile("int something_else(void) { return 0; }")
        assertContains(openWith(directory)[0], "MISMATCHED: ")
    }
}
