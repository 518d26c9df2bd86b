//! Reactions to one line: who gave what.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// Kinds of reactions one line may have.
const KINDS_MAX: usize = 50;

/// All reactions to one line.
#[derive(Debug, Clone, Default)]
pub struct Reactions {
    revision: u64,
    /// In the order first given.
    given: Vec<(String, BTreeSet<String>)>,
}

impl Reactions {
    /// Gives or takes back; true if that changed anything.
    pub(super) fn set(&mut self, user: &str, reaction: &str, on: bool) -> bool {
        let at = self.given.iter().position(|(kind, _)| kind == reaction);
        let changed = match (at, on) {
            (Some(at), true) => self.given[at].1.insert(user.to_owned()),
            (Some(at), false) => self.given[at].1.remove(user),
            (None, true) if self.given.len() < KINDS_MAX => {
                self.given.push((reaction.to_owned(), BTreeSet::from([user.to_owned()])));
                true
            }
            (None, _) => false,
        };
        self.given.retain(|(_, who)| !who.is_empty());
        self.revision += u64::from(changed);
        changed
    }

    /// How many gave what.
    pub(super) fn counts(&self) -> impl Iterator<Item = (&str, usize)> {
        self.given.iter().map(|(kind, who)| (kind.as_str(), who.len()))
    }

    /// As the wire shows it; to one reader with what is their own.
    pub(super) fn to_json(&self, reader: Option<&str>) -> Value {
        let counts: Vec<Value> = self
            .given
            .iter()
            .map(|(kind, who)| {
                let mut entry = json!({ "reaction": kind, "count": who.len() });
                if let Some(reader) = reader {
                    entry["own"] = json!(who.contains(reader));
                }
                entry
            })
            .collect();
        json!({ "revision": self.revision, "counts": counts })
    }
}
