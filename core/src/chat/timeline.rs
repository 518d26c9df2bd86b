//! Where a line goes in the list, and what events do to it. Pure.
//!
//! Lines of the hub stand in the hub's order. What this shopper wrote and the hub has not confirmed stands behind them, in
//! the order written, and takes its place among them when it is confirmed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use eyeball_im::{ObservableVectorTransaction, Vector};

use super::line::{Line, LineState, reactions};
use super::wire::{ChatEvent, LineWire, ReactionsWire, RulesWire};
use crate::ids::{ClientId, LineId, ShopperId};
use crate::time::Timestamp;

/// Lines in memory; older ones are read page by page.
pub(super) const MAX_LINES: usize = 500;
/// Lines in memory once somebody read back so far.
pub(super) const MAX_HISTORY: usize = 2_000;
/// Translations in memory.
const MAX_TRANSLATIONS: usize = 500;

/// A list in the middle of a change.
pub(super) type Lines<'a> = ObservableVectorTransaction<'a, Arc<Line>>;

/// The last line that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) line: LineId,
    pub(super) at: Timestamp,
}

/// What was not read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Unread {
    pub(super) lines: u32,
    pub(super) mentions: u32,
    /// There are more, before the oldest line in the list.
    pub(super) more: bool,
}

/// What an event means beyond the list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// The list lacks something that only the venue has.
    pub(super) reread: bool,
    pub(super) rules: Option<RulesWire>,
}

#[expect(
    clippy::disallowed_types,
    reason = "looked up for each line and never iterated: its order says nothing"
)]
type Ids = std::collections::HashSet<LineId>;

/// What is known of a chat's lines beside the list itself.
#[derive(Debug)]
pub(super) struct Timeline {
    pub(super) me: Option<ShopperId>,
    pub(super) blocked: BTreeSet<ShopperId>,
    pub(super) mark: Option<Mark>,
    /// The newest pin first.
    pub(super) pinned: Vec<Line>,
    ids: Ids,
    revisions: BTreeMap<LineId, u64>,
    /// The publications by which the newest lines came.
    arrivals: VecDeque<(u64, LineId)>,
    translations: BTreeMap<LineId, String>,
    window: usize,
    trimmed: bool,
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            me: None,
            blocked: BTreeSet::new(),
            mark: None,
            pinned: Vec::new(),
            ids: Ids::new(),
            revisions: BTreeMap::new(),
            arrivals: VecDeque::new(),
            translations: BTreeMap::new(),
            window: MAX_LINES,
            trimmed: false,
        }
    }
}

impl Timeline {
    pub(super) fn new(me: Option<ShopperId>, blocked: BTreeSet<ShopperId>, mark: Option<Mark>) -> Self {
        Self { me, blocked, mark, ..Self::default() }
    }
}

fn append(list: &mut Lines<'_>, fresh: Vector<Arc<Line>>) {
    if !fresh.is_empty() {
        list.append(fresh);
    }
}

fn echoes(list: &Lines<'_>) -> usize {
    list.iter().rev().take_while(|line| line.id.is_none()).count()
}

impl Timeline {
    /// A line of the hub as this shopper sees it; none of somebody who is blocked.
    fn line(&mut self, wire: LineWire) -> Option<Line> {
        if self.blocked.contains(&wire.from.id) {
            return None;
        }
        if let Some(reactions) = &wire.reactions {
            self.revisions.insert(wire.id.clone(), reactions.revision);
        }
        let mut line = Line::of(wire, self.me.as_ref());
        self.hide_quote(&mut line);
        line.translation = line.id.as_ref().and_then(|id| self.translations.get(id).cloned());
        Some(line)
    }

    fn hide_quote(&self, line: &mut Line) {
        let hidden = |id: &ShopperId| self.blocked.contains(id);
        if line.quote.as_ref().and_then(|quote| quote.from.as_ref()).is_some_and(|from| hidden(&from.id)) {
            line.quote = None;
        }
    }

