package app.nightmarket

import app.nightmarket.support.Paths
import java.io.File
import kotlin.metadata.ClassKind
import kotlin.metadata.KmClass
import kotlin.metadata.KmClassifier
import kotlin.metadata.KmConstructor
import kotlin.metadata.KmFunction
import kotlin.metadata.KmProperty
import kotlin.metadata.KmType
import kotlin.metadata.KmTypeAlias
import kotlin.metadata.KmValueParameter
import kotlin.metadata.Modality
import kotlin.metadata.Visibility
import kotlin.metadata.declaresDefaultValue
import kotlin.metadata.isData
import kotlin.metadata.isFunInterface
import kotlin.metadata.isNullable
import kotlin.metadata.isSuspend
import kotlin.metadata.isVar
import kotlin.metadata.jvm.KotlinClassMetadata
import kotlin.metadata.kind
import kotlin.metadata.modality
import kotlin.metadata.visibility
import kotlin.test.Test
import kotlin.test.assertEquals

/**
 * What those who embed the SDK can use, as `android/sdk/api.txt` keeps it: a change shows in review. To accept one, copy
 * `target/api.txt` over it.
 */
class PublicApiTest {
    @Test
    fun `the public API is as it was agreed`() {
        val classes = File(Shopper::class.java.protectionDomain.codeSource.location.toURI())
        val found = classes.walk().filter { it.extension == "class" }.map { it.toRelativeString(classes) }
            .flatMap { declarations(it.removeSuffix(".class").replace('/', '.')) }
            .sorted().joinToString("\n", postfix = "\n")
        val sdk = Paths.root.resolve("android/sdk")
        sdk.resolve("target/api.txt").writeText(found)
        assertEquals(sdk.resolve("api.txt").takeIf(File::exists)?.readText().orEmpty(), found)
    }

    private fun declarations(name: String): List<String> {
        val loaded = Class.forName(name, false, javaClass.classLoader)
        val metadata = loaded.getAnnotation(Metadata::class.java) ?: return emptyList()
        return when (val read = KotlinClassMetadata.readStrict(metadata)) {
            is KotlinClassMetadata.Class -> if (isPublic(loaded)) of(read.kmClass) else emptyList()
            is KotlinClassMetadata.FileFacade -> read.kmPackage.run {
                val scope = name.substringBeforeLast('.')
                functions.filter { it.visibility == Visibility.PUBLIC }.map { "$scope: ${it.text()}" } +
                    properties.filter { it.visibility == Visibility.PUBLIC }.map { "$scope: ${it.text()}" } +
                    typeAliases.filter { it.visibility == Visibility.PUBLIC }.map { "$scope: ${it.text()}" }
            }
            else -> emptyList()
        }
    }

    /** Itself, and all it lies in. */
    private fun isPublic(loaded: Class<*>): Boolean {
        val outer = loaded.enclosingClass
        if (outer != null && !isPublic(outer)) return false
        val metadata = loaded.getAnnotation(Metadata::class.java) ?: return false
        val read = KotlinClassMetadata.readStrict(metadata)
        return read is KotlinClassMetadata.Class && read.kmClass.visibility == Visibility.PUBLIC
    }

    private fun of(type: KmClass): List<String> {
        val name = type.name.replace('/', '.')
        val kind = when (type.kind) {
            ClassKind.INTERFACE -> if (type.isFunInterface) "fun interface" else "interface"
            ClassKind.ENUM_CLASS -> "enum class"
            ClassKind.OBJECT -> "object"
            ClassKind.COMPANION_OBJECT -> "companion object"
            else -> listOfNotNull(
                when (type.modality) {
                    Modality.SEALED -> "sealed"
                    Modality.OPEN -> "open"
                    Modality.ABSTRACT -> "abstract"
                    else -> null
                },
                if (type.isData) "data" else null,
                "class",
            ).joinToString(" ")
        }
        val supers = type.supertypes.map { it.text() }.filter { it != "Any" && !it.startsWith("Enum") }
        val header = "$name: $kind" + if (supers.isEmpty()) "" else " : ${supers.joinToString()}"
        // What Kotlin makes of a data class and its constructor needs no line of its own.
        val fields = if (type.isData) type.constructors.flatMap { it.valueParameters }.map { it.name } else emptyList()
        val derived = if (type.isData) Regex("component\\d+|copy|equals|hashCode|toString") else Regex("^$")
        val members = type.constructors.filter { it.visibility == Visibility.PUBLIC }.map { it.text() } +
            type.functions.filter { it.visibility == Visibility.PUBLIC && !derived.matches(it.name) }.map { it.text() } +
            type.properties.filter { it.visibility == Visibility.PUBLIC && it.name !in fields }.map { it.text() } +
            type.kmEnumEntries.map { it.name }
        if (type.kind == ClassKind.COMPANION_OBJECT && members.isEmpty()) return emptyList()
        return listOf(header) + members.map { "$name: $it" }
    }

    private fun KmConstructor.text() = "constructor(${valueParameters.text()})"

    private fun KmFunction.text() = listOfNotNull(
        "suspend ".takeIf { isSuspend },
        "fun ",
        receiverParameterType?.let { it.text() + "." },
        "$name(${valueParameters.text()})",
        returnType.text().takeIf { it != "Unit" }?.let { ": $it" },
    ).joinToString("")

    private fun KmProperty.text() =
        (if (isVar) "var " else "val ") + receiverParameterType?.let { it.text() + "." }.orEmpty() + "$name: ${returnType.text()}"

    private fun KmTypeAlias.text() = "typealias $name = ${expandedType.text()}"

    private fun List<KmValueParameter>.text() =
        joinToString { "${it.name}: ${it.type.text()}" + if (it.declaresDefaultValue) " = …" else "" }

    private fun KmType.text(): String {
        val name = when (val what = abbreviatedType?.classifier ?: classifier) {
            is KmClassifier.Class -> what.name
            is KmClassifier.TypeAlias -> what.name
            is KmClassifier.TypeParameter -> "T${what.id}"
        }.replace('/', '.').removePrefix("kotlin.").removePrefix("collections.")
        val of = if (abbreviatedType != null) emptyList() else arguments.map { it.type?.text() ?: "*" }
        return name + (if (of.isEmpty()) "" else of.joinToString(prefix = "<", postfix = ">")) + if (isNullable) "?" else ""
    }
}
