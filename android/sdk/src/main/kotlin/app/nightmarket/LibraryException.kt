package app.nightmarket

/**
 * The native library cannot be used. Nothing was opened, and nothing will be until the app is packed anew; [message]
 * says how. It is no [NightmarketException], because those come from the library.
 */
public class LibraryException internal constructor(
    /** What is wrong with it. */
    public val problem: Problem,
    message: String,
    cause: Throwable,
) : Exception(message, cause) {
    /** What can be wrong with a library. */
    public enum class Problem {
        /** There is none for this device, or it cannot be loaded. */
        MISSING,

        /** It belongs to another version of this SDK. */
        MISMATCHED,
    }
}
