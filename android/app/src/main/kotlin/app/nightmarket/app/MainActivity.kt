package app.nightmarket.app

import android.os.Bundle
import androidx.activity.OnBackPressedCallback
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.activity.viewModels
import androidx.compose.runtime.getValue
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.remember
import androidx.fragment.app.FragmentActivity
import app.nightmarket.ui.NightmarketApp
import app.nightmarket.ui.look.NightmarketTheme
import app.nightmarket.ui.parts.ProblemPlace
import app.nightmarket.ui.parts.Waiting

/** Holds the screens; everything else is theirs. */
class MainActivity : FragmentActivity() {
    private val held: Held by viewModels()

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        enableEdgeToEdge()
        held.biometrics.activity = this
        onBackPressedDispatcher.addCallback(this, object : OnBackPressedCallback(true) {
            override fun handleOnBackPressed() {
                if (held.model.value?.back() != true) moveTaskToBack(true)
            }
        })
        setContent {
            NightmarketTheme {
                val model by held.model.collectAsState()
                val problem by held.problem.collectAsState()
                val pictures = remember { androidPictures() }
                val opened = model
                when {
                    opened != null -> NightmarketApp(opened, held.strings, pictures, Media3Video)
                    problem != null -> problem?.let { ProblemPlace(it, held::open) }
                    else -> Waiting(held.strings.loading)
                }
            }
        }
    }

    override fun onResume() {
        super.onResume()
        held.model.value?.resumed()
    }

    override fun onPause() {
        held.model.value?.paused()
        super.onPause()
    }

    override fun onDestroy() {
        if (held.biometrics.activity === this) held.biometrics.activity = null
        super.onDestroy()
    }
}
