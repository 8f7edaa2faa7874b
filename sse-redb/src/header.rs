//! The first page of a journal's file, which is ours; redb's file begins after it.
//!
//! redb falls back to the commit before the last when the last is damaged, and takes an old copy of
//! its file for the newest. So the page has a mark of the last commit, outside of redb, that an
//! opened file must reach.
//!
//! | at | bytes | what |
//! |---:|---:|---|
//! | 0 | 8 | `sse-redb` |
//! | 8 | 4 | version of the format |
//! | 12 | 4 | checksum of the 12 bytes before; so far alike in all versions |
//! | 16 | 65 | epoch: its length, its letters, zeros |
//! | 81 | 4 | checksum of all before |
//! | 512 | 24 | mark: number of the last commit, its head, the file's length |
//! | 536 | 4 | checksum of the mark and the epoch |
//!
//! Numbers are little-endian, checksums CRC-32. The mark has a disk sector of its own, so that it is
//! written whole or not at all.

use sse_hub::Epoch;

/// So much of the file is ours.
pub(crate) const LEN: usize = 4096;

/// Where the mark stands.
pub(crate) const MARK_AT: u64 = 512;

const MARK_LEN: usize = 28;
const MAGIC: &[u8; 8] = b"sse-redb";
const VERSION: u32 = 1;

/// What the file's first page says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) epoch: Epoch,
    pub(crate) mark: Mark,
}

/// What was committed at least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) commit: u64,
    pub(crate) head: u64,
    pub(crate) file_len: u64,
}

/// Why a page is no header.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BadHeader {
    Foreign,
    Newer(u32),
    Damaged(&'static str),
}

impl Header {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut page = Vec::with_capacity(LEN);
        page.extend_from_slice(MAGIC);
        page.extend_from_slice(&VERSION.to_le_bytes());
        close(&mut page);
        let epoch = self.epoch.as_str();
        page.push(u8::try_from(epoch.len()).expect("an epoch has 64 bytes at most"));
        page.extend_from_slice(epoch.as_bytes());
        page.resize(81, 0);
        close(&mut page);
        page.resize(MARK_AT as usize, 0);
        page.extend_from_slice(&self.mark.encode(&self.epoch));
        page.resize(LEN, 0);
        page
    }

    pub(crate) fn decode(page: &[u8; LEN]) -> Result<Self, BadHeader> {
        if page[..8] != *MAGIC {
            return Err(BadHeader::Foreign);
        }
        if !is_closed(&page[..16]) {
            return Err(BadHeader::Damaged("its version has another checksum"));
        }
        let version = u32::from_le_bytes(page[8..12].try_into().expect("4 bytes"));
        if version > VERSION {
            return Err(BadHeader::Newer(version));
        }
        if version == 0 || !is_closed(&page[..85]) {
            return Err(BadHeader::Damaged("its epoch has another checksum"));
        }
        let epoch = page[17..81].get(..usize::from(page[16]));
        let epoch = epoch.and_then(|epoch| Epoch::new(str::from_utf8(epoch).ok()?));
        let epoch = epoch.ok_or(BadHeader::Damaged("its epoch is none"))?;
        let mark = Mark::decode(&page[MARK_AT as usize..][..MARK_LEN], &epoch)
            .ok_or(BadHeader::Damaged("its mark of the last commit has another checksum"))?;
        Ok(Self { epoch, mark })
    }
}

impl Mark {
    pub(crate) fn encode(&self, epoch: &Epoch) -> Vec<u8> {
        let mut mark = Vec::with_capacity(MARK_LEN);
        for number in [self.commit, self.head, self.file_len] {
            mark.extend_from_slice(&number.to_le_bytes());
        }
        let checksum = Self::checksum(&mark, epoch);
        mark.extend_from_slice(&checksum.to_le_bytes());
        mark
    }

    fn decode(mark: &[u8], epoch: &Epoch) -> Option<Self> {
        let (numbers, checksum) = mark.split_at(24);
        if checksum != Self::checksum(numbers, epoch).to_le_bytes() {
            return None;
        }
        let number =
            |at: usize| u64::from_le_bytes(numbers[at..at + 8].try_into().expect("8 bytes"));
        Some(Self { commit: number(0), head: number(8), file_len: number(16) })
    }

    fn checksum(numbers: &[u8], epoch: &Epoch) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(numbers);
        hasher.update(epoch.as_str().as_bytes());
        hasher.finalize()
    }
}

/// Appends the checksum of what is there.
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

    fn page() -> [u8; LEN] {
        let epoch = Epoch::new("abc123").expect("letters and digits");
        let mark = Mark { commit: 7, head: 5, file_len: 12_288 };
        Header { epoch, mark }.encode().try_into().expect("a page")
    }

    #[test]
    fn a_header_is_read_as_it_was_written() {
        let header = Header::decode(&page()).expect("its own");
        assert_eq!(header.encode(), page());
        assert_eq!(header.mark, Mark { commit: 7, head: 5, file_len: 12_288 });
    }

    #[test]
    fn a_change_of_any_byte_that_counts_is_noticed() {
        for at in (0..85).chain(512..540) {
            let mut page = page();
            page[at] ^= 1;
            let error = Header::decode(&page).expect_err("changed");
            assert_eq!(error == BadHeader::Foreign, at < 8, "byte {at}: {error:?}");
        }
    }

    #[test]
    fn a_newer_version_is_told() {
        let mut page = page();
        page[8] = 9;
        let checksum = crc32fast::hash(&page[..12]);
        page[12..16].copy_from_slice(&checksum.to_le_bytes());
        assert_eq!(Header::decode(&page), Err(BadHeader::Newer(9)));
    }
}
