//! A phone: what outlives a killed app (databases, entropy, clocks), and lives that end whenever the dice say.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::mpsc;

use nightmarket::ports::sim::{SeededEntropy, SimClock, in_memory};
use nightmarket::ports::{Clock as _, Connection, Databases, Db, Http, Ports};

use crate::net::SimNet;
use crate::power::Power;
use crate::sockets::SimDial;
use crate::steps::Steps;
use crate::trace::short_hash;

/// See the module.
pub struct Phone {
    net: Rc<SimNet>,
    http: Rc<dyn Http>,
    db: Databases,
    clock: Rc<SimClock>,
    entropy: Rc<SeededEntropy>,
    steps: RefCell<Steps>,
}

impl Phone {
    /// A new phone. `wrap` may put something between the core and the network: a planted bug.
    pub fn new(net: &Rc<SimNet>, seed: u64, wrap: impl FnOnce(Rc<dyn Http>) -> Rc<dyn Http>) -> Self {
        Self {
            net: net.clone(),
            http: wrap(net.clone()),
            db: in_memory().expect("databases open in memory"),
            clock: Rc::new(SimClock::new(net.clock.wall_ms())),
            entropy: Rc::new(SeededEntropy::new(seed ^ 0x70_68_6f_6e_65)),
            steps: RefCell::default(),
        }
    }

    /// Its wall clock, to be set wrong.
    pub fn clock(&self) -> &SimClock {
        &self.clock
    }

    /// One life of the app: runs `work` over this phone's ports, and kills it at step `kill_at` if that comes first.
    /// A step is anything that touches the outside, before and after: a database's work, a request, its answer.
    /// Gives what `work` gave, none if it was killed. Every task of the life is gone when this returns.
    pub async fn live<T>(&self, kill_at: Option<u64>, work: impl AsyncFnOnce(Ports) -> T) -> Option<T> {
        let ports = Ports {
            http: self.http.clone(),
            dial: Rc::new(SimDial(self.net.clone())),
            db: self.db.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
        };
        let power = Power::steps(kill_at);
        let lived = power.live(ports, work).await;
        let last = power.last();
        let how =
            last.as_ref().map_or("ends".to_owned(), |(step, edge)| format!("is killed {edge:?} {step}"));
        self.net.note(&format!("a life {how}; journal {}", self.journal()));
        if let Some((step, edge)) = last {
            self.steps.borrow_mut().add(step, edge);
        }
        lived
    }

    /// At what its lives were killed.
    pub fn steps(&self) -> Steps {
        self.steps.borrow().clone()
    }

    /// A hash over all that ledger and outbox hold.
    pub fn journal(&self) -> String {
        let mut all = String::new();
        for db in [&self.db.ledger, &self.db.outbox] {
            all.push_str(&read(&**db, dump).expect("the phone's own databases can be read"));
        }
        short_hash(all.as_bytes())
    }

    /// Rows of a table of the outbox or the ledger, as text, for judging.
    pub fn count(&self, table: &'static str) -> u32 {
        let db = if table == "outbox" { &self.db.outbox } else { &self.db.ledger };
        let counted = read(&**db, move |connection| {
            connection.query_row(&format!("select count(*) from {table}"), [], |row| row.get(0))
        });
        counted.expect("the phone's own databases can be read")
    }
}

/// What the work gives, of a database whose work runs inline.
pub(crate) fn read<T: Send + 'static>(
    db: &dyn Db,
    work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
) -> rusqlite::Result<T> {
    let (answer, result) = mpsc::channel();
    db.run(Box::new(move |connection| {
        answer.send(work(connection)).expect("the reader waits");
    }));
    result.recv().expect("work runs inline")
}

pub(crate) fn dump(connection: &mut Connection) -> rusqlite::Result<String> {
    let tables: Vec<String> = connection
        .prepare("select name from sqlite_schema where type = 'table' order by name")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut text = String::new();
    for table in tables {
        let mut rows = connection.prepare(&format!("select * from \"{table}\""))?;
        let columns = rows.column_count();
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                let _ = write!(text, "{:?}|", row.get_ref(column)?);
            }
            text.push_str(&table);
            text.push('\n');
        }
    }
    Ok(text)
}
