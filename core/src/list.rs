//! Lists that reach a screen as batches of diffs.
//!
//! A subscriber first gets a [`ListDiff::Reset`] with what is there (subscribe and snapshot are one step), then at most
//! one batch per frame. What is pending beyond the window collapses into a new `Reset`, so a slow reader costs memory
//! for one window and no more. Items that came one after the other at the end are one [`ListDiff::Append`]. Writes go through [`LiveList::update`], one transaction each: without it every mutation
//! clones the subscribers' state (0.2 µs a line against 7.5, measured).

use eyeball_im::{ObservableVector, ObservableVectorTransaction, VectorDiff};
use futures_util::StreamExt as _;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use tokio::sync::Notify;

use crate::ports::Clock;

/// A frame at 60 Hz, milliseconds: the shortest time between two batches of one list.
pub const FRAME_MS: u64 = 16;
/// Pending diffs beyond this collapse into one `Reset`.
pub const WINDOW: usize = 256;
/// Changes of one frame beyond this are not looked at one by one: the list as it is says the same.
const MANY: usize = 4 * WINDOW;

/// One change of a list. Indexes refer to the list as the changes before it left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListDiff<T> {
    /// The list is now exactly this.
    Reset(Vec<Arc<T>>),
    /// These came at the end.
    Append(Vec<Arc<T>>),
    /// This came at `index`, what was there and after it moved back.
    Insert {
        /// Zero-based.
        index: usize,
        /// The new item.
        item: Arc<T>,
    },
    /// The item at `index` changed.
    Set {
        /// Zero-based.
        index: usize,
        /// The item as it is now.
        item: Arc<T>,
    },
    /// The item at `index` went.
    Remove {
        /// Zero-based.
        index: usize,
    },
    /// Only the first `length` are left.
    Truncate {
        /// Items left.
        length: usize,
    },
}

impl<T> ListDiff<T> {
    /// Applies the change to a list that got every change before it.
    pub fn apply(self, list: &mut Vec<Arc<T>>) {
        match self {
            Self::Reset(items) => *list = items,
            Self::Append(items) => list.extend(items),
            Self::Insert { index, item } => list.insert(index, item),
            Self::Set { index, item } => list[index] = item,
            Self::Remove { index } => {
                list.remove(index);
            }
            Self::Truncate { length } => list.truncate(length),
        }
    }
}

fn from_eyeball<T>(diff: VectorDiff<Arc<T>>, length: usize) -> ListDiff<T> {
    match diff {
        VectorDiff::Append { values } => ListDiff::Append(values.into_iter().collect()),
        VectorDiff::Clear => ListDiff::Truncate { length: 0 },
        VectorDiff::PushFront { value } => ListDiff::Insert { index: 0, item: value },
        VectorDiff::PushBack { value } => ListDiff::Append(vec![value]),
        VectorDiff::PopFront => ListDiff::Remove { index: 0 },
        VectorDiff::PopBack => ListDiff::Truncate { length: length.saturating_sub(1) },
        VectorDiff::Insert { index, value } if index == length => ListDiff::Append(vec![value]),
        VectorDiff::Insert { index, value } => ListDiff::Insert { index, item: value },
        VectorDiff::Set { index, value } => ListDiff::Set { index, item: value },
        VectorDiff::Remove { index } => ListDiff::Remove { index },
        VectorDiff::Truncate { length } => ListDiff::Truncate { length },
        VectorDiff::Reset { values } => ListDiff::Reset(values.into_iter().collect()),
    }
}

fn length_after<T>(diff: &ListDiff<T>, before: usize) -> usize {
    match diff {
        ListDiff::Reset(items) => items.len(),
        ListDiff::Append(items) => before + items.len(),
        ListDiff::Insert { .. } => before + 1,
        ListDiff::Set { .. } => before,
        ListDiff::Remove { .. } => before.saturating_sub(1),
        ListDiff::Truncate { length } => *length,
    }
}

/// A frame's changes of a list that was so long, what came at its end joined.
fn joined<T>(batch: Vec<VectorDiff<Arc<T>>>, mut length: usize) -> Vec<ListDiff<T>> {
    let mut diffs: Vec<ListDiff<T>> = Vec::with_capacity(batch.len().min(WINDOW));
    for diff in batch {
        let diff = from_eyeball(diff, length);
        length = length_after(&diff, length);
        match (diffs.last_mut(), diff) {
            (Some(ListDiff::Append(items)), ListDiff::Append(more)) => items.extend(more),
            (_, diff) => diffs.push(diff),
        }
    }
    diffs
}

/// The list as its service writes it; lives on the core thread.
pub(crate) struct LiveList<T> {
    items: Rc<RefCell<ObservableVector<Arc<T>>>>,
    clock: Rc<dyn Clock>,
}