    /// The venue's newest lines replace the list. Behind them stay lines that came by a later publication than the one
    /// they were read at, and echoes that they do not confirm.
    pub(super) fn reset(&mut self, list: &mut Lines<'_>, lines: Vec<LineWire>, upto: Option<u64>) {
        let read: BTreeSet<LineId> = lines.iter().map(|line| line.id.clone()).collect();
        let confirmed: BTreeSet<ClientId> = lines.iter().filter_map(|line| line.client_id.clone()).collect();
        self.arrivals.retain(|(offset, id)| upto.is_some_and(|upto| *offset > upto) && !read.contains(id));
        let later: BTreeSet<&LineId> = self.arrivals.iter().map(|(_, id)| id).collect();
        let stays: Vec<Arc<Line>> = list
            .iter()
            .filter(|line| match &line.id {
                Some(id) => later.contains(id),
                None => !confirmed.contains(&line.client_id),
            })
            .cloned()
            .collect();
        self.revisions.retain(|id, _| later.contains(id));
        let mut all: Vec<Arc<Line>> =
            lines.into_iter().filter_map(|line| self.line(line)).map(Arc::new).collect();
        all.extend(stays);
        self.ids = all.iter().filter_map(|line| line.id.clone()).collect();
        self.window = MAX_LINES;
        self.trimmed = false;
        list.clear();
        list.append(all.into_iter().collect());
        self.trim(list);
    }

    /// What came on the channel, each by the publication of that number, in one change of the list.
    pub(super) fn hear(
        &mut self,
        list: &mut Lines<'_>,
        events: impl Iterator<Item = (ChatEvent, Option<u64>)>,
    ) -> Heard {
        let mut heard = Heard::default();
        let mut fresh = Vector::new();
        for (event, offset) in events {
            if !matches!(event, ChatEvent::Line(_) | ChatEvent::Batch(_)) {
                append(list, std::mem::take(&mut fresh));
            }
            match event {
                ChatEvent::Line(line) => self.put(list, &mut fresh, line, offset),
                ChatEvent::Batch(batch) => {
                    batch.into_lines().for_each(|line| self.put(list, &mut fresh, line, offset));
                }
                ChatEvent::LineChanged { id, client_id, state } => {
                    heard.reread |= self.changed(list, &id, client_id.as_ref(), &state);
                }
                ChatEvent::Reacted { id, reactions } => self.reacted(list, &id, reactions),
                ChatEvent::Pinned { lines } => self.pin(lines),
                ChatEvent::Rules(rules) => heard.rules = Some(rules),
                ChatEvent::Removed { from } => self.removed(list, &from),
            }
        }
        append(list, fresh);
        self.trim(list);
        heard
    }

    /// Puts a line of the hub in its place, in the stead of its echo.
    pub(super) fn place(&mut self, list: &mut Lines<'_>, wire: LineWire, offset: Option<u64>) {
        let mut fresh = Vector::new();
        self.put(list, &mut fresh, wire, offset);
        append(list, fresh);
        self.trim(list);
    }

    /// Gathers what has its place behind all others in `fresh`, which is empty while there are echoes.
    fn put(
        &mut self,
        list: &mut Lines<'_>,
        fresh: &mut Vector<Arc<Line>>,
        wire: LineWire,
        offset: Option<u64>,
    ) {
        let Some(mut line) = self.line(wire) else { return };
        let behind = list.len() - echoes(list);
        let echo = echo_of(list, behind, &line);
        line.own |= echo.is_some();
        let known = line.id.as_ref().is_some_and(|id| self.ids.contains(id));
        if known {
            // A batch was faster than the answer that names the echo.
            if let Some(at) = echo {
                list.remove(at);
            }
            return;
        }
        if let Some(id) = &line.id {
            self.ids.insert(id.clone());
            if let Some(offset) = offset {
                self.arrivals.push_back((offset, id.clone()));
                if self.arrivals.len() > MAX_LINES {
                    self.arrivals.pop_front();
                }
            }
        }
        let line = Arc::new(line);
        match echo {
            Some(at) if at == behind => {
                list.set(at, line);
            }
            Some(at) => {
                list.remove(at);
                list.insert(behind, line);
            }
            None if behind == list.len() => fresh.push_back(line),
            None => list.insert(behind, line),
        }
    }

