//! What can be made to go wrong on the way to and from the venue, the shops and the hub.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Target;

/// What a fault does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// The connection is closed before the request is handled.
    DropBefore,
    /// The request is handled and its answer lost.
    DropAfter,
    /// Not handled; answered with that status instead.
    Status {
        /// HTTP status.
        status: u16,
        /// `retry_after_ms` of the body and `Retry-After`.
        retry_after_ms: Option<u64>,
    },
    /// Handled, and answered so many milliseconds later.
    Delay(u64),
    /// Handled, and answered with something that is no JSON.
    Garbage,
    /// Handled, and the connection closed in the middle of the answer.
    Truncate,
}

/// Whom a fault hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultTarget {
    /// One of the HTTP servers.
    Http(Target),
    /// The live hub.
    Hub,
}

/// One fault switched on.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Whom it hits.
    pub target: Target,
    /// What it does.
    pub kind: FaultKind,
    /// Only requests whose path begins so.
    pub path_prefix: String,
    /// How many more.
    pub times: u32,
}

/// A fault that there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FaultError(String);

impl FaultError {
    pub(super) fn new(why: &str) -> Self {
        Self(why.to_owned())
    }
}

/// All faults that are on.
#[derive(Debug, Default)]
pub struct Faults {
    http: Vec<Fault>,
    refuse: u32,
    truncate: u32,
    garbage: u32,
    silent: bool,
    hits: u64,
}

#[derive(Deserialize)]
struct Order {
    target: String,
    kind: String,
    #[serde(default)]
    path_prefix: String,
    times: Option<u32>,
    status: Option<u16>,
    delay_ms: Option<u64>,
    retry_after_ms: Option<u64>,
}

/// What switching a fault on asks of the world besides.
#[derive(Debug, PartialEq, Eq)]
pub enum Done {
    /// Nothing.
    Kept,
    /// Cut all sockets now.
    CutNow,
}

impl Faults {
    /// Switches on what `/_control/faults` was asked for.
    pub fn switch_on(&mut self, order: &Value) -> Result<Done, FaultError> {
        let order: Order =
            serde_json::from_value(order.clone()).map_err(|error| FaultError(error.to_string()))?;
        let times = order.times.unwrap_or(1);
        if order.target == "hub" {
            return self.on_hub(&order.kind, times);
        }
        let target = match order.target.as_str() {
            "venue" => Target::Venue,
            "shop:0" => Target::Shop(0),
            "shop:1" => Target::Shop(1),
            other => {
                return Err(FaultError(format!("there is no target {other}: venue, shop:0, shop:1 or hub")));
            }
        };
        let kind = match order.kind.as_str() {
            "drop_before" | "cut" => FaultKind::DropBefore,
            "drop_after" => FaultKind::DropAfter,
            "status" => FaultKind::Status {
                status: order.status.filter(|status| (400..600).contains(status)).unwrap_or(503),
                retry_after_ms: order.retry_after_ms,
            },
            "delay" => FaultKind::Delay(order.delay_ms.unwrap_or(1_000)),
            "garbage" => FaultKind::Garbage,
            "truncate" => FaultKind::Truncate,
            other => return Err(FaultError(format!("there is no fault {other}"))),
        };
        self.http.push(Fault { target, kind, path_prefix: order.path_prefix, times });
        Ok(Done::Kept)
    }

    fn on_hub(&mut self, kind: &str, times: u32) -> Result<Done, FaultError> {
        match kind {
            // The first cut is of what is open now, the others of what comes back.
            "cut" => {
                self.refuse += times.saturating_sub(1);
                return Ok(Done::CutNow);
            }
            "drop_before" | "status" => self.refuse += times,
            "drop_after" => self.silent = true,
            "truncate" => self.truncate += times,
            "garbage" => self.garbage += times,
            other => return Err(FaultError(format!("the hub has no fault {other}"))),
        }
        Ok(Done::Kept)
    }

    /// Switches all of them off.
    pub fn clear(&mut self) {
        *self = Self { hits: self.hits, ..Self::default() };
    }

    /// What is on, for people.
    pub fn to_json(&self) -> Value {
        let http: Vec<Value> = self
            .http
            .iter()
            .map(|fault| {
                json!({ "target": format!("{:?}", fault.target), "kind": format!("{:?}", fault.kind),
                        "path_prefix": fault.path_prefix, "times": fault.times })
            })
            .collect();
        json!({ "http": http, "hub": { "refuse": self.refuse, "truncate": self.truncate, "garbage": self.garbage,
                "silent": self.silent }, "hits": self.hits })
    }

    pub(super) fn hit(&mut self, target: Target, path: &str) -> Option<FaultKind> {
        let at = self.http.iter().position(|fault| {
            fault.times > 0 && fault.target == target && path.starts_with(&fault.path_prefix)
        })?;
        self.hits += 1;
        self.http[at].times -= 1;
        let kind = self.http[at].kind.clone();
        if self.http[at].times == 0 {
            self.http.remove(at);
        }
        Some(kind)
    }

    pub(super) fn refuses_socket(&mut self) -> bool {
        let refuses = self.refuse > 0;
        if refuses {
            self.refuse -= 1;
            self.hits += 1;
        }
        refuses
    }

    pub(super) fn is_silent(&self) -> bool {
        self.silent
    }

    /// The frame as it is sent; none if the hub is silent.
    pub(super) fn spoil_frame(&mut self, text: String) -> Option<String> {
        if self.silent {
            return None;
        }
        if self.truncate > 0 {
            self.truncate -= 1;
            self.hits += 1;
            let half = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
            return Some(text[..half].to_owned());
        }
        if self.garbage > 0 {
            self.garbage -= 1;
            self.hits += 1;
            return Some("\u{1}<garbage>".to_owned());
        }
        Some(text)
    }
}
