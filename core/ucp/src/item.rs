//! Lines of a cart or checkout.

use serde::{Deserialize, Serialize};

use crate::de;
use crate::total::Total;

/// What is bought (UCP types/item).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The variant's id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Price of one, minor units.
    #[serde(deserialize_with = "de::amount")]
    pub price: i64,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
}

/// A line as a business answers it (UCP `types/line_item`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineItem {
    /// The line's id.
    pub id: String,
    /// What is bought.
    pub item: Item,
    /// How many.
    pub quantity: u32,
    /// What the line costs.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub totals: Vec<Total>,
    /// The line this one belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
}

/// A line as it is requested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineRequest {
    /// The line's id; absent for a new line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What to buy.
    pub item: ItemRef,
    /// How many, at least one.
    pub quantity: u32,
    /// The line this one belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
}

/// An item by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRef {
    /// The variant's id.
    pub id: String,
}

impl LineRequest {
    /// A new line.
    pub fn new(item_id: impl Into<String>, quantity: u32) -> Self {
        Self { id: None, item: ItemRef { id: item_id.into() }, quantity, parent_id: None }
    }
}

impl From<&LineItem> for LineRequest {
    fn from(line: &LineItem) -> Self {
        Self {
            id: Some(line.id.clone()),
            item: ItemRef { id: line.item.id.clone() },
            quantity: line.quantity,
            parent_id: line.parent_id.clone(),
        }
    }
}