    /// Lets the oldest lines beyond the window go: once for all that came together, so that a screen appends once.
    pub(super) fn trim(&mut self, list: &mut Lines<'_>) {
        while list.len() > self.window {
            if let Some(id) = list.pop_front().and_then(|line| line.id.clone()) {
                self.ids.remove(&id);
                self.revisions.remove(&id);
            }
            self.trimmed = true;
        }
    }

    /// Whether old lines fell out since this was asked last: then the page before the list is another one.
    pub(super) fn take_trimmed(&mut self) -> bool {
        std::mem::take(&mut self.trimmed)
    }

    /// A page of history, before the oldest line.
    pub(super) fn prepend(&mut self, list: &mut Lines<'_>, lines: Vec<LineWire>) {
        for wire in lines.into_iter().rev() {
            if self.ids.contains(&wire.id) {
                continue;
            }
            let Some(line) = self.line(wire) else { continue };
            self.ids.extend(line.id.clone());
            list.push_front(Arc::new(line));
        }
        self.window = list.len().clamp(MAX_LINES, MAX_HISTORY);
        self.trim(list);
    }

    /// Shows what was just written.
    pub(super) fn echo(&self, list: &mut Lines<'_>, line: Line) {
        // The answer may have been faster.
        let there = list.iter().rev().take(self.window).any(|other| other.client_id == line.client_id);
        if !there {
            list.push_back(Arc::new(line));
        }
    }

    /// True if only the venue has what is to be shown now.
    fn changed(
        &mut self,
        list: &mut Lines<'_>,
        id: &LineId,
        client_id: Option<&ClientId>,
        state: &str,
    ) -> bool {
        let at = position(list, id).or_else(|| client_id.and_then(|client| echo_position(list, client)));
        let state = LineState::of(state);
        if state == LineState::Deleted {
            unquote(list, |line| line == id);
            self.pinned.retain(|line| line.id.as_ref() != Some(id));
        }
        let Some(at) = at else { return false };
        let wiped = list[at].state == LineState::Deleted;
        match state {
            LineState::Deleted => edit(list, at, Line::wipe),
            _ if wiped => return true,
            state => edit(list, at, |line| line.state = state),
        }
        false
    }

    /// Its writer took it back.
    pub(super) fn taken_away(&mut self, list: &mut Lines<'_>, id: &LineId) {
        self.changed(list, id, None, "deleted");
    }

    /// Somebody was banned: nothing of theirs is left.
    fn removed(&mut self, list: &mut Lines<'_>, who: &ShopperId) {
        let theirs = |line: &Line| line.from.as_ref().is_some_and(|from| from.id == *who);
        for at in 0..list.len() {
            if theirs(&list[at]) {
                edit(list, at, Line::wipe);
            } else if quotes(&list[at], who) {
                edit(list, at, |line| line.quote = None);
            }
        }
        self.pinned.retain(|line| !theirs(line));
    }

    /// All reactions to a line; of two the one with the higher revision counts.
    pub(super) fn reacted(&mut self, list: &mut Lines<'_>, id: &LineId, wire: ReactionsWire) {
        let Some(at) = position(list, id) else { return };
        let known = self.revisions.entry(id.clone()).or_default();
        let says_own = wire.counts.iter().any(|count| count.own.is_some());
        // Of the same revision the one that was made for this shopper says more.
        if wire.revision < *known || (wire.revision == *known && !says_own && *known > 0) {
            return;
        }
        *known = wire.revision;
        edit(list, at, |line| line.reactions = reactions(wire, &line.reactions));
    }

    pub(super) fn pin(&mut self, lines: Vec<LineWire>) {
        let (me, blocked) = (self.me.clone(), &self.blocked);
        self.pinned = lines
            .into_iter()
            .filter(|line| !blocked.contains(&line.from.id))
            .map(|line| Line::of(line, me.as_ref()))
            .collect();
    }