impl<T: Send + Sync + 'static> LiveList<T> {
    pub(crate) fn new(clock: Rc<dyn Clock>) -> Self {
        Self { items: Rc::new(RefCell::new(ObservableVector::with_capacity(WINDOW))), clock }
    }

    /// Changes the list in one transaction: subscribers see all of it or nothing, in one batch.
    pub(crate) fn update<R>(
        &self,
        change: impl FnOnce(&mut ObservableVectorTransaction<'_, Arc<T>>) -> R,
    ) -> R {
        let mut items = self.items.borrow_mut();
        let mut transaction = items.transaction();
        let result = change(&mut transaction);
        transaction.commit();
        result
    }

    /// Makes the list be exactly this; items that stay the same in their place are not touched.
    pub(crate) fn replace(&self, items: Vec<T>)
    where
        T: PartialEq,
    {
        self.update(|list| {
            list.truncate(items.len());
            for (index, item) in items.into_iter().enumerate() {
                match list.get(index) {
                    None => list.push_back(Arc::new(item)),
                    Some(there) if **there == item => {}
                    Some(_) => drop(list.set(index, Arc::new(item))),
                }
            }
        });
    }

    /// Looks at the list as it is now, without copying it.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&ObservableVector<Arc<T>>) -> R) -> R {
        look(&self.items.borrow())
    }

    /// What is in the list now.
    pub(crate) fn snapshot(&self) -> Vec<Arc<T>> {
        self.items.borrow().iter().cloned().collect()
    }

    /// Follows the list from here on; ends when the subscription is dropped.
    pub(crate) fn subscribe(&self) -> ListSubscription<T> {
        let (values, mut changes) = self.items.borrow().subscribe().into_values_and_batched_stream();
        let shared = Arc::new(Shared {
            pending: Mutex::default(),
            wake: Notify::new(),
            ended: AtomicBool::new(false),
        });
        shared.put(vec![ListDiff::Reset(values.iter().cloned().collect())], Vec::new);
        let feeder = Feeder(Arc::downgrade(&shared));
        let clock = self.clock.clone();
        let items = Rc::downgrade(&self.items);
        let mut length = values.len();
        tokio::task::spawn_local(async move {
            while let Some(batch) = changes.next().await {
                let all = || -> Vec<Arc<T>> {
                    items.upgrade().map_or_else(Vec::new, |items| items.borrow().iter().cloned().collect())
                };
                let diffs =
                    if batch.len() > MANY { vec![ListDiff::Reset(all())] } else { joined(batch, length) };
                length = diffs.iter().fold(length, |length, diff| length_after(diff, length));
                let Some(shared) = feeder.0.upgrade() else { return };
                shared.put(diffs, all);
                drop(shared);
                // The stream gathers what changes in the meantime: at most one batch a frame, no timer while idle.
                clock.sleep(FRAME_MS).await;
            }
        });
        ListSubscription { shared }
    }
}

struct Shared<T> {
    pending: Mutex<VecDeque<ListDiff<T>>>,
    wake: Notify,
    ended: AtomicBool,
}

/// Tells the reader when the list itself is gone, however its task ends.
struct Feeder<T>(Weak<Shared<T>>);

impl<T> Drop for Feeder<T> {
    fn drop(&mut self) {
        if let Some(shared) = self.0.upgrade() {
            shared.ended.store(true, Ordering::Release);
            shared.wake.notify_one();
        }
    }
}

impl<T> Shared<T> {
    fn put(&self, diffs: Vec<ListDiff<T>>, all: impl FnOnce() -> Vec<Arc<T>>) {
        let mut pending = self.pending.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        pending.extend(diffs);
        if pending.len() > WINDOW {
            pending.clear();
            pending.push_back(ListDiff::Reset(all()));
        }
        drop(pending);
        self.wake.notify_one();
    }
}

/// The reader's end of a list. Dropping it ends the subscription.
pub struct ListSubscription<T> {
    shared: Arc<Shared<T>>,
}

impl<T> ListSubscription<T> {
    /// The next batch of changes; the first is a `Reset`. Waits until there is one; none once the list is gone.
    pub async fn next_batch(&mut self) -> Option<Vec<ListDiff<T>>> {
        loop {
            let ended = self.shared.ended.load(Ordering::Acquire);
            let batch = self.try_batch();
            if !batch.is_empty() {
                return Some(batch);
            }
            if ended {
                return None;
            }
            self.shared.wake.notified().await;
        }
    }

    /// What is pending now, without waiting; empty if nothing is.
    pub fn try_batch(&mut self) -> Vec<ListDiff<T>> {
        let mut pending = self.shared.pending.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        pending.drain(..).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, ScriptedHttp};
    use proptest::prelude::*;

    fn list() -> LiveList<u32> {
        LiveList::new(testing::ports(Rc::new(ScriptedHttp::default())).clock)
    }

    fn values(list: &[Arc<u32>]) -> Vec<u32> {
        list.iter().map(|item| **item).collect()
    }

