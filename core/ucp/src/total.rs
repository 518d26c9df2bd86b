//! Totals: what a business says it costs, and whether it adds up.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::de;
use crate::open::open_enum;

open_enum! {
    /// What an entry stands for (UCP checkout, Total: Well-Known Types).
    pub enum TotalKind {
        /// Sum of the lines.
        Subtotal = "subtotal",
        /// Rollup of discounts on lines; negative.
        ItemsDiscount = "items_discount",
        /// A discount; negative.
        Discount = "discount",
        /// Shipping, delivery or pickup.
        Fulfillment = "fulfillment",
        /// A tax.
        Tax = "tax",
        /// A fee.
        Fee = "fee",
        /// What is to be paid.
        Total = "total",
    }
}

/// One entry of `totals` (UCP types/total, types/totals). To be rendered in the business's order, unaltered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// The category.
    #[serde(rename = "type")]
    pub kind: TotalKind,
    /// The label to show; required of unknown categories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_text: Option<String>,
    /// Minor units of the parent's currency; the sign is the direction.
    #[serde(deserialize_with = "de::amount")]
    pub amount: i64,
    /// An optional breakdown that sums to `amount`.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub lines: Vec<TotalLine>,
}

/// A sub-line of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotalLine {
    /// The label to show.
    pub display_text: String,
    /// Minor units.
    #[serde(deserialize_with = "de::amount")]
    pub amount: i64,
}

impl Total {
    /// The text to show against the amount: the business's, else the default of the category.
    pub fn label(&self) -> &str {
        if let Some(text) = &self.display_text {
            return text;
        }
        match &self.kind {
            TotalKind::Subtotal => "Subtotal",
            TotalKind::ItemsDiscount => "Item Discounts",
            TotalKind::Discount => "Discount",
            TotalKind::Fulfillment => "Shipping",
            TotalKind::Tax => "Tax",
            TotalKind::Fee => "Fee",
            TotalKind::Total => "Total",
            TotalKind::Other(kind) => kind,
        }
    }
}

/// The two figures that every sound list of totals has, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The one `subtotal`.
    pub subtotal: i64,
    /// The one `total`: what is to be paid.
    pub total: i64,
}

/// Why totals cannot be relied on. They are still rendered as sent, but nothing may complete without the buyer's
/// review (UCP checkout, Verification). Indices count entries from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TotalsProblem {
    /// Not exactly one `subtotal`.
    Subtotals(usize),
    /// Not exactly one `total`.
    Totals(usize),
    /// The other entries do not sum to the total.
    Sum {
        /// What the `total` entry says.
        stated: i64,
        /// What the others sum to.
        computed: i64,
    },
    /// The sub-lines of an entry do not sum to it.
    Lines {
        /// Which entry.
        index: usize,
        /// What the entry says.
        stated: i64,
        /// What its lines sum to.
        computed: i64,
    },
    /// A discount above zero, or a charge below zero.
    Sign {
        /// Which entry.
        index: usize,
        /// Its amount.
        amount: i64,
    },
    /// An unknown category without a text to show.
    NoLabel {
        /// Which entry.
        index: usize,
    },
    /// The sum exceeds what can be counted.
    Overflow,
}

impl fmt::Display for TotalsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subtotals(count) => write!(f, "the totals have {count} subtotals, not one"),
            Self::Totals(count) => write!(f, "the totals have {count} total entries, not one"),
            Self::Sum { stated, computed } => {
                write!(f, "the total says {stated}, its parts sum to {computed}")
            }
            Self::Lines { index, stated, computed } => {
                write!(f, "totals entry {index} says {stated}, its lines sum to {computed}")
            }
            Self::Sign { index, amount } => write!(f, "totals entry {index} has the wrong sign: {amount}"),
            Self::NoLabel { index } => write!(f, "totals entry {index} has an unknown category and no text"),
            Self::Overflow => f.write_str("the totals exceed what can be counted"),
        }
    }
}

impl std::error::Error for TotalsProblem {}

/// Checks `totals` by the rules of UCP checkout (Rendering Contract, Verification, Sub-Lines), in checked arithmetic.
///
/// A discount of zero passes: the schema forbids it, but it misleads nobody.
pub fn verify(totals: &[Total]) -> Result<Verified, TotalsProblem> {
    let subtotal = only(totals, &TotalKind::Subtotal).map_err(TotalsProblem::Subtotals)?;
    let total = only(totals, &TotalKind::Total).map_err(TotalsProblem::Totals)?;
    let mut computed = 0_i64;
    for (index, entry) in totals.iter().enumerate() {
        verify_entry(index, entry)?;
        if entry.kind != TotalKind::Total {
            computed = computed.checked_add(entry.amount).ok_or(TotalsProblem::Overflow)?;
        }
    }
    if computed != total {
        return Err(TotalsProblem::Sum { stated: total, computed });
    }
    Ok(Verified { subtotal, total })
}

/// The amount of the one entry of this kind, else how many there are.
fn only(totals: &[Total], kind: &TotalKind) -> Result<i64, usize> {
    let mut found = totals.iter().filter(|entry| entry.kind == *kind);
    match (found.next(), found.count()) {
        (Some(entry), 0) => Ok(entry.amount),
        (None, _) => Err(0),
        (Some(_), more) => Err(more + 1),
    }
}

fn verify_entry(index: usize, entry: &Total) -> Result<(), TotalsProblem> {
    let sign_holds = match entry.kind {
        TotalKind::Discount | TotalKind::ItemsDiscount => entry.amount <= 0,
        TotalKind::Subtotal | TotalKind::Fulfillment | TotalKind::Tax | TotalKind::Fee => entry.amount >= 0,
        TotalKind::Total | TotalKind::Other(_) => true,
    };
    if !sign_holds {
        return Err(TotalsProblem::Sign { index, amount: entry.amount });
    }
    if matches!(entry.kind, TotalKind::Other(_)) && entry.display_text.is_none() {
        return Err(TotalsProblem::NoLabel { index });
    }
    if !entry.lines.is_empty() {
        let mut computed = 0_i64;
        for line in &entry.lines {
            computed = computed.checked_add(line.amount).ok_or(TotalsProblem::Overflow)?;
        }
        if computed != entry.amount {
            return Err(TotalsProblem::Lines { index, stated: entry.amount, computed });
        }
    }
    Ok(())
}
