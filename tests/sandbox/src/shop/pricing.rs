//! What a basket costs: lines, discounts, delivery, tax, total; integers only, and every sum adds up.

use serde_json::{Value, json};

use crate::catalog::{Discount, Off};

/// A line before discounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIn {
    /// What discounts are restricted to.
    pub product: String,
    /// For the breakdown of the subtotal.
    pub label: String,
    /// Unit price.
    pub price: i64,
    /// Units.
    pub quantity: i64,
    /// Is sales tax added?
    pub taxed: bool,
}

/// A line after discounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineOut {
    /// Price times quantity.
    pub subtotal: i64,
    /// Discounts allocated to this line, positive.
    pub discount: i64,
    /// Its share of the order-level discounts and of tax is in what was paid for it.
    pub paid: i64,
}

/// A discount that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The code, if it has one.
    pub code: Option<String>,
    /// The claim it rests on, if it does.
    pub claim: Option<&'static str>,
    /// Title in the buyer's language.
    pub title: String,
    /// Positive.
    pub amount: i64,
    /// Line index and amount; empty for order-level discounts.
    pub allocations: Vec<(usize, i64)>,
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Priced {
    /// Per line.
    pub lines: Vec<LineOut>,
    /// Discounts in the order they applied.
    pub applied: Vec<Applied>,
    /// Sum of the lines.
    pub subtotal: i64,
    /// Allocated discounts, positive.
    pub items_discount: i64,
    /// Order-level discounts, positive.
    pub discount: i64,
    /// Delivery, once it is chosen.
    pub delivery: Option<i64>,
    /// Tax, where it is added.
    pub tax: Option<i64>,
    /// What is to be paid.
    pub total: i64,
}

/// The sum left the range of 64 bits: no basket of this shop can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the basket's sum is out of range")]
pub struct OutOfRange;

/// Prices a basket. `discounts` are those that hold, in order, each with its title.
pub fn price(
    lines: &[LineIn],
    discounts: &[(&Discount, String)],
    delivery: Option<i64>,
    tax_rate: i64,
) -> Result<Priced, OutOfRange> {
    let mut out = Priced { delivery, ..Priced::default() };
    for line in lines {
        let subtotal = line.price.checked_mul(line.quantity).ok_or(OutOfRange)?;
        out.subtotal = out.subtotal.checked_add(subtotal).ok_or(OutOfRange)?;
        out.lines.push(LineOut { subtotal, discount: 0, paid: 0 });
    }
    // What is allocated to lines comes first: an order-level discount is of what is left then.
    let (orders, items): (Vec<_>, Vec<_>) =
        discounts.iter().partition(|(discount, _)| discount.products.is_empty());
    for (discount, title) in items.into_iter().chain(orders) {
        if let Some(applied) = apply(&mut out, lines, discount, title)? {
            out.applied.push(applied);
        }
    }
    share_out(&mut out, lines, tax_rate)?;
    let net = out.subtotal - out.items_discount - out.discount;
    out.total = net
        .checked_add(out.delivery.unwrap_or(0))
        .and_then(|sum| sum.checked_add(out.tax.unwrap_or(0)))
        .ok_or(OutOfRange)?;
    Ok(out)
}

fn apply(
    out: &mut Priced,
    lines: &[LineIn],
    discount: &Discount,
    title: &str,
) -> Result<Option<Applied>, OutOfRange> {
    let meant: Vec<usize> = (0..lines.len())
        .filter(|&at| discount.products.is_empty() || discount.products.contains(&lines[at].product))
        .collect();
    let units: i64 = meant.iter().map(|&at| lines[at].quantity).sum();
    if units < discount.from_units {
        return Ok(None);
    }
    let mut applied = Applied {
        code: discount.code.clone(),
        claim: discount.claim,
        title: title.to_owned(),
        amount: 0,
        allocations: vec![],
    };
    if discount.products.is_empty() {
        let left = out.subtotal - out.items_discount - out.discount;
        applied.amount = reckon(discount.off, left)?;
        out.discount += applied.amount;
    } else {
        let mut fixed = match discount.off {
            Off::Amount(amount) => amount,
            Off::PerMille(_) => 0,
        };
        for at in meant {
            let left = out.lines[at].subtotal - out.lines[at].discount;
            let amount = match discount.off {
                Off::PerMille(_) => reckon(discount.off, left)?,
                Off::Amount(_) => {
                    let part = fixed.min(left);
                    fixed -= part;
                    part
                }
            };
            if amount > 0 {
                out.lines[at].discount += amount;
                out.items_discount += amount;
                applied.amount += amount;
                applied.allocations.push((at, amount));
            }
        }
    }
    Ok((applied.amount > 0).then_some(applied))
}

