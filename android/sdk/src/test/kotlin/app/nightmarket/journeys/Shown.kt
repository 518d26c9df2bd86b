package app.nightmarket.journeys

import app.nightmarket.NightmarketException
import app.nightmarket.purchase.Policy
import kotlin.reflect.full.declaredMemberProperties
import kotlin.reflect.full.primaryConstructor
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

// The SDK's records as JSON, as tests/journeys/README.md has them.

fun shown(value: Any?): JsonElement = when (value) {
    null, Unit -> JsonNull
    is JsonElement -> value
    is String -> JsonPrimitive(value)
    is Boolean -> JsonPrimitive(value)
    is Number -> JsonPrimitive(value)
    is UShort -> JsonPrimitive(value.toLong())
    is UInt -> JsonPrimitive(value.toLong())
    is ULong -> JsonPrimitive(value.toLong())
    is List<*> -> JsonArray(value.map(::shown))
    is Enum<*> -> JsonPrimitive(value.name.lowercase())
    is NightmarketException -> error(value)
    is Policy -> JsonObject(fields(value) + ("thresholds" to thresholds(value)))
    else -> if (value.javaClass.superclass == Any::class.java) JsonObject(fields(value)) else variant(value)
}

private fun error(error: NightmarketException) = JsonObject(
    mapOf(
        "code" to JsonPrimitive(error.code()),
        "is_retryable" to JsonPrimitive(error.isRetryable()),
        "remedy" to shown(error.remedy()),
        "details" to JsonObject(fields(error)),
    ),
)

private fun thresholds(policy: Policy) =
    JsonObject(policy.thresholds.associate { it.currency to JsonPrimitive(it.minor) })

/** A variant of a sealed class. */
private fun variant(value: Any): JsonElement {
    val name = snake(value.javaClass.simpleName)
    val fields = fields(value)
    return when (fields.size) {
        0 -> JsonPrimitive(name)
        1 -> JsonObject(mapOf(name to fields.values.single()))
        else -> JsonObject(mapOf(name to JsonObject(fields)))
    }
}

private fun fields(value: Any): Map<String, JsonElement> {
    val parameters = value::class.primaryConstructor?.parameters.orEmpty()
    val properties = value::class.declaredMemberProperties.associateBy { it.name }
    return parameters.associate { snake(it.name!!) to shown(properties.getValue(it.name!!).getter.call(value)) }
}

private fun snake(name: String) =
    name.replace(Regex("(?<=[a-z0-9])[A-Z]")) { "_" + it.value }.lowercase()