    /// Shows nothing more of somebody.
    pub(super) fn block(&mut self, list: &mut Lines<'_>, who: &ShopperId) {
        self.blocked.insert(who.clone());
        let theirs = |line: &Line| line.from.as_ref().is_some_and(|from| from.id == *who);
        for at in (0..list.len()).rev() {
            if theirs(&list[at]) {
                if let Some(id) = &list.remove(at).id {
                    self.ids.remove(id);
                    self.revisions.remove(id);
                }
            } else if quotes(&list[at], who) {
                edit(list, at, |line| line.quote = None);
            }
        }
        self.pinned.retain(|line| !theirs(line));
    }

    pub(super) fn translated(&mut self, list: &mut Lines<'_>, id: &LineId, words: String) {
        if self.translations.len() >= MAX_TRANSLATIONS {
            self.translations.pop_first();
        }
        self.translations.insert(id.clone(), words.clone());
        if let Some(at) = position(list, id).filter(|at| list[*at].state == LineState::Sent) {
            edit(list, at, |line| line.translation = Some(words));
        }
    }

    /// What was not read, as far as the list goes; `complete`: the list begins with the first line ever.
    pub(super) fn unread<'a>(
        &self,
        lines: impl DoubleEndedIterator<Item = &'a Arc<Line>>,
        complete: bool,
    ) -> Unread {
        let Some(mark) = &self.mark else { return Unread::default() };
        let mut unread = Unread { more: !complete, ..Unread::default() };
        for line in lines.rev().filter(|line| line.id.is_some()) {
            if line.id.as_ref() == Some(&mark.line) || line.at < mark.at {
                unread.more = false;
                break;
            }
            if !line.own && line.state != LineState::Deleted {
                unread.lines += 1;
                unread.mentions += u32::from(line.mentions_me);
            }
        }
        unread
    }
}

/// How a line that the hub has not confirmed stands.
pub(super) fn mark_echo(list: &mut Lines<'_>, client_id: &ClientId, state: &LineState) {
    if let Some(at) = echo_position(list, client_id) {
        edit(list, at, |line| line.state = state.clone());
    }
}

pub(super) fn forget(list: &mut Lines<'_>, client_id: &ClientId) {
    if let Some(at) = echo_position(list, client_id) {
        list.remove(at);
    }
}

fn unquote(list: &mut Lines<'_>, gone: impl Fn(&LineId) -> bool) {
    for at in 0..list.len() {
        if list[at].quote.as_ref().is_some_and(|quote| gone(&quote.id)) {
            edit(list, at, |line| line.quote = None);
        }
    }
}

/// The echo that this line confirms, of those from `first` on. One that names no client id is found by its words.
fn echo_of(list: &Lines<'_>, first: usize, line: &Line) -> Option<usize> {
    let named = line.id.as_ref().is_none_or(|id| id.as_str() != line.client_id.as_str());
    let is_it = |echo: &Line| {
        if named { echo.client_id == line.client_id } else { line.own && echo.text == line.text }
    };
    // By index: to skip to the echoes would walk through all lines before them.
    (first..list.len()).find(|at| is_it(&list[*at]))
}

fn echo_position(list: &Lines<'_>, client_id: &ClientId) -> Option<usize> {
    list.iter().rposition(|line| line.id.is_none() && line.client_id == *client_id)
}

fn position(list: &Lines<'_>, id: &LineId) -> Option<usize> {
    list.iter().rposition(|line| line.id.as_ref() == Some(id))
}

fn quotes(line: &Line, who: &ShopperId) -> bool {
    line.quote.as_ref().and_then(|quote| quote.from.as_ref()).is_some_and(|from| from.id == *who)
}

fn edit(list: &mut Lines<'_>, at: usize, change: impl FnOnce(&mut Line)) {
    let mut line = Line::clone(&list[at]);
    change(&mut line);
    if line != *list[at] {
        list.set(at, Arc::new(line));
    }
}

#[cfg(test)]
#[path = "timeline_tests.rs"]
mod tests;
