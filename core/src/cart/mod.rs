//! Carts: what the shopper collects at each shop before buying, and what that, or something on the screen, comes to (UCP
//! cart).
//!
//! What is put in is written down before anything is sent and is never lost; the shop's copy is made anew when it is gone.
//! Everything here is an estimate: only a quote, which [`crate::purchase::Purchases::quote_cart`] makes of a cart, is a
//! price. `policy` says what has to be sent, `service` sends it, `looks` asks about what is on the screen.

mod looks;
pub mod policy;
mod service;
mod store;

use tokio::sync::watch;

pub(crate) use service::Service;

use crate::error::{Error, Result};
use crate::ids::{ItemId, ShopDomain};
use crate::money::Money;
use crate::purchase::quote::{Notice, QuoteLink, QuoteTotal};
use crate::remote::Remote;
use crate::time::Timestamp;
use nightmarket_ucp::message::{Message, code};

/// One shop's cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cart {
    /// The shop.
    pub shop: ShopDomain,
    /// What the shopper put in, in that order, also while the shop has not said anything of it.
    pub lines: Vec<CartLine>,
    /// Discount codes, as they were typed.
    pub codes: Vec<String>,
    /// Where it stands.
    pub state: CartState,
    /// What it comes to, as far as that is known; a quote may differ.
    pub estimate: Option<Estimate>,
    /// What the shop wants shown.
    pub notices: Vec<Notice>,
    /// What has to be linked.
    pub links: Vec<QuoteLink>,
    /// The cart at the shop, where the shopper can go on by hand.
    pub continue_url: Option<String>,
    /// Until when the shop keeps its copy, by its clock. The cart itself stays.
    pub expires_at: Option<Timestamp>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartLine {
    /// The variant's id.
    pub item: ItemId,
    /// How many the shopper wants.
    pub quantity: u32,
    /// What it is called, once known.
    pub title: Option<String>,
    /// Price of one as last known, minor units.
    pub price: Option<i64>,
    /// A picture.
    pub image_url: Option<String>,
    /// What the line comes to, minor units, in the newest answer.
    pub amount: Option<i64>,
    /// Why it cannot be bought as it is.
    pub trouble: Option<LineTrouble>,
}

/// Why a line cannot be bought as it is. It stays in the cart until the shopper changes that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineTrouble {
    /// There are not that many, or none.
    OutOfStock {
        /// The shop's words.
        content: String,
    },
    /// It is not sold here (any more).
    Unavailable {
        /// The shop's words, if any.
        content: String,
    },
    /// The shop counts with another number.
    Quantity {
        /// That number.
        answered: u32,
    },
    /// Something else.
    Other {
        /// The shop's code.
        code: String,
        /// The shop's words.
        content: String,
    },
}

impl LineTrouble {
    fn of(message: &Message) -> Self {
        let content = message.content.clone();
        match message.code.as_deref() {
            Some(code::OUT_OF_STOCK) => Self::OutOfStock { content },
            Some(code::ITEM_UNAVAILABLE) => Self::Unavailable { content },
            other => Self::Other { code: other.unwrap_or("unknown").to_owned(), content },
        }
    }
}

/// Where a cart stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CartState {
    /// Nothing is in it.
    Empty,
    /// It is written down; the shop has not answered yet.
    Waiting {
        /// [`Error::code`] of the last try, if one failed; it is tried again by itself.
        trouble: Option<String>,
    },
    /// The shop has exactly this.
    Estimated,
    /// The shop does not take it as it is.
    Refused {
        /// The shop's code.
        code: String,
        /// The shop's words.
        content: String,
    },
    /// The shop has no carts: it is kept here, priced by the catalogue.
    OnDevice,
}

/// Whose word an estimate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The shop's, for these very pieces.
    Shop,
    /// The price in the catalogue or on the pin, times the number.
    Catalogue,
}

/// What something comes to before a checkout: never what is paid (UCP cart, Totals).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// Whose word it is.
    pub basis: Basis,
    /// About what is to be paid.
    pub total: Money,
    /// Whether delivery is in it.
    pub includes_delivery: bool,
    /// Whether tax is added in it; some shops' prices hold it already.
    pub includes_tax: bool,
    /// The parts, in the shop's order; none from the catalogue.
    pub totals: Vec<QuoteTotal>,
    /// Why the parts cannot be relied on.
    pub totals_problem: Option<String>,
}

