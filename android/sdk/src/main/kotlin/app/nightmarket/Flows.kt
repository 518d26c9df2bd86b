package app.nightmarket

import app.nightmarket.ffi.Subscription
import java.util.Collections
import kotlinx.coroutines.channels.ProducerScope
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate

/** One change of a list. Indexes refer to the list as the changes before it left it. */
internal sealed interface Edit<out T> {
    data class Reset<T>(val items: List<T>) : Edit<T>
    data class Append<T>(val items: List<T>) : Edit<T>
    data class Insert<T>(val index: UInt, val item: T) : Edit<T>
    data class Set<T>(val index: UInt, val item: T) : Edit<T>
    data class Remove(val index: UInt) : Edit<Nothing>
    data class Truncate(val length: UInt) : Edit<Nothing>
}

/** The list with the changes applied; the given one is not touched. */
internal fun <T> List<T>.with(edits: List<Edit<T>>): List<T> {
    val start = edits.indexOfLast { it is Edit.Reset }
    val list = ArrayList(if (start < 0) this else (edits[start] as Edit.Reset).items)
    for (edit in edits.subList(start + 1, edits.size)) {
        when (edit) {
            is Edit.Reset -> error("the last one is applied already")
            is Edit.Append -> list.addAll(edit.items)
            is Edit.Insert -> list.add(edit.index.toInt(), edit.item)
            is Edit.Set -> list[edit.index.toInt()] = edit.item
            is Edit.Remove -> list.removeAt(edit.index.toInt())
            is Edit.Truncate -> list.subList(edit.length.toInt(), list.size).clear()
        }
    }
    return Collections.unmodifiableList(list)
}

/** What a generated listener hands over to; called on the Shopper's listener thread. */
internal class Hears<in T>(val changed: (T) -> Unit, val ended: (NightmarketException?) -> Unit)

/**
 * A list that is followed while it is collected. The changes are applied on the listener thread and never dropped; only
 * whole lists are, when the collector is slower than they come.
 */
internal fun <T> listFlow(subscribe: suspend (Hears<List<Edit<T>>>) -> Subscription): Flow<List<T>> =
    callbackFlow {
        var list = emptyList<T>()
        follow(subscribe) { edits ->
            list = list.with(edits)
            trySend(list)
        }
    }.conflate()

/** A value that is followed while it is collected: as it is now, then every newer one, the newest wins. */
internal fun <T> valueFlow(subscribe: suspend (Hears<T>) -> Subscription): Flow<T> =
    callbackFlow { follow(subscribe) { trySend(it) } }.conflate()

private suspend fun <C> ProducerScope<*>.follow(subscribe: suspend (Hears<C>) -> Subscription, changed: (C) -> Unit) {
    val subscription = typed { subscribe(Hears(changed) { close(it) }) }
    awaitClose {
        subscription.cancel()
        subscription.close()
    }
}
