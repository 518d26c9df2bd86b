//! The catalogue: search, lookup, and one product in detail (UCP catalog).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::checkout::Link;
use crate::context::{Attribution, Context};
use crate::de;
use crate::envelope::Meta;
use crate::extra::Extra;
use crate::message::Message;
use crate::open::open_enum;
use crate::signals::Signals;

open_enum! {
    /// Whether and how a variant is to be had (UCP types/variant, availability).
    pub enum StockStatus {
        /// Here.
        InStock = "in_stock",
        /// Comes later.
        Backorder = "backorder",
        /// Not out yet.
        Preorder = "preorder",
        /// Gone for now.
        OutOfStock = "out_of_stock",
        /// Gone for good.
        Discontinued = "discontinued",
    }
}

open_enum! {
    /// What a medium is.
    pub enum MediaKind {
        /// A picture.
        Image = "image",
        /// A film.
        Video = "video",
        /// A model to turn.
        Model3d = "model_3d",
    }
}

/// A price (UCP types/price).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Minor units.
    #[serde(deserialize_with = "de::amount")]
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
}

/// From the lowest to the highest price of the variants (UCP `types/price_range`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRange {
    /// The lowest.
    pub min: Price,
    /// The highest.
    pub max: Price,
}

/// Text in one or more formats (UCP types/description). HTML and Markdown are untrusted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Description {
    /// Plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plain: Option<String>,
    /// HTML, to be sanitised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markdown: Option<String>,
}

/// A picture, film or model (UCP types/media).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: MediaKind,
    /// Where it is.
    pub url: String,
    /// What it shows, for who cannot see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt_text: Option<String>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// A category (UCP types/category).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Its value or path.
    pub value: String,
    /// The taxonomy it is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxonomy: Option<String>,
}

/// An aggregate rating (UCP types/rating).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    /// The average.
    pub value: f64,
    /// The lowest of the scale; 1 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_min: Option<f64>,
    /// The highest of the scale.
    pub scale_max: f64,
    /// How many rated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

/// A product (UCP types/product).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub id: String,
    /// A slug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// What it is called.
    pub title: String,
    /// What it is.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub description: Description,
    /// Its page at the business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub categories: Vec<Category>,
    /// Prices across the variants.
    pub price_range: PriceRange,
    /// The same before discounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_price_range: Option<PriceRange>,
    /// Media; the first is featured.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub media: Vec<Media>,
    /// What can be chosen, such as size.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub options: Vec<ProductOption>,
    /// Of a single product: the selections that the answer is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub selected: Vec<SelectedOption>,
    /// What can be bought; the first is featured.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub variants: Vec<Variant>,
    /// Its rating.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// Tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub tags: Vec<String>,
    /// The business's own data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
}

/// Something to choose (UCP `types/product_option`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductOption {
    /// Its name, such as "Glaze".
    pub name: String,
    /// Its values.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub values: Vec<OptionValue>,
}

/// A value to choose (UCP `types/option_value`, `detail_option_value`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionValue {
    /// Its id, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What to show.
    pub label: String,
    /// Of a single product: whether it can be bought with the other selections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<bool>,
    /// Of a single product: whether it exists with the other selections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
}

/// A value that is chosen (UCP `types/selected_option`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectedOption {
    /// The option's name.
    pub name: String,
    /// The value's id, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The value's label.
    pub label: String,
}

/// Something that can be bought (UCP types/variant). Its id is an item's id at checkout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// Its id.
    pub id: String,
    /// The business's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Barcodes.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub barcodes: Vec<Barcode>,
    /// A slug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// What it is called.
    pub title: String,
    /// What it is.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub description: Description,
    /// Its page at the business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub categories: Vec<Category>,
    /// Its price.
    pub price: Price,
    /// The same before discounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_price: Option<Price>,
    /// Per unit of measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<UnitPrice>,
    /// Whether it can be bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability: Option<Availability>,
    /// The values that make it.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub options: Vec<SelectedOption>,
    /// Media; the first is featured.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub media: Vec<Media>,
    /// Its rating.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// Tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub tags: Vec<String>,
    /// The business's own data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// Who sells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller: Option<Seller>,
    /// Of lookup: which of the ids asked for led here.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub inputs: Vec<InputMatch>,
}

impl Variant {
    /// Whether it can be bought, as far as the catalogue says; an absent statement does not forbid it.
    pub fn is_available(&self) -> bool {
        self.availability.as_ref().and_then(|availability| availability.available).unwrap_or(true)
    }
}

/// A barcode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Barcode {
    /// Its standard.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its digits.
    pub value: String,
}

/// A price per unit of measure, computed by the business.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitPrice {
    /// Minor units.
    #[serde(deserialize_with = "de::amount")]
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// What is in the package.
    pub measure: Measure,
    /// What the price is for.
    pub reference: Measure,
}

/// A quantity of a unit. Not money, so it may be a fraction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: String,
}

/// Whether a variant can be bought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Availability {
    /// Yes or no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<bool>,
    /// How.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<StockStatus>,
}

/// Who sells a variant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seller {
    /// What they are called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their policies.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub links: Vec<Link>,
}

/// How an id of a lookup led to a variant (UCP `types/input_correlation`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputMatch {
    /// The id that was asked for.
    pub id: String,
    /// `exact`, `featured`, or the business's own way.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
}

/// What to narrow by (UCP `types/search_filters`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filters {
    /// Any of these categories.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Prices in the context's currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceFilter>,
    /// The business's own filters.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A range of prices, minor units of the context's currency (UCP `types/price_filter`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PriceFilter {
    /// At least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// At most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
}

/// Which page (UCP types/pagination).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageRequest {
    /// From the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many; businesses may give fewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// What follows this page (UCP types/pagination).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// For the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Whether there is one.
    pub has_next_page: bool,
    /// How many in all, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_count: Option<u64>,
}

/// `POST /catalog/search` (UCP catalog search).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SearchRequest {
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Hints.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// What the platform observed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signals: Option<Signals>,
    /// Referral.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Attribution>,
    /// What to narrow by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filters: Option<Filters>,
    /// Which page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pagination: Option<PageRequest>,
}

/// `POST /catalog/lookup` (UCP catalog lookup).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LookupRequest {
    /// Ids of products or variants, at least one.
    pub ids: Vec<String>,
    /// What to narrow by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filters: Option<Filters>,
    /// Hints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// What the platform observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signals: Option<Signals>,
    /// Referral.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Attribution>,
}

/// `POST /catalog/product` (UCP catalog lookup, Get Product).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ProductRequest {
    /// Id of a product or variant.
    pub id: String,
    /// What is chosen so far.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub selected: Vec<SelectedOption>,
    /// Option names, the most important first; the last is given up first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preferences: Vec<String>,
    /// What to narrow by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filters: Option<Filters>,
    /// Hints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// What the platform observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signals: Option<Signals>,
    /// Referral.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Attribution>,
}

/// Answer to search and to lookup. An id that was not found is missing, perhaps with an information `not_found`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Products {
    /// Metadata.
    pub ucp: Meta,
    /// What was found.
    #[serde(deserialize_with = "de::null_as_default")]
    pub products: Vec<Product>,
    /// Of search: what follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pagination: Option<Page>,
    /// What to show.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub messages: Vec<Message>,
}

/// Answer about one product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProductDetail {
    /// Metadata.
    pub ucp: Meta,
    /// The product.
    pub product: Product,
    /// What to show.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub messages: Vec<Message>,
}
