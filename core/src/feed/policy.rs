//! How pages and live badges become the list on screen. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::wire::LiveBadge;
use crate::ids::{HostId, PostId};

/// Who is live. What the channel said is newer than what a page says.
#[derive(Debug, Default)]
pub(crate) struct Badges(BTreeMap<HostId, Option<LiveBadge>>);

impl Badges {
    /// The channel said that a host went on or off.
    pub(crate) fn heard(&mut self, host: HostId, badge: Option<LiveBadge>) {
        self.0.insert(host, badge);
    }

    /// Nothing the channel said holds any more: it has a gap. The next page counts again.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }

    /// The badge of a host's post, given what its page said.
    pub(crate) fn of(&self, host: &HostId, page: Option<&LiveBadge>) -> Option<LiveBadge> {
        self.0.get(host).cloned().unwrap_or_else(|| page.cloned())
    }
}

/// The posts of a page that the list does not have yet, in the page's order; a page may overlap what came before.
pub(crate) fn fresh<'a>(
    have: &BTreeSet<PostId>,
    page: impl IntoIterator<Item = &'a PostId>,
) -> BTreeSet<PostId> {
    page.into_iter().filter(|id| !have.contains(id)).cloned().collect()
}

/// What to do with the first page of a refresh.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refresh {
    /// It reaches what is on screen: put its first so many posts on top, nothing moves under the finger.
    Prepend(usize),
    /// It does not (too much is new, or nothing was there): start again from it.
    Replace,
}

/// Decides by where the page meets the list.
pub(crate) fn refresh(first_on_screen: Option<&PostId>, page: &[PostId]) -> Refresh {
    first_on_screen
        .and_then(|first| page.iter().position(|id| id == first))
        .map_or(Refresh::Replace, Refresh::Prepend)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<PostId> {
        text.split_whitespace().map(PostId::from).collect()
    }

    #[test]
    fn a_refresh_puts_new_posts_on_top_or_starts_again() {
        assert_eq!(refresh(None, &ids("a b")), Refresh::Replace);
        assert_eq!(refresh(Some(&"a".into()), &ids("a b")), Refresh::Prepend(0));
        assert_eq!(refresh(Some(&"a".into()), &ids("y z a b")), Refresh::Prepend(2));
        assert_eq!(refresh(Some(&"a".into()), &ids("y z")), Refresh::Replace);
    }

    #[test]
    fn what_the_channel_said_is_newer_than_the_page() {
        let mut badges = Badges::default();
        let (host, page) = (HostId::new("h"), LiveBadge { room_id: "old".into(), viewers: 1 });
        assert_eq!(badges.of(&host, Some(&page)), Some(page.clone()));
        badges.heard(host.clone(), None);
        assert_eq!(badges.of(&host, Some(&page)), None);
        let now = LiveBadge { room_id: "new".into(), viewers: 2 };
        badges.heard(host.clone(), Some(now.clone()));
        assert_eq!(badges.of(&host, Some(&page)), Some(now));
        badges.forget();
        assert_eq!(badges.of(&host, None), None);
    }

    #[test]
    fn pages_that_overlap_show_nothing_twice() {
        let have: BTreeSet<_> = ids("a b c").into_iter().collect();
        assert_eq!(fresh(&have, &ids("b c d e")), ids("d e").into_iter().collect());
    }
}
