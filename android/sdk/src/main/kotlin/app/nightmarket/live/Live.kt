package app.nightmarket.live

import app.nightmarket.RoomId
import app.nightmarket.ffi.Live as Core
import app.nightmarket.typed

/** The live rooms of a venue. */
public class Live internal constructor(private val core: Core) {
    /**
     * Lands in a room; joining one that is joined already gives the same room. A room that was joined before opens without
     * a network as the cache has it (`RoomState.asOf`), and is followed once there is one. Fails with `NotOffered`,
     * `NotFound`, and `Offline` if the hub cannot be reached in ten seconds and the cache has nothing.
     */
    public suspend fun join(room: RoomId): Room = Room(typed { core.join(room, null) })

    /** As [join], telling the venue what led here. */
    public suspend fun enter(link: RoomLink): Room = Room(typed { core.enter(link, null) })

    /** Reads a shared address of a room ([Room.address]). Fails with `BadAddress` if it is of another venue, or no room's. */
    public suspend fun link(address: String): RoomLink = typed { core.link(address) }

    /**
     * The room that the shopper may land in next: its stream is handed to the app's
     * [preloader][app.nightmarket.HostApp.preloader], in the stead of the one before.
     */
    public suspend fun warm(next: RoomId): Unit = typed { core.warm(next, null) }

    internal fun close() = core.close()
}
