//! The one decision: does this tap buy, must it be confirmed, or is it refused. Pure: policy, ledger, quote and
//! context in, a typed answer out (design, one tap).

use nightmarket_ucp::consent::Consent;
use serde::{Deserialize, Serialize};

use super::consents::QuoteConsent;
use super::policy::{DAY_MS, Policy, Spent, WEEK_MS, tally};
use super::quote::{Quote, Rendered, Standing};
use crate::boxes::{AgeRule, AgeVerdict};
use crate::host::DeclaredAge;
use crate::money::{Currency, Money};

/// A tap on something shown for less than this buys nothing, milliseconds.
pub const MIN_SHOWN_MS: u64 = 500;
/// Without `bound_complete` a quote is good for this long after the shop's last answer, milliseconds.
pub const UNBOUND_LIFE_MS: i64 = 60_000;
/// The same item again within this is confirmed, milliseconds.
pub const REPEAT_MS: i64 = 60_000;

/// What becomes of a tap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It buys.
    OneTap,
    /// It buys after the shopper confirmed this very quote; see [`Decision::may_be_confirmed`].
    Confirm(Vec<Reason>),
    /// It buys nothing.
    Refuse(Vec<Reason>),
}

impl Decision {
    /// Why it is not simply bought.
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::OneTap => &[],
            Self::Confirm(reasons) | Self::Refuse(reasons) => reasons,
        }
    }

    /// Whether confirming is enough. If not, something has to be shown, chosen or done elsewhere first.
    pub fn may_be_confirmed(&self) -> bool {
        match self {
            Self::OneTap => true,
            Self::Confirm(reasons) => reasons.iter().all(|reason| reason.weight() == Weight::Confirms),
            Self::Refuse(_) => false,
        }
    }
}

/// What a reason weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// A confirmation settles it.
    Confirms,
    /// Something has to be shown, chosen or done first.
    NeedsMore,
    /// This gesture buys nothing.
    Refuses,
}

/// Why a tap alone does not buy. Codes are stable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "code")]
#[expect(missing_docs, reason = "fields say what they are; each variant is explained")]
pub enum Reason {
    /// The shopper has set no threshold in any currency.
    ThresholdOff,
    /// The quote is in a currency that has no threshold.
    OtherCurrency { currency: Currency },
    /// The total is not strictly under the threshold.
    NotUnderThreshold { threshold: Money },
    /// The totals do not add up, or make no sense.
    TotalsWrong { problem: String },
    /// The day's spending would pass its cap.
    DayAmount { cap: Money },
    /// The week's spending would pass its cap.
    WeekAmount { cap: Money },
    /// The day's number of purchases would pass its cap.
    DayCount { cap: u32 },
    /// The week's number of purchases would pass its cap.
    WeekCount { cap: u32 },
    /// The shop wants a confirmation from this amount on.
    ShopLimit { max: Money },
    /// Nothing was sent to this address before.
    NewAddress,
    /// Nothing was paid with this instrument before.
    NewInstrument,
    /// Nothing was bought on this device before.
    NewDevice,
    /// The venue does not vouch for the shop, and the shopper has not bought there.
    UnknownShop,
    /// No delivery choice is remembered for this shop, or another one is chosen now.
    NoDeliveryRemembered,
    /// The instrument shows a sheet of its own.
    InstrumentAsks,
    /// It is a subscription.
    Subscription,
    /// It is for people above an age, and the app has not declared that the shopper is; or the shop does not say which.
    AgeRestricted,
    /// A guardian has to consent to what somebody this young buys: the app declares it, no confirmation replaces it.
    GuardianNeeded { under: u32 },
    /// The shop discloses something that has to be read.
    Disclosure { content: String },
    /// The same item was bought within the last minute.
    SameItemAgain,
    /// These are quiet hours.
    QuietHours,
    /// One tap is paused.
    Paused,
    /// An order at this shop once had another total than agreed.
    PlacedDifferentlyBefore,
    /// A draw of this shop once failed its verification.
    DrawFailedBefore,
    /// The quote holds what cannot be bound exactly; it is sent without the binding.
    NotBindable,
    /// Something of the quote was not reported as shown: "totals", "notices", "links".
    NotRendered { what: String },
    /// The odds of the blind box were not shown.
    OddsNotShown,
    /// A variant has to be chosen first.
    VariantOpen,
    /// The shopper has to go on in a browser.
    Escalation { continue_url: Option<String> },
    /// There is no single total.
    TotalMissing,
    /// It was under the finger for less than half a second.
    ShownTooBriefly { shown_ms: u64 },
    /// What was under the finger is not the quote as it is now.
    Replaced,
    /// This quote was bought already, or its outcome is not known yet.
    AlreadyTapped,
    /// The quote is over.
    Expired,
    /// The shop's last answer is too old, or the shop has not been told yet what the shopper answered it: quote again.
    Stale,
    /// The shop says that something is missing, or that it will not sell.
    NotReady { reason: String, content: String },
    /// No instrument of the app fits a handler of the shop.
    NoInstrument,
    /// There is no network.
    Offline,
    /// It is not sold to somebody this young.
    UnderAge { min: u32 },
}

