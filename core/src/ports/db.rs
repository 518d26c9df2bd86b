//! A database: closures that run on its one connection, one after the other.
//!
//! In production that is a thread per database, so that an fsync never blocks the core thread; in simulation it runs
//! inline (paused time would run into its timeouts while a thread commits).

pub use rusqlite::Connection;

use std::fs::{File, TryLockError};
use std::path::Path;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

use super::Databases;
use crate::error::{Error, Result};
use crate::storage;

/// Work for a database.
pub type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Runs closures on one connection, in order.
pub trait Db {
    /// Hands over one piece of work. It runs even if nobody waits for it any more.
    fn run(&self, job: Job);
}

/// What the core calls.
pub trait DbExt: Db {
    /// Runs the closure and gives back what it returns.
    fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> impl Future<Output = Result<T>> {
        let (answer, result) = oneshot::channel();
        self.run(Box::new(move |connection| {
            // Nobody waiting is fine: the work was done all the same.
            let _ = answer.send(work(connection).map_err(storage::error));
        }));
        async move { result.await.unwrap_or(Err(Error::Closed)) }
    }

    /// Runs the closure in one transaction, committed before this returns.
    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> impl Future<Output = Result<T>> {
        self.call(move |connection| {
            let transaction =
                connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        })
    }
}

impl<D: Db + ?Sized> DbExt for D {}

/// The real one: a thread that owns the connection. Ends when dropped, after the work handed over so far.
pub struct DbThread {
    jobs: Option<mpsc::SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// Work that may wait before the caller does: the core thread hands over far less between two awaits.
const QUEUE: usize = 4_096;

impl DbThread {
    /// Starts the thread over an opened connection.
    ///
    /// # Errors
    /// `Storage` if the system gives no thread.
    pub fn start(name: &str, mut connection: Connection) -> Result<Self> {
        let (jobs, queue) = mpsc::sync_channel::<Job>(QUEUE);
        let thread = std::thread::Builder::new()
            .name(format!("nightmarket-{name}"))
            .spawn(move || {
                for job in queue {
                    job(&mut connection);
                }
            })
            .map_err(|error| Error::Storage { reason: error.to_string() })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }
}

/// Waits for the work handed over, so that whoever opens the file next finds it done.
impl Drop for DbThread {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("a database thread ended with a panic");
        }
    }
}

impl Db for DbThread {
    fn run(&self, job: Job) {
        if self.jobs.as_ref().is_none_or(|jobs| jobs.send(job).is_err()) {
            tracing::error!("a database thread is gone");
        }
    }
}

/// How long another core may take to end before the directory counts as in use.
const LOCK_TRIES: u32 = 500;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// Takes the directory for one core alone, until the file is dropped or the process ends. Waits for one that is ending.
pub(crate) fn lock(directory: &Path) -> Result<File> {
    let failed = |error: std::io::Error| Error::Storage { reason: error.to_string() };
    std::fs::create_dir_all(directory).map_err(failed)?;
    let file = File::create(directory.join("lock")).map_err(failed)?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
    Err(Error::Storage { reason: "another shopper has this directory open".to_owned() })
}

/// Opens or makes the three files.
pub(crate) fn open_files(directory: &Path) -> Result<Databases> {
    std::fs::create_dir_all(directory).map_err(|error| Error::Storage { reason: error.to_string() })?;
    let open = |kind: storage::Kind| -> Result<Rc<dyn Db>> {
        let connection = storage::open_file(kind, &directory.join(kind.file_name()))?;
        Ok(Rc::new(DbThread::start(kind.name(), connection)?))
    };
    Ok(Databases {
        ledger: open(storage::Kind::Ledger)?,
        outbox: open(storage::Kind::Outbox)?,
        cache: open(storage::Kind::Cache)?,
    })
}
