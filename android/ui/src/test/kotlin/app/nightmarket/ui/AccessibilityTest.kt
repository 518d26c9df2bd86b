package app.nightmarket.ui

import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.v2.runComposeUiTest
import app.nightmarket.ui.look.NightmarketTheme
import app.nightmarket.ui.pictures.Scenes
import app.nightmarket.ui.words.LocalStrings
import app.nightmarket.ui.words.Strings
import java.util.stream.Stream
import kotlin.test.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory

/** Who does not see the screens, or has large fingers, gets along with them. */
@OptIn(ExperimentalTestApi::class)
class AccessibilityTest {
    @TestFactory
    fun screens(): Stream<DynamicTest> = Scenes("http://127.0.0.1:1").all().map { (name, scene) -> dynamicTest(name) { look(scene) } }.stream()

    private fun look(scene: Scenes.Scene) = runComposeUiTest {
        setContent {
            CompositionLocalProvider(LocalStrings provides Strings(scene.language)) { NightmarketTheme(scene.dark) { scene.content() } }
        }
        val headings = onAllNodes(SemanticsMatcher.keyIsDefined(SemanticsProperties.Heading), useUnmergedTree = true).fetchSemanticsNodes()
        assertTrue(headings.isNotEmpty(), "a screen without a heading")
        val hit = onAllNodes(hasClickAction()).fetchSemanticsNodes()
        for (node in hit.filter { it.isWhole() }) {
            assertTrue(node.said().isNotBlank(), "nothing says what ${node.boundsInRoot} does")
            val (width, height) = node.touchBoundsInRoot.width to node.touchBoundsInRoot.height
            assertTrue(width >= LEAST && height >= LEAST, "“${node.said()}” is hit on $width × $height only")
        }
    }

    /** Not cut off by an edge or a list's end. */
    private fun SemanticsNode.isWhole() = boundsInRoot.height >= size.height && boundsInRoot.width >= size.width

    private fun SemanticsNode.said(): String {
        val texts = config.getOrNull(SemanticsProperties.Text).orEmpty().map { it.text }
        val action = config.getOrNull(SemanticsActions.OnClick)?.label
        return (texts + config.getOrNull(SemanticsProperties.ContentDescription).orEmpty() + listOfNotNull(action)).joinToString(" ")
    }

    private companion object {
        /** At a density of one: what Android asks for. */
        const val LEAST = 48f
    }
}