impl Reason {
    /// What it weighs.
    pub fn weight(&self) -> Weight {
        match self {
            Self::NotRendered { .. }
            | Self::GuardianNeeded { .. }
            | Self::OddsNotShown
            | Self::VariantOpen
            | Self::Escalation { .. }
            | Self::TotalMissing => Weight::NeedsMore,
            Self::ShownTooBriefly { .. }
            | Self::Replaced
            | Self::AlreadyTapped
            | Self::Expired
            | Self::Stale
            | Self::NotReady { .. }
            | Self::NoInstrument
            | Self::Offline
            | Self::UnderAge { .. } => Weight::Refuses,
            _ => Weight::Confirms,
        }
    }

    /// A code that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ThresholdOff => "threshold_off",
            Self::OtherCurrency { .. } => "other_currency",
            Self::NotUnderThreshold { .. } => "not_under_threshold",
            Self::TotalsWrong { .. } => "totals_wrong",
            Self::DayAmount { .. } => "day_amount",
            Self::WeekAmount { .. } => "week_amount",
            Self::DayCount { .. } => "day_count",
            Self::WeekCount { .. } => "week_count",
            Self::ShopLimit { .. } => "shop_limit",
            Self::NewAddress => "new_address",
            Self::NewInstrument => "new_instrument",
            Self::NewDevice => "new_device",
            Self::UnknownShop => "unknown_shop",
            Self::NoDeliveryRemembered => "no_delivery_remembered",
            Self::InstrumentAsks => "instrument_asks",
            Self::Subscription => "subscription",
            Self::AgeRestricted => "age_restricted",
            Self::GuardianNeeded { .. } => "guardian_needed",
            Self::Disclosure { .. } => "disclosure",
            Self::SameItemAgain => "same_item_again",
            Self::QuietHours => "quiet_hours",
            Self::Paused => "paused",
            Self::PlacedDifferentlyBefore => "placed_differently_before",
            Self::DrawFailedBefore => "draw_failed_before",
            Self::NotBindable => "not_bindable",
            Self::NotRendered { .. } => "not_rendered",
            Self::OddsNotShown => "odds_not_shown",
            Self::VariantOpen => "variant_open",
            Self::Escalation { .. } => "escalation",
            Self::TotalMissing => "total_missing",
            Self::ShownTooBriefly { .. } => "shown_too_briefly",
            Self::Replaced => "replaced",
            Self::AlreadyTapped => "already_tapped",
            Self::Expired => "expired",
            Self::Stale => "stale",
            Self::NotReady { .. } => "not_ready",
            Self::NoInstrument => "no_instrument",
            Self::Offline => "offline",
            Self::UnderAge { .. } => "under_age",
        }
    }
}

