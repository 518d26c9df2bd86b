//! One thing at a shop, followed while somebody watches it: read at once, at every hint, and by polling in between.
//!
//! One task reads, one read after the other, so that a slow old answer never replaces a newer one.

use std::cell::Cell;
use std::rc::Rc;
use tokio::sync::{Notify, watch};

use crate::backoff::Backoff;
use crate::ports::{Clock, Entropy, EntropyExt as _};

/// What was read, and when to look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Something changed, or it cannot stay like this for long.
    Soon,
    /// Nothing changed; more looks in a row like this one come further apart.
    Later,
    /// Only when a hint comes.
    WhenTold,
}

/// The state of one followed thing: newest wins.
pub(crate) struct Followed<T> {
    sender: watch::Sender<T>,
    hint: Notify,
    running: Cell<bool>,
}

impl<T: 'static> Followed<T> {
    pub(crate) fn new(first: T) -> Rc<Self> {
        Rc::new(Self { sender: watch::Sender::new(first), hint: Notify::new(), running: Cell::new(false) })
    }

    /// It changed: read it again, if somebody watches.
    pub(crate) fn hint(&self) {
        if self.running.get() {
            self.hint.notify_one();
        }
    }

    /// Whether somebody watches.
    pub(crate) fn is_watched(&self) -> bool {
        self.running.get()
    }

    /// Publishes a state if it differs.
    pub(crate) fn publish(&self, state: T)
    where
        T: PartialEq,
    {
        self.sender.send_if_modified(|shown| {
            let differs = *shown != state;
            *shown = state;
            differs
        });
    }

    /// Changes the state in place.
    pub(crate) fn update(&self, change: impl FnOnce(&mut T)) {
        self.sender.send_modify(change);
    }

    /// The state now and from here on. Reads with `read` until nobody watches any more.
    pub(crate) fn watch(
        self: &Rc<Self>,
        clock: &Rc<dyn Clock>,
        entropy: &Rc<dyn Entropy>,
        pace: Backoff,
        read: impl AsyncFn() -> Look + 'static,
    ) -> watch::Receiver<T> {
        let receiver = self.sender.subscribe();
        if !self.running.replace(true) {
            let (followed, clock, entropy) = (self.clone(), clock.clone(), entropy.clone());
            tokio::task::spawn_local(async move {
                followed.run(&*clock, &*entropy, pace, read).await;
                followed.running.set(false);
            });
        }
        receiver
    }

    async fn run(
        &self,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
        pace: Backoff,
        read: impl AsyncFn() -> Look,
    ) {
        let mut quiet = 0;
        loop {
            let look = read().await;
            quiet = if look == Look::Soon { 0 } else { u32::saturating_add(quiet, 1) };
            let next = async {
                if look == Look::WhenTold {
                    std::future::pending::<()>().await;
                } else {
                    // A floor under the jitter: full jitter alone would sometimes look again at once.
                    let wait = pace.wait_ms(quiet + 1, entropy.next_u64(), Some(pace.base_ms));
                    clock.sleep(wait).await;
                }
            };
            tokio::select! {
                biased;
                () = self.sender.closed() => return,
                () = self.hint.notified() => quiet = 0,
                () = next => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, ScriptedHttp};

    const PACE: Backoff = Backoff { base_ms: 1_000, cap_ms: 8_000 };

    #[test]
    fn reads_while_watched_at_hints_and_ever_more_rarely_in_between() {
        testing::run(async {
            let ports = testing::ports(Rc::new(ScriptedHttp::default()));
            let (followed, reads) = (Followed::new(0_u32), Rc::new(Cell::new(0_u32)));
            let (seen, state) = (reads.clone(), followed.clone());
            let mut watching = followed.watch(&ports.clock, &ports.entropy, PACE, async move || {
                seen.set(seen.get() + 1);
                state.publish(seen.get().min(2));
                Look::Later
            });
            watching.wait_for(|state| *state == 2).await.unwrap();
            ports.clock.sleep(100_000).await;
            let polled = reads.get();
            assert!((11..=60).contains(&polled), "{polled}");
            followed.hint();
            ports.clock.sleep(1).await;
            assert_eq!(reads.get(), polled + 1);
            drop(watching);
            ports.clock.sleep(100_000).await;
            assert!(!followed.is_watched());
            let ended = reads.get();
            ports.clock.sleep(100_000).await;
            assert_eq!(reads.get(), ended);
        });
    }

    #[test]
    fn a_hint_while_reading_is_not_lost() {
        testing::run(async {
            let ports = testing::ports(Rc::new(ScriptedHttp::default()));
            let (followed, reads) = (Followed::new(()), Rc::new(Cell::new(0_u32)));
            let (seen, clock) = (reads.clone(), ports.clock.clone());
            let _watching = followed.watch(&ports.clock, &ports.entropy, PACE, async move || {
                clock.sleep(50).await;
                seen.set(seen.get() + 1);
                Look::WhenTold
            });
            ports.clock.sleep(10).await;
            followed.hint();
            followed.hint();
            ports.clock.sleep(1_000).await;
            assert_eq!(reads.get(), 2);
        });
    }
}
