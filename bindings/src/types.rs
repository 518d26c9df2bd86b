//! What several services share: ids, times and money as plain values of the other language.

use nightmarket::ids::{
    BoxId, ClientId, DealId, DrawId, DropId, GroupId, HostId, ItemId, LineId, OfferId, OpeningId, OrderId,
    PinId, PostId, PurchaseId, QuoteId, ReturnId, RoomId, ShopDomain, ShopperId, SlotId,
};
pub use nightmarket::ucp::address::PostalAddress;
pub use nightmarket::wire::{Host, Media, Product};
pub use nightmarket::{Currency, Money, Timestamp};

use crate::error::{NightmarketError, Result};

macro_rules! ids {
    ($($name:ident,)*) => {$(
        uniffi::custom_type!($name, String, {
            remote,
            lower: |id| id.as_str().to_owned(),
            try_lift: |id| Ok($name::from(id)),
        });
    )*};
}

ids! {
    BoxId, ClientId, DealId, DrawId, DropId, GroupId, HostId, ItemId, LineId, OfferId, OpeningId, OrderId, PinId, PostId,
    PurchaseId, QuoteId, ReturnId, RoomId, ShopDomain, ShopperId, SlotId,
}

// Milliseconds since the Unix epoch.
uniffi::custom_type!(Timestamp, i64, {
    remote,
    lower: |at| at.as_ms(),
    try_lift: |ms| Ok(Timestamp(ms)),
});

// An ISO 4217 code; anything else is refused at the border, as the call's own error.
uniffi::custom_type!(Currency, String, {
    remote,
    lower: |currency| currency.as_str().to_owned(),
    try_lift: |code| {
        code.parse().map_err(|error: nightmarket::Error| NightmarketError::from(error).into())
    },
});

/// An amount in minor units (cents, fen) of its currency. Negative amounts are subtractive, as in UCP totals.
#[uniffi::remote(Record)]
pub struct Money {
    /// Minor units.
    pub minor: i64,
    /// Of this currency.
    pub currency: Currency,
}

/// Who posts, and runs rooms.
#[uniffi::remote(Record)]
pub struct Host {
    /// Stable id at the venue.
    pub id: HostId,
    /// What they are called.
    pub name: String,
    /// Their picture.
    pub avatar_url: Option<String>,
}

/// A product as a post, a pin or a drop shows it; what it costs in the end only its shop says (contract:
/// `product.json`).
#[uniffi::remote(Record)]
pub struct Product {
    /// Who sells it.
    pub shop: ShopDomain,
    /// The item, for a checkout's line.
    pub item: ItemId,
    /// What it is called.
    pub title: String,
    /// Its price before delivery and tax.
    pub price: Money,
    /// A picture.
    pub image_url: Option<String>,
}

/// A picture or film of a post (contract: `media.json`).
#[uniffi::remote(Record)]
pub struct Media {
    /// "image", "video", or something newer: shown as its picture where unknown.
    pub kind: String,
    /// Its address.
    pub url: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// For those who cannot see it.
    pub alt: Option<String>,
}

/// A postal address (UCP `types/postal_address`). `Debug` shows the country only.
#[uniffi::remote(Record)]
pub struct PostalAddress {
    /// Apartment, c/o, or an alternative name.
    pub extended_address: Option<String>,
    /// Street and number.
    pub street_address: Option<String>,
    /// City or town.
    pub address_locality: Option<String>,
    /// State or province, where the country has them.
    pub address_region: Option<String>,
    /// ISO 3166-1 alpha-2 by recommendation; alpha-3 and full names occur.
    pub address_country: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// First name of the contact.
    pub first_name: Option<String>,
    /// Last name of the contact.
    pub last_name: Option<String>,
    /// Telephone of the contact.
    pub phone_number: Option<String>,
}

/// Digits after the decimal point of a currency, by ISO 4217.
#[uniffi::export]
pub fn currency_exponent(currency: Currency) -> u8 {
    u8::try_from(currency.exponent()).unwrap_or_default()
}

/// An amount as text that no locale changes: "12.50 USD". Screens use the platform's own formatter.
#[uniffi::export]
pub fn money_text(money: Money) -> String {
    money.to_string()
}

/// Reads "60.00USD" or "60 USD": exactly the currency's decimals or none, nothing rounded.
///
/// # Errors
/// `BadInput`.
#[uniffi::export]
pub fn parse_money(text: String) -> Result<Money> {
    Ok(text.parse()?)
}