    #[test]
    fn the_first_batch_is_a_reset_and_a_transaction_is_one_batch() {
        testing::run(async {
            let list = list();
            list.update(|items| items.push_back(Arc::new(1)));
            let mut subscription = list.subscribe();
            assert_eq!(subscription.next_batch().await.unwrap(), [ListDiff::Reset(vec![Arc::new(1)])]);
            list.update(|items| {
                items.push_front(Arc::new(0));
                items.push_back(Arc::new(2));
            });
            assert_eq!(subscription.next_batch().await.unwrap().len(), 2);
        });
    }

    #[test]
    fn at_most_one_batch_a_frame() {
        testing::run(async {
            let list = list();
            let mut subscription = list.subscribe();
            subscription.next_batch().await.unwrap();
            let clock = testing::ports(Rc::new(ScriptedHttp::default())).clock;
            let start = clock.monotonic_ms();
            let mut batches = 0;
            let writer = async {
                for value in 0..100 {
                    list.update(|items| items.push_back(Arc::new(value)));
                    clock.sleep(1).await;
                }
            };
            let reader = async {
                let mut got = Vec::new();
                while got.len() < 100 {
                    for diff in subscription.next_batch().await.unwrap() {
                        diff.apply(&mut got);
                    }
                    batches += 1;
                }
            };
            tokio::join!(writer, reader);
            let frames = (clock.monotonic_ms() - start) / FRAME_MS + 2;
            assert!(batches <= frames, "{batches} batches in {frames} frames");
        });
    }

    #[test]
    fn a_slow_reader_gets_one_reset_of_the_whole() {
        testing::run(async {
            let list = list();
            let mut subscription = list.subscribe();
            let clock = testing::ports(Rc::new(ScriptedHttp::default())).clock;
            for value in 0..2_000 {
                list.update(|items| items.push_back(Arc::new(value)));
                clock.sleep(FRAME_MS).await;
            }
            clock.sleep(FRAME_MS).await;
            let batch = subscription.next_batch().await.unwrap();
            assert!(batch.len() <= WINDOW + 1, "{}", batch.len());
            let mut got = Vec::new();
            for diff in batch {
                diff.apply(&mut got);
            }
            assert_eq!(values(&got), (0..2_000).collect::<Vec<_>>());
        });
    }

    #[test]
    fn what_comes_at_the_end_is_appended_at_once() {
        testing::run(async {
            let list = list();
            let mut subscription = list.subscribe();
            subscription.next_batch().await.unwrap();
            list.update(|items| {
                items.push_back(Arc::new(1));
                items.insert(1, Arc::new(2));
                items.push_back(Arc::new(3));
                items.pop_front();
            });
            let appended = ListDiff::Append([1, 2, 3].map(Arc::new).to_vec());
            assert_eq!(subscription.next_batch().await.unwrap(), [appended, ListDiff::Remove { index: 0 }]);
        });
    }

    #[test]
    fn a_frame_of_very_many_changes_is_the_list_as_it_is() {
        testing::run(async {
            let list = list();
            let mut subscription = list.subscribe();
            subscription.next_batch().await.unwrap();
            list.update(|items| {
                for value in 0..2_000 {
                    items.push_back(Arc::new(value));
                    if items.len() > 500 {
                        items.pop_front();
                    }
                }
            });
            let batch = subscription.next_batch().await.unwrap();
            assert!(matches!(&batch[..], [ListDiff::Reset(all)] if all.len() == 500));
            list.update(|items| items.push_back(Arc::new(7)));
            assert_eq!(subscription.next_batch().await.unwrap(), [ListDiff::Append(vec![Arc::new(7)])]);
        });
    }

    #[test]
    fn the_end_of_the_list_is_told() {
        testing::run(async {
            let list = list();
            let mut subscription = list.subscribe();
            subscription.next_batch().await.unwrap();
            drop(list);
            assert_eq!(subscription.next_batch().await, None);
        });
    }

    proptest! {
        #[test]
        fn diffs_rebuild_the_list(changes in prop::collection::vec((0_u8..8, 0_usize..40, any::<u32>()), 0..200)) {
            testing::run(async {
                let list = list();
                let mut subscription = list.subscribe();
                let mut got = Vec::new();
                for chunk in changes.chunks(7) {
                    list.update(|items| {
                        for &(kind, at, value) in chunk {
                            let at = if items.is_empty() { 0 } else { at % items.len() };
                            match kind {
                                0 => items.push_front(Arc::new(value)),
                                1 | 2 => items.push_back(Arc::new(value)),
                                3 => items.insert(at, Arc::new(value)),
                                4 if !items.is_empty() => { items.set(at, Arc::new(value)); }
                                5 if !items.is_empty() => { items.remove(at); }
                                6 if !items.is_empty() => items.truncate(at),
                                7 => { items.pop_back(); }
                                _ => {}
                            }
                        }
                    });
                    tokio::task::yield_now().await;
                    subscription.try_batch().into_iter().for_each(|diff| diff.apply(&mut got));
                }
                tokio::time::sleep(std::time::Duration::from_secs(10)).await;
                subscription.try_batch().into_iter().for_each(|diff| diff.apply(&mut got));
                prop_assert_eq!(values(&got), values(&list.snapshot()));
                Ok(())
            })?;
        }
    }
}
