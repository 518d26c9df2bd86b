package app.nightmarket.journeys

import java.io.File
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.long

/** One file of the table. */
class Journey(file: File) {
    private val json = Json.parseToJsonElement(file.readText()).jsonObject

    /** The file's name. */
    val file: String = file.nameWithoutExtension
    val name: String = checkNotNull(json["journey"]?.text) { "$file has no name" }
    val steps: List<Step> = (json.getValue("steps") as JsonArray).map { Step(it.jsonObject) }
}

/** One step. */
class Step(json: JsonObject) {
    val say: String? = json["say"]?.text
    val operation: String = checkNotNull(json["do"]?.text) { "$json does nothing" }
    val with: JsonObject = json["with"]?.jsonObject ?: JsonObject(emptyMap())
    val at: String = json["at"]?.text.orEmpty()
    val where: JsonObject? = json["where"]?.jsonObject
    val find: JsonObject? = json["find"]?.jsonObject
    val until: JsonObject? = json["until"]?.jsonObject
    val expect: JsonObject? = json["expect"]?.jsonObject
    val fails: JsonObject? = json["fails"]?.let { fails ->
        fails.text?.let { JsonObject(mapOf("code" to JsonPrimitive(it))) } ?: fails.jsonObject
    }
    val named: String? = json["as"]?.text
    val withinMs: Long = (json["within_ms"] as? JsonPrimitive)?.long ?: WITHIN_MS

    init {
        val unknown = json.keys - KNOWN
        check(unknown.isEmpty()) { "a step has no $unknown" }
    }

    private companion object {
        const val WITHIN_MS = 10_000L
        val KNOWN = setOf("say", "do", "with", "at", "where", "find", "until", "expect", "fails", "as", "within_ms")
    }
}
