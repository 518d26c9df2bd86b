package app.nightmarket.chat

import app.nightmarket.ClientId
import app.nightmarket.Edit
import app.nightmarket.Hears
import app.nightmarket.LineId
import app.nightmarket.NightmarketException
import app.nightmarket.Timestamp
import app.nightmarket.ffi.Chat as Core
import app.nightmarket.ffi.ChatStateListener
import app.nightmarket.ffi.LineBatch
import app.nightmarket.ffi.LineDiff
import app.nightmarket.ffi.LineListener
import app.nightmarket.ffi.maxMentions
import app.nightmarket.ffi.maxText
import app.nightmarket.listFlow
import app.nightmarket.typed
import app.nightmarket.valueFlow
import kotlinx.coroutines.flow.Flow

/** The chat of a room or group. */
public class Chat internal constructor(private val core: Core) {
    /** The newest lines and this shopper's echoes behind them, as they are now and as they change. */
    public val lines: Flow<List<Line>> = listFlow { core.lines(LineEdits(it)) }

    /** What is around the lines: whether and when the shopper may write, pinned lines, what is unread. The newest wins. */
    public val state: Flow<ChatState> = valueFlow { core.state(ChatStateValues(it)) }

    /**
     * Says something, up to [maxText] code points. Once this returns the line survives a kill; how it stands, [lines]
     * shows. Fails with `BadInput` if it is empty or too long; then nothing was kept.
     */
    public suspend fun send(text: String, pointing: Pointing = Pointing(null, null, null, emptyList())): ClientId =
        typed { core.send(text, pointing) }

    /** "That one": says something about what is on the picture at [moment], and where. Fails as [send] does. */
    public suspend fun pointAt(moment: Timestamp, text: String, spot: Spot? = null): ClientId =
        typed { core.pointAt(moment, text, spot) }

    /** Sends a failed line once more. */
    public suspend fun retry(line: ClientId): Unit = typed { core.retry(line) }

    /** Takes back a line that was not confirmed. */
    public suspend fun discard(line: ClientId): Unit = typed { core.discard(line) }

    /** Takes back a line of one's own that everybody sees. */
    public suspend fun delete(line: LineId): Unit = typed { core.delete(line, null) }

    /** The shopper has read up to this line. Kept on this device, also across restarts. */
    public suspend fun read(line: LineId): Unit = typed { core.read(line) }

    /**
     * Translates a line into the shopper's language by [HostApp.translator][app.nightmarket.HostApp.translator], and shows
     * it in the list. Null if there is nothing to translate.
     */
    public suspend fun translate(line: LineId): String? = typed { core.translate(line, null) }

    /**
     * Reads one more page of history and puts it before the oldest line. False if there is none, or the list holds two
     * thousand.
     */
    public suspend fun older(): Boolean = typed { core.older(null) }

    /** Reacts to a line with an emoji, or takes that back. [lines] then show the exact counts. */
    public suspend fun react(line: LineId, reaction: String, on: Boolean = true): Unit =
        typed { core.react(line, reaction, on, null) }

    /** Reports a line to the venue. Once this returns the report survives a kill and is sent when there is a network. */
    public suspend fun report(line: LineId, reason: String): Unit = typed { core.report(line, reason) }

    internal fun close() = core.close()

    public companion object {
        /** The longest line, in code points. */
        public val maxText: UInt get() = typed { maxText() }

        /** The most people one line speaks to. */
        public val maxMentions: UInt get() = typed { maxMentions() }
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

private class ChatStateValues(private val hears: Hears<ChatState>) : ChatStateListener {
    override fun changed(change: ChatState): Unit = hears.changed(change)

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)
}
