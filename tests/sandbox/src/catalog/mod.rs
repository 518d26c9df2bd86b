//! What the shops sell: products, variants, stock, blind boxes, discounts.

mod snacks;
mod studio;

use serde::{Deserialize, Serialize};

pub use snacks::snack_shop;
pub use studio::studio_shop;

/// The lowest age for any blind box, and the age under which a guardian has to consent (the sector's rule in China).
pub const BOX_AGE: (u8, u8) = (8, 18);

/// Words in the two languages of the evening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    #[serde(rename = "zh-Hans")]
    pub zh: String,
}

impl Text {
    /// Both at once.
    pub fn new(en: &str, zh: &str) -> Self {
        Self { en: en.to_owned(), zh: zh.to_owned() }
    }

    /// The words for a BCP 47 tag; English unless it is Chinese.
    pub fn pick(&self, language: &str) -> &str {
        if language.to_ascii_lowercase().starts_with("zh") { &self.zh } else { &self.en }
    }
}

/// Goods are fetched by a courier when returned; digital lines have access that ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something that is delivered.
    Goods,
    /// A course, a digital box.
    Digital,
}

/// A warning that has to be shown beside its line and cannot be dismissed (UCP `presentation: disclosure`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// UCP warning code.
    pub code: &'static str,
    /// What the buyer has to read.
    pub content: Text,
}

/// On sale to members of a fan group before everybody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Early {
    /// The venue's id of the group.
    pub group: String,
    /// When everybody may buy, by the shop's clock, milliseconds since the Unix epoch.
    pub opens_at_ms: i64,
}

/// One thing that can be bought.
#[derive(Debug, Clone)]
pub struct Variant {
    /// What checkout calls `item.id`.
    pub id: String,
    /// Title, without the product's.
    pub title: Text,
    /// Unit price, minor units of the catalogue's currency.
    pub price: i64,
    /// Units on the shelf at the start.
    pub stock: i64,
    /// Option name and label, in the order of the product's options.
    pub options: Vec<(&'static str, &'static str)>,
    /// Of a piece that exists once.
    pub serial: Option<String>,
}

/// A product with its variants.
#[derive(Debug, Clone)]
pub struct Product {
    /// Product id.
    pub id: String,
    /// Slug; also the picture's name.
    pub handle: String,
    /// Title.
    pub title: Text,
    /// Description.
    pub description: Text,
    /// The shop's own category.
    pub category: &'static str,
    /// Goods or digital.
    pub kind: Kind,
    /// What can be bought.
    pub variants: Vec<Variant>,
    /// A warning to show beside the line.
    pub disclosure: Option<Disclosure>,
    /// Only for buyers of that age.
    pub age_min: Option<u8>,
    /// The interval in which a subscription renews.
    pub subscription: Option<&'static str>,
    /// Early access for a fan group.
    pub early: Option<Early>,
    /// Its content is unknown: the blind box it is.
    pub box_id: Option<String>,
    /// May be handed over at the counter, so that no address is needed.
    pub counter: bool,
}

impl Product {
    fn new(id: &str, category: &'static str, kind: Kind, title: Text, description: Text) -> Self {
        Self {
            id: id.to_owned(),
            handle: id.trim_start_matches("prod_").replace('_', "-"),
            title,
            description,
            category,
            kind,
            variants: Vec::new(),
            disclosure: None,
            age_min: None,
            subscription: None,
            early: None,
            box_id: None,
            counter: false,
        }
    }

    fn only(mut self, id: &str, price: i64, stock: i64) -> Self {
        let title = self.title.clone();
        self.variants.push(Variant { id: id.to_owned(), title, price, stock, options: vec![], serial: None });
        self
    }

    fn sized(
        mut self,
        id: &str,
        name: &'static str,
        label: (&'static str, &str),
        price: i64,
        stock: i64,
    ) -> Self {
        self.variants.push(Variant {
            id: id.to_owned(),
            title: Text::new(label.0, label.1),
            price,
            stock,
            options: vec![(name, label.0)],
            serial: None,
        });
        self
    }
}

/// One possible content of a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Stable id.
    pub id: &'static str,
    /// Title.
    pub title: Text,
    /// Integer weight; all weights of a box sum to a power of ten.
    pub weight: u32,
    /// How many are left, for a finite set.
    pub remaining: Option<u32>,
}

