//! The memory that entries take on the server.

/// Returns about how many of the bytes that `MEMORY USAGE` reports for a stream belong to one entry. `content` is
/// the total length of its fields and their values.
///
/// A stream is a tree of nodes, each of up to 100 entries or 4,096 bytes (the server's
/// `stream-node-max-entries` and `stream-node-max-bytes`), and the allocator rounds each node up. An entry counts
/// its share of a node whose entries all have its size.
pub(crate) fn of_entry(content: usize) -> u64 {
    let entry = content + ENTRY;
    let together = (NODE_BYTES / entry).clamp(1, NODE_ENTRIES);
    let node = size_class(entry * together) + NODE;
    node.div_ceil(together) as u64
}

/// Returns the size that jemalloc allocates for `bytes`: it has four sizes for each power of two.
fn size_class(bytes: usize) -> usize {
    let spacing = (bytes.max(128).next_power_of_two() / 8).max(16);
    bytes.next_multiple_of(spacing)
}

/// The bytes that an entry takes beside its content, which includes the names of its fields.
const ENTRY: usize = 12;

/// The bytes that a node of the tree takes beside its entries.
const NODE: usize = 520;

const NODE_BYTES: usize = 4_096;
const NODE_ENTRIES: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes per entry by `MEMORY USAGE` of Redis 7.0, for a topic of one byte and a body of this length.
    const MEASURED: [(usize, f64); 12] = [
        (1, 21.4),
        (10, 31.3),
        (50, 73.2),
        (100, 134.9),
        (256, 309.7),
        (500, 660.9),
        (1_000, 1_153.1),
        (2_000, 2_303.1),
        (3_000, 3_579.4),
        (5_000, 5_627.1),
        (10_000, 10_750.7),
        (100_000, 115_198.7),
    ];

    #[test]
    fn an_entry_counts_as_much_as_on_the_server() {
        for (body, measured) in MEASURED {
            let counted = of_entry("t".len() + "a".len() + "b".len() + body) as f64;
            let error = (counted - measured).abs() / measured;
            assert!(error < 0.15, "{body}: {counted}, measured {measured}");
        }
    }
}