/// What the ledger knows that matters to one quote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact of the ledger")]
pub struct LedgerView {
    /// The highest time the ledger has seen, now included; milliseconds.
    pub seen_ms: i64,
    /// What was spent or is reserved in the last seven days.
    pub spent: Vec<Spent>,
    /// A purchase of this quote was placed, or is not settled.
    pub quote_taken: bool,
    /// When one of the items was last bought here, milliseconds.
    pub item_last_bought_ms: Option<i64>,
    /// Something was bought at this shop before.
    pub shop_known: bool,
    /// Something was sent to this address before.
    pub address_known: bool,
    /// Something was paid with this instrument before.
    pub instrument_known: bool,
    /// Something was bought on this device before.
    pub device_known: bool,
    /// The delivery options remembered for this shop, joined by commas.
    pub delivery: Option<String>,
    /// An order at this shop once had another total than agreed.
    pub placed_differently: bool,
    /// What the shopper answered this shop, which asks for consent.
    pub consents: Consent,
}

/// What is decided about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gesture {
    /// Nothing was tapped: what would become of a tap on a screen that shows everything?
    Preview,
    /// The button was tapped.
    Tap {
        /// Digest of what was under the finger.
        digest: String,
        /// For how long it had been shown, milliseconds.
        shown_ms: u64,
    },
    /// The quote was confirmed on a screen of its own.
    Confirm {
        /// Digest of what was on the screen.
        digest: String,
    },
}

/// The circumstances of a gesture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The shop's clock, milliseconds.
    pub shop_now_ms: i64,
    /// The clock on the wall, milliseconds; for quiet hours only.
    pub wall_ms: i64,
    /// Whether there is a network.
    pub online: bool,
    /// Whether the venue vouches for the shop.
    pub vouched: bool,
    /// Whether a draw of the shop once failed its verification.
    pub draw_failed: bool,
    /// The shopper's age, as far as the host app declares it.
    pub age: Option<DeclaredAge>,
    /// Whom the boxes among the lines may be sold to, as their shop last described them.
    pub box_ages: Vec<AgeRule>,
    /// What the screen reported to have shown of this very quote.
    pub rendered: Option<Rendered>,
    /// The gesture.
    pub gesture: Gesture,
}

/// Decides. Refusals come alone; else every reason to confirm is given.
pub fn decide(policy: &Policy, ledger: &LedgerView, quote: &Quote, context: &Context) -> Decision {
    let mut reasons = Vec::new();
    gesture(quote, context, &mut reasons);
    session(ledger, quote, context, &mut reasons);
    under_age(quote, context, &mut reasons);
    if !reasons.is_empty() {
        return Decision::Refuse(reasons);
    }
    amount(policy, quote, &mut reasons);
    spending(policy, ledger, quote, &mut reasons);
    guard(policy, ledger, context, &mut reasons);
    familiar(ledger, quote, context, &mut reasons);
    nature(quote, &mut reasons);
    old_enough(quote, context, &mut reasons);
    shown(quote, context, &mut reasons);
    if reasons.is_empty() { Decision::OneTap } else { Decision::Confirm(reasons) }
}

/// Rule 6: what was under the finger, and for how long.
fn gesture(quote: &Quote, context: &Context, reasons: &mut Vec<Reason>) {
    let digest = match &context.gesture {
        Gesture::Preview => return,
        Gesture::Tap { digest, shown_ms } => {
            if *shown_ms < MIN_SHOWN_MS {
                reasons.push(Reason::ShownTooBriefly { shown_ms: *shown_ms });
            }
            digest
        }
        Gesture::Confirm { digest } => digest,
    };
    if *digest != quote.digest {
        reasons.push(Reason::Replaced);
    }
}

