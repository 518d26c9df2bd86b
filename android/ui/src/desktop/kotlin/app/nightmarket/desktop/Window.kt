package app.nightmarket.desktop

import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.input.key.Key
import androidx.compose.ui.input.key.KeyEventType
import androidx.compose.ui.input.key.key
import androidx.compose.ui.input.key.type
import androidx.compose.ui.unit.DpSize
import androidx.compose.ui.unit.dp
import androidx.compose.ui.window.Window
import androidx.compose.ui.window.WindowPosition
import androidx.compose.ui.window.application
import androidx.compose.ui.window.rememberWindowState
import app.nightmarket.PostalAddress
import app.nightmarket.Settings
import app.nightmarket.Shopper
import app.nightmarket.ui.Around
import app.nightmarket.ui.NightmarketApp
import app.nightmarket.ui.NightmarketModel
import app.nightmarket.ui.look.NightmarketTheme
import app.nightmarket.ui.parts.Waiting
import app.nightmarket.ui.words.Language
import app.nightmarket.ui.words.Strings
import java.awt.Desktop
import java.io.File
import java.net.URI
import java.util.Locale

/** The screens in a window: VENUE DIRECTORY [en|zh] [light|dark]. `android/window` starts it beside a sandbox of its own. */
fun main(arguments: Array<String>) {
    val (venue, directory) = arguments
    val language = Language.of(arguments.getOrElse(2) { Locale.getDefault().language })
    val dark = arguments.getOrNull(3)?.let { it == "dark" }
    application {
        val state = rememberWindowState(size = DpSize(420.dp, 860.dp), position = WindowPosition(Alignment.Center))
        val scope = rememberCoroutineScope()
        var model by remember { mutableStateOf<NightmarketModel?>(null) }
        LaunchedEffect(Unit) { model = NightmarketModel(open(venue, File(directory), language), scope, Strings(language), DesktopAround) }
        Window(
            ::exitApplication,
            state,
            title = "Nightmarket",
            onPreviewKeyEvent = { it.key == Key.Escape && it.type == KeyEventType.KeyDown && model?.back() == true },
        ) {
            NightmarketTheme(dark ?: isSystemInDarkTheme(), DesktopFont) {
                val opened = model
                if (opened == null) Waiting(Strings(language).loading) else NightmarketApp(opened, Strings(language), remember { desktopPictures() }, SandboxVideo)
            }
        }
    }
}

/** A shopper of the sandbox's, whose databases are in [directory]. */
suspend fun open(venue: String, directory: File, language: Language, host: DesktopHost = DesktopHost(File(directory, "sealing.key"), "window")): Shopper {
    directory.mkdirs()
    val settings = Settings(venue, File(directory, "shopper").path, "$venue/platform/profile.json", language.tag)
    return Shopper.open(settings, host.app())
}

/** What a desktop does for the screens. */
object DesktopAround : Around {
    override fun open(url: String) {
        if (Desktop.isDesktopSupported()) Desktop.getDesktop().browse(URI(url))
    }

    override suspend fun pickupAddress(shop: String): PostalAddress = DesktopHost.ADDRESS

    /** The sandbox's shopper is signed in for good. */
    override fun signIn() = Unit
}