impl Estimate {
    fn of_catalogue(total: Money) -> Self {
        Self {
            basis: Basis::Catalogue,
            total,
            includes_delivery: false,
            includes_tax: false,
            totals: Vec::new(),
            totals_problem: None,
        }
    }
}

/// What is known of something that the shopper looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// Nothing yet; the price on the screen stands.
    Waiting,
    /// About what it comes to.
    Known {
        /// The estimate.
        estimate: Estimate,
        /// What the shop says of it: sold out, above an age, …
        notices: Vec<Notice>,
    },
    /// It could not be asked; the price on the screen stands.
    Failed(Error),
}

/// The shopper's carts, one at each shop.
#[derive(Clone)]
pub struct Carts(Remote<Service>);

impl Carts {
    pub(crate) fn new(remote: Remote<Service>) -> Self {
        Self(remote)
    }

    /// Puts so many (more) of an item in. Once this returns it survives a kill; the shop hears of it by itself.
    ///
    /// # Errors
    /// `BadInput` for none, or for more than a cart holds; `Storage`.
    pub async fn add(&self, shop: ShopDomain, item: ItemId, quantity: u32) -> Result<Cart> {
        self.0
            .call(move |carts| async move { carts.edit(&shop, |kept| kept.add(&item, quantity)).await })
            .await
    }

    /// Exactly so many of an item; zero takes it out.
    ///
    /// # Errors
    /// As [`Carts::add`].
    pub async fn set_quantity(&self, shop: ShopDomain, item: ItemId, quantity: u32) -> Result<Cart> {
        self.0
            .call(move |carts| async move {
                carts.edit(&shop, |kept| kept.set_quantity(&item, quantity)).await
            })
            .await
    }

    /// Takes an item out.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn remove(&self, shop: ShopDomain, item: ItemId) -> Result<Cart> {
        self.set_quantity(shop, item, 0).await
    }

    /// These discount codes instead of those before. Sent to a shop that takes codes on carts, and with the checkout.
    ///
    /// # Errors
    /// `BadInput` for codes that no shop gives out; `Storage`.
    pub async fn set_codes(&self, shop: ShopDomain, codes: Vec<String>) -> Result<Cart> {
        self.0.call(move |carts| async move { carts.edit(&shop, |kept| kept.set_codes(codes)).await }).await
    }

    /// Takes everything out; the shop is asked to cancel its copy.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn cancel(&self, shop: ShopDomain) -> Result<Cart> {
        self.0
            .call(move |carts| async move {
                let clear = |kept: &mut policy::Kept| {
                    kept.clear();
                    Ok(())
                };
                carts.edit(&shop, clear).await
            })
            .await
    }

    /// The cart as the shop has it now: what waits is sent, its copy is read, what it refused is tried again.
    ///
    /// # Errors
    /// Those of the network. The cart stays as it is then.
    pub async fn refresh(&self, shop: ShopDomain) -> Result<Cart> {
        self.0.call(move |carts| async move { carts.refresh(&shop).await }).await
    }

    /// The cart at a shop as it is known here, an empty one if there is none. Nothing is asked.
    pub async fn cart(&self, shop: ShopDomain) -> Result<Cart> {
        self.0.call(move |carts| async move { Ok(carts.view(&shop)) }).await
    }

    /// Follows the cart at a shop: as it is now, then every change. The newest wins.
    pub async fn watch(&self, shop: ShopDomain) -> Result<watch::Receiver<Cart>> {
        self.0.call(move |carts| async move { carts.watch(&shop) }).await
    }

    /// All carts with something in them, by shop.
    pub async fn carts(&self) -> Result<Vec<Cart>> {
        self.0.call(|carts| async move { Ok(carts.all()) }).await
    }

    /// The shopper looks at so many of an item: about what they come to, with delivery and tax where the shop can say. The
    /// shop is asked a moment later, while somebody still watches, and of what a room pins only in one's turn (see
    /// [`policy::turn_ms`]); until then the pin's price stands. At a shop without carts it is the catalogue's price. At most
    /// four are asked about at once; the oldest waits for ever.
    ///
    /// # Errors
    /// `BadInput` for a number that no cart holds.
    pub async fn look(
        &self,
        shop: ShopDomain,
        item: ItemId,
        quantity: u32,
    ) -> Result<watch::Receiver<Looked>> {
        self.0.call(move |carts| async move { carts.look(shop, item, quantity) }).await
    }
}
