//! A [`Disk`] as a file layer of `SQLite` (<https://sqlite.org/vfs.html>): the one place here that needs `unsafe`.
//!
//! One connection at a time has a file open, as in the core, so locks are granted without being kept.
#![allow(
    unsafe_code,
    reason = "SQLite takes a file layer as C function pointers over raw memory, and in no other way"
)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::ffi;

use crate::disk::Disk;

const LONGEST_NAME: usize = 256;
/// An evening in 2026, in milliseconds since the first Julian day: nothing in the ledger asks `SQLite` for the time.
const JULIAN_MS: i64 = 212_662_416_000_000;

/// A disk's place in `SQLite`'s list of file layers, given back when dropped.
pub(crate) struct Registered {
    vfs: Box<ffi::sqlite3_vfs>,
    name: CString,
}

impl Registered {
    /// Registers the disk, which has to live at a fixed address until this is dropped.
    pub(crate) fn over(disk: *const Disk) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name =
            CString::new(format!("disk-{}", NEXT.fetch_add(1, Ordering::Relaxed))).expect("no zero in it");
        let mut vfs = Box::new(ffi::sqlite3_vfs {
            iVersion: 2,
            szOsFile: c_int::try_from(size_of::<Handle>()).expect("a handle is small"),
            mxPathname: c_int::try_from(LONGEST_NAME).expect("it fits"),
            pNext: ptr::null_mut(),
            zName: name.as_ptr(),
            pAppData: disk.cast_mut().cast(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_name),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: None,
            xGetLastError: Some(last_error),
            xCurrentTimeInt64: Some(julian_ms),
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        });
        // SAFETY: the structure and its name are on the heap and stay there until `drop` takes it out of the list.
        let code = unsafe { ffi::sqlite3_vfs_register(&raw mut *vfs, 0) };
        assert_eq!(code, ffi::SQLITE_OK, "a file layer is registered");
        Self { vfs, name }
    }

    pub(crate) fn name(&self) -> &CStr {
        &self.name
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        // SAFETY: it was registered by `over`, once.
        unsafe { ffi::sqlite3_vfs_unregister(&raw mut *self.vfs) };
    }
}

/// An open file, in memory that `SQLite` gives us.
#[repr(C)]
struct Handle {
    base: ffi::sqlite3_file,
    disk: *const Disk,
    file: usize,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(lock),
    xCheckReservedLock: Some(reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// The disk of a layer.
///
/// # Safety
/// `vfs` is one of [`Registered`]'s, and its disk is alive: a connection does not outlive its disk.
unsafe fn disk_of<'a>(vfs: *mut ffi::sqlite3_vfs) -> &'a Disk {
    // SAFETY: the caller's promise.
    unsafe { &*(*vfs).pAppData.cast_const().cast::<Disk>() }
}

/// Disk and number of an open file.
///
/// # Safety
/// `file` was filled by [`open`], and its disk is alive.
unsafe fn opened<'a>(file: *mut ffi::sqlite3_file) -> (&'a Disk, usize) {
    // SAFETY: the caller's promise; `base` is the first member.
    unsafe {
        let handle = file.cast::<Handle>();
        (&*(*handle).disk, (*handle).file)
    }
}

/// # Safety
/// `name` is null or a C string.
unsafe fn text<'a>(name: *const c_char) -> Option<&'a str> {
    if name.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(name) }.to_str().ok()
}

fn place(offset: i64) -> usize {
    usize::try_from(offset).expect("SQLite's offsets are not negative")
}

fn length(amount: c_int) -> usize {
    usize::try_from(amount).expect("SQLite's amounts are not negative")
}

// All below: SQLite calls them with pointers of its own that are valid for the call, and with handles that `open` made.

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: see above.
    unsafe {
        (*file).pMethods = ptr::null();
        let disk = disk_of(vfs);
        let create = name.is_null() || flags & ffi::SQLITE_OPEN_CREATE != 0;
        let journal = create && flags & (ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL) != 0;
        let number = match disk.open_file(text(name), create, journal) {
            Ok(number) => number,
            Err(code) => return code,
        };
        let handle = file.cast::<Handle>();
        (*handle).disk = disk;
        (*handle).file = number;
        (*handle).base.pMethods = &raw const METHODS;
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    // SAFETY: see above.
    unsafe { text(name).map_or(ffi::SQLITE_IOERR_DELETE, |name| disk_of(vfs).delete(name, sync != 0)) }
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    _: c_int,
    result: *mut c_int,
) -> c_int {
    // SAFETY: see above.
    unsafe { *result = c_int::from(text(name).is_some_and(|name| disk_of(vfs).exists(name))) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_name(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: see above; `out` has `room` bytes.
    unsafe {
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if bytes.len() > length(room) {
            return ffi::SQLITE_CANTOPEN;
        }
        ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len());
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn randomness(_: *mut ffi::sqlite3_vfs, amount: c_int, out: *mut c_char) -> c_int {
    // SAFETY: see above. Zeros will do: salts of a log differ by counting up.
    unsafe { ptr::write_bytes(out, 0, length(amount)) };
    amount
}

unsafe extern "C" fn sleep(_: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    microseconds
}

unsafe extern "C" fn julian_ms(_: *mut ffi::sqlite3_vfs, out: *mut i64) -> c_int {
    // SAFETY: see above.
    unsafe { *out = JULIAN_MS };
    ffi::SQLITE_OK
}

unsafe extern "C" fn last_error(_: *mut ffi::sqlite3_vfs, _: c_int, _: *mut c_char) -> c_int {
    0
}

unsafe extern "C" fn close(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, out: *mut c_void, amount: c_int, at: i64) -> c_int {
    // SAFETY: see above; `out` has `amount` bytes.
    unsafe {
        ptr::write_bytes(out.cast::<u8>(), 0, length(amount));
        let buffer = std::slice::from_raw_parts_mut(out.cast::<u8>(), length(amount));
        let (disk, number) = opened(file);
        disk.read(number, place(at), buffer)
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    amount: c_int,
    at: i64,
) -> c_int {
    // SAFETY: see above; `from` has `amount` bytes.
    unsafe {
        let bytes = std::slice::from_raw_parts(from.cast::<u8>(), length(amount));
        let (disk, number) = opened(file);
        disk.write(number, place(at), bytes)
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    // SAFETY: see above.
    let (disk, number) = unsafe { opened(file) };
    disk.truncate(number, place(size))
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: see above.
    let (disk, number) = unsafe { opened(file) };
    disk.sync_file(number)
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut i64) -> c_int {
    // SAFETY: see above.
    unsafe {
        let (disk, number) = opened(file);
        *out = i64::try_from(disk.size(number)).expect("files in memory are small");
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock(_: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn reserved_lock(_: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: see above.
    unsafe { *out = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    4_096
}

/// What `SQLite`'s own layer for Unix says: a torn write damages nothing beside itself.
unsafe extern "C" fn characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: see above. The page stays where it is until `shm_unmap` with deletion, or the cut after the last close.
    unsafe {
        let (disk, number) = opened(file);
        *out = disk.shared(number, length(page), length(size), extend != 0);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_lock(_: *mut ffi::sqlite3_file, _: c_int, _: c_int, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_barrier(_: *mut ffi::sqlite3_file) {}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    // SAFETY: see above.
    let (disk, number) = unsafe { opened(file) };
    if delete != 0 {
        disk.forget_shared(number);
    }
    ffi::SQLITE_OK
}
