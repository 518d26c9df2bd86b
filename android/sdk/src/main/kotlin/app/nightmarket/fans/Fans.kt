package app.nightmarket.fans

import app.nightmarket.Edit
import app.nightmarket.GroupId
import app.nightmarket.Hears
import app.nightmarket.NightmarketException
import app.nightmarket.ShopDomain
import app.nightmarket.ffi.Fans as Core
import app.nightmarket.ffi.GroupBatch
import app.nightmarket.ffi.GroupDiff
import app.nightmarket.ffi.GroupListener
import app.nightmarket.listFlow
import app.nightmarket.typed
import kotlinx.coroutines.flow.Flow

/** Fan groups of the venue. A group's chat comes from `Shopper.groupChat`. */
public class Fans internal constructor(private val core: Core) {
    /** Groups the shopper is in or may join. The cache's come at once; [refresh] brings the network's. */
    public val groups: Flow<List<Group>> = listFlow { core.groups(GroupEdits(it)) }

    /** Reads the groups. */
    public suspend fun refresh(): Unit = typed { core.refresh(null) }

    /** Joins a group. */
    public suspend fun join(group: GroupId): Group = typed { core.join(group, null) }

    /** Whether the shopper is in the group, as last heard. */
    public suspend fun isMember(group: GroupId): Boolean = typed { core.isMember(group) }

    /**
     * A proof of membership for a shop: the one at hand while it is good for another minute, else a new one. Its `jws`
     * goes into `BuyRequest.membership`. Fails with `NotOffered` if venue or shop has no fan groups, with `Refused`
     * (`members_only`) if the shopper is not in it, and with `NotGenuine` if the proof does not hold.
     */
    public suspend fun proof(group: GroupId, shop: ShopDomain): MembershipProof = typed { core.proof(group, shop, null) }

    internal fun close() = core.close()
}

private class GroupEdits(private val hears: Hears<List<Edit<Group>>>) : GroupListener {
    override fun changed(change: GroupBatch): Unit = hears.changed(change.diffs.map(::edit))

    override fun ended(error: NightmarketException?): Unit = hears.ended(error)

    private fun edit(diff: GroupDiff): Edit<Group> = when (diff) {
        is GroupDiff.Reset -> Edit.Reset(diff.items)
        is GroupDiff.Append -> Edit.Append(diff.items)
        is GroupDiff.Insert -> Edit.Insert(diff.index, diff.item)
        is GroupDiff.Set -> Edit.Set(diff.index, diff.item)
        is GroupDiff.Remove -> Edit.Remove(diff.index)
        is GroupDiff.Truncate -> Edit.Truncate(diff.length)
    }
}
