package app.nightmarket.live

import app.nightmarket.Hears
import app.nightmarket.NightmarketException
import app.nightmarket.RoomId
import app.nightmarket.Timestamp
import app.nightmarket.chat.Chat
import app.nightmarket.ffi.Room as Core
import app.nightmarket.ffi.RoomListener
import app.nightmarket.typed
import app.nightmarket.valueFlow
import kotlinx.coroutines.flow.Flow

/** A joined room. */
public class Room internal constructor(private val core: Core) {
    /** Its id. */
    public val id: RoomId = typed { core.id() }

    /** The room as it is now, and every newer state; the newest wins. Completes once the room is left. */
    public val state: Flow<RoomState> = valueFlow { core.state(RoomStateValues(it)) }

    /** Its chat. */
    public val chat: Chat = Chat(typed { core.chat() })

    /**
     * The player shows this programme time now (milliseconds). Told a few times a second, so that pins appear with their
     * picture.
     */
    public suspend fun shown(moment: Timestamp): Unit = typed { core.shown(moment) }

    /** Sends hearts. They are summed and sent a few times a second, each counted once. */
    public suspend fun hearts(count: ULong): Unit = typed { core.hearts(count) }

    /** An address to share, for the whole room or for a moment of it. */
    public suspend fun address(moment: Timestamp? = null): String = typed { core.address(moment) }

    /** Reports the host to the venue. Once this returns the report survives a kill and is sent when there is a network. */
    public suspend fun reportHost(reason: String): Unit = typed { core.reportHost(reason) }

    /** Leaves the room: [state] and the chat's lines complete, and no call works any more. */
    public suspend fun leave() {
        typed { core.leave() }
        chat.close()
        core.close()
    }
}

private class RoomStateValues(private val hears: Hears<RoomState>) : RoomListener {
    override fun changed(change: RoomState): Unit = hears.changed(change)

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)
}
