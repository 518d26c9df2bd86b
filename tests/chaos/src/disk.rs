//! A disk in memory that keeps only what was synced.
//!
//! Files have what is read now and what would be found after a power cut; what was written in between is on its way,
//! and a cut keeps any part of it, in pieces of 512 bytes. So writes are lost, torn, and overtake each other. A sync
//! may lie or fail, and the disk may fill up. [`crate::vfs`] gives it to `SQLite`.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use nightmarket::ports::Connection;
use rusqlite::OpenFlags;
use rusqlite::ffi;

use crate::dice::Dice;
use crate::power::Power;
use crate::vfs::Registered;

/// What a disk writes as a whole or not at all.
const SECTOR: usize = 512;

/// What a sync does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// Returns when all is on the disk.
    Honest,
    /// Returns at once, and does nothing.
    Lies,
    /// So many in a hundred fail. What a failed one left behind may never arrive, and the next one does not say so.
    Fails(u64),
}

#[derive(Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>, filler: u8) {
        match self {
            Self::Truncate(length) => content.resize(*length, 0),
            Self::Write { at, bytes } => {
                let end = at + bytes.len();
                if content.len() < end {
                    content.resize(end, filler);
                }
                content[*at..end].copy_from_slice(bytes);
            }
        }
    }

    /// The parts that a cut keeps or loses each for itself.
    fn pieces(&self) -> Vec<Self> {
        let Self::Write { at, bytes } = self else { return vec![self.clone()] };
        let (mut pieces, mut from) = (Vec::new(), 0);
        while from < bytes.len() {
            let to = ((at + from) / SECTOR * SECTOR + SECTOR - at).min(bytes.len());
            pieces.push(Self::Write { at: at + from, bytes: bytes[from..to].to_vec() });
            from = to;
        }
        pieces
    }
}

#[derive(Clone, Default)]
struct File {
    now: Vec<u8>,
    synced: Vec<u8>,
    underway: Vec<Change>,
    /// Whether its name is in the folder on the disk.
    linked: bool,
}

#[derive(Clone, Default)]
struct Files {
    all: Vec<File>,
    names: BTreeMap<String, usize>,
    /// Deleted, and the folder on the disk does not know it yet.
    ghosts: BTreeMap<String, usize>,
    /// Their next sync syncs the folder too.
    fresh: BTreeSet<usize>,
}

/// A page of the memory that connections share; the kernel's on a real phone, so a cut empties it.
type Shared = Box<[Cell<u64>]>;

/// See the module.
pub struct Disk {
    files: RefCell<Files>,
    shared: RefCell<BTreeMap<usize, Vec<Shared>>>,
    power: RefCell<Rc<Power>>,
    dice: Dice,
    sync: Cell<Sync>,
    room: Cell<Option<usize>>,
    syncs: Cell<u64>,
    refused: Cell<u64>,
    vfs: RefCell<Option<Registered>>,
}

impl Disk {
    /// An empty one.
    pub fn new(seed: u64) -> Rc<Self> {
        Self::with(Files::default(), Dice::new(seed, "disk"))
    }

    fn with(files: Files, dice: Dice) -> Rc<Self> {
        let disk = Rc::new(Self {
            files: RefCell::new(files),
            shared: RefCell::default(),
            power: RefCell::new(Power::steps(None)),
            dice,
            sync: Cell::new(Sync::Honest),
            room: Cell::new(None),
            syncs: Cell::new(0),
            refused: Cell::new(0),
            vfs: RefCell::new(None),
        });
        *disk.vfs.borrow_mut() = Some(Registered::over(Rc::as_ptr(&disk)));
        disk
    }

    /// Opens the file of this name, made if it is not there. The disk has to outlive the connection.
    ///
    /// # Errors
    /// `SQLite`'s.
    pub fn open(&self, name: &str) -> rusqlite::Result<Connection> {
        let vfs = self.vfs.borrow();
        let vfs = vfs.as_ref().expect("a disk is registered as long as it lives").name();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_URI;
        Connection::open_with_flags_and_vfs(name, flags, vfs)
    }

    /// From now on.
    pub fn set_sync(&self, sync: Sync) {
        self.sync.set(sync);
    }

    /// Leaves so many bytes free; none: as many as wanted.
    pub fn set_room(&self, free: Option<usize>) {
        self.room.set(free.map(|free| self.used() + free));
    }

    /// Whether it fails openly, now and then or for want of room.
    pub fn is_failing(&self) -> bool {
        matches!(self.sync.get(), Sync::Fails(_)) || self.room.get().is_some()
    }

    /// Whether a sync that says so has done it.
    pub fn is_honest(&self) -> bool {
        self.sync.get() == Sync::Honest
    }

