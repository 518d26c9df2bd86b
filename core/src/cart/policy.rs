//! A shop's cart: what the shopper put in, what has to be sent for it, and what an answer changes. Pure.
//!
//! What was put in is the truth, the cart at the shop only a copy of it (UCP cart: an update replaces the whole): one that
//! expired, was canceled or is another account's is made anew.

use nightmarket_ucp::cart::{Cart as ShopCart, CartRequest};
use nightmarket_ucp::context::Context;
use nightmarket_ucp::discount::DiscountCodes;
use nightmarket_ucp::item::LineRequest;
use nightmarket_ucp::message::code;
use serde::{Deserialize, Serialize};

use super::{Basis, Cart, CartLine, CartState, Estimate, LineTrouble};
use crate::error::{Error, Result};
use crate::ids::{ItemId, QuoteId, ShopDomain};
use crate::money::{Currency, Money};
use crate::purchase::policy_early::EarlyTerms;
use crate::purchase::quote::{self, QuoteLine};
use crate::time::Timestamp;
use nightmarket_ucp::message::Message;
use nightmarket_ucp::total::{self, TotalKind};

/// Lines that one cart may have.
pub const MAX_LINES: usize = 100;
/// Pieces that one line may have.
pub const MAX_QUANTITY: u32 = 10_000;
/// Codes that one cart may have, and letters of each.
const MAX_CODES: usize = 20;
const MAX_CODE: usize = 100;
/// A key is relied on for no longer, milliseconds (UCP overview, Idempotency: 24 h).
const KEY_LIFE_MS: i64 = 24 * 3_600_000;
/// A screen that shows something for less is not asked about, milliseconds.
pub const DEBOUNCE_MS: u64 = 400;
/// Looks at the same moment are spread over so many milliseconds more.
const SPREAD_MS: u64 = 600;

/// A line as the shopper put it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptLine {
    /// The variant's id.
    pub item: ItemId,
    /// How many, at least one.
    pub quantity: u32,
}

/// The cart at the shop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct AtShop {
    /// The content it has, by our count.
    revision: u64,
    cart: ShopCart,
}

/// A request that may have left: its very bytes are sent again until they are answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// What it asks for.
    pub step: Step,
    /// The idempotency key.
    pub key: String,
    /// The body, JSON text.
    pub body: String,
    revision: u64,
    at_ms: i64,
}

/// What has to be asked of the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A cart of these lines.
    Create,
    /// These lines instead of those it has.
    Replace(String),
    /// No cart any more.
    Cancel(String),
}

/// Why the shop takes this content not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Refusal {
    revision: u64,
    code: String,
    content: String,
    continue_url: Option<String>,
}

/// All that is kept of one shop's cart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The shop.
    pub shop: ShopDomain,
    /// What the shopper put in, in that order.
    pub lines: Vec<KeptLine>,
    /// Discount codes.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Counts what the shopper changed.
    revision: u64,
    at_shop: Option<AtShop>,
    sending: Option<Sending>,
    refusal: Option<Refusal>,
    /// The checkout that was made of it.
    pub checkout: Option<QuoteId>,
    /// What the catalogue says of the lines, at a shop without carts.
    #[serde(default)]
    catalogue: Vec<(QuoteLine, Currency)>,
}

impl Kept {
    /// Nothing yet.
    pub fn at(shop: ShopDomain) -> Self {
        Self {
            shop,
            lines: Vec::new(),
            codes: Vec::new(),
            revision: 0,
            at_shop: None,
            sending: None,
            refusal: None,
            checkout: None,
            catalogue: Vec::new(),
        }
    }

    /// So many more of an item.
    ///
    /// # Errors
    /// `BadInput` for none, or more than a cart holds.
    pub fn add(&mut self, item: &ItemId, quantity: u32) -> Result<()> {
        let had = self.lines.iter().find(|line| line.item == *item).map_or(0, |line| line.quantity);
        let all = had.checked_add(quantity).ok_or_else(too_many)?;
        if quantity == 0 {
            return Err(Error::bad_input("at least one piece is added"));
        }
        self.set_quantity(item, all)
    }

