package app.nightmarket.ui.purchase

import app.nightmarket.Money
import app.nightmarket.NightmarketException
import app.nightmarket.purchase.Caps
import app.nightmarket.purchase.Left
import app.nightmarket.purchase.Pause
import app.nightmarket.purchase.Policy
import app.nightmarket.purchase.Purchases
import app.nightmarket.purchase.QuietHours
import app.nightmarket.ui.Model
import app.nightmarket.ui.words.Strings
import app.nightmarket.ui.words.problem
import java.time.Instant
import java.time.ZoneId
import kotlinx.coroutines.CoroutineScope

/** What the shopper allows, over the SDK's. [offered] are the currencies shown even while they are off. */
class ThresholdModel(
    private val purchases: Purchases,
    parent: CoroutineScope,
    strings: Strings,
    private val offered: List<String> = listOf("CNY", "USD"),
    private val zone: () -> ZoneId = ZoneId::systemDefault,
) : Model<ThresholdState>(parent, strings, ThresholdState(loading = true)), ThresholdActions {
    init {
        read()
    }

    /** Reads it anew: what is left changes with every purchase. */
    fun read() {
        go(::failed) { show(purchases.policy()) }
    }

    override fun tryAgain() = read()

    override fun set(threshold: Money) = edit { purchases.setThreshold(threshold) }

    override fun switchOff(currency: String) = edit { purchases.switchOff(currency) }

    override fun quiet(quiet: QuietShown?) = edit { purchases.setQuietHours(quiet?.let { QuietHours(it.from.toUShort(), it.to.toUShort(), aheadOfUtc()) }) }

    override fun pause(paused: Boolean) = edit { purchases.setPause(if (paused) Pause.UntilResumed else Pause.Off) }

    private fun edit(work: suspend () -> Policy) {
        change { it.copy(busy = true, problem = null) }
        go(::failed) { show(work()) }
    }

    private suspend fun show(policy: Policy) {
        val left = purchases.left()
        val currencies = (offered + policy.thresholds.map { it.currency }).distinct()
        change {
            ThresholdState(
                currencies.map { currency -> shown(currency, policy, left) },
                left.dayCount?.toInt(),
                policy.quiet?.let { QuietShown(it.from.toInt(), it.to.toInt()) },
                policy.pause !is Pause.Off,
            )
        }
    }

    private fun shown(currency: String, policy: Policy, left: Left): CurrencyThreshold {
        val caps: Caps = policy.caps
        return CurrencyThreshold(
            currency,
            policy.thresholds.of(currency),
            capLeft(left.day.of(currency), caps.day.of(currency)),
            capLeft(left.week.of(currency), caps.week.of(currency)),
        )
    }

    private fun List<Money>.of(currency: String) = firstOrNull { it.currency == currency }

    private fun capLeft(left: Money?, cap: Money?) = if (left != null && cap != null) CapLeft(left, cap) else null

    private fun aheadOfUtc(): Short = (zone().rules.getOffset(Instant.now()).totalSeconds / 60).toShort()

    private fun failed(error: NightmarketException) = change { it.copy(loading = false, busy = false, problem = error.problem(strings)) }
}