    /// A disk with what is read of one database on this one now.
    pub fn copy(&self, name: &str) -> Rc<Self> {
        let before = self.files.borrow();
        let mut copy = Files::default();
        for (name, at) in before.names.iter().filter(|(other, _)| other.starts_with(name)) {
            let now = before.all[*at].now.clone();
            copy.names.insert(name.clone(), copy.all.len());
            copy.all.push(File { synced: now.clone(), now, underway: Vec::new(), linked: true });
        }
        Self::with(copy, Dice::new(0, "a copy"))
    }

    /// Takes a database with all that belongs to it away, as if it had never been; no connection may be open to it.
    pub fn remove(&self, name: &str) {
        let mut files = self.files.borrow_mut();
        files.names.retain(|other, _| !other.starts_with(name));
        files.ghosts.retain(|other, _| !other.starts_with(name));
    }

    /// Whether something of a database was written and not synced.
    pub fn is_underway(&self, name: &str) -> bool {
        let files = self.files.borrow();
        let of = files.names.iter().filter(|(other, _)| other.starts_with(name));
        of.map(|(_, at)| &files.all[*at]).any(|file| !file.underway.is_empty() || !file.linked)
    }

    /// Its files, for a trace.
    pub fn list(&self) -> String {
        let files = self.files.borrow();
        let line = |(name, at): (&String, &usize), what: &str| {
            let file = &files.all[*at];
            format!(
                "{name}{what} {} bytes, {} synced, {} underway",
                file.now.len(),
                file.synced.len(),
                file.underway.len()
            )
        };
        let named = files.names.iter().map(|each| line(each, ""));
        let all: Vec<String> =
            named.chain(files.ghosts.iter().map(|each| line(each, " (deleted)"))).collect();
        all.join("; ")
    }

    /// Syncs so far.
    pub fn syncs(&self) -> u64 {
        self.syncs.get()
    }

    /// Syncs that failed and writes that found it full, so far.
    pub fn refused(&self) -> u64 {
        self.refused.get()
    }

    pub(crate) fn set_power(&self, power: Rc<Power>) {
        *self.power.borrow_mut() = power;
    }

    /// A disk with one database of this one's, as it would be after a cut that takes all it can.
    pub fn worst(&self, name: &str) -> Rc<Self> {
        self.after(&mut || false, 0, name)
    }

    /// A disk as this one might be after a cut now, by these dice.
    pub fn crashed(&self, dice: &Dice) -> Rc<Self> {
        // Some cuts take nearly all, some nearly nothing: those in between are not the worst.
        let percent = [0, 10, 50, 90, 100][usize::try_from(dice.below(5)).expect("below five")];
        let filler = if dice.below(2) == 0 { 0 } else { 0xa5 };
        self.after(&mut || dice.below(100) < percent, filler, "")
    }

    /// The power is cut: this disk becomes one of those that [`Self::crashed`] gives. No connection may be open.
    pub fn cut(&self, dice: &Dice) {
        let crashed = self.crashed(dice);
        self.files.replace(crashed.files.take());
        self.shared.borrow_mut().clear();
    }

    /// `keep` says of each piece whether it arrived; where only a later one did, the file holds `filler` before it. Only
    /// files whose names begin so are looked at.
    fn after(&self, keep: &mut dyn FnMut() -> bool, filler: u8, begin: &str) -> Rc<Self> {
        let before = self.files.borrow();
        let mut after = Files::default();
        let mut put = |name: &String, file: &File, keep: &mut dyn FnMut() -> bool| {
            let mut content = file.synced.clone();
            for piece in file.underway.iter().flat_map(Change::pieces) {
                if keep() {
                    piece.apply(&mut content, filler);
                }
            }
            after.names.insert(name.clone(), after.all.len());
            after.all.push(File {
                now: content.clone(),
                synced: content,
                underway: Vec::new(),
                linked: true,
            });
        };
        for (name, at) in before.names.iter().filter(|(name, _)| name.starts_with(begin)) {
            let file = &before.all[*at];
            if file.linked || keep() {
                put(name, file, keep);
            } else if let Some(ghost) = before.ghosts.get(name) {
                put(name, &before.all[*ghost], keep);
            }
        }
        for (name, at) in before.ghosts.iter().filter(|(name, _)| name.starts_with(begin)) {
            if !before.names.contains_key(name) && keep() {
                put(name, &before.all[*at], keep);
            }
        }
        Self::with(after, Dice::new(0, "after a cut"))
    }

    fn used(&self) -> usize {
        self.files.borrow().all.iter().map(|file| file.now.len()).sum()
    }
}