    /// Exactly so many of an item; none takes it out.
    ///
    /// # Errors
    /// `BadInput` for more than a cart holds.
    pub fn set_quantity(&mut self, item: &ItemId, quantity: u32) -> Result<()> {
        if quantity > MAX_QUANTITY {
            return Err(too_many());
        }
        match self.lines.iter().position(|line| line.item == *item) {
            Some(at) if quantity == 0 => drop(self.lines.remove(at)),
            Some(at) if self.lines[at].quantity == quantity => return Ok(()),
            Some(at) => self.lines[at].quantity = quantity,
            None if quantity == 0 => return Ok(()),
            None if self.lines.len() >= MAX_LINES => return Err(too_many()),
            None => self.lines.push(KeptLine { item: item.clone(), quantity }),
        }
        self.changed();
        Ok(())
    }

    /// These codes instead of those before.
    ///
    /// # Errors
    /// `BadInput` for more or longer ones than any shop gives out.
    pub fn set_codes(&mut self, codes: Vec<String>) -> Result<()> {
        if codes.len() > MAX_CODES || codes.iter().any(|code| code.is_empty() || code.len() > MAX_CODE) {
            return Err(Error::bad_input(format!("at most {MAX_CODES} codes of {MAX_CODE} bytes")));
        }
        if codes != self.codes {
            self.codes = codes;
            self.changed();
        }
        Ok(())
    }

    /// Nothing is in it any more.
    pub fn clear(&mut self) {
        if !self.lines.is_empty() || !self.codes.is_empty() {
            self.lines.clear();
            self.codes.clear();
            self.changed();
        }
    }

    /// The checkout that was made of it was bought: its pieces go, what was put in since stays. Gives whether it was ours.
    pub fn bought(&mut self, checkout: &QuoteId, bought: &[QuoteLine]) -> bool {
        if self.checkout.as_ref() != Some(checkout) {
            return false;
        }
        self.checkout = None;
        for line in bought {
            if let Some(kept) = self.lines.iter_mut().find(|kept| kept.item == line.item) {
                kept.quantity = kept.quantity.saturating_sub(line.quantity);
            }
        }
        self.lines.retain(|line| line.quantity > 0);
        self.codes.clear();
        self.changed();
        true
    }

    /// What was refused is tried again.
    pub fn retry(&mut self) {
        self.refusal = None;
    }

