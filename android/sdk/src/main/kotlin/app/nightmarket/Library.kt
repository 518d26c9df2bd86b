package app.nightmarket

import app.nightmarket.ffi.uniffiEnsureInitialized
import com.sun.jna.Platform
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** The native library, loaded once, off the caller's thread. */
internal object Library {
    private val problem: LibraryException? by lazy {
        try {
            uniffiEnsureInitialized()
            null
        } catch (error: LinkageError) {
            explain(error)
        } catch (error: RuntimeException) {
            explain(error)
        }
    }

    /** @throws LibraryException every time, if it could not be loaded */
    suspend fun load() {
        // A fresh one each time: an exception that is thrown twice would collect the callers of both.
        withContext(Dispatchers.IO) { problem }?.let { throw LibraryException(it.problem, it.message!!, it.cause!!) }
    }

    private fun explain(error: Throwable): LibraryException {
        val cause = generateSequence(error) { it.cause }.last()
        // JNA's has a line for every place where it looked.
        val reason = cause.message.orEmpty().lineSequence().first()
        val symbol = cause is UnsatisfiedLinkError && cause.message.orEmpty().contains("looking up function")
        return if (cause is RuntimeException || symbol) {
            LibraryException(
                LibraryException.Problem.MISMATCHED,
                "libnightmarket_ffi belongs to another version of this SDK: pack the library and the SDK of one release " +
                    "($reason)",
                error,
            )
        } else {
            LibraryException(
                LibraryException.Problem.MISSING,
                "libnightmarket_ffi cannot be loaded on ${Platform.RESOURCE_PREFIX}: pack it for this device (jniLibs/<abi> " +
                    "on Android, -Djna.library.path elsewhere) ($reason)",
                error,
            )
        }
    }
}
