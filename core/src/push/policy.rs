//! What a push may say: read with suspicion, since whoever has the token may have sent it. Pure.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

use super::PushIgnored;
use crate::ids::{DropId, GroupId, OrderId, ReturnId, RoomId, ShopDomain, is_id};
use crate::text;

/// Longest payload that is read, bytes (contract: `push_hint.json`).
pub(super) const LONGEST: usize = 2_048;
/// Longest name of a kind that is told back, code points.
const LONGEST_KIND: usize = 64;
/// A registration is told again after so long, milliseconds: seven days, so that a venue that forgot it has it again.
const TELL_AGAIN_MS: i64 = 7 * 86_400_000;

/// What to look at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Hint {
    Live { room_id: RoomId },
    Offer { room_id: RoomId },
    Reminder { drop_id: DropId },
    Order { shop: ShopDomain, order_id: OrderId },
    Return { shop: ShopDomain, return_id: ReturnId },
    Group { group_id: GroupId },
}

#[derive(Deserialize)]
struct Payload<'a> {
    device: String,
    #[serde(borrow)]
    hint: &'a RawValue,
}

/// What a payload hints at, for this device; none: nothing is registered here.
pub(super) fn read(payload: &str, device: Option<&str>) -> Result<Hint, PushIgnored> {
    if payload.len() > LONGEST {
        return Err(PushIgnored::TooLong);
    }
    let Payload { device: meant, hint } =
        serde_json::from_str(payload).map_err(|_| PushIgnored::Unreadable)?;
    if device != Some(meant.as_str()) {
        return Err(PushIgnored::NotYours);
    }
    if let Ok(hint) = serde_json::from_str::<Hint>(hint.get()) {
        return if hint.ids().into_iter().all(is_id) { Ok(hint) } else { Err(PushIgnored::Unreadable) };
    }
    let kinds: BTreeMap<String, &RawValue> =
        serde_json::from_str(hint.get()).map_err(|_| PushIgnored::Unreadable)?;
    let known = ["live", "offer", "reminder", "order", "return", "group"];
    match kinds.into_keys().next() {
        Some(kind) if !known.contains(&kind.as_str()) => {
            Err(PushIgnored::UnknownKind { kind: text::stripped(kind).chars().take(LONGEST_KIND).collect() })
        }
        _ => Err(PushIgnored::Unreadable),
    }
}

impl Hint {
    fn ids(&self) -> Vec<&str> {
        match self {
            Self::Live { room_id } | Self::Offer { room_id } => vec![room_id.as_str()],
            Self::Reminder { drop_id } => vec![drop_id.as_str()],
            Self::Order { shop, order_id } => vec![shop.as_str(), order_id.as_str()],
            Self::Return { shop, return_id } => vec![shop.as_str(), return_id.as_str()],
            Self::Group { group_id } => vec![group_id.as_str()],
        }
    }
}

/// Whether what the venue was told then has to be told again.
pub(super) fn is_to_be_told(told_ms: Option<i64>, now_ms: i64) -> bool {
    // A clock set back makes it look as if it were told in the future.
    told_ms.is_none_or(|told_ms| !(0..TELL_AGAIN_MS).contains(&now_ms.saturating_sub(told_ms)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DEVICE: &str = "3d0f9b1e-9f5e-4f2b-8a7c-1d2e3f4a5b6c";

    fn of(hint: &str) -> Result<Hint, PushIgnored> {
        read(&format!(r#"{{"device":"{DEVICE}","hint":{hint},"new":1}}"#), Some(DEVICE))
    }

    #[test]
    fn every_example_of_the_contract_is_understood() {
        let schema: serde_json::Value =
            serde_json::from_str(include_str!("../../contract/schemas/push_hint.json")).unwrap();
        let examples = schema["examples"].as_array().unwrap();
        assert!(examples.len() >= 6);
        for example in examples {
            assert!(read(&example.to_string(), Some(DEVICE)).is_ok(), "{example}");
        }
    }

    #[test]
    fn what_is_none_of_ours_says_why() {
        assert_eq!(
            of(r#"{"live":{"room_id":"pearls","more":[]}}"#),
            Ok(Hint::Live { room_id: "pearls".into() })
        );
        let live = r#"{"device":"other","hint":{"live":{"room_id":"pearls"}}}"#;
        assert_eq!(read(live, Some(DEVICE)), Err(PushIgnored::NotYours));
        assert_eq!(read(live, None), Err(PushIgnored::NotYours));
        let kind = |kind: &str| Err(PushIgnored::UnknownKind { kind: kind.to_owned() });
        assert_eq!(of(r#"{"payout":{"account":"x"}}"#), kind("payout"));
        assert_eq!(of(&format!(r#"{{"\u202e{}":1}}"#, "k".repeat(500))), kind(&"k".repeat(64)));
        let long = format!(r#"{{"group":{{"group_id":"{}"}}}}"#, "g".repeat(LONGEST));
        assert_eq!(of(&long), Err(PushIgnored::TooLong));
        for unreadable in [
            "",
            "[]",
            "7",
            "null",
            "{}",
            r#"{"live":{}}"#,
            r#"{"live":{"room_id":""}}"#,
            r#"{"live":{"room_id":"a/b"}}"#,
            r#"{"live":{"room_id":".."}}"#,
            r#"{"order":{"shop":"x","order_id":"a?b"}}"#,
        ] {
            assert_eq!(of(unreadable), Err(PushIgnored::Unreadable), "{unreadable}");
        }
        let long_id = format!(r#"{{"live":{{"room_id":"{}"}}}}"#, "r".repeat(129));
        assert_eq!(of(&long_id), Err(PushIgnored::Unreadable));
    }

    #[test]
    fn the_same_registration_is_told_again_after_a_week_or_a_clock_set_back() {
        let told = [None, Some(1_000), Some(1_000), Some(1_000)];
        let now = [0, 1_000, 1_000 + TELL_AGAIN_MS, 0];
        let again = told.into_iter().zip(now).map(|(told, now)| is_to_be_told(told, now));
        assert_eq!(again.collect::<Vec<_>>(), [true, false, true, true]);
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(bytes in ".{0,3000}") {
            let _ = read(&bytes, Some(DEVICE));
            let _ = of(&bytes);
        }
    }
}
