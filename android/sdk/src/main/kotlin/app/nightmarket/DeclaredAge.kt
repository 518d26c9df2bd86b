package app.nightmarket

/** An exact age in whole years. A band, as the platform's age signals give it, is made as it is. */
public fun DeclaredAge.Companion.years(years: UInt, guardianConsents: Boolean = false): DeclaredAge =
    DeclaredAge(atLeast = years, under = years + 1u, guardianConsents = guardianConsents)
