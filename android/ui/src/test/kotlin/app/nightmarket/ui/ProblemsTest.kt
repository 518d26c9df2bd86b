package app.nightmarket.ui

import androidx.compose.foundation.layout.Column
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.v2.runComposeUiTest
import app.nightmarket.ui.look.NightmarketTheme
import app.nightmarket.ui.parts.LocalSignIn
import app.nightmarket.ui.parts.ProblemBar
import app.nightmarket.ui.words.Language
import app.nightmarket.ui.words.LocalStrings
import app.nightmarket.ui.words.Strings
import kotlin.test.Test
import kotlin.test.assertEquals

@OptIn(ExperimentalTestApi::class)
class ProblemsTest {
    @Test
    fun `each problem's button does what helps`() = runComposeUiTest {
        val strings = Strings(Language.ENGLISH)
        val pressed = mutableListOf<String>()
        setContent {
            CompositionLocalProvider(LocalStrings provides strings, LocalSignIn provides { pressed += "sign in" }) {
                NightmarketTheme(dark = false) {
                    Column {
                        ProblemBar(Problem("Who are you?", remedy = Remedy.SIGN_IN), onRemedy = { pressed += "again" })
                        ProblemBar(Problem("No answer."), onRemedy = { pressed += "again" })
                    }
                }
            }
        }
        onNodeWithText(strings.signIn).performClick()
        onNodeWithText(strings.tryAgain).performClick()
        assertEquals(listOf("sign in", "again"), pressed)
    }
}
