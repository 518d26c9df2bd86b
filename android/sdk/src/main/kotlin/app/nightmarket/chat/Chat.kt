package app.nightmarket.chat

import app.nightmarket.ClientId
import app.nightmarket.Edit
import app.nightmarket.Hears
import app.nightmarket.LineId
import app.nightmarket.NightmarketException
import app.nightmarket.Timestamp
import app.nightmarket.ffi.Chat as Core
import app.nightmarket.ffi.LineBatch
import app.nightmarket.ffi.LineDiff
import app.nightmarket.ffi.LineListener
import app.nightmarket.ffi.maxText
import app.nightmarket.listFlow
import app.nightmarket.typed
import kotlinx.coroutines.flow.Flow

/** The chat of a room or group. */
public class Chat internal constructor(private val core: Core) {
    /** The newest lines and this shopper's echoes behind them, as they are now and as they change. */
    public val lines: Flow<List<Line>> = listFlow { core.lines(LineEdits(it)) }

    /**
     * Says something, up to [maxText] code points. Once this returns the line survives a kill; how it stands, [lines]
     * shows. Fails with `BadInput` if it is empty or too long; then nothing was kept.
     */
    public suspend fun send(text: String, pointing: Pointing = Pointing(null, null, null)): ClientId =
        typed { core.send(text, pointing) }

    /** "That one": says something about what is on the picture at [moment], and where. Fails as [send] does. */
    public suspend fun pointAt(moment: Timestamp, text: String, spot: Spot? = null): ClientId =
        typed { core.pointAt(moment, text, spot) }

    /** Sends a failed line once more. */
    public suspend fun retry(line: ClientId): Unit = typed { core.retry(line) }

    /** Takes back a line that was not confirmed. */
    public suspend fun discard(line: ClientId): Unit = typed { core.discard(line) }

    /** Reads one more page of history and puts it before the oldest line. False if there is none. */
    public suspend fun older(): Boolean = typed { core.older(null) }

    /** Reacts to a line. */
    public suspend fun react(line: LineId, reaction: String): Unit = typed { core.react(line, reaction, null) }

    /** Reports a line to the venue. */
    public suspend fun report(line: LineId, reason: String): Unit = typed { core.report(line, reason, null) }

    internal fun close() = core.close()

    public companion object {
        /** The longest line, in code points. */
        public val maxText: UInt get() = typed { maxText() }
    }
}

private class LineEdits(private val hears: Hears<List<Edit<Line>>>) : LineListener {
    override fun changed(change: LineBatch): Unit = hears.changed(change.diffs.map(::edit))

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)

    private fun edit(diff: LineDiff): Edit<Line> = when (diff) {
        is LineDiff.Reset -> Edit.Reset(diff.items)
        is LineDiff.Append -> Edit.Append(diff.items)
        is LineDiff.Insert -> Edit.Insert(diff.index, diff.item)
        is LineDiff.Set -> Edit.Set(diff.index, diff.item)
        is LineDiff.Remove -> Edit.Remove(diff.index)
        is LineDiff.Truncate -> Edit.Truncate(diff.length)
    }
}
