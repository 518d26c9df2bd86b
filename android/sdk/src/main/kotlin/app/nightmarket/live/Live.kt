package app.nightmarket.live

import app.nightmarket.RoomId
import app.nightmarket.ffi.Live as Core
import app.nightmarket.typed

/** The live rooms of a venue. */
public class Live internal constructor(private val core: Core) {
    /**
     * Lands in a room; joining one that is joined already gives the same room. Fails with `NotOffered`, `NotFound`, and
     * `Offline` if the hub cannot be reached in ten seconds.
     */
    public suspend fun join(room: RoomId): Room = Room(typed { core.join(room, null) })

    internal fun close() = core.close()
}
