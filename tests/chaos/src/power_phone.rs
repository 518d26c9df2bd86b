//! A phone whose battery falls out: its ledger is on a [`Disk`], and every life opens it anew, as the core does.

use std::cell::{Cell, RefCell};
use std::ops::Add;
use std::rc::Rc;

use nightmarket::Error;
use nightmarket::ports::sim::{InlineDb, SeededEntropy, SimClock, in_memory};
use nightmarket::ports::{Clock as _, Databases, Db, Ports};
use nightmarket::storage::Kind;

use crate::dice::Dice;
use crate::disk::Disk;
use crate::net::SimNet;
use crate::phone::{dump, read};
use crate::planted::Planted;
use crate::power::Power;
use crate::sockets::SimDial;
use crate::trace::short_hash;
use crate::witness::{LEDGER, Watched, Witness, unsent};

/// Disks that each cut is looked at on, beside the one that the phone goes on with.
const IMAGES: u64 = 24;

/// What the cuts of a phone came to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cuts {
    /// Lives that ended by a cut, and went on from what it left.
    pub lived: u64,
    /// Other disks that these cuts might have left, opened and looked at.
    pub images: u64,
    /// Of the former, those while a purchase was neither settled nor with the buyer.
    pub in_flight: u64,
    /// Syncs that failed, and writes that found the disk full.
    pub refused: u64,
}

impl Add for Cuts {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self {
            lived: self.lived + more.lived,
            images: self.images + more.images,
            in_flight: self.in_flight + more.in_flight,
            refused: self.refused + more.refused,
        }
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
    /// Outbox and cache lose nothing here: the ledger is what money hangs on.
    others: Databases,
    clock: Rc<SimClock>,
    entropy: Rc<SeededEntropy>,
    dice: Dice,
    power: RefCell<Rc<Power>>,
    by: By,
    cuts: Cell<Cuts>,
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
            others: in_memory().expect("databases open in memory"),
            clock: Rc::new(SimClock::new(net.clock.wall_ms())),
            entropy: Rc::new(SeededEntropy::new(seed ^ 0x70_68_6f_6e_65)),
            dice: Dice::new(seed, "power"),
            power: RefCell::new(Power::steps(None)),
            by,
            cuts: Cell::default(),
        }
    }

    /// The disk, to make it fail or fill up.
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// What the cuts came to so far.
    pub fn cuts(&self) -> Cuts {
        Cuts { refused: self.disk.refused(), ..self.cuts.get() }
    }

    /// The first thing that the witness saw and that must not be.
    fn witnessed(&self) -> Result<(), String> {
        self.witness.wrong().filter(|_| self.by == By::All).map_or(Ok(()), Err)
    }

    /// A life that is to be cut is cut within so many steps from now.
    pub fn hasten(&self, steps: u64) {
        self.power.borrow().hasten(steps);
    }

    /// One life: the ledger is opened, `work` runs over it, and the power is cut at step `cut_at` if that comes first. A
    /// step is a write, a sync, a request, its answer, a database's work. Gives what `work` gave; none if it was cut, or
    /// if a failing disk did not let the ledger be opened.
    ///
    /// # Errors
    /// What the witness saw and must not be; a ledger that is damaged, that a working disk does not open, or that a cut
    /// took something from.
    pub async fn live<T>(
        &self,
        cut_at: Option<u64>,
        work: impl AsyncFnOnce(Ports) -> T,
    ) -> Result<Option<T>, String> {
        let power = Power::steps(cut_at);
        self.disk.set_power(power.clone());
        self.power.replace(power.clone());
        let lived = match self.open_ledger() {
            Ok(ledger) => {
                let ports = Ports {
                    http: (self.planted.http)(Rc::new(Watched(self.witness.clone()))),
                    dial: Rc::new(SimDial(self.net.clone())),
                    db: Databases { ledger, ..self.others.clone() },
                    clock: self.clock.clone(),
                    entropy: self.entropy.clone(),
                };
                power.live(ports, work).await
            }
            Err(_) if power.is_gone() => None,
            Err(Error::Storage { .. }) if self.disk.is_failing() => None,
            Err(error) => return Err(format!("the ledger does not open: {error}")),
        };
        self.disk.set_power(Power::steps(None));
        // Closing the ledger writes too: the power may have gone only then.
        let lived = lived.filter(|_| !power.is_gone());
        self.witnessed()?;
        if power.is_gone() {
            self.cut()?;
        }
        let how = if power.is_gone() { "is cut" } else { "ends" };
        let (list, journal) = (self.disk.list(), self.journal()?);
        self.net.note(&format!("a life {how} after {} syncs; {list}; journal {journal}", self.disk.syncs()));
        Ok(lived)
    }

    fn open_ledger(&self) -> nightmarket::Result<Rc<dyn Db>> {
        let failed = |error: rusqlite::Error| Error::Storage { reason: error.to_string() };
        let ledger = self.disk.open(LEDGER).map_err(failed)?;
        let ledger = InlineDb::new(Kind::Ledger, ledger)?;
        let sql = self.planted.sql;
        let unsent = read(&ledger, move |connection| {
            let unsent = unsent(connection)?;
            connection.execute_batch(sql)?;
            Ok(unsent)
        });
        self.witness.reopened(unsent.map_err(failed)?);
        Ok(Rc::new(ledger))
    }

    fn cut(&self) -> Result<(), String> {
        if self.by == By::Books {
            self.disk.cut(&self.dice);
            return Ok(());
        }
        for _ in 0..IMAGES {
            let image = self.disk.crashed(&self.dice);
            self.look_at(&image)?;
        }
        self.disk.cut(&self.dice);
        let in_flight = self.look_at(&self.disk.crashed(&self.dice))?;
        let cut = Cuts { lived: 1, images: IMAGES, in_flight: u64::from(in_flight), refused: 0 };
        self.cuts.set(self.cuts.get() + cut);
        Ok(())
    }

    /// What a cut left has to open, be whole, and hold every key that left. Gives whether something was in flight.
    fn look_at(&self, disk: &Rc<Disk>) -> Result<bool, String> {
        let mut ledger = disk.open(LEDGER).map_err(|error| format!("after a cut: {error}"))?;
        nightmarket::storage::prepare(Kind::Ledger, &mut ledger)
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
        let copy = self.disk.copy();
        let mut ledger = copy.open(LEDGER).map_err(|error| error.to_string())?;
        dump(&mut ledger).map(|all| short_hash(all.as_bytes())).map_err(|error| error.to_string())
    }
}
