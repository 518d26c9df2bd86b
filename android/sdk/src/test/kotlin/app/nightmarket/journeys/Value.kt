package app.nightmarket.journeys

import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.longOrNull

// Values, paths, matchers and variables, as tests/journeys/README.md has them.

/** What is at a path; null if nothing is. */
fun JsonElement.at(path: String): JsonElement = path.split('.').filter { it.isNotEmpty() }.fold(this) { here, name ->
    when (here) {
        is JsonArray -> if (name == "length") JsonPrimitive(here.size) else name.toIntOrNull()?.let(here::getOrNull)
        is JsonObject -> here[name]
        is JsonPrimitive -> null
    } ?: JsonNull
}

val JsonElement.text: String? get() = (this as? JsonPrimitive)?.takeIf { it.isString }?.content

private val JsonElement.number: Long? get() = (this as? JsonPrimitive)?.takeIf { !it.isString }?.longOrNull

/** Whether two values are the same; a text is the same as a variant of that name. */
fun same(wanted: JsonElement, found: JsonElement): Boolean = when {
    wanted.text != null && found is JsonObject -> found.keys == setOf(wanted.text)
    wanted is JsonArray && found is JsonArray ->
        wanted.size == found.size && wanted.zip(found).all { (one, other) -> same(one, other) }
    wanted is JsonObject && found is JsonObject ->
        (wanted.keys + found.keys).all { same(wanted[it] ?: JsonNull, found[it] ?: JsonNull) }
    else -> wanted == found
}

/** The first condition that is not met, as a sentence. */
fun JsonElement.unmet(conditions: JsonObject): String? = conditions.entries.firstNotNullOfOrNull { (path, matcher) ->
    val found = at(path)
    if (holds(matcher, found)) null else "${path.ifEmpty { "it" }} is ${found.brief()}, not $matcher"
}

private fun holds(matcher: JsonElement, found: JsonElement): Boolean {
    if (matcher !is JsonObject) return same(matcher, found)
    return matcher.all { (name, wanted) ->
        fun numbers(compare: (Long, Long) -> Boolean) =
            found.number?.let { one -> wanted.number?.let { other -> compare(one, other) } } ?: false
        when (name) {
            "is" -> same(wanted, found)
            "not" -> !same(wanted, found)
            "present" -> (wanted as JsonPrimitive).boolean == (found !is JsonNull)
            "at_least" -> numbers { one, other -> one >= other }
            "at_most" -> numbers { one, other -> one <= other }
            "more_than" -> numbers { one, other -> one > other }
            "has" -> when (found) {
                is JsonArray -> found.any { same(wanted, it) }
                else -> wanted.text?.let { found.text?.contains(it) } ?: false
            }
            "one_of" -> (wanted as JsonArray).any { same(it, found) }
            else -> error("there is no matcher $name")
        }
    }
}

/** What steps have named. */
class Variables(private val values: MutableMap<String, JsonElement>) {
    operator fun set(name: String, value: JsonElement) {
        values[name] = value
    }

    /** Puts variables in. */
    fun fill(value: JsonElement): JsonElement = when {
        value is JsonArray -> JsonArray(value.map(::fill))
        value is JsonObject -> fill(value)
        value.text != null -> fill(value.text!!)
        else -> value
    }

    fun fill(value: JsonObject) = JsonObject(value.mapValues { (_, field) -> fill(field) })

    private fun fill(text: String): JsonElement {
        NAMED.matchEntire(text)?.let { return named(it.groupValues[1]) }
        return JsonPrimitive(NAMED.replace(text) { match ->
            val value = named(match.groupValues[1])
            value.text ?: value.toString()
        })
    }

    private fun named(path: String): JsonElement {
        val value = checkNotNull(values[path.substringBefore('.')]) { "nothing is called $path" }
        val found = value.at(path.substringAfter('.', ""))
        check(found !is JsonNull) { "there is nothing at $path" }
        return found
    }

    private companion object {
        val NAMED = Regex("""\$\{([^}]*)}""")
    }
}

/** As a person wants it in a sentence: not a whole feed. */
fun JsonElement.brief(): String = toString().let { if (it.length > LONGEST) it.take(LONGEST) + "…" else it }

private const val LONGEST = 1_500
