//! The core's records as values, by the README's rules. Records are taken apart in full, so that a new field of the core
//! is a new field here.

use nightmarket::{Currency, Error, Money, Timestamp, VenueInfo, VouchedShop};
use nightmarket::{
    boxes, cart, chat, drops, fans, feed, ids, live, offers, orders, purchase, push, returns, wire,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Can be turned into a value.
pub trait Shown {
    /// As JSON.
    fn shown(&self) -> Value;
}

/// `NotUnderThreshold` as `not_under_threshold`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// A variant: its name, or its name with its one field, or with all of them.
fn variant(name: &str, mut fields: Vec<(&str, Value)>) -> Value {
    let name = snake(name);
    match fields.len() {
        0 => name.into(),
        1 => json!({ name: fields.remove(0).1 }),
        _ => {
            json!({ name: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Value>() })
        }
    }
}

macro_rules! records {
    ($($type:path { $($field:ident),+ $(,)? })+) => {$(
        impl Shown for $type {
            fn shown(&self) -> Value {
                let Self { $($field),+ } = self;
                [$((stringify!($field).to_owned(), $field.shown())),+].into_iter().collect()
            }
        }
    )+};
}

macro_rules! variants {
    ($($type:path { $($name:ident $(($one:ident))? $({ $($field:ident),+ })?),+ })+) => {$(
        impl Shown for $type {
            fn shown(&self) -> Value {
                match self {
                    $(Self::$name $(($one))? $({ $($field),+ })? => variant(
                        stringify!($name),
                        vec![$((stringify!($one), $one.shown()))? $($((stringify!($field), $field.shown())),+)?],
                    ),)+
                }
            }
        }
    )+};
}

macro_rules! plain {
    ($($type:ty),+) => {$(
        impl Shown for $type {
            fn shown(&self) -> Value {
                (*self).into()
            }
        }
    )+};
}

macro_rules! texts {
    ($($type:ty),+ $(,)?) => {$(
        impl Shown for $type {
            fn shown(&self) -> Value {
                self.as_str().into()
            }
        }
    )+};
}

plain! { bool, u16, u32, u64, i16, i64 }

texts! {
    String, Currency, returns::ReturnRef, ids::ShopDomain, ids::ShopperId, ids::PostId, ids::HostId, ids::RoomId, ids::LineId,
    ids::ClientId, ids::ItemId, ids::PinId, ids::DealId, ids::OfferId, ids::QuoteId, ids::PurchaseId, ids::OrderId,
    ids::ReturnId, ids::SlotId, ids::DropId, ids::GroupId, ids::BoxId, ids::OpeningId, ids::DrawId,
}

impl Shown for () {
    fn shown(&self) -> Value {
        Value::Null
    }
}

impl<T: Shown> Shown for Option<T> {
    fn shown(&self) -> Value {
        self.as_ref().map_or(Value::Null, Shown::shown)
    }
}

impl<T: Shown> Shown for Vec<T> {
    fn shown(&self) -> Value {
        self.iter().map(Shown::shown).collect()
    }
}

impl<T: Shown> Shown for Arc<T> {
    fn shown(&self) -> Value {
        (**self).shown()
    }
}

impl<T: Shown> Shown for BTreeMap<Currency, T> {
    fn shown(&self) -> Value {
        self.iter().map(|(currency, value)| (currency.to_string(), value.shown())).collect()
    }
}

/// A label and its amount, as in the parts of a total.
impl Shown for (String, i64) {
    fn shown(&self) -> Value {
        json!({ "label": self.0, "amount": self.1 })
    }
}

impl Shown for Timestamp {
    fn shown(&self) -> Value {
        self.as_ms().into()
    }
}

impl Shown for Error {
    fn shown(&self) -> Value {
        let details = match self {
            Self::BadAddress { reason }
            | Self::BadInput { reason }
            | Self::LedgerDamaged { reason }
            | Self::Storage { reason }
            | Self::Internal { reason } => json!({ "reason": reason }),
            Self::Unreachable { who, reason }
            | Self::NoAnswer { who, reason }
            | Self::Tls { who, reason }
            | Self::NotUcp { who, reason } => json!({ "who": who, "reason": reason }),
            Self::UnsupportedVersion { who, offered, spoken } => {
                json!({ "who": who, "offered": offered, "spoken": spoken })
            }
            Self::NotOffered { capability } => json!({ "capability": capability }),
            Self::SignInNeeded { who, challenge } => json!({ "who": who, "challenge": challenge }),
            Self::Forbidden { who } => json!({ "who": who }),
            Self::NotFound { what } | Self::Unsettled { what } => json!({ "what": what }),
            Self::Refused { code, content, continue_url } => {
                json!({ "code": code, "content": content, "continue_url": continue_url })
            }
            Self::SlowDown { who, retry_after_ms } => json!({ "who": who, "retry_after_ms": retry_after_ms }),
            Self::Server { who, status } => json!({ "who": who, "status": status }),
            Self::Malformed { what, reason } | Self::NotGenuine { what, reason } => {
                json!({ "what": what, "reason": reason })
            }
            Self::ChannelStopped { code, reason } => json!({ "code": code, "reason": reason }),
            Self::Host { provider, reason } => json!({ "provider": provider, "reason": reason }),
            Self::Offline | Self::ChannelUnknown | Self::Closed | Self::Canceled => json!({}),
        };
        let remedy = snake(&format!("{:?}", self.remedy()));
        json!({
            "code": self.code(), "is_retryable": self.is_retryable(), "remedy": remedy, "details": details,
        })
    }
}

/// Of a quote all that a journey can ask; where it goes stays with the shopper.
impl Shown for purchase::Quote {
    fn shown(&self) -> Value {
        json!({
            "key": self.key.shown(), "lines": self.lines.shown(), "currency": self.currency.shown(),
            "totals": self.totals.shown(), "total": self.total.shown(), "totals_problem": self.totals_problem,
            "delivery": self.delivery.shown(), "payment": self.payment.shown(), "notices": self.notices.shown(),
            "links": self.links.shown(), "consents": self.consents.shown(), "standing": self.standing.shown(), "continue_url": self.continue_url,
            "expires_at": self.expires_at.shown(), "answered_at": self.answered_at.shown(), "bound": self.bound,
            "bindable": self.bindable, "one_tap_max": self.one_tap_max.shown(), "digest": self.digest,
            "subscription": self.subscription, "blind_box": self.blind_box, "variant_open": self.variant_open,
        })
    }
}

impl Shown for orders::OrderView {
    fn shown(&self) -> Value {
        let Self { shop, id, order: _, stage, problem } = self;
        json!({ "shop": shop.shown(), "id": id.shown(), "stage": stage.shown(), "problem": problem.shown() })
    }
}

records! {
    Money { minor, currency }
    VenueInfo { name, shops, capabilities }
    VouchedShop { domain, name }
    wire::Host { id, name, avatar_url }
    wire::Product { shop, item, title, price, image_url }
    wire::Media { kind, url, width, height, alt }
    feed::Post { id, host, text, media, products, teaser, live, posted_at }
    feed::LiveBadge { room_id, viewers }
    live::RoomState { id, title, host, status, cohosts, hls_url, replay_url, moved_to, latency_ms, schedule, stats, hearts, pin, deals, openings, as_of }
    live::RoomLink { room, entry, moment }
    live::ScheduledTime { starts_at, ends_at, title }
    live::Stats { viewers, likes }
    live::Pin { id, shop, item, title, price, image_url, moment }
    live::Deal { id, shop, item, kind, price, code, ends_at, title }
    live::Opening { id, box_id, state, position, moment, content }
    live::OpenedContent { item, title, image_url }
    chat::Line { id, client_id, from, own, text, display, translation, moment, spot, reply_to, quote, mentions, mentions_me, reactions, at, state }
    chat::Reaction { reaction, count, own }
    chat::Quote { id, from, text }
    chat::Author { id, name }
    chat::Spot { x, y }
    offers::Offer { id, state, room, line_id, received_at, terms }
    offers::OfferTerms { shop, item, title, price, photo, serial, moment, expires_at, expires_here }
    cart::Cart { shop, lines, codes, state, estimate, notices, links, continue_url, expires_at }
    cart::CartLine { item, quantity, title, price, image_url, amount, trouble }
    cart::Estimate { basis, total, includes_delivery, includes_tax, totals, totals_problem }
    purchase::Quoted { quote, decision }
    purchase::EarlyQuote { room, pin, quoted }
    purchase::QuoteKey { shop, id }
    purchase::quote::QuoteLine { id, item, title, quantity, price, image_url }
    purchase::quote::QuoteTotal { kind, label, amount, parts }
    purchase::quote::Notice { kind, code, content, markdown, disclosure, path, image_url, url }
    purchase::quote::QuoteLink { kind, url, title }
    purchase::QuoteConsent { kind, answer, in_force }
    purchase::quote::Delivery { method, group, lines, options, selected }
    purchase::quote::DeliveryChoice { id, title, description, price }
    purchase::quote::Payment { handler, handler_name, instrument, label, silent, kind, config }
    purchase::PurchaseView { id, quote, lines, total, confirmed, state, acknowledged, tapped_ms, changed_ms }
    purchase::Order { id, label, permalink_url, total }
    purchase::Policy { thresholds, caps, quiet, pause }
    purchase::Caps { day, week, day_count, week_count }
    purchase::QuietHours { from, to, utc_offset }
    purchase::AuditEntry { place, at_ms, kind, purchase, body }
    orders::OrderEntry { shop, id, checkout_id, placed_at, title, image_url, total, stage }
    returns::Returnable { now, lines }
    returns::ReturnableLine { line_id, delivered, returned, open, until, kind, reasons, refund, digital }
    returns::DigitalRule { rule, access_until, sessions }
    returns::Session { starts_at, ends_at, attended }
    returns::ReturnView {
        id, shop, order, return_id, created_at, request, pickup, money, lines, can_cancel, is_settled, contradiction,
        problem,
    }
    returns::ReturnLine { line_id, quantity, reason }
    returns::Pickup { state, slots, slot, held_until, deadline, courier, code, receipt, custody_passed }
    returns::Slot { id, from, to, unpacked, fee }
    returns::Courier { label, eta }
    returns::Receipt { id, at, items }
    returns::Taken { line_id, quantity }
    returns::Paid { state, due, refunded, is_final }
    drops::Drop {
        id, title, host, room_id, teaser, opens_at, early_opens_at, group_id, products, status, reminder,
    }
    drops::Reminded { drop, kind, opens_at }
    fans::Group { id, name, host, member, member_count }
    fans::MembershipProof { group, shop, jws, expires_at }
    boxes::BlindBox { shop, id, kind, item, odds, pity, age, stock }
    boxes::Chance { content, title, weight }
    boxes::Pity { after, content }
    boxes::AgeRule { min, consent_under }
    boxes::Stock { snapshot_id, remaining }
    boxes::Remaining { content, count }
    boxes::BoughtBox { shop, order, box_id, number }
    boxes::Content { item, title, image_url }
    boxes::Opening { bought, id, state, position, moment, content }
    boxes::Draw { bought, attempt, id, nonce, state, evidence }
    boxes::Evidence { commitment, proof, binding, client_seed, server_seed }
    boxes::Collected { bought, content, how }
}

variants! {
    live::Entry { Post(id), Link, Reminder(drop), Push, Next }
    push::PushTarget { Room { link }, Drop { drop, room }, Order { shop, order }, Return { shop, returned }, Group { group } }
    push::PushIgnored { TooLong, Unreadable, NotYours, UnknownKind { kind }, Untrusted }
    push::PushOutcome { Go { to }, Over { to }, NotSeen { to, code }, Ignored { why } }
    live::RoomStatus { Scheduled, Live, Ended, Other(word) }
    chat::LineState { Sending, Sent, Held, Deleted, Failed { code }, Other(word) }
    offers::OfferState { Unchecked, Valid, Expired, Used, Forged { reason }, NotYours, NotSoldHere }
    cart::CartState { Empty, Waiting { trouble }, Estimated, Refused { code, content }, OnDevice }
    cart::LineTrouble { OutOfStock { content }, Unavailable { content }, Quantity { answered }, Other { code, content } }
    cart::Basis { Shop, Catalogue }
    purchase::quote::Standing { Ready, NotReady { code, content }, Escalated, Over }
    purchase::ConsentKind { Analytics, Preferences, Marketing, SaleOfData }
    purchase::Decision { OneTap, Confirm(reasons), Refuse(reasons) }
    purchase::TapResult { Started(id), Confirm(reasons), Refused(reasons) }
    purchase::NotSent { Deadline, Restarted, Unsendable }
    purchase::Pause { Off, Until(end), UntilResumed }
    purchase::State {
        Tapped, Sending, Processing, Placed(order), PlacedDifferently(order), Declined { code, content },
        NeedsBuyer { continue_url, returned }, Abandoning { continue_url }, Abandoned, NotSent(why), Withdrawing, Unknown, Reconciling,
        Superseded, CancelRequested(order), Canceled(order), TooLate { order, code }
    }
    purchase::Reason {
        ThresholdOff, OtherCurrency { currency }, NotUnderThreshold { threshold }, TotalsWrong { problem },
        DayAmount { cap }, WeekAmount { cap }, DayCount { cap }, WeekCount { cap }, ShopLimit { max }, NewAddress,
        NewInstrument, NewDevice, UnknownShop, NoDeliveryRemembered, InstrumentAsks, Subscription, AgeRestricted,
        GuardianNeeded { under }, Disclosure { content }, SameItemAgain, QuietHours, Paused, PlacedDifferentlyBefore, DrawFailedBefore,
        NotBindable, NotRendered { what }, OddsNotShown, VariantOpen, Escalation { continue_url }, TotalMissing,
        ShownTooBriefly { shown_ms }, Replaced, AlreadyTapped, Expired, Stale, NotReady { reason, content },
        NoInstrument, Offline, UnderAge { min }
    }
    orders::Stage {
        Processing, OnTheWay, FailedAttempt, PartlyDelivered, Delivered, Undeliverable, Canceled, Returned
    }
    orders::Undo { Here { deadline, left_ms, cancelable }, AtShop { permalink_url } }
    returns::LineKind { Goods, Digital, Other(word) }
    returns::Request {
        Submitting, Unknown, NotMade { code, content }, AtShop, Requested, NeedsReview, Approved, Declined { reason },
        Closed, Canceled, Expired, Other(word)
    }
    returns::PickupState {
        SlotsOffered, SlotHeld, Booked, CourierAssigned, EnRoute, Arrived, HandedOver, InTransit, Received, Inspected,
        CustomerNoShow, CourierNoShow, Refused, Lost, DropOff, KeepItem, Other(word)
    }
    returns::MoneyState { None, Quoted, Provisional, Pending, Refunded, Failed, ReversalProposed, Other(word) }
    returns::Contradiction { Request, Parcel, NoShow, Money, Lines }
    drops::DropStatus { Announced, Open, Closed, Moved, Other(word) }
    drops::Reminder { Off, On { fires_at }, Refused { code } }
    drops::ReminderKind { Due, Moved, Early, Other(word) }
    boxes::BoxKind { OpenedOnAir, Digital, Other(word) }
    boxes::OpeningState { Queued, Opening, Opened, Other(word) }
    boxes::DrawState { Asked, Committed, SeedGiven, Overdue, Verified { content }, Failed { reason }, Expired }
    boxes::DrawFailure {
        BindingDiffers { what }, OddsDiffer, ProofNotGenuine { reason }, NonceGap { missing }, NonceReused,
        PityDiffers { expected, got }, CommitmentChanged, SeedNotCommitted, SeedReplaced, NonceDiffers,
        OutcomeDiffers { claimed, computed }, ExpiredThoughGiven, NeverRevealed
    }
    boxes::Came { OnAir { opening, moment }, Drawn { draw } }
}