fn reckon(off: Off, left: i64) -> Result<i64, OutOfRange> {
    match off {
        Off::Amount(amount) => Ok(amount.min(left)),
        Off::PerMille(part) => Ok(left.checked_mul(part).ok_or(OutOfRange)? / 1_000),
    }
}

/// Order-level discounts by value, the last line takes what rounding left; then tax on what is taxed.
fn share_out(out: &mut Priced, lines: &[LineIn], tax_rate: i64) -> Result<(), OutOfRange> {
    let before: i64 = out.subtotal - out.items_discount;
    let mut left = out.discount;
    let last = lines.len().saturating_sub(1);
    for (at, line) in out.lines.iter_mut().enumerate() {
        let own = line.subtotal - line.discount;
        let part = if at == last || before == 0 {
            left.min(own)
        } else {
            (out.discount.checked_mul(own).ok_or(OutOfRange)? / before).min(left)
        };
        left -= part;
        line.paid = own - part;
    }
    // What rounding left over when the last line had no room for it.
    for line in &mut out.lines {
        let part = left.min(line.paid);
        line.paid -= part;
        left -= part;
    }
    let taxable: i64 =
        out.lines.iter().zip(lines).filter(|(_, asked)| asked.taxed).map(|(line, _)| line.paid).sum();
    if tax_rate > 0 {
        let tax = (taxable.checked_mul(tax_rate).ok_or(OutOfRange)? + 5_000) / 10_000;
        out.tax = Some(tax);
        let mut rest = tax;
        let last_taxed = lines.iter().rposition(|line| line.taxed);
        for (at, line) in out.lines.iter_mut().enumerate().filter(|(at, _)| lines[*at].taxed) {
            let part = if Some(at) == last_taxed || taxable == 0 {
                rest
            } else {
                tax.checked_mul(line.paid).ok_or(OutOfRange)? / taxable
            };
            rest -= part;
            line.paid += part;
        }
    }
    Ok(())
}

impl Priced {
    /// The totals of a line, as UCP writes them.
    pub fn line_totals(&self, at: usize) -> Value {
        let line = &self.lines[at];
        let mut out = vec![json!({ "type": "subtotal", "amount": line.subtotal })];
        if line.discount > 0 {
            out.push(json!({ "type": "items_discount", "amount": -line.discount }));
        }
        out.push(json!({ "type": "total", "amount": line.subtotal - line.discount }));
        Value::Array(out)
    }

    /// The totals of the whole, in the order they are to be rendered.
    pub fn totals(&self, lines: &[LineIn], delivery_title: &str, zh: bool) -> Value {
        let say = |en: &str, cn: &str| if zh { cn.to_owned() } else { en.to_owned() };
        let parts: Vec<Value> = lines
            .iter()
            .zip(&self.lines)
            .map(|(line, priced)| {
                json!({ "display_text": format!("{} × {}", line.label, line.quantity), "amount": priced.subtotal })
            })
            .collect();
        let mut out = vec![json!({
            "type": "subtotal", "display_text": say("Subtotal", "小计"), "amount": self.subtotal, "lines": parts,
        })];
        if self.items_discount > 0 {
            out.push(json!({ "type": "items_discount", "display_text": say("Item discounts", "单品优惠"),
                "amount": -self.items_discount }));
        }
        if self.discount > 0 {
            out.push(json!({ "type": "discount", "display_text": say("Discount", "优惠"), "amount": -self.discount }));
        }
        if let Some(delivery) = self.delivery {
            out.push(json!({ "type": "fulfillment", "display_text": delivery_title, "amount": delivery }));
        }
        if let Some(tax) = self.tax {
            out.push(json!({ "type": "tax", "display_text": say("Sales tax", "销售税"), "amount": tax }));
        }
        out.push(json!({ "type": "total", "display_text": say("Total", "合计"), "amount": self.total }));
        Value::Array(out)
    }