/// What the file layer asks for; each gives `SQLite`'s result code.
impl Disk {
    /// `journal`: a journal that may be made; its first sync syncs the folder, as `SQLite`'s own layer for Unix does it.
    pub(crate) fn open_file(&self, name: Option<&str>, create: bool, journal: bool) -> Result<usize, i32> {
        if !self.power.borrow().on() {
            return Err(ffi::SQLITE_IOERR);
        }
        let mut files = self.files.borrow_mut();
        let known = name.and_then(|name| files.names.get(name)).copied();
        let file = match known {
            Some(file) => file,
            None if !create => return Err(ffi::SQLITE_CANTOPEN),
            None => {
                files.all.push(File::default());
                let file = files.all.len() - 1;
                if let Some(name) = name {
                    files.names.insert(name.to_owned(), file);
                }
                file
            }
        };
        if journal {
            files.fresh.insert(file);
        }
        Ok(file)
    }

    pub(crate) fn delete(&self, name: &str, now: bool) -> i32 {
        if !self.power.borrow().on() {
            return ffi::SQLITE_IOERR_DELETE;
        }
        let mut files = self.files.borrow_mut();
        let Some(at) = files.names.remove(name) else { return ffi::SQLITE_IOERR_DELETE_NOENT };
        if files.all[at].linked && !now {
            files.ghosts.insert(name.to_owned(), at);
        }
        ffi::SQLITE_OK
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.files.borrow().names.contains_key(name)
    }

    /// Fills the buffer; past the end with zeros, which `SQLite` is told.
    pub(crate) fn read(&self, file: usize, at: usize, buffer: &mut [u8]) -> i32 {
        if self.power.borrow().is_gone() {
            return ffi::SQLITE_IOERR_READ;
        }
        let files = self.files.borrow();
        let there = files.all[file].now.get(at..).unwrap_or_default();
        let length = there.len().min(buffer.len());
        buffer[..length].copy_from_slice(&there[..length]);
        buffer[length..].fill(0);
        if length < buffer.len() { ffi::SQLITE_IOERR_SHORT_READ } else { ffi::SQLITE_OK }
    }

    pub(crate) fn write(&self, file: usize, at: usize, bytes: &[u8]) -> i32 {
        if !self.power.borrow().on() {
            return ffi::SQLITE_IOERR_WRITE;
        }
        let grows = (at + bytes.len()).saturating_sub(self.files.borrow().all[file].now.len());
        if grows > 0 && self.room.get().is_some_and(|room| self.used() + grows > room) {
            self.refused.set(self.refused.get() + 1);
            return ffi::SQLITE_FULL;
        }
        self.change(file, Change::Write { at, bytes: bytes.to_vec() })
    }

    pub(crate) fn truncate(&self, file: usize, length: usize) -> i32 {
        if !self.power.borrow().on() {
            return ffi::SQLITE_IOERR_TRUNCATE;
        }
        self.change(file, Change::Truncate(length))
    }

    fn change(&self, file: usize, change: Change) -> i32 {
        let file = &mut self.files.borrow_mut().all[file];
        change.apply(&mut file.now, 0);
        file.underway.push(change);
        ffi::SQLITE_OK
    }

    pub(crate) fn sync_file(&self, file: usize) -> i32 {
        if !self.power.borrow().on() {
            return ffi::SQLITE_IOERR_FSYNC;
        }
        self.syncs.set(self.syncs.get() + 1);
        let mut files = self.files.borrow_mut();
        match self.sync.get() {
            Sync::Lies => return ffi::SQLITE_OK,
            Sync::Fails(percent) if self.dice.below(100) < percent => {
                files.all[file].underway.retain(|_| self.dice.below(2) == 0);
                self.refused.set(self.refused.get() + 1);
                return ffi::SQLITE_IOERR_FSYNC;
            }
            Sync::Honest | Sync::Fails(_) => {}
        }
        let File { synced, underway, .. } = &mut files.all[file];
        for change in underway.drain(..) {
            change.apply(synced, 0);
        }
        if files.fresh.remove(&file) {
            files.ghosts.clear();
            let Files { all, names, .. } = &mut *files;
            for at in names.values() {
                all[*at].linked = true;
            }
        }
        ffi::SQLITE_OK
    }

    pub(crate) fn size(&self, file: usize) -> usize {
        self.files.borrow().all[file].now.len()
    }

    /// The address of a page of shared memory; null if there is none and none is wanted.
    pub(crate) fn shared(
        &self,
        file: usize,
        page: usize,
        size: usize,
        extend: bool,
    ) -> *mut std::ffi::c_void {
        let mut shared = self.shared.borrow_mut();
        let pages = shared.entry(file).or_default();
        while extend && pages.len() <= page {
            pages.push((0..size.div_ceil(8)).map(|_| Cell::new(0)).collect());
        }
        pages.get(page).map_or(std::ptr::null_mut(), |page| page.as_ptr().cast_mut().cast())
    }

    pub(crate) fn forget_shared(&self, file: usize) {
        self.shared.borrow_mut().remove(&file);
    }
}