/// Whether there is anything to buy: rules 4 and 8, the session's own word, and whether it has the shopper's.
fn session(ledger: &LedgerView, quote: &Quote, context: &Context, reasons: &mut Vec<Reason>) {
    if !context.online {
        reasons.push(Reason::Offline);
    }
    if ledger.quote_taken || quote.standing == Standing::Over {
        reasons.push(Reason::AlreadyTapped);
    }
    if context.shop_now_ms >= quote.expires_at.as_ms() {
        reasons.push(Reason::Expired);
    }
    let age = context.shop_now_ms.saturating_sub(quote.answered_at.as_ms());
    let untold = |question: &QuoteConsent| {
        ledger.consents.get(question.kind).is_some_and(|answer| question.answer != Some(answer))
    };
    if (!quote.bound && age > UNBOUND_LIFE_MS) || quote.consents.iter().any(untold) {
        reasons.push(Reason::Stale);
    }
    if let Standing::NotReady { code, content } = &quote.standing {
        reasons.push(Reason::NotReady { reason: code.clone(), content: content.clone() });
    }
    if quote.payment.is_none() {
        reasons.push(Reason::NoInstrument);
    }
}

/// Rules 1 and 2: the exact total, strictly under the threshold of its own currency.
fn amount(policy: &Policy, quote: &Quote, reasons: &mut Vec<Reason>) {
    let threshold = policy.thresholds.get(&quote.currency).copied();
    match (threshold, quote.total) {
        (None, _) if policy.thresholds.is_empty() => reasons.push(Reason::ThresholdOff),
        (None, _) => reasons.push(Reason::OtherCurrency { currency: quote.currency }),
        (Some(threshold), Some(total)) if total.minor >= threshold => {
            let threshold = Money::new(threshold, quote.currency);
            reasons.push(Reason::NotUnderThreshold { threshold });
        }
        _ => {}
    }
    match &quote.totals_problem {
        _ if quote.total.is_none() => reasons.push(Reason::TotalMissing),
        Some(problem) => reasons.push(Reason::TotalsWrong { problem: problem.clone() }),
        None => {}
    }
    if let (Some(total), Some(max)) = (quote.total, quote.one_tap_max)
        && (max.currency != total.currency || total.minor >= max.minor)
    {
        reasons.push(Reason::ShopLimit { max });
    }
}

/// Rule 3: the shopper's own caps.
fn spending(policy: &Policy, ledger: &LedgerView, quote: &Quote, reasons: &mut Vec<Reason>) {
    let caps = &policy.caps;
    let day = tally(&ledger.spent, ledger.seen_ms.saturating_sub(DAY_MS), quote.currency);
    let week = tally(&ledger.spent, ledger.seen_ms.saturating_sub(WEEK_MS), quote.currency);
    let total = quote.total.map_or(0, |total| total.minor);
    let passes = |cap: i64, spent: Option<i64>| {
        spent.and_then(|spent| spent.checked_add(total)).is_none_or(|after| after > cap)
    };
    if let Some(&cap) = caps.day.get(&quote.currency)
        && passes(cap, day.amount)
    {
        reasons.push(Reason::DayAmount { cap: Money::new(cap, quote.currency) });
    }
    if let Some(&cap) = caps.week.get(&quote.currency)
        && passes(cap, week.amount)
    {
        reasons.push(Reason::WeekAmount { cap: Money::new(cap, quote.currency) });
    }
    if let Some(cap) = caps.day_count
        && day.count >= cap
    {
        reasons.push(Reason::DayCount { cap });
    }
    if let Some(cap) = caps.week_count
        && week.count >= cap
    {
        reasons.push(Reason::WeekCount { cap });
    }
}

/// Rule 5: the spending guard, and what went wrong before.
fn guard(policy: &Policy, ledger: &LedgerView, context: &Context, reasons: &mut Vec<Reason>) {
    if policy.quiet.is_some_and(|quiet| quiet.contain(context.wall_ms)) {
        reasons.push(Reason::QuietHours);
    }
    if policy.pause.holds(ledger.seen_ms) {
        reasons.push(Reason::Paused);
    }
    if ledger.placed_differently {
        reasons.push(Reason::PlacedDifferentlyBefore);
    }
    if context.draw_failed {
        reasons.push(Reason::DrawFailedBefore);
    }
    let again = ledger.item_last_bought_ms.map(|at| ledger.seen_ms.saturating_sub(at));
    if again.is_some_and(|since| since < REPEAT_MS) {
        reasons.push(Reason::SameItemAgain);
    }
}

