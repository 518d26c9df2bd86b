//! A shop's catalogue, for Kotlin and Swift: products as far as a screen shows them.

use nightmarket::ids::ItemId;
use nightmarket::ucp::catalog as ucp;
use nightmarket::{Currency, Money};

/// A product in detail, with its variants to choose from.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CatalogProduct {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What it is, plain text.
    pub description: Option<String>,
    /// Addresses of pictures; the first is featured.
    pub image_urls: Vec<String>,
    /// What can be chosen, such as size.
    pub options: Vec<ProductOption>,
    /// What can be bought; the first is featured.
    pub variants: Vec<Variant>,
}

/// Something to choose, and its values.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ProductOption {
    /// Its name, such as "Glaze".
    pub name: String,
    /// What to show of each value.
    pub values: Vec<String>,
}

/// Something that can be bought.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Variant {
    /// Its id: an item's id in a `BuyRequest`.
    pub id: ItemId,
    /// What it is called.
    pub title: String,
    /// Its price before delivery and tax; none if the shop names a currency that there is not.
    pub price: Option<Money>,
    /// Whether it can be bought now, as far as the shop says.
    pub available: bool,
    /// The values that make it: names and labels.
    pub options: Vec<SelectedOption>,
    /// Its picture.
    pub image_url: Option<String>,
}

/// A value that is chosen.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SelectedOption {
    /// The option's name.
    pub name: String,
    /// The value's label.
    pub label: String,
}

impl From<ucp::Product> for CatalogProduct {
    fn from(product: ucp::Product) -> Self {
        Self {
            id: product.id,
            title: product.title,
            description: product.description.plain,
            image_urls: images(&product.media).collect(),
            options: product
                .options
                .into_iter()
                .map(|option| ProductOption {
                    name: option.name,
                    values: option.values.into_iter().map(|value| value.label).collect(),
                })
                .collect(),
            variants: product.variants.into_iter().map(Variant::from).collect(),
        }
    }
}

impl From<ucp::Variant> for Variant {
    fn from(variant: ucp::Variant) -> Self {
        let currency = variant.price.currency.parse::<Currency>().ok();
        Self {
            id: variant.id.into(),
            title: variant.title,
            price: currency.map(|currency| Money::new(variant.price.amount, currency)),
            available: variant.availability.and_then(|stock| stock.available).unwrap_or(true),
            options: variant
                .options
                .into_iter()
                .map(|option| SelectedOption { name: option.name, label: option.label })
                .collect(),
            image_url: images(&variant.media).next(),
        }
    }
}

fn images(media: &[ucp::Media]) -> impl Iterator<Item = String> {
    media.iter().filter(|medium| medium.kind == ucp::MediaKind::Image).map(|medium| medium.url.clone())
}
