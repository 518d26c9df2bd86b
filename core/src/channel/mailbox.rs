//! A subscription's queue between the driver and a service: bounded, on one thread.
//!
//! A service that does not read loses publications rather than the phone its memory; what it lost is told as a gap.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use serde_json::value::RawValue;

use super::machine_io::Ended;
use super::protocol::Position;

/// Events that may wait for a service.
pub(super) const CAPACITY: usize = 1024;
/// From here on the service should have a turn before more is read.
const CROWDED: usize = CAPACITY / 2;

/// What a subscription tells.
#[derive(Clone)]
pub enum ChannelEvent {
    /// A publication; in a recoverable channel in order and once.
    Publication {
        /// Raw JSON; see [`super::decode`].
        data: Box<RawValue>,
        /// Its number in the stream; `None` where the channel keeps none.
        offset: Option<u64>,
    },
    /// The subscription holds (again). Publications that follow come after `position`.
    Subscribed {
        /// `None` where the channel keeps none.
        position: Option<Position>,
        /// All that was missed follows.
        recovered: bool,
        /// It was tried to recover; if then not `recovered`, [`Self::Gap`] follows at once.
        was_recovering: bool,
    },
    /// Publications are missing: read the truth again (a snapshot), and apply from what follows this what is newer.
    Gap {
        /// The stream's position behind the gap, where it is known.
        position: Option<Position>,
    },
    /// Over for good; nothing follows.
    Unsubscribed(Ended),
}

#[derive(Default)]
struct Queue {
    events: VecDeque<ChannelEvent>,
    /// Publications up to here are in the snapshot that the service started from.
    floor: Option<u64>,
    ended: bool,
    waker: Option<Waker>,
}

/// Makes a few publications of many that say the same together.
pub(crate) type Fold = fn(&[Box<RawValue>]) -> Vec<Box<RawValue>>;

pub(super) struct Mailbox {
    queue: RefCell<Queue>,
    /// The channel promises to lose nothing without telling.
    recoverable: bool,
    fold: Option<Fold>,
}

impl Mailbox {
    pub(super) fn new(recoverable: bool) -> Rc<Self> {
        Rc::new(Self { queue: RefCell::default(), recoverable, fold: None })
    }

    /// Of a channel that keeps no positions: what is too much is put together rather than lost.
    pub(super) fn folding(fold: Fold) -> Rc<Self> {
        Rc::new(Self { queue: RefCell::default(), recoverable: false, fold: Some(fold) })
    }

    /// Publications up to this offset are not told, until a gap or another position.
    pub(super) fn skip_to(&self, offset: u64) {
        self.queue.borrow_mut().floor = Some(offset);
    }

