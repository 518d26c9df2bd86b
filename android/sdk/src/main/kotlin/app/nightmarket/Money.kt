package app.nightmarket

import app.nightmarket.ffi.currencyExponent
import app.nightmarket.ffi.moneyText
import app.nightmarket.ffi.parseMoney

/** The amount as text that no locale changes: "12.50 USD". Screens use the platform's own formatter. */
public val Money.text: String get() = typed { moneyText(this) }

/** Digits after the decimal point of its currency, by ISO 4217. */
public val Money.exponent: Int get() = typed { currencyExponent(currency).toInt() }

/** Reads "60.00USD" or "60 USD": exactly the currency's decimals or none, nothing rounded. Fails with `BadInput`. */
public fun Money.Companion.parse(text: String): Money = typed { parseMoney(text) }
