package app.nightmarket.ui

/** What can be done about a [Problem], as a button. */
enum class Remedy { TRY_AGAIN, SIGN_IN, NONE }

/** Why something did not work, for the person in front of it. */
data class Problem(
    /** What went wrong, a sentence. */
    val text: String,
    /** What helps, if something does. */
    val advice: String? = null,
    /** The button. */
    val remedy: Remedy = Remedy.TRY_AGAIN,
)
