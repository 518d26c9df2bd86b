package app.nightmarket.ui.words

import app.nightmarket.Money
import app.nightmarket.exponent
import java.math.BigDecimal
import java.util.concurrent.ConcurrentHashMap

/** Symbols that mean one currency each; a yen is not shown like a yuan. Others are shown by their code. */
private val SYMBOLS = mapOf(
    "CNY" to "¥", "USD" to "$", "EUR" to "€", "GBP" to "£", "JPY" to "JP¥", "KRW" to "₩", "HKD" to "HK$", "TWD" to "NT$",
    "SGD" to "S$", "AUD" to "A$", "CAD" to "CA$", "INR" to "₹", "THB" to "฿", "VND" to "₫",
)

/** "¥1,280.00", "-$5.00", "120.000 KWD". */
fun Money.shown(): String {
    val sign = if (minor < 0) "-" else ""
    val number = plain().removePrefix("-").let { grouped(it) }
    return SYMBOLS[currency]?.let { "$sign$it$number" } ?: "$sign$number $currency"
}

/** The symbol in front of an amount that is typed. */
fun symbolOf(currency: String): String = SYMBOLS[currency] ?: currency

/** The number alone, as it is typed: "168.00". */
fun Money.plain(): String = BigDecimal.valueOf(minor, digitsOf(currency)).toPlainString()

/** Reads "168", "168.5" and "168.50"; none if it is no amount, or would have to be rounded. */
fun amountOf(text: String, currency: String): Money? {
    val number = text.trim().replace(",", "").toBigDecimalOrNull() ?: return null
    if (number.signum() < 0 || number.precision() - number.scale() > 12) return null
    val minor = runCatching { number.movePointRight(digitsOf(currency)).longValueExact() }.getOrNull()
    return minor?.let { Money(it, currency) }
}

/** The core's table, asked once for each currency: a platform's own may count other digits. */
private fun digitsOf(currency: String): Int = digits.getOrPut(currency) { Money(0, currency).exponent }

private val digits = ConcurrentHashMap<String, Int>()

/** "834", "12.4k", "1.2万": people are counted as their language does. */
fun counted(people: Long, language: Language): String = when {
    language == Language.CHINESE && people >= 10_000 -> tenths(people, 10_000, "万")
    language == Language.ENGLISH && people >= 1_000_000 -> tenths(people, 1_000_000, "M")
    language == Language.ENGLISH && people >= 10_000 -> tenths(people, 1_000, "k")
    else -> grouped(people.toString())
}

private fun tenths(people: Long, unit: Long, name: String): String {
    val (whole, tenth) = (people / unit) to (people % unit * 10 / unit)
    return if (tenth == 0L) "$whole$name" else "$whole.$tenth$name"
}

private fun grouped(number: String): String {
    val whole = number.substringBefore('.')
    return whole.reversed().chunked(3).joinToString(",").reversed() + number.removePrefix(whole)
}