/// A box whose content is unknown.
#[derive(Debug, Clone)]
pub struct BlindBox {
    /// Stable id.
    pub id: String,
    /// Drawn digitally, or opened on air by the host.
    pub digital: bool,
    /// The variant to buy.
    pub item: String,
    /// What may be in it.
    pub contents: Vec<Content>,
    /// After so many boxes without it, this content comes for certain.
    pub pity: Option<(u32, &'static str)>,
}

/// How a discount reckons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Off {
    /// Per mille of what is left of the amount it applies to, rounded down.
    PerMille(i64),
    /// A fixed amount in minor units, at most what is left.
    Amount(i64),
}

/// A discount by code, automatically, or for an accepted claim.
#[derive(Debug, Clone)]
pub struct Discount {
    /// Matched without regard to case; none: automatic.
    pub code: Option<String>,
    /// The claim in `context.eligibility` it needs; none: nobody has to claim anything.
    pub claim: Option<&'static str>,
    /// Title.
    pub title: Text,
    /// How much.
    pub off: Off,
    /// Only lines of these products, allocated to them; empty: the whole order, not allocated.
    pub products: Vec<String>,
    /// Only from so many units of `products` (or of anything) on.
    pub from_units: i64,
    /// Not after this time of the shop, milliseconds since the Unix epoch.
    pub until_ms: Option<i64>,
}

/// All that a shop sells, and on what terms.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// The shop's name.
    pub name: Text,
    /// ISO 4217.
    pub currency: &'static str,
    /// The country it delivers to (ISO 3166-1 alpha-2).
    pub country: &'static str,
    /// Sales tax in ten-thousandths, added to goods; 0 where prices include it.
    pub tax: i64,
    /// Standard and express delivery, minor units.
    pub delivery: (i64, i64),
    /// Standard delivery is free from this subtotal on.
    pub free_from: i64,
    /// Products.
    pub products: Vec<Product>,
    /// Blind boxes.
    pub boxes: Vec<BlindBox>,
    /// Discounts, in the order they apply.
    pub discounts: Vec<Discount>,
    /// What `doctor` names and `buy` can try.
    pub sample_item: &'static str,
}

impl Catalog {
    /// The product and variant of an item id.
    pub fn variant(&self, item: &str) -> Option<(&Product, &Variant)> {
        self.products.iter().find_map(|product| {
            product.variants.iter().find(|variant| variant.id == item).map(|variant| (product, variant))
        })
    }

    /// A product by its id.
    pub fn product(&self, id: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }

    /// A box by its id.
    pub fn blind_box(&self, id: &str) -> Option<&BlindBox> {
        self.boxes.iter().find(|each| each.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_odds_sum_to_a_power_of_ten() {
        for catalog in [studio_shop(0), snack_shop()] {
            let mut seen = BTreeSet::new();
            for product in &catalog.products {
                assert!(!product.variants.is_empty(), "{} has something to buy", product.id);
                assert!(seen.insert(product.id.clone()));
                for variant in &product.variants {
                    assert!(seen.insert(variant.id.clone()), "{} twice", variant.id);
                    assert!(variant.price > 0);
                }
            }
            for each in &catalog.boxes {
                let sum: u32 = each.contents.iter().map(|content| content.weight).sum();
                assert_eq!(sum, 10_000, "{}", each.id);
                assert!(catalog.variant(&each.item).is_some());
            }
            assert!(catalog.variant(catalog.sample_item).is_some());
        }
    }

    #[test]
    fn the_evening_has_pearls_on_both_sides_of_the_threshold() {
        let catalog = studio_shop(0);
        let pearls = catalog.product("prod_baroque_pearl").expect("pearls");
        assert!(pearls.variants.iter().any(|pearl| pearl.price < 20_000));
        assert!(pearls.variants.iter().any(|pearl| pearl.price > 20_000));
        assert!(pearls.variants.iter().all(|pearl| pearl.serial.is_some() && pearl.stock == 1));
    }
}
