package app.nightmarket

import kotlin.random.Random
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFails
import kotlin.test.assertFailsWith

class FlowsTest {
    @Test
    fun `changes are applied in order, to a list of their own`() {
        val before = listOf("a", "b", "c")
        val edits = listOf(
            Edit.Append(listOf("d", "e")),
            Edit.Insert(0u, "z"),
            Edit.Set(1u, "A"),
            Edit.Remove(2u),
            Edit.Truncate(4u),
        )
        assertEquals(listOf("z", "A", "c", "d"), before.with(edits))
        assertEquals(listOf("a", "b", "c"), before)
    }

    @Test
    fun `a reset forgets what came before`() {
        val edits = listOf(Edit.Append(listOf(9)), Edit.Reset(listOf(1, 2)), Edit.Remove(0u), Edit.Append(listOf(3)))
        assertEquals(listOf(2, 3), listOf(7, 8).with(edits))
    }

    @Test
    fun `random changes give what a plain list gives`() {
        val random = Random(4)
        var list = emptyList<Int>()
        val model = mutableListOf<Int>()
        repeat(2_000) { n ->
            val at = random.nextInt(model.size + 1)
            val edit: Edit<Int> = when (if (at == model.size) random.nextInt(2) else random.nextInt(5)) {
                0 -> Edit.Append(listOf(n, -n)).also { model += listOf(n, -n) }
                1 -> Edit.Insert(at.toUInt(), n).also { model.add(at, n) }
                2 -> Edit.Set(at.toUInt(), n).also { model[at] = n }
                3 -> Edit.Remove(at.toUInt()).also { model.removeAt(at) }
                else -> Edit.Truncate(at.toUInt()).also { model.subList(at, model.size).clear() }
            }
            list = list.with(listOf(edit))
            assertEquals(model, list)
        }
    }

    @Test
    fun `a change that does not fit is an error, not a wrong list`() {
        for (edit in listOf(Edit.Insert(2u, 0), Edit.Set(1u, 0), Edit.Remove(1u), Edit.Truncate(2u))) {
            assertFails("$edit") { listOf(1).with(listOf(edit)) }
        }
    }

    @Test
    fun `nobody can change a list that was published`() {
        val list = emptyList<Int>().with(listOf(Edit.Append(listOf(1))))
        assertFailsWith<UnsupportedOperationException> { (list as MutableList<Int>).add(2) }
    }
}
