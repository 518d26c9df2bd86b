package app.nightmarket.app

import android.app.Application
import android.content.Intent
import android.net.Uri
import androidx.lifecycle.AndroidViewModel
import androidx.lifecycle.viewModelScope
import app.nightmarket.HostApp
import app.nightmarket.NightmarketException
import app.nightmarket.PostalAddress
import app.nightmarket.Settings
import app.nightmarket.Shopper
import app.nightmarket.ui.Around
import app.nightmarket.ui.NightmarketModel
import app.nightmarket.ui.Problem
import app.nightmarket.ui.words.Language
import app.nightmarket.ui.words.Strings
import app.nightmarket.ui.words.problem
import java.io.File
import java.util.Locale
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.launch

/** The Shopper and its screens' states, which outlive a turned device. */
class Held(application: Application) : AndroidViewModel(application), Around {
    private val language = Language.of(Locale.getDefault().toLanguageTag())
    val strings = Strings(language)
    val biometrics = Biometrics(strings)
    val model = MutableStateFlow<NightmarketModel?>(null)
    val problem = MutableStateFlow<Problem?>(null)
    private var shopper: Shopper? = null

    init {
        open()
    }

    fun open() {
        problem.value = null
        val app = getApplication<Application>()
        // No backup reaches this folder.
        val directory = File(app.noBackupFilesDir, "shopper").path
        val settings = Settings(app.getString(R.string.venue), directory, app.getString(R.string.platform_profile), language.tag)
        // A partner's app gives its sign-in, its instruments and its address book here; this one is a guest.
        val host = HostApp(device = biometrics, secrets = KeystoreSecrets(app))
        viewModelScope.launch {
            try {
                val opened = Shopper.open(settings, host)
                shopper = opened
                model.value = NightmarketModel(opened, viewModelScope, strings, this@Held)
            } catch (error: NightmarketException) {
                problem.value = error.problem(strings)
            }
        }
    }

    override fun open(url: String) {
        val intent = Intent(Intent.ACTION_VIEW, Uri.parse(url)).addFlags(Intent.FLAG_ACTIVITY_NEW_TASK)
        getApplication<Application>().startActivity(intent)
    }

    override suspend fun pickupAddress(shop: String): PostalAddress =
        PostalAddress(null, null, null, null, null, null, null, null, null)

    override fun signIn() = Unit

    override fun onCleared() {
        shopper?.close()
    }
}