    /// `discounts.applied`; claims are provisional until they are verified.
    pub fn applied_json(&self, verified: bool) -> Value {
        let list = self.applied.iter().enumerate().map(|(at, each)| {
            let mut out = json!({ "title": each.title, "amount": each.amount, "priority": at + 1 });
            match &each.code {
                Some(code) => out["code"] = code.as_str().into(),
                None => out["automatic"] = true.into(),
            }
            if let Some(claim) = each.claim {
                out["eligibility"] = claim.into();
                if !verified {
                    out["provisional"] = true.into();
                }
            }
            if !each.allocations.is_empty() {
                out["method"] = "each".into();
                out["allocations"] = each
                    .allocations
                    .iter()
                    .map(
                        |(line, amount)| json!({ "path": format!("$.line_items[{line}]"), "amount": amount }),
                    )
                    .collect();
            }
            out
        });
        Value::Array(list.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{snack_shop, studio_shop};
    use crate::env::Ids;

    fn line(product: &str, price: i64, quantity: i64) -> LineIn {
        LineIn { product: product.into(), label: product.into(), price, quantity, taxed: price % 2 == 0 }
    }

    fn below(ids: &mut Ids, limit: i64) -> i64 {
        i64::try_from(ids.next_u64() >> 1).expect("63 bits") % limit
    }

    #[test]
    fn whatever_is_in_the_basket_everything_adds_up() {
        let mut ids = Ids::seeded(7);
        let all: Vec<Discount> = snack_shop().discounts.into_iter().chain(studio_shop(0).discounts).collect();
        for _ in 0..2_000 {
            let products = ["prod_tasting_tin", "prod_mochi", "prod_jingdezhen_mug", "x"];
            let lines: Vec<LineIn> = (0..=below(&mut ids, 3))
                .map(|_| {
                    let product = products[usize::try_from(below(&mut ids, 4)).expect("small")];
                    line(product, 1 + below(&mut ids, 30_000), 1 + below(&mut ids, 5))
                })
                .collect();
            let chosen: Vec<(&Discount, String)> = all
                .iter()
                .filter(|_| below(&mut ids, 2) == 0)
                .map(|each| (each, each.title.en.clone()))
                .collect();
            let delivery = (below(&mut ids, 2) == 0).then_some(800);
            let priced = price(&lines, &chosen, delivery, 875).expect("in range");
            let totals = priced.totals(&lines, "Delivery", false);
            let sum: i64 = totals
                .as_array()
                .expect("a list")
                .iter()
                .filter(|each| each["type"] != "total")
                .map(|each| each["amount"].as_i64().expect("an integer"))
                .sum();
            assert_eq!(sum, priced.total, "{totals}");
            assert!(priced.total >= 0);
            let paid: i64 = priced.lines.iter().map(|each| each.paid).sum();
            assert_eq!(
                paid + priced.delivery.unwrap_or(0),
                priced.total,
                "the lines and delivery are what is paid"
            );
            assert!(priced.lines.iter().all(|each| each.paid >= 0 && each.discount <= each.subtotal));
            let allocated: i64 = priced.lines.iter().map(|each| each.discount).sum();
            assert_eq!(allocated, priced.items_discount);
            for applied in priced.applied.iter().filter(|each| !each.allocations.is_empty()) {
                assert_eq!(applied.allocations.iter().map(|(_, amount)| amount).sum::<i64>(), applied.amount);
            }
        }
    }

    #[test]
    fn an_absurd_quantity_is_refused_not_wrapped() {
        assert_eq!(price(&[line("x", i64::MAX, 2)], &[], None, 0), Err(OutOfRange));
    }
}
