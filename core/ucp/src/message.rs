//! Messages: what a business says about the state of a resource.

use serde::{Deserialize, Serialize};

use crate::de;
use crate::open::open_enum;

open_enum! {
    /// What a message is.
    pub enum MessageKind {
        /// Something blocks.
        Error = "error",
        /// Something the buyer must be shown.
        Warning = "warning",
        /// Something worth knowing.
        Info = "info",
    }
}

open_enum! {
    /// What to do about an error (UCP checkout, Error Handling).
    pub enum Severity {
        /// The platform can fix its input and update.
        Recoverable = "recoverable",
        /// The business needs what its API cannot take: hand off.
        RequiresBuyerInput = "requires_buyer_input",
        /// The buyer has to authorise at the business: hand off.
        RequiresBuyerReview = "requires_buyer_review",
        /// There is no resource to act on.
        Unrecoverable = "unrecoverable",
    }
}

open_enum! {
    /// How a warning is rendered (UCP checkout, Warning Presentation).
    pub enum Presentation {
        /// Shown; may be dismissed.
        Notice = "notice",
        /// Shown beside what `path` names, never hidden or dismissed.
        Disclosure = "disclosure",
    }
}

open_enum! {
    /// The format of `content`.
    pub enum ContentKind {
        /// Plain text.
        Plain = "plain",
        /// Markdown, to be sanitised.
        Markdown = "markdown",
    }
}

/// An error, a warning or an information (UCP `types/message_error`, `message_warning`, `message_info`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Which of the three.
    #[serde(rename = "type")]
    pub kind: MessageKind,
    /// A code, open; see [`code`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The `JSONPath` (RFC 9535) to what it is about; absent means the whole response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Format of `content`; absent means plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<ContentKind>,
    /// The text to show.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub content: String,
    /// Of errors: what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Of warnings: how to render; absent means a notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presentation: Option<Presentation>,
    /// Of warnings: a symbol that a disclosure must show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// Of warnings: where to read more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Message {
    /// Whether it blocks.
    pub fn is_error(&self) -> bool {
        self.kind == MessageKind::Error
    }

    /// Whether it is a warning under the contract for disclosures. An unknown presentation counts: who cannot honour a
    /// rendering contract must not downgrade it to a notice.
    pub fn is_disclosure(&self) -> bool {
        self.kind == MessageKind::Warning
            && self.presentation.as_ref().is_some_and(|how| *how != Presentation::Notice)
    }

    /// Whether its code is this one.
    pub fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

/// Codes with a fixed meaning (UCP checkout, Standard Errors; catalog; overview, Error Codes; order).
pub mod code {
    /// An item is sold out.
    pub const OUT_OF_STOCK: &str = "out_of_stock";
    /// An item cannot be bought.
    pub const ITEM_UNAVAILABLE: &str = "item_unavailable";
    /// No delivery to this address.
    pub const ADDRESS_UNDELIVERABLE: &str = "address_undeliverable";
    /// The payment did not go through.
    pub const PAYMENT_FAILED: &str = "payment_failed";
    /// A claim of eligibility could not be verified.
    pub const ELIGIBILITY_INVALID: &str = "eligibility_invalid";
    /// Nothing of this id; does not mean that nothing was placed.
    pub const NOT_FOUND: &str = "not_found";
    /// The shopper has to sign in.
    pub const IDENTITY_REQUIRED: &str = "identity_required";
    /// The token lacks a scope.
    pub const INSUFFICIENT_SCOPE: &str = "insufficient_scope";
    /// The protocol version is not supported.
    pub const VERSION_UNSUPPORTED: &str = "version_unsupported";
    /// Nothing in common for this operation.
    pub const CAPABILITIES_INCOMPATIBLE: &str = "capabilities_incompatible";
    /// Of warnings: only above an age.
    pub const AGE_RESTRICTED: &str = "age_restricted";
}
