package app.nightmarket.ui.evening

/** Where the pearls lie on the sandbox's tray at a moment of its stream, as the tests' own eyes: per mille of the picture. */
object Tray {
    data class Pearl(val number: Long, val x: Int, val y: Int) {
        /** These looks cost less than 200. */
        val isCheap: Boolean get() = Math.floorMod(number, LOOKS) in listOf(0L, 1L, 3L, 4L)
    }

    /** From left to right. */
    fun at(momentMs: Long): List<Pearl> {
        val newest = Math.floorDiv(momentMs, EACH_MS)
        return (newest - OPEN_MS / EACH_MS + 1..newest).map { pearl(it, momentMs - it * EACH_MS) }
    }

    private fun pearl(number: Long, age: Long): Pearl {
        val half = age % ROLL_MS
        val roll = 160 * half * (ROLL_MS - half) / (ROLL_MS * ROLL_MS)
        val lane = LANES[Math.floorMod(number, LOOKS).toInt()]
        val y = if (age / ROLL_MS % 2 == 0L) lane + roll else lane - roll
        return Pearl(number, (RIGHT - age * (RIGHT - LEFT) / OPEN_MS).toInt(), y.toInt())
    }

    private const val EACH_MS = 2_000L
    private const val OPEN_MS = 12_000L
    private const val ROLL_MS = 3_000L
    private const val RIGHT = 920
    private const val LEFT = 80
    private const val LOOKS = 6L
    private val LANES = listOf(420, 560, 480, 620, 530, 450)
}
