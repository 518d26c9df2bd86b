//! A phone whose battery falls out: its three databases are on a [`Disk`], and every life opens them anew, as the core
//! does.

use std::cell::{Cell, RefCell};
use std::ops::AddAssign;
use std::rc::Rc;

use nightmarket::Error;
use nightmarket::ports::sim::{InlineDb, SeededEntropy, SimClock};
use nightmarket::ports::{Clock as _, Connection, Databases, Db, Ports};
use nightmarket::storage::{self, Kind, Place};

use crate::dice::Dice;
use crate::disk::{Disk, Sync};
use crate::net::SimNet;
use crate::phone::{dump, read};
use crate::planted::Planted;
use crate::power::Power;
use crate::sockets::SimDial;
use crate::steps::{JOURNAL, Steps};
use crate::trace::short_hash;
use crate::witness::{LEDGER, Watched, Witness, unsent};

/// Other disks that each cut is looked at on, if it might have left more than one.
const IMAGES: u64 = 3;
/// The files of the other databases.
const OUTBOX: &str = "outbox.db";
const CACHE: &str = "cache.db";

/// What the cuts of a phone came to.
#[derive(Debug, Clone, Default)]
pub struct Cuts {
    /// Lives that the cut of the power ended, and that went on from what it left.
    pub all: u64,
    /// Of these what is counted: something of the ledger was written and not synced, or a purchase was neither settled
    /// nor with the buyer, or the step was one of a purchase's.
    pub counted: u64,
    /// Something of the ledger was written and not synced.
    pub unsynced: u64,
    /// A purchase was neither settled nor with the buyer.
    pub in_flight: u64,
    /// Other disks that these cuts might have left, opened and looked at.
    pub images: u64,
    /// Syncs that failed, and writes that found the disk full.
    pub refused: u64,
    /// Damaged outboxes that were set aside, and caches that were replaced.
    pub set_aside: [u64; 2],
    /// At what the power went.
    pub steps: Steps,
}

impl AddAssign<&Self> for Cuts {
    fn add_assign(&mut self, more: &Self) {
        self.all += more.all;
        self.counted += more.counted;
        self.unsynced += more.unsynced;
        self.in_flight += more.in_flight;
        self.images += more.images;
        self.refused += more.refused;
        self.set_aside[0] += more.set_aside[0];
        self.set_aside[1] += more.set_aside[1];
        self.steps += &more.steps;
    }
}

/// Who judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The books, and the witness on the wire, and every cut's ledger.
    All,
    /// Only the books, after the last life: what a planted bug does in the end.
    Books,
}

/// See the module.
pub struct PowerPhone {
    net: Rc<SimNet>,
    planted: Planted,
    disk: Rc<Disk>,
    witness: Rc<Witness>,
    clock: Rc<SimClock>,
    entropy: Rc<SeededEntropy>,
    dice: Dice,
    power: RefCell<Rc<Power>>,
    by: By,
    cuts: RefCell<Cuts>,
    /// Whether a sync lied or failed: only then may an outbox be damaged.
    trusted: Cell<bool>,
}

impl PowerPhone {
    /// A new phone, with a bug planted around its core or none.
    pub fn new(net: &Rc<SimNet>, seed: u64, planted: Planted, by: By) -> Self {
        let disk = Disk::new(seed);
        disk.set_sync(planted.sync);
        Self {
            net: net.clone(),
            planted,
            witness: Rc::new(Witness::new(net, &disk)),
            disk,
            clock: Rc::new(SimClock::new(net.clock.wall_ms())),
            entropy: Rc::new(SeededEntropy::new(seed ^ 0x70_68_6f_6e_65)),
            dice: Dice::new(seed, "power"),
            power: RefCell::new(Power::steps(None)),
            by,
            cuts: RefCell::default(),
            trusted: Cell::new(planted.sync == Sync::Honest),
        }
    }

    /// The disk, to make it fail or fill up.
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// What the cuts came to so far.
    pub fn cuts(&self) -> Cuts {
        Cuts { refused: self.disk.refused(), ..self.cuts.borrow().clone() }
    }

    /// The first thing that the witness saw and that must not be.
    fn witnessed(&self) -> Result<(), String> {
        self.witness.wrong().filter(|_| self.by == By::All).map_or(Ok(()), Err)
    }

    /// A life that is to be cut is cut within so many steps from now.
    pub fn hasten(&self, steps: u64) {
        self.power.borrow().hasten(steps);
    }

