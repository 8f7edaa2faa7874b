//! The journal's file, locked, with its header.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::Arc,
};

use redb::{StorageBackend, backends::FileBackend};

use crate::{
    OpenError,
    fault::Fault,
    header::{BadHeader, Header, Mark},
    page::{self, ERA_AT, MARK_AT},
};

/// The journal's file, locked against other journals while this value exists.
#[derive(Debug)]
pub(crate) struct JournalFile {
    pub(crate) backend: Arc<dyn StorageBackend>,
    pub(crate) path: PathBuf,
    lock: File,
}

impl JournalFile {
    /// Opens the file at `path`. If it does not exist, `begin` fills a new file, which is then moved there.
    pub(crate) fn open(
        path: &Path,
        begin: impl Fn(&JournalFile) -> Result<(), Fault>,
    ) -> Result<Self, OpenError> {
        let failed = |fault| OpenError::new(path, fault);
        for _ in 0..3 {
            match Self::existing(path) {
                Err(Fault::Io(error)) if error.kind() == ErrorKind::NotFound => {}
                opened => return opened.map_err(failed),
            }
            match Self::create(path, &begin) {
                // Another process was faster; its file is whole.
                Err(Fault::Io(error)) if error.kind() == ErrorKind::AlreadyExists => {}
                created => return created.map_err(failed),
            }
        }
        Err(failed(Fault::InUse))
    }

    fn existing(path: &Path) -> Result<Self, Fault> {
        // Opening a pipe would wait for its other end.
        if !fs::metadata(path)?.is_file() {
            return Err(Fault::Io(io::Error::new(ErrorKind::InvalidInput, "it is not a file")));
        }
        Self::locked(path, OpenOptions::new().read(true).write(true).open(path)?)
    }

    /// Fills a file beside `path` first, so that a crash on the way never leaves half a journal there.
    fn create(path: &Path, begin: impl Fn(&Self) -> Result<(), Fault>) -> Result<Self, Fault> {
        let mut name = OsString::from(path.file_name().unwrap_or_default());
        name.push(".new");
        let beside = path.with_file_name(name);
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(&beside)?;
        let new = Self::locked(path, file)?;
        let filled = (|| {
            // The previous holder of the lock may have moved its file there.
            if path.try_exists()? {
                return Err(Fault::Io(ErrorKind::AlreadyExists.into()));
            }
            new.backend.set_len(0)?;
            begin(&new)?;
            new.backend.sync_data()?;
            fs::rename(&beside, path)?;
            sync_folder(path)
        })();
        match filled {
            Ok(()) => Ok(new),
            Err(fault) => {
                // The lock is ours, so the file is too. A leftover would do no harm.
                let _ = fs::remove_file(&beside);
                Err(fault)
            }
        }
    }

    fn locked(path: &Path, file: File) -> Result<Self, Fault> {
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Fault::InUse),
            Err(TryLockError::Error(error)) => return Err(Fault::Io(error)),
        }
        let lock = file.try_clone()?;
        let backend = Arc::new(FileBackend::new(file)?);
        Ok(Self { backend, path: path.to_owned(), lock })
    }

    /// A journal's file on a simulated disk.
    #[cfg(test)]
    pub(crate) fn on(backend: Arc<dyn StorageBackend>) -> Self {
        let lock = tempfile::tempfile().expect("a file");
        Self { backend, path: PathBuf::from("simulated"), lock }
    }

    pub(crate) fn write_header(&self, header: &Header) -> io::Result<()> {
        self.backend.write(0, &header.encode())
    }

    /// Reads the header.
    pub(crate) fn header(&self) -> Result<Header, Fault> {
        let len = self.backend.len()?;
        if len <= page::LEN as u64 {
            return Err(match len {
                0 => Fault::Damaged("it is empty".to_owned()),
                _ => self.foreign_or("it ends within its header"),
            });
        }
        let mut page = [0; page::LEN];
        self.backend.read(0, &mut page)?;
        let header = Header::decode(&page).map_err(|bad| match bad {
            BadHeader::Foreign => Fault::Foreign,
            BadHeader::Newer(version) => Fault::Newer(version),
            BadHeader::Damaged(what) => Fault::Damaged(what.to_owned()),
        })?;
        // redb allocates some bytes for each page of the file, so a wrong length would cost memory.
        if len > header.mark.file_len.saturating_mul(2).saturating_add(GROWTH) {
            return Err(Fault::Damaged(
                "it is longer than its last commit can have made it".into(),
            ));
        }
        Ok(header)
    }

    fn foreign_or(&self, damage: &str) -> Fault {
        let mut magic = [0; 8];
        match self.backend.read(0, &mut magic) {
            Ok(()) if magic == *b"sse-redb" => Fault::Damaged(damage.to_owned()),
            _ => Fault::Foreign,
        }
    }

    /// Writes the mark: from now on the file must have at least this.
    pub(crate) fn write_mark(&self, commit: u64, head: u64, header: &Header) -> io::Result<()> {
        let mark = Mark { commit, head, file_len: self.backend.len()? };
        self.backend.write(MARK_AT, &mark.encode(&header.first))
    }

    /// Writes the header's era, which takes effect with the next sync.
    pub(crate) fn write_era(&self, header: &Header) -> io::Result<()> {
        self.backend.write(ERA_AT, &header.era.encode(&header.first))
    }

    pub(crate) fn len(&self) -> io::Result<u64> {
        self.backend.len()
    }
}

impl Drop for JournalFile {
    /// Unlocks the file explicitly. Closing it is not enough: a child process that is just being started
    /// shares the file and its lock until it runs its program.
    fn drop(&mut self) {
        let _ = self.lock.unlock();
    }
}

/// The most that one commit may grow the file, beyond doubling it.
const GROWTH: u64 = 8 << 30;

/// Syncs the folder, so that the file's name survives a power cut.
fn sync_folder(path: &Path) -> Result<(), Fault> {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}
