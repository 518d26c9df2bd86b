// The SDK for devices. Untried, see ../build.gradle.kts. The library of each ABI is built beforehand, for example by
//   cargo ndk -t arm64-v8a -t x86_64 -o android/sdk/src/main/jniLibs build -p nightmarket-ffi --profile mobile
plugins {
    id("com.android.library")
    id("org.jetbrains.kotlin.android")
}

val generated = layout.buildDirectory.dir("generated/uniffi")

// The bindings are the same for every ABI, so they come from the library of the machine that builds.
val bindings by tasks.registering(Exec::class) {
    commandLine("../build/bindings", "../../target/debug", generated.get().asFile.path)
}

android {
    namespace = "app.nightmarket"
    compileSdk = 36
    defaultConfig {
        minSdk = 26
        consumerProguardFiles("consumer-rules.pro")
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    sourceSets["main"].kotlin.srcDir(generated)
}

kotlin {
    explicitApiWarning()
    compilerOptions { jvmTarget = org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_17 }
}

tasks.withType<org.jetbrains.kotlin.gradle.tasks.KotlinCompile>().configureEach { dependsOn(bindings) }

dependencies {
    api("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.11.0")
    implementation("net.java.dev.jna:jna:5.19.1@aar")
}