    /// One life: the databases are opened, `work` runs over them, and the power is cut at step `cut_at` if that comes
    /// first. A step is a write, a sync, a request, its answer, a frame, a database's work. Gives what `work` gave; none
    /// if it was cut, or if a failing disk did not let ledger or outbox be opened.
    ///
    /// # Errors
    /// What the witness saw and must not be; a ledger or outbox that is damaged, a database that a working disk does not
    /// open, or a ledger that a cut took something from.
    pub async fn live<T>(
        &self,
        cut_at: Option<u64>,
        work: impl AsyncFnOnce(Ports) -> T,
    ) -> Result<Option<T>, String> {
        let power = Power::steps(cut_at);
        self.disk.set_power(power.clone());
        self.power.replace(power.clone());
        self.trusted.set(self.trusted.get() && self.disk.is_honest());
        let lived = match self.open() {
            Ok(db) => {
                let ports = Ports {
                    http: (self.planted.http)(Rc::new(Watched(self.witness.clone()))),
                    dial: Rc::new(SimDial(self.net.clone())),
                    db,
                    clock: self.clock.clone(),
                    entropy: self.entropy.clone(),
                };
                power.live(ports, work).await
            }
            Err(_) if power.is_gone() => None,
            Err(Error::Storage { .. }) if self.disk.is_failing() => None,
            Err(error) => return Err(format!("the databases do not open: {error}")),
        };
        self.disk.set_power(Power::steps(None));
        // Closing the databases writes too: the power may have gone only then.
        let lived = lived.filter(|_| !power.is_gone());
        self.witnessed()?;
        if self.trusted.get() && self.cuts.borrow().set_aside[0] > 0 {
            return Err("the outbox was damaged, and no sync had lied or failed".to_owned());
        }
        if power.is_gone() {
            self.cut(&power)?;
        }
        let how = if power.is_gone() { "is cut" } else { "ends" };
        let (list, journal) = (self.disk.list(), self.journal()?);
        self.net.note(&format!("a life {how} after {} syncs; {list}; journal {journal}", self.disk.syncs()));
        Ok(lived)
    }

    fn open(&self) -> nightmarket::Result<Databases> {
        let open = |kind, name| -> nightmarket::Result<Rc<dyn Db>> {
            let connection = storage::open(kind, &OnDisk { phone: self, kind, name })?;
            Ok(Rc::new(InlineDb::prepared(connection)))
        };
        let ledger = open(Kind::Ledger, LEDGER)?;
        let sql = self.planted.sql;
        let unsent = read(&*ledger, move |connection| {
            let unsent = unsent(connection)?;
            connection.execute_batch(sql)?;
            Ok(unsent)
        });
        let failed = |error: rusqlite::Error| Error::Storage { reason: error.to_string() };
        self.witness.reopened(unsent.map_err(failed)?);
        Ok(Databases { ledger, outbox: open(Kind::Outbox, OUTBOX)?, cache: open(Kind::Cache, CACHE)? })
    }

    fn cut(&self, power: &Power) -> Result<(), String> {
        if self.by == By::Books {
            self.disk.cut(&self.dice);
            return Ok(());
        }
        let unsynced = self.disk.is_underway(LEDGER);
        let images = if unsynced { IMAGES } else { 0 };
        for _ in 0..images {
            let image = self.disk.crashed(&self.dice);
            self.look_at(&image)?;
        }
        self.disk.cut(&self.dice);
        let in_flight = self.look_at(&self.disk.copy(LEDGER))?;
        let mut cuts = self.cuts.borrow_mut();
        let last = power.last();
        let of_a_purchase = last.as_ref().is_some_and(|(step, _)| JOURNAL.contains(&step.as_str()));
        cuts.all += 1;
        cuts.counted += u64::from(unsynced || in_flight || of_a_purchase);
        cuts.unsynced += u64::from(unsynced);
        cuts.in_flight += u64::from(in_flight);
        cuts.images += images;
        if let Some((step, edge)) = last {
            cuts.steps.add(step, edge);
        }
        Ok(())
    }

    /// What a cut left has to open, be whole, and hold every key that left. Gives whether something was in flight.
    fn look_at(&self, disk: &Rc<Disk>) -> Result<bool, String> {
        let mut ledger = disk.open(LEDGER).map_err(|error| format!("after a cut: {error}"))?;
        storage::prepare(Kind::Ledger, &mut ledger)
            .map_err(|error| format!("after a cut the ledger does not open: {error}"))?;
        let lost = self.witness.lost_by(&ledger).map_err(|error| error.to_string())?;
        lost.map_or(Ok(()), Err)?;
        ledger
            .query_row(
                "select exists (select 1 from purchases where settled = 0 and code <> 'needs_buyer')",
                [],
                |row| row.get(0),
            )
            .map_err(|error| error.to_string())
    }

    /// A hash over all that the ledger holds.
    fn journal(&self) -> Result<String, String> {
        let copy = self.disk.copy(LEDGER);
        let mut ledger = copy.open(LEDGER).map_err(|error| error.to_string())?;
        dump(&mut ledger).map(|all| short_hash(all.as_bytes())).map_err(|error| error.to_string())
    }
}

/// A database of the phone's, as the core opens it.
struct OnDisk<'a> {
    phone: &'a PowerPhone,
    kind: Kind,
    name: &'static str,
}

impl Place for OnDisk<'_> {
    fn open(&self) -> rusqlite::Result<Connection> {
        self.phone.disk.open(self.name)
    }

    fn set_aside(&self) -> nightmarket::Result<()> {
        self.phone.disk.remove(self.name);
        self.phone.cuts.borrow_mut().set_aside[usize::from(self.kind == Kind::Cache)] += 1;
        Ok(())
    }
}
