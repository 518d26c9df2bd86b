//! Hearts: tapped by the dozen, sent a few times a second, each counted once. Pure.

/// The venue takes no more at once (contract: `rpc_hearts_add.json`).
const MAX_AT_ONCE: u64 = 1_000;

/// Hearts on their way.
#[derive(Debug, Default)]
pub(super) struct Hearts {
    waiting: u64,
    sending: Option<(String, u64)>,
}

impl Hearts {
    /// More were tapped.
    pub(super) fn add(&mut self, count: u64) {
        self.waiting = self.waiting.saturating_add(count);
    }

    /// What to send next: the last ones again, under their id, until they are settled; then all that wait.
    pub(super) fn next(&mut self, id: impl FnOnce() -> String) -> Option<(String, u64)> {
        if self.sending.is_none() && self.waiting > 0 {
            let count = self.waiting.min(MAX_AT_ONCE);
            self.waiting -= count;
            self.sending = Some((id(), count));
        }
        self.sending.clone()
    }

    /// Those of this id arrived, or never will.
    pub(super) fn settle(&mut self, id: &str) {
        if self.sending.as_ref().is_some_and(|(sending, _)| sending == id) {
            self.sending = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_keeps_its_id_and_number_while_others_wait() {
        let mut hearts = Hearts::default();
        assert_eq!(hearts.next(|| "a".into()), None);
        hearts.add(3);
        assert_eq!(hearts.next(|| "a".into()), Some(("a".into(), 3)));
        hearts.add(4);
        assert_eq!(hearts.next(|| "b".into()), Some(("a".into(), 3)));
        hearts.settle("b");
        assert_eq!(hearts.next(|| "b".into()), Some(("a".into(), 3)));
        hearts.settle("a");
        assert_eq!(hearts.next(|| "b".into()), Some(("b".into(), 4)));
    }

    #[test]
    fn a_storm_goes_out_in_portions_and_none_is_lost() {
        let mut hearts = Hearts::default();
        hearts.add(2_500);
        let mut sent = 0;
        for number in 0..3 {
            let (id, count) = hearts.next(|| number.to_string()).unwrap();
            assert!(count <= MAX_AT_ONCE);
            sent += count;
            hearts.settle(&id);
        }
        assert_eq!((sent, hearts.next(|| "x".into())), (2_500, None));
    }
}
