//! What the buyer consents to (UCP buyer-consent extension).

use serde::{Deserialize, Serialize};

/// What a consent is about. The extension knows these four, and a business that offers it may be told about any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentKind {
    /// Analytics and performance tracking.
    Analytics,
    /// Storing preferences.
    Preferences,
    /// Marketing messages.
    Marketing,
    /// Selling data to third parties (CCPA).
    SaleOfData,
}

impl ConsentKind {
    /// All of them, in the extension's order.
    pub const ALL: [Self; 4] = [Self::Analytics, Self::Preferences, Self::Marketing, Self::SaleOfData];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Analytics => "analytics",
            Self::Preferences => "preferences",
            Self::Marketing => "marketing",
            Self::SaleOfData => "sale_of_data",
        }
    }
}

/// Consent per purpose; absent means not asked, which is not the same as refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Consent {
    /// Analytics and performance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analytics: Option<bool>,
    /// Storing preferences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferences: Option<bool>,
    /// Marketing messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marketing: Option<bool>,
    /// Selling data to others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sale_of_data: Option<bool>,
}

impl Consent {
    /// The answer to one of them; none if it was not given.
    pub fn get(&self, kind: ConsentKind) -> Option<bool> {
        match kind {
            ConsentKind::Analytics => self.analytics,
            ConsentKind::Preferences => self.preferences,
            ConsentKind::Marketing => self.marketing,
            ConsentKind::SaleOfData => self.sale_of_data,
        }
    }

    /// With this answer instead of the one before.
    pub fn with(mut self, kind: ConsentKind, granted: bool) -> Self {
        let answer = match kind {
            ConsentKind::Analytics => &mut self.analytics,
            ConsentKind::Preferences => &mut self.preferences,
            ConsentKind::Marketing => &mut self.marketing,
            ConsentKind::SaleOfData => &mut self.sale_of_data,
        };
        *answer = Some(granted);
        self
    }

    /// These answers, and those of `before` where there are none here.
    pub fn over(self, before: Self) -> Self {
        Self {
            analytics: self.analytics.or(before.analytics),
            preferences: self.preferences.or(before.preferences),
            marketing: self.marketing.or(before.marketing),
            sale_of_data: self.sale_of_data.or(before.sale_of_data),
        }
    }

    /// Whether nothing was answered.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
