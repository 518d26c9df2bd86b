//! Where a line goes in the list. Pure.
//!
//! Lines of the hub stand in the hub's order. What this shopper wrote and the hub has not confirmed stands behind them, in
//! the order written, and takes its place among them when it is confirmed.

use std::sync::Arc;

use super::wire::{Author, LineWire, SendRequest, Spot};
use crate::ids::{ClientId, LineId};
use crate::time::Timestamp;

/// Lines in memory; older ones are read page by page.
pub(crate) const MAX_LINES: usize = 500;

/// How a line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineState {
    /// Written down here, on its way.
    Sending,
    /// Everybody sees it.
    Sent,
    /// The venue looks at it first.
    Held,
    /// Taken away by the venue.
    Deleted,
    /// The venue does not take it: retry or discard it.
    Failed {
        /// Why: `muted`, `too_long`, or the venue's newer word.
        code: String,
    },
    /// Something newer than this client.
    Other(String),
}

/// A line as a screen shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The hub's id; none until it is confirmed.
    pub id: Option<LineId>,
    /// Its writer's id for it.
    pub client_id: ClientId,
    /// Who wrote it; none is this shopper, before the hub said who that is.
    pub from: Option<Author>,
    /// What it says.
    pub text: String,
    /// Programme time that its writer saw.
    pub moment: Option<Timestamp>,
    /// Where on the picture its writer pointed.
    pub spot: Option<Spot>,
    /// The line it answers.
    pub reply_to: Option<LineId>,
    /// The venue's time; this device's until it is confirmed.
    pub at: Timestamp,
    /// How it stands.
    pub state: LineState,
}

impl From<LineWire> for Line {
    fn from(line: LineWire) -> Self {
        Self {
            id: Some(line.id),
            client_id: line.client_id,
            from: Some(line.from),
            text: line.text,
            moment: line.moment,
            spot: line.spot,
            reply_to: line.reply_to,
            at: line.at,
            state: LineState::Sent,
        }
    }
}

impl Line {
    /// The echo of what was written here.
    pub(super) fn echo(request: SendRequest, at: Timestamp, state: LineState) -> Self {
        Self {
            id: None,
            client_id: request.client_id,
            from: None,
            text: request.text,
            moment: request.moment,
            spot: request.spot,
            reply_to: request.reply_to,
            at,
            state,
        }
    }
}

/// What to do with the list.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing: it is there already.
    None,
    /// Put it at this index.
    Insert(usize),
    /// Replace what is at this index.
    Set(usize),
    /// Take it from the first index, put it at the second (counted after taking).
    Move(usize, usize),
}

/// Where a line of the hub goes.
pub(super) fn place(list: &[Arc<Line>], line: &Line) -> Change {
    let same =
        |other: &Arc<Line>| other.id == line.id || (other.id.is_none() && other.client_id == line.client_id);
    let behind = list.iter().position(|other| other.id.is_none()).unwrap_or(list.len());
    match list.iter().position(same) {
        Some(at) if list[at].id.is_some() => Change::None,
        Some(at) if at == behind => Change::Set(at),
        Some(at) => Change::Move(at, behind),
        None => Change::Insert(behind),
    }
}

/// A snapshot with the echoes that it does not confirm behind it.
pub(super) fn rebuild(list: &[Arc<Line>], snapshot: Vec<LineWire>) -> Vec<Arc<Line>> {
    let mut lines: Vec<_> = snapshot.into_iter().map(|line| Arc::new(Line::from(line))).collect();
    let confirmed = |echo: &Arc<Line>| lines.iter().any(|line: &Arc<Line>| line.client_id == echo.client_id);
    let echoes: Vec<_> = list.iter().filter(|line| line.id.is_none() && !confirmed(line)).cloned().collect();
    lines.extend(echoes);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wire(number: u32) -> LineWire {
        LineWire {
            id: format!("line_{number}").into(),
            client_id: format!("client_{number}").into(),
            from: Author { id: "a".into(), name: String::new() },
            text: String::new(),
            moment: None,
            spot: None,
            reply_to: None,
            at: Timestamp(i64::from(number)),
        }
    }

    fn echo(number: u32) -> Line {
        Line { id: None, state: LineState::Sending, ..Line::from(wire(number)) }
    }

    fn apply(list: &mut Vec<Arc<Line>>, line: Line) {
        match place(list, &line) {
            Change::None => {}
            Change::Insert(at) => list.insert(at, Arc::new(line)),
            Change::Set(at) => list[at] = Arc::new(line),
            Change::Move(from, to) => {
                list.remove(from);
                list.insert(to, Arc::new(line));
            }
        }
    }

    fn names(list: &[Arc<Line>]) -> Vec<&str> {
        list.iter().map(|line| line.id.as_ref().map_or("echo", |id| id.as_str())).collect()
    }

    #[test]
    fn an_echo_stands_behind_until_the_hub_confirms_it() {
        let mut list = vec![Arc::new(echo(5)), Arc::new(echo(6))];
        apply(&mut list, wire(1).into());
        assert_eq!(names(&list), ["line_1", "echo", "echo"]);
        apply(&mut list, wire(6).into());
        assert_eq!(names(&list), ["line_1", "line_6", "echo"]);
        apply(&mut list, wire(5).into());
        apply(&mut list, wire(5).into());
        assert_eq!(names(&list), ["line_1", "line_6", "line_5"]);
    }

    #[test]
    fn a_snapshot_keeps_what_it_does_not_confirm() {
        let list = [Arc::new(wire(1).into()), Arc::new(echo(2)), Arc::new(echo(3))];
        assert_eq!(names(&rebuild(&list, vec![wire(2), wire(4)])), ["line_2", "line_4", "echo"]);
    }

    proptest! {
        #[test]
        fn each_line_stands_once_in_the_hubs_order(events in prop::collection::vec((any::<bool>(), 0_u32..20), 0..100)) {
            let mut list = Vec::new();
            let mut order: Vec<u32> = Vec::new();
            for (is_echo, number) in events {
                if is_echo {
                    if !list.iter().any(|line: &Arc<Line>| line.client_id == echo(number).client_id) {
                        list.push(Arc::new(echo(number)));
                    }
                } else {
                    apply(&mut list, wire(number).into());
                    if !order.contains(&number) {
                        order.push(number);
                    }
                }
            }
            let hub: Vec<_> = list.iter().filter_map(|line| line.id.clone()).collect();
            prop_assert_eq!(hub, order.iter().map(|number| wire(*number).id).collect::<Vec<_>>());
            let first_echo = list.iter().position(|line| line.id.is_none()).unwrap_or(list.len());
            prop_assert!(list[first_echo..].iter().all(|line| line.id.is_none()));
        }
    }
}
