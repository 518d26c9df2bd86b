package app.nightmarket

import app.nightmarket.ffi.InternalException
import kotlin.coroutines.cancellation.CancellationException

/** A call into the core: whatever is wrong with it is a [NightmarketException]. */
internal inline fun <T> typed(call: () -> T): T =
    try {
        call()
    } catch (error: CancellationException) {
        throw error
    } catch (error: InternalException) {
        throw NightmarketException.Internal(error.message.orEmpty())
    } catch (_: IllegalStateException) {
        // What UniFFI throws when the object was destroyed.
        throw NightmarketException.Closed()
    }