    /// The shop's answer to a look at its copy.
    pub fn looked(&mut self, answer: Result<ShopCart>) -> Result<()> {
        match answer {
            Ok(cart) => {
                if let Some(at_shop) = self.at_shop.as_mut().filter(|known| known.cart.id == cart.id) {
                    at_shop.cart = cart;
                }
                Ok(())
            }
            Err(error) if error.is_not_found() => {
                self.at_shop = None;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn changed(&mut self) {
        self.revision += 1;
        let lines = &self.lines;
        self.catalogue.retain(|(known, _)| lines.iter().any(|line| line.item == known.item));
    }

    /// Whether there is nothing to keep and nothing to say.
    pub fn is_void(&self) -> bool {
        self.lines.is_empty()
            && self.codes.is_empty()
            && self.at_shop.is_none()
            && self.sending.is_none()
            && self.checkout.is_none()
    }

    /// The shop's own id of its copy, if that is the newest.
    pub fn shop_id(&self) -> Option<&str> {
        let at_shop = self.at_shop.as_ref()?;
        (at_shop.revision == self.revision).then_some(at_shop.cart.id.as_str())
    }

    /// The id of whatever copy the shop has.
    pub fn copy_id(&self) -> Option<&str> {
        self.at_shop.as_ref().map(|at_shop| at_shop.cart.id.as_str())
    }

    /// What has to be asked of the shop now, by its clock; none while it has the newest or has refused it.
    pub fn next(&self, shop_now_ms: i64) -> Option<Step> {
        if let Some(sending) = &self.sending {
            return Some(sending.step.clone());
        }
        let refused = self.refusal.as_ref().is_some_and(|refusal| refusal.revision == self.revision);
        let id = || self.at_shop.as_ref().map(|at_shop| at_shop.cart.id.clone());
        if self.lines.is_empty() {
            return id().map(Step::Cancel);
        }
        let expired = self.at_shop.as_ref().and_then(|at_shop| expiry(&at_shop.cart));
        if refused {
            None
        } else if self.at_shop.is_none() || expired.is_some_and(|at| at.as_ms() <= shop_now_ms) {
            Some(Step::Create)
        } else if self.shop_id().is_none() {
            id().map(Step::Replace)
        } else {
            None
        }
    }

    /// The request for what is next: one that may have left already, while its key is good, else a new one under `key`.
    pub fn send(
        &mut self,
        shop_now_ms: i64,
        wall_ms: i64,
        key: String,
        context: Context,
        discounts: bool,
    ) -> Option<Sending> {
        if let Some(sending) = &self.sending {
            // A clock that was set back proves nothing.
            if (0..KEY_LIFE_MS).contains(&wall_ms.saturating_sub(sending.at_ms)) {
                return Some(sending.clone());
            }
            self.sending = None;
        }
        let step = self.next(shop_now_ms)?;
        let body = match &step {
            Step::Cancel(_) => "{}".to_owned(),
            Step::Create => crate::api::to_json(&self.request(None, context, discounts)),
            Step::Replace(id) => crate::api::to_json(&self.request(Some(id.clone()), context, discounts)),
        };
        let sending = Sending { step, key, body, revision: self.revision, at_ms: wall_ms };
        self.sending = Some(sending.clone());
        Some(sending)
    }

    fn request(&self, id: Option<String>, context: Context, discounts: bool) -> CartRequest {
        let known = self.at_shop.as_ref().filter(|_| id.is_some()).map(|at_shop| &at_shop.cart.line_items);
        let line = |kept: &KeptLine| {
            let same = known.and_then(|lines| lines.iter().find(|line| line.item.id == kept.item.as_str()));
            let request = LineRequest::new(kept.item.as_str(), kept.quantity);
            LineRequest { id: same.map(|line| line.id.clone()), ..request }
        };
        CartRequest {
            id,
            line_items: self.lines.iter().map(line).collect(),
            context: Some(context),
            discounts: discounts.then(|| DiscountCodes { codes: self.codes.clone() }),
            ..CartRequest::default()
        }
    }

    /// What the shop said to a request. An error is given back where the same bytes are to be sent again.
    ///
    /// # Errors
    /// That of the answer, if it is retryable.
    pub fn answered(&mut self, sent: &Sending, answer: Result<ShopCart>) -> Result<()> {
        if self.sending.as_ref().is_some_and(|sending| sending.key != sent.key) {
            return Ok(());
        }
        match answer {
            Err(error) if error.is_retryable() => return Err(error),
            Ok(cart) => {
                self.refusal = None;
                let made = !matches!(sent.step, Step::Cancel(_));
                self.at_shop = made.then_some(AtShop { revision: sent.revision, cart });
            }
            // Whatever it says, a cart that is to go is not asked for again.
            Err(_) if matches!(sent.step, Step::Cancel(_)) => self.at_shop = None,
            Err(error) if matches!(sent.step, Step::Replace(_)) && error.is_not_found() => {
                self.at_shop = None;
            }
            Err(error) => self.refusal = Some(Refusal::of(sent.revision, error)),
        }
        self.sending = None;
        Ok(())
    }

    /// Why the shop does not take what is in it, if so.
    pub fn refused(&self) -> Option<Error> {
        let refusal = self.refusal.as_ref().filter(|refusal| refusal.revision == self.revision)?;
        Some(Error::Refused {
            code: refusal.code.clone(),
            content: refusal.content.clone(),
            continue_url: refusal.continue_url.clone(),
        })
    }

    /// Lines that the catalogue has not been asked about.
    pub fn unpriced(&self) -> Vec<ItemId> {
        let known = |item: &ItemId| self.catalogue.iter().any(|(line, _)| line.item == *item);
        self.lines.iter().filter(|line| !known(&line.item)).map(|line| line.item.clone()).collect()
    }

    /// What the catalogue says of one line.
    pub fn priced(&mut self, line: QuoteLine, currency: Currency) {
        self.catalogue.retain(|(known, _)| known.item != line.item);
        self.catalogue.push((line, currency));
    }

    /// What a screen shows. `has_carts`: whether the shop has, as far as known; `trouble`: why the last try failed.
    pub fn view(&self, has_carts: bool, trouble: Option<&str>) -> Cart {
        let cart = self.at_shop.as_ref().map(|at_shop| &at_shop.cart);
        let current = cart.filter(|_| self.shop_id().is_some());
        let estimate = match current {
            Some(cart) => estimate(cart),
            None => self.by_catalogue(),
        };
        let state = match self.refused() {
            _ if self.lines.is_empty() => CartState::Empty,
            Some(Error::Refused { code, content, .. }) => CartState::Refused { code, content },
            _ if current.is_some() => CartState::Estimated,
            _ if !has_carts => CartState::OnDevice,
            _ => CartState::Waiting { trouble: trouble.map(str::to_owned) },
        };
        let refused_url = self.refusal.as_ref().and_then(|refusal| refusal.continue_url.clone());
        Cart {
            shop: self.shop.clone(),
            lines: self.lines.iter().enumerate().map(|(at, line)| self.line(at, line, cart)).collect(),
            codes: self.codes.clone(),
            state,
            estimate,
            notices: current
                .map(|cart| cart.messages.iter().map(quote::notice).collect())
                .unwrap_or_default(),
            links: current.map(|cart| cart.links.iter().map(quote::link).collect()).unwrap_or_default(),
            continue_url: current.and_then(|cart| cart.continue_url.clone()).or(refused_url),
            expires_at: current.and_then(expiry),
        }
    }

    fn line(&self, at: usize, kept: &KeptLine, cart: Option<&ShopCart>) -> CartLine {
        let same = |item: &str| item == kept.item.as_str();
        let answered = cart.and_then(|cart| cart.line_items.iter().find(|line| same(&line.item.id)));
        let priced = self.catalogue.iter().map(|(line, _)| line).find(|line| line.item == kept.item);
        let stated = answered.and_then(|line| {
            line.totals.iter().find(|total| total.kind == TotalKind::Total).map(|total| total.amount)
        });
        let current = cart.filter(|_| self.shop_id().is_some());
        CartLine {
            item: kept.item.clone(),
            quantity: kept.quantity,
            title: answered.map(|line| line.item.title.clone()).or(priced.map(|line| line.title.clone())),
            price: answered.map(|line| line.item.price).or(priced.map(|line| line.price)),
            image_url: answered
                .and_then(|line| line.item.image_url.clone())
                .or(priced.and_then(|line| line.image_url.clone())),
            amount: stated.filter(|_| current.is_some()),
            trouble: current.and_then(|cart| trouble(cart, &self.lines, at)),
        }
    }

    /// The catalogue's prices added up: none unless all lines have one, in one currency.
    fn by_catalogue(&self) -> Option<Estimate> {
        let mut sum: Option<Money> = None;
        for kept in &self.lines {
            let (line, currency) = self.catalogue.iter().find(|(line, _)| line.item == kept.item)?;
            let money = Money::new(line.price.checked_mul(i64::from(kept.quantity))?, *currency);
            sum = Some(match sum {
                None => money,
                Some(sum) => sum.checked_add(money)?,
            });
        }
        sum.map(Estimate::of_catalogue)
    }
}

impl Refusal {
    fn of(revision: u64, error: Error) -> Self {
        match error {
            Error::Refused { code, content, continue_url } => Self { revision, code, content, continue_url },
            other => Self {
                revision,
                code: other.code().to_owned(),
                content: other.to_string(),
                continue_url: None,
            },
        }
    }
}

/// What a shop's cart comes to. None unless its currency is one and it has exactly one total (UCP checkout, Totals).
pub fn estimate(cart: &ShopCart) -> Option<Estimate> {
    let currency: Currency = cart.currency.parse().ok()?;
    let mut totals = cart.totals.iter().filter(|total| total.kind == TotalKind::Total);
    let (Some(stated), None) = (totals.next(), totals.next()) else { return None };
    let has = |kind: &TotalKind| cart.totals.iter().any(|total| total.kind == *kind);
    Some(Estimate {
        basis: Basis::Shop,
        total: Money::new(stated.amount, currency),
        includes_delivery: has(&TotalKind::Fulfillment),
        includes_tax: has(&TotalKind::Tax),
        totals: cart.totals.iter().map(quote::total).collect(),
        totals_problem: total::verify(&cart.totals).err().map(|problem| problem.to_string()),
    })
}

/// What is the matter with a line. Shops count what they say of lines that they left out by what was sent, and the rest by
/// what they answered.
fn trouble(cart: &ShopCart, sent: &[KeptLine], at: usize) -> Option<LineTrouble> {
    let kept = &sent[at];
    let place_of =
        |kept: &KeptLine| cart.line_items.iter().position(|line| line.item.id == kept.item.as_str());
    let about = |at: usize| {
        let path = format!("$.line_items[{at}]");
        let names = move |message: &&Message| {
            let rest = message.path.as_deref().and_then(|whole| whole.strip_prefix(&path));
            message.is_error() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        cart.messages.iter().filter(names)
    };
    let Some(place) = place_of(kept) else {
        let left_out = |message: &&Message| {
            message.has_code(code::OUT_OF_STOCK) || message.has_code(code::ITEM_UNAVAILABLE)
        };
        let said = about(at).next().or_else(|| cart.messages.iter().find(left_out));
        return Some(said.map_or(LineTrouble::Unavailable { content: String::new() }, LineTrouble::of));
    };
    // The first that names this place is about the line that was sent there, if that one was left out.
    let others = sent.get(place).is_some_and(|other| place_of(other).is_none());
    let answered = cart.line_items[place].quantity;
    let quantity = (answered != kept.quantity).then_some(LineTrouble::Quantity { answered });
    about(place).nth(usize::from(others)).map(LineTrouble::of).or(quantity)
}

/// A cart without an expiry lives as long as the shop likes.
fn expiry(cart: &ShopCart) -> Option<Timestamp> {
    let at: jiff::Timestamp = cart.expires_at.as_ref()?.parse().ok()?;
    Some(Timestamp(at.as_millisecond()))
}

fn too_many() -> Error {
    Error::bad_input(format!("a cart holds {MAX_LINES} lines of {MAX_QUANTITY} pieces"))
}

/// How long to wait before the shop is asked what something on the screen comes to, milliseconds; none if not at all.
///
/// Somebody who opens a product's page is alone: a moment, so that scrolling past asks nothing, and a little chance. What
/// is pinned is looked at by all viewers of the room at once: each draws its turn as for a quote prepared early, and where
/// the shop says nothing of that, it is not asked.
pub fn turn_ms(pinned: Option<(u64, EarlyTerms)>, random: u64) -> Option<u64> {
    match pinned {
        None => Some(DEBOUNCE_MS + crate::backoff::scale(random, SPREAD_MS)),
        Some((viewers, terms)) => terms.delay_ms(viewers, random).map(|turn| turn + DEBOUNCE_MS),
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
