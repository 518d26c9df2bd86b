package app.nightmarket.app

import androidx.biometric.BiometricManager.Authenticators.BIOMETRIC_STRONG
import androidx.biometric.BiometricManager.Authenticators.DEVICE_CREDENTIAL
import androidx.biometric.BiometricPrompt
import androidx.core.content.ContextCompat
import androidx.fragment.app.FragmentActivity
import app.nightmarket.DeviceAuthentication
import app.nightmarket.ui.words.Strings
import kotlin.coroutines.resume
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withContext

/** Face, finger or PIN. Nobody is there to ask while no activity is. */
class Biometrics(private val strings: Strings) : DeviceAuthentication {
    var activity: FragmentActivity? = null

    /** The core's reason is English, for a log; the shopper reads the screen's own words. */
    override suspend fun authenticate(reason: String): Boolean = withContext(Dispatchers.Main) {
        val here = activity ?: return@withContext false
        suspendCancellableCoroutine { answer ->
            val callback = object : BiometricPrompt.AuthenticationCallback() {
                override fun onAuthenticationSucceeded(result: BiometricPrompt.AuthenticationResult) = answer.resume(true)

                override fun onAuthenticationError(code: Int, text: CharSequence) {
                    if (answer.isActive) answer.resume(false)
                }
            }
            val prompt = BiometricPrompt(here, ContextCompat.getMainExecutor(here), callback)
            answer.invokeOnCancellation { prompt.cancelAuthentication() }
            prompt.authenticate(
                BiometricPrompt.PromptInfo.Builder()
                    .setTitle(strings.threshold)
                    .setSubtitle(strings.raisingAsks)
                    .setAllowedAuthenticators(BIOMETRIC_STRONG or DEVICE_CREDENTIAL)
                    .build(),
            )
        }
    }
}
