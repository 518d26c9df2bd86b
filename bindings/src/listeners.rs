//! How changes reach a screen: one listener thread per Shopper, outside every lock, one crossing per batch.
//!
//! A listener runs on that thread and should only hand over: while it runs, others wait. One that throws is not called
//! again; its subscription ends with the error.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use nightmarket::{ListDiff, ListSubscription};

use crate::error::{HostError, NightmarketError, Result};

/// A listener that takes longer holds up every other one, and is reported.
const SLOW: Duration = Duration::from_millis(100);
/// Subscriptions that may wait for the listener thread before callers do.
const QUEUE: usize = 256;

type Delivery = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The way to the listener thread of one Shopper.
#[derive(Clone)]
pub(crate) struct Listeners {
    deliveries: mpsc::Sender<Delivery>,
}

/// Ends the listener thread when dropped, once what it delivers has ended.
pub(crate) struct ListenerThread(
    #[expect(dead_code, reason = "its drop is what is heard")] watch::Sender<()>,
);

impl Listeners {
    pub(crate) fn start() -> nightmarket::Result<(Self, ListenerThread)> {
        let (deliveries, mut received) = mpsc::channel::<Delivery>(QUEUE);
        let (alive, mut ending) = watch::channel(());
        let failed = |error: std::io::Error| nightmarket::Error::Internal { reason: error.to_string() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(failed)?;
        let thread = move || {
            runtime.block_on(async move {
                let mut under_way = JoinSet::new();
                loop {
                    tokio::select! {
                        biased;
                        _ = ending.changed() => break,
                        delivery = received.recv() => match delivery {
                            Some(delivery) => drop(under_way.spawn(delivery)),
                            None => break,
                        },
                        Some(_) = under_way.join_next() => {}
                    }
                }
                // The core has ended or is ending, so each hears that nothing more will come.
                received.close();
                while let Some(delivery) = received.recv().await {
                    under_way.spawn(delivery);
                }
                while under_way.join_next().await.is_some() {}
            });
        };
        std::thread::Builder::new().name("nightmarket-listeners".to_owned()).spawn(thread).map_err(failed)?;
        Ok((Self { deliveries }, ListenerThread(alive)))
    }

    /// Follows a list: every batch of its changes, as `batch` makes it, to `listener`.
    pub(crate) async fn list<T, B, L>(
        &self,
        mut list: ListSubscription<T>,
        listener: L,
        batch: fn(Vec<ListDiff<T>>) -> B,
    ) -> Result<Arc<Subscription>>
    where
        T: Send + Sync + 'static,
        B: Send + 'static,
        L: Listener<B>,
    {
        let (subscription, mut canceled) = Subscription::new();
        self.deliver(async move {
            loop {
                let next = tokio::select! {
                    biased;
                    _ = canceled.changed() => return,
                    next = list.next_batch() => next,
                };
                let Some(diffs) = next else { return end(&listener, &canceled, None) };
                if let Err(error) = call(&listener, &canceled, batch(diffs)) {
                    return end(&listener, &canceled, Some(error));
                }
            }
        })
        .await?;
        Ok(subscription)
    }

    /// Follows a value: as it is now, then every newer one, the newest wins.
    pub(crate) async fn value<T, V, L>(
        &self,
        mut value: watch::Receiver<T>,
        listener: L,
    ) -> Result<Arc<Subscription>>
    where
        T: Clone + Into<V> + Send + Sync + 'static,
        V: Send + 'static,
        L: Listener<V>,
    {
        let (subscription, mut canceled) = Subscription::new();
        self.deliver(async move {
            loop {
                let now = value.borrow_and_update().clone();
                if let Err(error) = call(&listener, &canceled, now.into()) {
                    return end(&listener, &canceled, Some(error));
                }
                tokio::select! {
                    biased;
                    _ = canceled.changed() => return,
                    more = value.changed() => if more.is_err() {
                        return end(&listener, &canceled, None);
                    },
                }
            }
        })
        .await?;
        Ok(subscription)
    }

    async fn deliver(&self, delivery: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        self.deliveries.send(Box::pin(delivery)).await.map_err(|_| NightmarketError::Closed)
    }
}

/// What the macros below make of every listener trait, so that delivering is written once.
pub(crate) trait Listener<B>: Send + 'static {
    fn changed(&self, change: B) -> Result<(), HostError>;
    fn ended(&self, error: Option<NightmarketError>) -> Result<(), HostError>;
}

fn call<B>(listener: &impl Listener<B>, canceled: &watch::Receiver<bool>, change: B) -> Result<()> {
    if is_canceled(canceled) {
        return Ok(());
    }
    let before = Instant::now();
    let answer = listener.changed(change);
    let took = before.elapsed();
    if took > SLOW {
        tracing::warn!(took_ms = took.as_millis(), "a listener holds up all others");
    }
    answer.map_err(|error| {
        tracing::warn!(%error, "a listener failed; its subscription ends");
        error.of("listener").into()
    })
}

