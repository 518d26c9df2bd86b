package app.nightmarket.journeys

import app.nightmarket.NightmarketException
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.TimeSource
import kotlinx.coroutines.delay
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject

/** How often something that has to come is looked for. */
private val LOOK = 20.milliseconds

/** Runs all of a journey against a sandbox of its own, and reads the books at the end. */
suspend fun run(journey: Journey) {
    App().use { app ->
        val variables = app.variables()
        journey.steps.forEachIndexed { index, step ->
            try {
                take(app, step, variables)
            } catch (error: Exception) {
                if (error is kotlinx.coroutines.CancellationException) throw error
                val say = step.say?.let { " ($it)" }.orEmpty()
                throw AssertionError("${journey.name}, step ${index + 1}, ${step.operation}$say: ${explain(error)}", error)
            }
        }
        val wrongs = app.wrongs()
        check(wrongs.isEmpty()) { "${journey.name}: the books are wrong: $wrongs" }
    }
}

private fun explain(error: Exception) =
    if (error is NightmarketException) "${error.explain()} (${error.code()})" else error.message

private suspend fun take(app: App, step: Step, variables: Variables) {
    val operation = checkNotNull(operations[step.operation]) { "there is no ${step.operation}" }
    val arguments = Arguments(variables.fill(step.with))
    val act: suspend () -> JsonElement = { shown(operation(app, arguments)) }
    val result = if (step.fails == null) succeeding(step, variables, act) else failing(step, variables, act)
    step.named?.let { variables[it] = result }
}

private suspend fun failing(step: Step, variables: Variables, act: suspend () -> JsonElement): JsonElement {
    val result = try {
        act()
    } catch (error: NightmarketException) {
        val found = shown(error)
        found.unmet(variables.fill(step.fails!!))?.let { error("it failed otherwise: $it") }
        return found
    }
    error("it did not fail: ${result.brief()}")
}

private suspend fun succeeding(step: Step, variables: Variables, act: suspend () -> JsonElement): JsonElement {
    val where = step.where?.let(variables::fill)
    val find = step.find?.let(variables::fill)
    val until = step.until?.let(variables::fill)
    val started = TimeSource.Monotonic.markNow()
    val result: JsonElement
    while (true) {
        val seen = act().at(step.at).let { if (where == null) it else it.keep(where) }
        val (found, lacking) = seen.look(find, until)
        if (found != null) {
            result = found
            break
        }
        check(started.elapsedNow().inWholeMilliseconds <= step.withinMs) { "after ${step.withinMs} ms $lacking" }
        delay(LOOK)
    }
    step.expect?.let(variables::fill)?.let(result::unmet)?.let { error("$it; it is ${result.brief()}") }
    return result
}

private fun JsonElement.keep(where: JsonObject) = JsonArray(list(this).filter { it.unmet(where) == null })

/** What was looked for, or why it is not there yet. */
private fun JsonElement.look(find: JsonObject?, until: JsonObject?): Pair<JsonElement?, String?> = when {
    find != null -> list(this).firstOrNull { it.unmet(find) == null } to "nothing in ${brief()} is as wanted"
    until != null -> unmet(until).let { why -> if (why == null) this to null else null to "$why; it is ${brief()}" }
    else -> this to null
}

private fun list(value: JsonElement) = value as? JsonArray ?: error("this is no list: ${value.brief()}")
