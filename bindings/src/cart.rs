//! Carts and estimates, for Kotlin and Swift.

use std::sync::Arc;

use nightmarket::cart;
pub use nightmarket::cart::{Basis, CartLine, CartState, LineTrouble};
use nightmarket::ids::{ItemId, ShopDomain};

use crate::cancel::{CancelToken, within};
use crate::error::{NightmarketError, Result};
use crate::listeners::{Listeners, Subscription, listener};
use crate::purchase::{Notice, QuoteLink, QuoteTotal};
use crate::types::{Money, Timestamp};

/// One shop's cart.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
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

/// One line of a cart.
#[uniffi::remote(Record)]
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
#[uniffi::remote(Enum)]
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

/// Where a cart stands.
#[uniffi::remote(Enum)]
pub enum CartState {
    /// Nothing is in it.
    Empty,
    /// It is written down; the shop has not answered yet.
    Waiting {
        /// Code of the last try's error, if one failed; it is tried again by itself.
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
#[uniffi::remote(Enum)]
pub enum Basis {
    /// The shop's, for these very pieces.
    Shop,
    /// The price in the catalogue or on the pin, times the number.
    Catalogue,
}

/// What something comes to before a checkout: never what is paid.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
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

/// What is known of something that the shopper looks at.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
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
    Failed {
        /// Why.
        error: NightmarketError,
    },
}

impl From<cart::Cart> for Cart {
    fn from(cart: cart::Cart) -> Self {
        let cart::Cart { shop, lines, codes, state, estimate, notices, links, continue_url, expires_at } =
            cart;
        let estimate = estimate.map(Estimate::from);
        Self { shop, lines, codes, state, estimate, notices, links, continue_url, expires_at }
    }
}

impl From<cart::Estimate> for Estimate {
    fn from(estimate: cart::Estimate) -> Self {
        let cart::Estimate { basis, total, includes_delivery, includes_tax, totals, totals_problem } =
            estimate;
        let totals = totals.into_iter().map(QuoteTotal::from).collect();
        Self { basis, total, includes_delivery, includes_tax, totals, totals_problem }
    }
}

impl From<cart::Looked> for Looked {
    fn from(looked: cart::Looked) -> Self {
        match looked {
            cart::Looked::Waiting => Self::Waiting,
            cart::Looked::Known { estimate, notices } => Self::Known { estimate: estimate.into(), notices },
            cart::Looked::Failed(error) => Self::Failed { error: error.into() },
        }
    }
}

listener!(CartListener, Cart);
listener!(LookListener, Looked);

/// The shopper's carts, one at each shop. `Purchases.quote_cart` buys one.
#[derive(uniffi::Object)]
pub struct Carts {
    pub(crate) carts: cart::Carts,
    pub(crate) listeners: Listeners,
}

#[uniffi::export]
impl Carts {
    /// Puts so many (more) of an item in. Once this returns it survives a kill; the shop hears of it by itself.
    ///
    /// # Errors
    /// `BadInput` for none, or for more than a cart holds; `Storage`.
    pub async fn add(&self, shop: ShopDomain, item: ItemId, quantity: u32) -> Result<Cart> {
        Ok(self.carts.add(shop, item, quantity).await?.into())
    }

    /// Exactly so many of an item; zero takes it out.
    ///
    /// # Errors
    /// As `add`.
    pub async fn set_quantity(&self, shop: ShopDomain, item: ItemId, quantity: u32) -> Result<Cart> {
        Ok(self.carts.set_quantity(shop, item, quantity).await?.into())
    }

    /// Takes an item out.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn remove(&self, shop: ShopDomain, item: ItemId) -> Result<Cart> {
        Ok(self.carts.remove(shop, item).await?.into())
    }

    /// These discount codes instead of those before. Sent to a shop that takes codes on carts, and with the checkout.
    ///
    /// # Errors
    /// `BadInput` for codes that no shop gives out; `Storage`.
    pub async fn set_codes(&self, shop: ShopDomain, codes: Vec<String>) -> Result<Cart> {
        Ok(self.carts.set_codes(shop, codes).await?.into())
    }

    /// Takes everything out; the shop is asked to cancel its copy.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn cancel(&self, shop: ShopDomain) -> Result<Cart> {
        Ok(self.carts.cancel(shop).await?.into())
    }

    /// The cart as the shop has it now: what waits is sent, its copy is read, what it refused is tried again.
    ///
    /// # Errors
    /// Those of the network. The cart stays as it is then.
    pub async fn refresh(&self, shop: ShopDomain, cancel: Option<Arc<CancelToken>>) -> Result<Cart> {
        Ok(within(cancel, self.carts.refresh(shop)).await?.into())
    }

    /// The cart at a shop as it is known here, an empty one if there is none. Nothing is asked.
    pub async fn cart(&self, shop: ShopDomain) -> Result<Cart> {
        Ok(self.carts.cart(shop).await?.into())
    }

    /// Follows the cart at a shop: as it is now, then every change. The newest wins.
    pub async fn watch(
        &self,
        shop: ShopDomain,
        listener: Box<dyn CartListener>,
    ) -> Result<Arc<Subscription>> {
        self.listeners.value(self.carts.watch(shop).await?, listener).await
    }

    /// All carts with something in them, by shop.
    pub async fn carts(&self) -> Result<Vec<Cart>> {
        Ok(self.carts.carts().await?.into_iter().map(Cart::from).collect())
    }

    /// The shopper looks at so many of an item: about what they come to, with delivery and tax where the shop can say. The
    /// shop is asked a moment later, while somebody still listens, and of what a room pins only in one's turn; until then
    /// the pin's price stands. At a shop without carts it is the catalogue's price. It ends once nothing more will come.
    ///
    /// # Errors
    /// `BadInput` for a number that no cart holds.
    pub async fn look(
        &self,
        shop: ShopDomain,
        item: ItemId,
        quantity: u32,
        listener: Box<dyn LookListener>,
    ) -> Result<Arc<Subscription>> {
        self.listeners.value(self.carts.look(shop, item, quantity).await?, listener).await
    }
}
