# Sorts what UniFFI generates into the SDK's packages. It puts all into one package, and all of it public.
#
# Records, enumerations and the error are the SDK's vocabulary: they move to the package of their service, or to
# app.nightmarket. (Type aliases would not do: Kotlin does not reach a sealed class's variants through one.) Everything
# else becomes internal in app.nightmarket.ffi.
#
# Variables: declared  a file of lines "Type rust_file"
#            dir       the source root to write

BEGIN {
    services = "boxes cart chat drops fans feed links live offers orders purchase push returns"
    split(services, names, " ")
    for (i in names) is_service[names[i]] = 1
    while ((getline line < declared) > 0) {
        split(line, word, " ")
        if (word[2] in is_service) package_of[word[1]] = "app.nightmarket." word[2]
    }
    root = "app.nightmarket"
    ffi = root ".ffi"
    suppress = "@file:Suppress(\"warnings\")"
}

{ lines[NR] = $0 }

END {
    for (n = 1; n <= NR; n++) find_vocabulary(lines[n])
    for (n = 1; n <= NR; n++) place(lines[n])
    flush_to(ffi)
    for (package in text) write(package)
}

# A type that those who embed the SDK see.
function find_vocabulary(line,   name) {
    name = declared_in(line)
    if (name == "" || name ~ /(Diff|Batch)$/ || name ~ /^(FfiConverter|Uniffi|HostException$|InstrumentInfo$)/) return
    moved[name] = (name in package_of) ? package_of[name] : root
}

function declared_in(line,   word) {
    if (line !~ /^(public )?(data class|sealed class|enum class|typealias) /) return ""
    sub(/^public /, "", line)
    sub(/^(data class|sealed class|enum class|typealias) /, "", line)
    match(line, /^[A-Za-z0-9_]+/)
    return substr(line, 1, RLENGTH)
}

# Comments and annotations wait for what they belong to.
function place(line,   name) {
    if (block != "") {
        pending = pending qualified(line) "\n"
        depth += opened(line)
        if (depth == 0) { flush_to(block); block = "" }
        return
    }
    if (in_comment || line ~ /^\/\*\*/ || line ~ /^@[A-Z]/) {
        in_comment = (in_comment || line ~ /^\/\*\*/) && line !~ /\*\//
        pending = pending line "\n"
        return
    }
    name = declared_in(line)
    if (name in moved) {
        sub(/^(public )?/, "public ", line)
        pending = pending qualified(line) "\n"
        depth = opened(line)
        if (depth == 0) flush_to(moved[name])
        else block = moved[name]
        return
    }
    pending = pending hidden(line) "\n"
    flush_to(ffi)
}

# Brackets that this line opens and does not close.
function opened(line) {
    if (line ~ /^ *(\/\*\*|\*)/ && !sub(/.*\*\//, "", line)) return 0
    return gsub(/[({]/, "", line) - gsub(/[)}]/, "", line)
}

function flush_to(package) {
    text[package] = text[package] pending
    pending = ""
}

function hidden(line) {
    if (line ~ /^@file:Suppress/) return suppress
    if (line ~ /^package /) return line "\n" imports(ffi)
    sub(/^private inline fun/, "internal inline fun", line)
    sub(/^private fun<E: kotlin.Exception> uniffiCheckCallStatus/, "internal fun<E: kotlin.Exception> uniffiCheckCallStatus", line)
    sub(/^public /, "", line)
    if (line ~ /^(interface|object|abstract class|class|open class|data class|sealed class|enum class|typealias|inline fun|suspend fun|fun) /)
        line = "internal " line
    return qualified(line)
}

# UniFFI writes some names in full.
function qualified(line,   done, name) {
    sub(/companion object ErrorHandler /, "internal companion object ErrorHandler ", line)
    done = ""
    while (match(line, /app\.nightmarket\.ffi\.[A-Za-z0-9_]+/)) {
        name = substr(line, RSTART + length(ffi) + 1, RLENGTH - length(ffi) - 1)
        done = done substr(line, 1, RSTART - 1) ((name in moved) ? moved[name] : ffi) "." name
        line = substr(line, RSTART + RLENGTH)
    }
    return done line
}

function imports(package,   out, name) {
    out = ""
    for (name in moved) if (moved[name] != package) out = out "import " moved[name] "." name "\n"
    if (package != ffi) out = out "import " ffi ".*\n"
    return out
}

function write(package,   folder, file) {
    folder = package
    gsub(/\./, "/", folder)
    folder = dir "/" folder
    system("mkdir -p " folder)
    file = folder "/Generated.kt"
    if (package != ffi) printf "%s\n\npackage %s\n\n%s\n", suppress, package, imports(package) > file
    printf "%s", text[package] > file
    close(file)
}
