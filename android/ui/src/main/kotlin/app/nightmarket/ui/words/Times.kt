package app.nightmarket.ui.words

import androidx.compose.runtime.staticCompositionLocalOf
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.time.format.TextStyle
import java.util.Locale

/** Milliseconds since the epoch as a person reads them, in their own zone. */
class Times(private val strings: Strings, private val zone: ZoneId = ZoneId.systemDefault()) {
    private val locale = if (strings.language == Language.CHINESE) Locale.SIMPLIFIED_CHINESE else Locale.UK

    /** "21:40". */
    fun clock(ms: Long): String = CLOCK.format(local(ms))

    /** "Tomorrow", "Thu 26 Nov", "11月26日 周四". */
    fun day(ms: Long, nowMs: Long): String {
        val (day, today) = local(ms).toLocalDate() to local(nowMs).toLocalDate()
        return when (day) {
            today -> strings.today
            today.plusDays(1) -> strings.tomorrow
            else -> dated(day)
        }
    }

    /** "09:00–11:00". */
    fun span(fromMs: Long, toMs: Long): String = "${clock(fromMs)}–${clock(toMs)}"

    private fun dated(day: LocalDate): String {
        val weekday = day.dayOfWeek.getDisplayName(TextStyle.SHORT, locale)
        return if (strings.language == Language.CHINESE) {
            "${day.monthValue}月${day.dayOfMonth}日 $weekday"
        } else {
            "$weekday ${day.dayOfMonth} ${day.month.getDisplayName(TextStyle.SHORT, locale)}"
        }
    }

    private fun local(ms: Long) = Instant.ofEpochMilli(ms).atZone(zone)

    private companion object {
        val CLOCK: DateTimeFormatter = DateTimeFormatter.ofPattern("HH:mm")
    }
}

/** What is left, as a clock that runs down: "4:59", "1:02:03". */
fun leftOn(ms: Long): String {
    val seconds = (ms.coerceAtLeast(0) + 999) / 1_000
    val (hours, minutes) = seconds / 3_600 to seconds / 60 % 60
    val tail = (seconds % 60).toString().padStart(2, '0')
    return if (hours > 0) "$hours:${minutes.toString().padStart(2, '0')}:$tail" else "$minutes:$tail"
}

/** A minute of the day: "23:00". */
fun minuteOfDay(minute: Int): String =
    "${(minute / 60).toString().padStart(2, '0')}:${(minute % 60).toString().padStart(2, '0')}"

/** The clock around here. */
val LocalTimes = staticCompositionLocalOf { Times(Strings(Language.ENGLISH)) }
