//! One channel's numbered publications: positions, history and recovery.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::codes::HubError;

/// A place in a channel's stream. An epoch that differs means another stream: nothing can be compared.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Position {
    /// The number of the last publication, the first being 1.
    #[serde(default)]
    pub offset: u64,
    /// Which stream the number belongs to.
    #[serde(default)]
    pub epoch: String,
}

/// One publication as kept and as sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Publication {
    /// The event.
    pub data: Value,
    /// Its number; 0 (not sent) in channels without history.
    #[serde(skip_serializing_if = "is_zero")]
    pub offset: u64,
}

/// Serde asks with a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
pub(super) fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A page of history and where the stream stood.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistoryPage {
    /// In the order asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub publications: Vec<Publication>,
    /// The stream's epoch.
    pub epoch: String,
    /// The stream's newest offset.
    #[serde(skip_serializing_if = "is_zero")]
    pub offset: u64,
}

pub(super) struct Stream {
    epoch: String,
    top: u64,
    kept: VecDeque<Publication>,
    size: usize,
    ttl_ms: i64,
    last_at_ms: i64,
}

impl Stream {
    pub fn new(epoch: String, size: usize, ttl_ms: i64) -> Self {
        Self { epoch, top: 0, kept: VecDeque::new(), size, ttl_ms, last_at_ms: 0 }
    }

    pub fn position(&self) -> Position {
        Position { offset: self.top, epoch: self.epoch.clone() }
    }

    /// Numbers an event and keeps it.
    pub fn push(&mut self, data: Value, now_ms: i64) -> Publication {
        self.forget_old(now_ms);
        self.top += 1;
        self.last_at_ms = now_ms;
        let publication = Publication { data, offset: self.top };
        self.kept.push_back(publication.clone());
        while self.kept.len() > self.size {
            self.kept.pop_front();
        }
        publication
    }

    /// As the engine does: history as a whole goes when nothing was published for its time; numbers go on.
    fn forget_old(&mut self, now_ms: i64) {
        if now_ms.saturating_sub(self.last_at_ms) >= self.ttl_ms {
            self.kept.clear();
        }
    }

    /// Everything after `since`, or `None` if a publication between is gone or the epoch is another.
    /// A client that does not know the epoch is taken at its offset.
    pub fn recover(&mut self, since: &Position, now_ms: i64) -> Option<Vec<Publication>> {
        self.forget_old(now_ms);
        if (!since.epoch.is_empty() && since.epoch != self.epoch) || since.offset > self.top {
            return None;
        }
        let missed: Vec<_> = self.kept.iter().filter(|one| one.offset > since.offset).cloned().collect();
        (missed.len() as u64 == self.top - since.offset).then_some(missed)
    }

    /// A page of at most `limit` publications after `since`, or before it, newest first, if `reverse`.
    /// A `limit` of 0 asks for the position alone; a negative one for the longest page.
    pub fn history(
        &mut self,
        limit: i32,
        since: Option<&Position>,
        reverse: bool,
        page_max: usize,
        now_ms: i64,
    ) -> Result<HistoryPage, HubError> {
        self.forget_old(now_ms);
        if reverse && since.is_some_and(|since| since.offset == 0) {
            return Err(HubError::bad_request());
        }
        if since.is_some_and(|since| !since.epoch.is_empty() && since.epoch != self.epoch) {
            return Err(HubError::unrecoverable_position());
        }
        let limit = usize::try_from(limit).map_or(page_max, |limit| limit.min(page_max));
        let publications = if reverse {
            let before = since.map_or(u64::MAX, |since| since.offset);
            self.kept.iter().rev().filter(|one| one.offset < before).take(limit).cloned().collect()
        } else {
            let after = since.map_or(0, |since| since.offset);
            self.kept.iter().filter(|one| one.offset > after).take(limit).cloned().collect()
        };
        Ok(HistoryPage { publications, epoch: self.epoch.clone(), offset: self.top })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stream(published: u64, size: usize) -> Stream {
        let mut stream = Stream::new("aaaa".into(), size, 1_000);
        for number in 1..=published {
            stream.push(json!(number), 0);
        }
        stream
    }

    fn at(offset: u64) -> Position {
        Position { offset, epoch: "aaaa".into() }
    }

    fn offsets(publications: &[Publication]) -> Vec<u64> {
        publications.iter().map(|one| one.offset).collect()
    }

    /// Recovery gives exactly what was missed, or says that it cannot: for every size and place.
    #[test]
    fn recovery_is_whole_or_refused() {
        for size in 0..6_usize {
            for published in 0..9_u64 {
                for since in 0..11_u64 {
                    let got = stream(published, size).recover(&at(since), 0);
                    let lost = since > published || published - since > size as u64;
                    let want = (!lost).then(|| (since + 1..=published).collect::<Vec<_>>());
                    assert_eq!(got.map(|got| offsets(&got)), want, "{size} {published} {since}");
                }
            }
        }
    }

    #[test]
    fn another_epoch_recovers_nothing_and_an_unknown_one_is_taken() {
        let mut one = stream(3, 10);
        assert_eq!(one.recover(&Position { offset: 2, epoch: "bbbb".into() }, 0), None);
        let taken = one.recover(&Position { offset: 2, epoch: String::new() }, 0).expect("taken");
        assert_eq!(offsets(&taken), [3]);
    }

    #[test]
    fn history_goes_after_its_time_and_numbers_go_on() {
        let mut one = stream(3, 10);
        assert!(one.recover(&at(1), 999).is_some());
        assert_eq!(one.recover(&at(1), 1_000), None);
        assert_eq!(one.recover(&at(3), 1_000), Some(Vec::new()));
        assert_eq!(one.push(json!(4), 1_000).offset, 4);
        assert_eq!(one.recover(&at(2), 1_000), None);
    }

    #[test]
    fn pages_go_both_ways() {
        let mut one = stream(5, 4);
        let mut page = |limit, since: Option<u64>, reverse| {
            one.history(limit, since.map(at).as_ref(), reverse, 3, 0).map(|page| offsets(&page.publications))
        };
        assert_eq!(page(2, None, false), Ok(vec![2, 3]));
        assert_eq!(page(2, None, true), Ok(vec![5, 4]));
        assert_eq!(page(9, Some(2), false), Ok(vec![3, 4, 5]));
        assert_eq!(page(9, Some(4), true), Ok(vec![3, 2]));
        assert_eq!(page(-1, None, false), Ok(vec![2, 3, 4]));
        assert_eq!(page(0, None, false), Ok(vec![]));
        assert_eq!(page(1, Some(0), true), Err(HubError::bad_request()));
        let other = Position { offset: 1, epoch: "bbbb".into() };
        assert_eq!(one.history(1, Some(&other), false, 3, 0), Err(HubError::unrecoverable_position()));
    }
}
