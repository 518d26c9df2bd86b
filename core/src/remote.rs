//! From any thread to the core thread: a call posts a job and awaits its answer.
//!
//! The job runs to its end even if the caller stops waiting, so a dropped future never decides an outcome.

use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::error::{Error, Result};
use crate::shopper::Services;

type Job = Box<dyn FnOnce(&Rc<Services>) + Send>;

/// Calls that may wait for the core thread before callers do.
const QUEUE: usize = 1_024;

/// The way to one core thread.
#[derive(Clone)]
pub(crate) struct CoreHandle {
    jobs: mpsc::Sender<Job>,
}

/// The core thread's end.
pub(crate) struct Jobs {
    jobs: mpsc::Receiver<Job>,
    ending: Arc<Notify>,
}

/// Ends the core when dropped, whoever else still holds a handle: calls through those are `Closed` from then on.
pub(crate) struct Ending(Arc<Notify>);

impl Ending {
    pub(crate) fn end(&self) {
        self.0.notify_one();
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.end();
    }
}

pub(crate) fn channel() -> (CoreHandle, Jobs, Ending) {
    let (jobs, receiver) = mpsc::channel(QUEUE);
    let ending = Arc::new(Notify::new());
    (CoreHandle { jobs }, Jobs { jobs: receiver, ending: ending.clone() }, Ending(ending))
}

impl Jobs {
    /// Runs what is asked until the core ends.
    pub(crate) async fn serve(mut self, services: Rc<Services>) {
        loop {
            tokio::select! {
                biased;
                () = self.ending.notified() => return,
                job = self.jobs.recv() => match job {
                    Some(job) => job(&services),
                    None => return,
                },
            }
        }
    }
}

impl CoreHandle {
    /// Runs `work` on the core thread and gives back what it returns.
    pub(crate) async fn call<T, F, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + 'static,
        W: FnOnce(Rc<Services>) -> F + Send + 'static,
    {
        let (answer, result) = oneshot::channel();
        let job: Job = Box::new(move |services| {
            let work = work(services.clone());
            tokio::task::spawn_local(async move {
                // Nobody waiting is fine: the work was done all the same.
                let _ = answer.send(work.await);
            });
        });
        self.jobs.send(job).await.map_err(|_| Error::Closed)?;
        result.await.unwrap_or(Err(Error::Closed))
    }
}

/// The way to one service of the core thread.
pub(crate) struct Remote<S> {
    core: CoreHandle,
    pick: fn(&Services) -> &Rc<S>,
}

impl<S> Clone for Remote<S> {
    fn clone(&self) -> Self {
        Self { core: self.core.clone(), pick: self.pick }
    }
}

impl<S: 'static> Remote<S> {
    pub(crate) fn new(core: &CoreHandle, pick: fn(&Services) -> &Rc<S>) -> Self {
        Self { core: core.clone(), pick }
    }

    /// Runs `work` with the service on the core thread.
    pub(crate) async fn call<T, F, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + 'static,
        W: FnOnce(Rc<S>) -> F + Send + 'static,
    {
        let pick = self.pick;
        self.core.call(move |services| work(pick(&services).clone())).await
    }
}
