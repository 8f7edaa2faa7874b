//! The first page of a journal's file, which is ours. redb's file begins after it.
//!
//! redb falls back to an earlier commit if the last one is damaged, and cannot detect an older copy of
//! its file. The page therefore holds a mark of the last commit, outside of redb, that the file must reach when
//! it is opened.
//!
//! | at | bytes | content |
//! |---:|---:|---|
//! | 0 | 8 | `sse-redb` |
//! | 8 | 4 | version of the format |
//! | 12 | 4 | checksum of the 12 bytes before; the same in all versions so far |
//! | 16 | 65 | the epoch that the file began with: its length, its letters, zeros |
//! | 81 | 4 | checksum of all bytes before |
//! | 512 | 24 | mark: number of the last commit, its head, the file's length |
//! | 536 | 4 | checksum of the mark and the epoch at 16 |
//! | 1024 | 65 | the log's current epoch, as at 16 |
//! | 1089 | 65 | the boot ID of the run that made unsynced commits, as at 16; empty if all are synced |
//! | 1154 | 4 | checksum of these two and the epoch at 16 |
//!
//! Numbers are little-endian, checksums CRC-32. The mark and the era at 1024 each have a disk sector to
//! themselves, so that each is written whole or not at all. The epoch at 16 never changes. redb's half of the
//! file holds it too, so that halves of two different files are detected.

use sse_hub::Epoch;

use crate::{
    era::Era,
    page::{ERA_AT, ERA_LEN, LEN, MARK_AT, checksum, push_text, text},
};

const MARK_LEN: usize = 28;
const MAGIC: &[u8; 8] = b"sse-redb";
const VERSION: u32 = 1;

/// The content of the file's first page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The epoch that the file began with.
    pub(crate) first: Epoch,
    pub(crate) mark: Mark,
    pub(crate) era: Era,
}

/// The least that was committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) commit: u64,
    pub(crate) head: u64,
    pub(crate) file_len: u64,
}

/// Why a page is not a header.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BadHeader {
    Foreign,
    Newer(u32),
    Damaged(&'static str),
}

impl Header {
    /// The header of a new file.
    pub(crate) fn begin() -> Self {
        let first = Epoch::random();
        Self { era: Era::new(first.clone()), first, mark: Mark::default() }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut page = Vec::with_capacity(LEN);
        page.extend_from_slice(MAGIC);
        page.extend_from_slice(&VERSION.to_le_bytes());
        close(&mut page);
        push_text(&mut page, self.first.as_str());
        close(&mut page);
        page.resize(MARK_AT as usize, 0);
        page.extend_from_slice(&self.mark.encode(&self.first));
        page.resize(ERA_AT as usize, 0);
        page.extend_from_slice(&self.era.encode(&self.first));
        page.resize(LEN, 0);
        page
    }

    pub(crate) fn decode(page: &[u8; LEN]) -> Result<Self, BadHeader> {
        if page[..8] != *MAGIC {
            return Err(BadHeader::Foreign);
        }
        if !is_closed(&page[..16]) {
            return Err(BadHeader::Damaged("the checksum of its version is wrong"));
        }
        let version = u32::from_le_bytes(page[8..12].try_into().expect("4 bytes"));
        if version > VERSION {
            return Err(BadHeader::Newer(version));
        }
        if version == 0 || !is_closed(&page[..85]) {
            return Err(BadHeader::Damaged("the checksum of its epoch is wrong"));
        }
        let first = text(&page[16..81]).and_then(Epoch::new);
        let first = first.ok_or(BadHeader::Damaged("its epoch is invalid"))?;
        let mark = Mark::decode(&page[MARK_AT as usize..][..MARK_LEN], &first)
            .ok_or(BadHeader::Damaged("the checksum of its last commit's mark is wrong"))?;
        let era = Era::decode(&page[ERA_AT as usize..][..ERA_LEN], &first)
            .ok_or(BadHeader::Damaged("the checksum of its sync state is wrong"))?;
        Ok(Self { first, mark, era })
    }
}

impl Mark {
    pub(crate) fn encode(&self, first: &Epoch) -> Vec<u8> {
        let mut mark = Vec::with_capacity(MARK_LEN);
        for number in [self.commit, self.head, self.file_len] {
            mark.extend_from_slice(&number.to_le_bytes());
        }
        let checksum = checksum(&mark, first);
        mark.extend_from_slice(&checksum.to_le_bytes());
        mark
    }

    fn decode(mark: &[u8], first: &Epoch) -> Option<Self> {
        let (numbers, found) = mark.split_at(24);
        if found != checksum(numbers, first).to_le_bytes() {
            return None;
        }
        let number =
            |at: usize| u64::from_le_bytes(numbers[at..at + 8].try_into().expect("8 bytes"));
        Some(Self { commit: number(0), head: number(8), file_len: number(16) })
    }
}

/// Appends the checksum of the page so far.
fn close(page: &mut Vec<u8>) {
    page.extend_from_slice(&crc32fast::hash(page).to_le_bytes());
}

fn is_closed(page: &[u8]) -> bool {
    let (text, checksum) = page.split_at(page.len() - 4);
    crc32fast::hash(text).to_le_bytes() == checksum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boot_id::BootId;

    fn header(boot: &str) -> Header {
        let epoch = |text| Epoch::new(text).expect("letters and digits");
        let mark = Mark { commit: 7, head: 5, file_len: 12_288 };
        let era = Era { epoch: epoch("def456"), unsynced: BootId::new(boot) };
        Header { first: epoch("abc123"), mark, era }
    }

    fn page() -> [u8; LEN] {
        header(&"b007".repeat(16)).encode().try_into().expect("a page")
    }

    #[test]
    fn a_header_is_read_as_it_was_written() {
        for boot in ["", "1", &"b007".repeat(16)] {
            let header = header(boot);
            assert_eq!(header.era.unsynced.is_none(), boot.is_empty());
            let page = header.encode().try_into().expect("a page");
            assert_eq!(Header::decode(&page), Ok(header));
        }
    }

    #[test]
    fn a_change_of_any_used_byte_is_detected() {
        for at in (0..85).chain(512..540).chain(1024..1158) {
            let mut page = page();
            page[at] ^= 1;
            let error = Header::decode(&page).expect_err("changed");
            assert_eq!(error == BadHeader::Foreign, at < 8, "byte {at}: {error:?}");
        }
    }

    #[test]
    fn a_newer_version_is_reported() {
        let mut page = page();
        page[8] = 9;
        let checksum = crc32fast::hash(&page[..12]);
        page[12..16].copy_from_slice(&checksum.to_le_bytes());
        assert_eq!(Header::decode(&page), Err(BadHeader::Newer(9)));
    }
}
