package app.nightmarket.support

import java.util.concurrent.TimeUnit

/** Runs a `main` of these tests in a JVM of its own, and gives what it printed. */
fun childJvm(
    main: String,
    arguments: List<String>,
    options: List<String>,
    environment: Map<String, String> = emptyMap(),
    seconds: Long = 120,
): String {
    val java = ProcessHandle.current().info().command().orElse("java")
    val classPath = System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path")
    val process = ProcessBuilder(listOf(java) + options + listOf("-cp", classPath, main) + arguments)
        .redirectErrorStream(true)
        .apply { environment().putAll(environment) }
        .start()
    Runtime.getRuntime().addShutdownHook(Thread { process.destroyForcibly() })
    val output = process.inputStream.bufferedReader().readText()
    check(process.waitFor(seconds, TimeUnit.SECONDS)) { "$main goes on for longer than $seconds s" }
    check(process.exitValue() == 0) { "$main ended with ${process.exitValue()}: $output" }
    return output
}
