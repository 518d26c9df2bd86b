package app.nightmarket.ui.words

import app.nightmarket.NightmarketException
import app.nightmarket.Remedy as Help
import app.nightmarket.ui.Problem
import app.nightmarket.ui.Remedy

/** What a failed call means to the person in front of it, in their language. */
fun NightmarketException.problem(strings: Strings): Problem = when (val help = remedy()) {
    Help.CHECK_NETWORK -> Problem(strings.problemUnreachable, strings.checkNetwork)
    Help.SIGN_IN -> Problem(strings.problemSignIn, remedy = Remedy.SIGN_IN)
    Help.WAIT -> Problem(strings.problemWait)
    Help.RETRY -> Problem(strings.problemNoAnswer)
    Help.UPDATE_APP -> Problem(strings.problemUpdate, remedy = Remedy.NONE)
    Help.DISTRUST -> Problem(strings.problemDistrust, remedy = Remedy.NONE)
    Help.FREE_STORAGE -> Problem(strings.problemStorage)
    Help.HIDE_FEATURE -> Problem(strings.problemNotHere, remedy = Remedy.NONE)
    Help.CORRECT_INPUT, Help.OPEN_CONTINUE_URL, Help.CONTACT_SUPPORT -> said(strings, help)
}

private fun NightmarketException.said(strings: Strings, help: Help): Problem = when {
    // The other side's own words are the best there are.
    this is NightmarketException.Refused && content.isNotBlank() -> Problem(content)
    this is NightmarketException.Host && provider == DEVICE -> Problem(strings.problemNotProven, remedy = Remedy.NONE)
    help == Help.CORRECT_INPUT -> Problem(strings.problemInput)
    else -> Problem(strings.problemOurs)
}

/** Whether it is the network that is missing. */
val NightmarketException.isOffline: Boolean
    get() = this is NightmarketException.Unreachable || this is NightmarketException.Offline

/** What the core calls the provider that asks who is there. */
private const val DEVICE = "device authentication"