    /// Puts an event behind the others. True if so many wait that the service should have a turn.
    pub(super) fn put(&self, event: ChannelEvent) -> bool {
        let (waker, crowded) = {
            let mut queue = self.queue.borrow_mut();
            if queue.ended {
                return false;
            }
            match &event {
                ChannelEvent::Publication { offset: Some(offset), .. }
                    if queue.floor.is_some_and(|floor| *offset <= floor) =>
                {
                    return false;
                }
                ChannelEvent::Publication { .. } | ChannelEvent::Subscribed { .. } => {}
                ChannelEvent::Gap { .. } => queue.floor = None,
                ChannelEvent::Unsubscribed(_) => queue.ended = true,
            }
            if queue.events.len() >= CAPACITY {
                self.overflow(&mut queue);
            }
            queue.events.push_back(event);
            (queue.waker.take(), queue.events.len() >= CROWDED)
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        crowded
    }

    fn overflow(&self, queue: &mut Queue) {
        if self.recoverable {
            tracing::warn!(lost = queue.events.len(), "a service does not read its channel");
            queue.events.clear();
            queue.events.push_back(ChannelEvent::Gap { position: None });
        } else if let Some(fold) = self.fold {
            let told = queue.events.drain(..).filter_map(|event| match event {
                ChannelEvent::Publication { data, .. } => Some(data),
                _ => None,
            });
            let told: Vec<_> = told.collect();
            queue.events = fold(&told)
                .into_iter()
                .map(|data| ChannelEvent::Publication { data, offset: None })
                .collect();
            // One that saves nothing must not make it endless.
            queue.events.truncate(CAPACITY - 1);
        } else {
            queue.events.pop_front();
        }
    }

    pub(super) fn end(&self) {
        let waker = {
            let mut queue = self.queue.borrow_mut();
            queue.ended = true;
            queue.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(super) fn try_take(&self) -> Option<ChannelEvent> {
        self.queue.borrow_mut().events.pop_front()
    }

    pub(super) fn poll_take(&self, context: &mut Context<'_>) -> Poll<Option<ChannelEvent>> {
        let mut queue = self.queue.borrow_mut();
        if let Some(event) = queue.events.pop_front() {
            return Poll::Ready(Some(event));
        }
        if queue.ended {
            return Poll::Ready(None);
        }
        queue.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publication(offset: u64) -> ChannelEvent {
        let data = RawValue::from_string(offset.to_string()).unwrap();
        ChannelEvent::Publication { data, offset: Some(offset) }
    }

    fn offsets(mailbox: &Mailbox) -> Vec<Option<u64>> {
        std::iter::from_fn(|| mailbox.try_take())
            .map(|event| match event {
                ChannelEvent::Publication { offset, .. } => offset,
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_full_mailbox_of_a_recoverable_channel_is_a_gap() {
        let mailbox = Mailbox::new(true);
        (1..=CAPACITY as u64 + 3).for_each(|offset| _ = mailbox.put(publication(offset)));
        let first = CAPACITY as u64 + 1;
        assert_eq!(offsets(&mailbox), [None, Some(first), Some(first + 1), Some(first + 2)]);
    }

    #[test]
    fn a_full_mailbox_of_another_channel_loses_its_oldest() {
        let mailbox = Mailbox::new(false);
        (1..=CAPACITY as u64 + 3).for_each(|offset| _ = mailbox.put(publication(offset)));
        let left = offsets(&mailbox);
        assert_eq!((left.len(), left[0]), (CAPACITY, Some(4)));
    }

    #[test]
    fn a_full_mailbox_that_folds_loses_nothing_and_stays_small() {
        let fold: Fold = |told| {
            let sum: u64 = told.iter().map(|data| data.get().parse::<u64>().unwrap()).sum();
            vec![RawValue::from_string(sum.to_string()).unwrap()]
        };
        let mailbox = Mailbox::folding(fold);
        for number in 1..=100_000 {
            mailbox.put(publication(number));
            assert!(mailbox.queue.borrow().events.len() <= CAPACITY);
        }
        let left = std::iter::from_fn(|| mailbox.try_take()).map(|event| match event {
            ChannelEvent::Publication { data, .. } => data.get().parse::<u64>().unwrap(),
            _ => 0,
        });
        assert_eq!(left.sum::<u64>(), 100_000 * 100_001 / 2);
    }

    #[test]
    fn a_half_full_mailbox_asks_for_a_turn() {
        let mailbox = Mailbox::new(true);
        let crowded: Vec<bool> =
            (1..=CROWDED as u64).map(|offset| mailbox.put(publication(offset))).collect();
        assert_eq!(crowded.iter().position(|crowded| *crowded), Some(CROWDED - 1));
        mailbox.try_take();
        mailbox.try_take();
        assert!(!mailbox.put(publication(9_999)));
    }

    #[test]
    fn what_a_snapshot_holds_is_not_told_again() {
        let mailbox = Mailbox::new(true);
        mailbox.skip_to(2);
        (1..=3).for_each(|offset| _ = mailbox.put(publication(offset)));
        assert_eq!(offsets(&mailbox), [Some(3)]);
        mailbox.put(ChannelEvent::Gap { position: None });
        mailbox.put(publication(1));
        assert_eq!(offsets(&mailbox), [None, Some(1)]);
    }

    #[test]
    fn nothing_follows_the_end() {
        let mailbox = Mailbox::new(true);
        mailbox.put(ChannelEvent::Unsubscribed(Ended::TokenRefused));
        mailbox.put(publication(1));
        assert_eq!(offsets(&mailbox), [None]);
        let mut context = Context::from_waker(Waker::noop());
        assert!(mailbox.poll_take(&mut context).is_ready());
    }
}