/// Rule 5: what is new to this ledger.
fn familiar(ledger: &LedgerView, quote: &Quote, context: &Context, reasons: &mut Vec<Reason>) {
    if !context.vouched && !ledger.shop_known {
        reasons.push(Reason::UnknownShop);
    }
    if !ledger.device_known {
        reasons.push(Reason::NewDevice);
    }
    if !ledger.instrument_known {
        reasons.push(Reason::NewInstrument);
    }
    if !quote.destinations.is_empty() && !ledger.address_known {
        reasons.push(Reason::NewAddress);
    }
    // However many packages it takes today: each comes in a way that was chosen here before.
    let remembered = ledger.delivery.as_deref().unwrap_or_default();
    if !quote.chosen_options().all(|id| remembered.split(',').any(|known| known == id)) {
        reasons.push(Reason::NoDeliveryRemembered);
    }
}

/// Rule 5: what is bought, and what the shop says about it.
fn nature(quote: &Quote, reasons: &mut Vec<Reason>) {
    if quote.payment.as_ref().is_some_and(|payment| !payment.silent) {
        reasons.push(Reason::InstrumentAsks);
    }
    if quote.subscription {
        reasons.push(Reason::Subscription);
    }
    if quote.variant_open {
        reasons.push(Reason::VariantOpen);
    }
    if !quote.bindable {
        reasons.push(Reason::NotBindable);
    }
    if quote.standing == Standing::Escalated {
        reasons.push(Reason::Escalation { continue_url: quote.continue_url.clone() });
    }
    let disclosures = quote.notices.iter().filter(|notice| notice.disclosure);
    reasons.extend(disclosures.map(|notice| Reason::Disclosure { content: notice.content.clone() }));
}

/// The age rules of what is bought: the shop's own, and those of blind boxes.
fn age_rules(quote: &Quote, context: &Context) -> impl Iterator<Item = AgeRule> {
    let undescribed = quote.blind_box && context.box_ages.is_empty();
    let boxes = context.box_ages.iter().copied().chain(undescribed.then_some(AgeRule::FLOOR));
    boxes.chain(quote.age_rule)
}

/// What is not sold to somebody this young is not sold, whoever confirms it.
fn under_age(quote: &Quote, context: &Context, reasons: &mut Vec<Reason>) {
    let young = age_rules(quote, context)
        .filter(|rule| rule.judge_declared(context.age) == AgeVerdict::TooYoung)
        .map(|rule| rule.min);
    reasons.extend(young.max().map(|min| Reason::UnderAge { min }));
}

/// Rule 5: one tap needs an age that satisfies every rule; unknown means confirm, as does a rule that is not told.
fn old_enough(quote: &Quote, context: &Context, reasons: &mut Vec<Reason>) {
    let untold = quote.is_age_restricted() && quote.age_rule.is_none();
    let verdicts = |wanted: AgeVerdict| {
        age_rules(quote, context).filter(move |rule| rule.judge_declared(context.age) == wanted)
    };
    if untold || verdicts(AgeVerdict::Unknown).next().is_some() {
        reasons.push(Reason::AgeRestricted);
    }
    let consent = verdicts(AgeVerdict::ConsentNeeded).map(|rule| rule.consent_under).max();
    reasons.extend(consent.map(|under| Reason::GuardianNeeded { under }));
}

/// Rule 5: what the screen has not reported as shown (UCP checkout, "Rendering Contract").
fn shown(quote: &Quote, context: &Context, reasons: &mut Vec<Reason>) {
    if context.gesture == Gesture::Preview {
        return;
    }
    let lacking = context.rendered.as_ref().map_or(Some("totals"), |rendered| rendered.lacks(quote));
    if let Some(what) = lacking {
        reasons.push(Reason::NotRendered { what: what.to_owned() });
    }
    if quote.blind_box && !context.rendered.as_ref().is_some_and(|rendered| rendered.odds) {
        reasons.push(Reason::OddsNotShown);
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
