package app.nightmarket.ui.words

import app.nightmarket.Money
import java.lang.reflect.Method
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotEquals
import kotlin.test.assertTrue

/** Every word is there in both languages, says what it is given, and reads as its language. */
class StringsTest {
    @Test
    fun `every word of the screens is complete in both languages`() = complete(Strings(Language.ENGLISH), Strings(Language.CHINESE), 130)

    @Test
    fun `every reason is complete in both languages`() = complete(Reasons(Language.ENGLISH), Reasons(Language.CHINESE), 39)

    private fun <T : Any> complete(english: T, chinese: T, least: Int) {
        val words = english.javaClass.methods.filter { it.returnType == String::class.java && it.declaringClass == english.javaClass }
        assertTrue(words.size >= least, "only ${words.size} words were looked at")
        for (word in words) {
            val (en, zh) = said(word, english) to said(word, chinese)
            assertTrue(en.isNotBlank() && zh.isNotBlank(), word.name)
            assertNotEquals(en, zh, word.name)
            assertFalse(HAN.containsMatchIn(en), "${word.name}: $en")
            assertTrue(HAN.containsMatchIn(zh), "${word.name}: $zh")
            for (text in listOf(en, zh)) {
                assertFalse('{' in text, "${word.name} has a gap that nothing fills: $text")
                for (at in word.parameterTypes.indices) assertTrue("«$at»" in text, "${word.name} drops what it is given: $text")
            }
        }
    }

    private fun said(word: Method, strings: Any): String =
        word.invoke(strings, *Array(word.parameterCount) { "«$it»" }) as String

    @Test
    fun `amounts are shown by their currency's own digits`() {
        val shown = mapOf(
            Money(16800, "CNY") to "¥168.00", Money(123456789, "USD") to "$1,234,567.89", Money(1200, "JPY") to "JP¥1,200",
            Money(-500, "EUR") to "-€5.00", Money(1250, "KWD") to "1.250 KWD", Money(5, "CNY") to "¥0.05", Money(100000, "CNY") to "¥1,000.00",
        )
        for ((money, text) in shown) assertEquals(text, money.shown())
    }

    @Test
    fun `typed amounts are taken exactly or not at all`() {
        for ((text, minor) in listOf("168" to 16800L, "168.5" to 16850L, "168.50" to 16850L, " 1,200 " to 120000L, "0" to 0L)) {
            assertEquals(Money(minor, "CNY"), amountOf(text, "CNY"), text)
        }
        assertEquals(Money(1200, "JPY"), amountOf("1200", "JPY"))
        for (text in listOf("", "168.005", "-1", "abc", "1e3x", "99999999999999", "１２x")) assertEquals(null, amountOf(text, "CNY"), text)
        assertEquals(null, amountOf("1.5", "JPY"))
    }

    @Test
    fun `people are counted as their language does`() {
        val english = listOf(834L to "834", 9_096L to "9,096", 12_356L to "12.3k", 31_702L to "31.7k", 1_250_000L to "1.2M", 20_000L to "20k")
        for ((people, text) in english) assertEquals(text, counted(people, Language.ENGLISH))
        val chinese = listOf(9_096L to "9,096", 12_356L to "1.2万", 1_250_000L to "125万")
        for ((people, text) in chinese) assertEquals(text, counted(people, Language.CHINESE))
    }

    @Test
    fun `what is left runs down to nothing`() {
        for ((ms, text) in listOf(287_000L to "4:47", 286_001L to "4:47", 59_999L to "1:00", 3_723_000L to "1:02:03", 0L to "0:00", -5L to "0:00")) {
            assertEquals(text, leftOn(ms))
        }
    }

    private companion object {
        val HAN = Regex("\\p{IsHan}")
    }
}
