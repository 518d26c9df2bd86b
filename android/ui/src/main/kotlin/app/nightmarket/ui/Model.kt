package app.nightmarket.ui

import app.nightmarket.NightmarketException
import app.nightmarket.ui.words.Strings
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.job
import kotlinx.coroutines.launch

/**
 * The state of a screen, held over the SDK: it outlives the drawing of the screen, and knows nothing of the platform.
 * All of it runs on the one thread of [parent], the UI's.
 */
abstract class Model<S>(parent: CoroutineScope, protected val strings: Strings, first: S) {
    /** Ends with [end], and with its parent. */
    protected val scope = CoroutineScope(parent.coroutineContext + SupervisorJob(parent.coroutineContext.job))

    private val current = MutableStateFlow(first)

    /** The state as it is now. */
    val state: StateFlow<S> = current.asStateFlow()

    protected fun change(edit: (S) -> S) = current.update(edit)

    /** Does something that may fail: the failure goes to [failed], anything else is a bug and is not hidden. */
    protected fun go(failed: (NightmarketException) -> Unit, work: suspend () -> Unit): Job = scope.launch {
        try {
            work()
        } catch (error: NightmarketException) {
            failed(error)
        }
    }

    /** Nothing is followed any more. */
    open fun end() = scope.cancel()
}