fn end<B>(listener: &impl Listener<B>, canceled: &watch::Receiver<bool>, error: Option<NightmarketError>) {
    if !is_canceled(canceled)
        && let Err(error) = listener.ended(error)
    {
        tracing::warn!(%error, "a listener failed at its end");
    }
}

/// Canceled, or the handle is gone.
fn is_canceled(canceled: &watch::Receiver<bool>) -> bool {
    *canceled.borrow() || canceled.has_changed().is_err()
}

/// A listener's place. Once `cancel` has returned no call of the listener begins any more; one that runs is not waited
/// for. Dropping it cancels.
#[derive(uniffi::Object)]
pub struct Subscription {
    canceled: watch::Sender<bool>,
}

impl Subscription {
    fn new() -> (Arc<Self>, watch::Receiver<bool>) {
        let (canceled, receiver) = watch::channel(false);
        (Arc::new(Self { canceled }), receiver)
    }
}

#[uniffi::export]
impl Subscription {
    /// Ends it; calling it again does nothing.
    pub fn cancel(&self) {
        self.canceled.send_replace(true);
    }
}

/// The listener trait of a list, its batches and their diffs: `list_listener!(Post: PostListener, PostBatch, PostDiff)`.
/// A third name is the core's item where the record is not that very type.
macro_rules! list_listener {
    ($item:ident: $listener:ident, $batch:ident, $diff:ident) => {
        $crate::listeners::list_listener!($item from $item: $listener, $batch, $diff);
    };
    ($item:ident from $core:ty: $listener:ident, $batch:ident, $diff:ident) => {
        /// One change of a list. Indexes are zero-based and refer to the list as the changes before it left it.
        #[derive(Debug, Clone, uniffi::Enum)]
        pub enum $diff {
            /// The list is now exactly this.
            Reset {
                /// All of it.
                items: Vec<$item>,
            },
            /// These came at the end.
            Append {
                /// In order.
                items: Vec<$item>,
            },
            /// This came at `index`; what was there and after it moved back.
            Insert {
                /// Its place.
                index: u32,
                /// The new item.
                item: $item,
            },
            /// The item at `index` changed.
            Set {
                /// Its place.
                index: u32,
                /// The item as it is now.
                item: $item,
            },
            /// The item at `index` went.
            Remove {
                /// Where it was.
                index: u32,
            },
            /// Only the first `length` are left.
            Truncate {
                /// Items left.
                length: u32,
            },
        }

        /// What changed in one frame, to be applied in order.
        #[derive(Debug, Clone, uniffi::Record)]
        pub struct $batch {
            /// The changes. The first batch of a subscription begins with a `Reset`.
            pub diffs: Vec<$diff>,
        }

        impl $batch {
            fn of(diffs: Vec<nightmarket::ListDiff<$core>>) -> Self {
                use nightmarket::ListDiff;
                let item = |item: std::sync::Arc<$core>| <$item>::from(std::sync::Arc::unwrap_or_clone(item));
                // A list of more than four billion lines is not held in memory.
                let place = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
                let diff = |diff: ListDiff<$core>| match diff {
                    ListDiff::Reset(items) => $diff::Reset { items: items.into_iter().map(item).collect() },
                    ListDiff::Append(items) => $diff::Append { items: items.into_iter().map(item).collect() },
                    ListDiff::Insert { index, item: new } => {
                        $diff::Insert { index: place(index), item: item(new) }
                    }
                    ListDiff::Set { index, item: new } => $diff::Set { index: place(index), item: item(new) },
                    ListDiff::Remove { index } => $diff::Remove { index: place(index) },
                    ListDiff::Truncate { length } => $diff::Truncate { length: place(length) },
                };
                Self { diffs: diffs.into_iter().map(diff).collect() }
            }
        }

        $crate::listeners::listener!($listener, $batch);
    };
}
pub(crate) use list_listener;

/// The listener trait of a value of which only the newest counts: `listener!(RoomListener, RoomState)`.
macro_rules! listener {
    ($listener:ident, $change:ty) => {
        /// Hears what changes, on the Shopper's listener thread. Hand it over and return: all listeners share the thread.
        #[uniffi::export(callback_interface)]
        pub trait $listener: Send + Sync {
            /// The change, or the value as it is now.
            fn changed(&self, change: $change) -> $crate::error::Result<(), $crate::error::HostError>;
            /// Nothing more will come: the Shopper was closed, the room left, or this listener has failed.
            fn ended(
                &self,
                error: Option<$crate::error::NightmarketError>,
            ) -> $crate::error::Result<(), $crate::error::HostError>;
        }

        impl $crate::listeners::Listener<$change> for Box<dyn $listener> {
            fn changed(&self, change: $change) -> $crate::error::Result<(), $crate::error::HostError> {
                (**self).changed(change)
            }

            fn ended(
                &self,
                error: Option<$crate::error::NightmarketError>,
            ) -> $crate::error::Result<(), $crate::error::HostError> {
                (**self).ended(error)
            }
        }
    };
}
pub(crate) use listener;
