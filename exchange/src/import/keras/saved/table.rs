//! The table in `variables.index`: LevelDB's format of sorted keys in blocks. TensorFlow writes it without compression.

use super::proto::{take, varint};

/// What the file ends in.
const MAGIC: [u8; 8] = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();
/// Two places of blocks, filled up, and the magic number.
const FOOTER: usize = 48;
/// A block is followed by how it is compressed and a checksum.
const TRAILER: u64 = 5;
/// The most entries: a variable has one, an optimiser some more for each.
const MAX_ENTRIES: usize = 20_000;
/// How long all keys may be together: they are stored by what differs from the key before.
const MAX_KEYS: usize = 4 << 20;

/// A key and what it stands for.
pub(super) type Entry<'a> = (Vec<u8>, &'a [u8]);

/// All entries, in the order of their keys; what is wrong with the table otherwise.
pub(super) fn entries(table: &[u8]) -> Result<Vec<Entry<'_>>, String> {
    let cut = || "ends in the middle".to_owned();
    let footer = table.len().checked_sub(FOOTER).and_then(|at| table.get(at..)).ok_or_else(cut)?;
    if !footer.ends_with(&MAGIC) {
        return Err("is no table of variables".to_owned());
    }
    let mut places = footer;
    // That of the blocks of filters, of which there are none.
    handle(&mut places).ok_or_else(cut)?;
    let index = handle(&mut places).ok_or_else(cut)?;
    let mut budget = Budget { entries: MAX_ENTRIES, keys: MAX_KEYS, bytes: table.len() };
    let mut all = Vec::new();
    for (_, mut place) in block(table, index, &mut budget)? {
        let place = handle(&mut place).ok_or_else(cut)?;
        all.extend(block(table, place, &mut budget)?);
    }
    Ok(all)
}

/// What may still be read.
struct Budget {
    entries: usize,
    keys: usize,
    /// Of blocks, none of which is listed twice in a table that somebody wrote.
    bytes: usize,
}

/// Where a block begins and how long it is.
fn handle(bytes: &mut &[u8]) -> Option<(u64, u64)> {
    Some((varint(bytes)?, varint(bytes)?))
}

/// The entries of a block.
fn block<'a>(
    table: &'a [u8],
    (start, length): (u64, u64),
    budget: &mut Budget,
) -> Result<Vec<Entry<'a>>, String> {
    let cut = || "points beyond its end".to_owned();
    let large = || "lists more than any model has".to_owned();
    let mut rest = usize::try_from(start).ok().and_then(|start| table.get(start..)).ok_or_else(cut)?;
    let whole = take(&mut rest, length.saturating_add(TRAILER)).ok_or_else(cut)?;
    budget.bytes = budget.bytes.checked_sub(whole.len()).ok_or_else(large)?;
    let (content, trailer) = whole.split_at(whole.len() - TRAILER as usize);
    if trailer.first() != Some(&0) {
        return Err("is compressed, which TensorFlow does not do; save the model again".to_owned());
    }
    // At the end stands where keys are whole, and how many such places there are.
    let (before, count) = content.split_last_chunk::<4>().ok_or_else(cut)?;
    let restarts = 4 * u64::from(u32::from_le_bytes(*count));
    let length = usize::try_from(restarts).ok().and_then(|restarts| before.len().checked_sub(restarts));
    let mut rest = length.and_then(|length| before.get(..length)).ok_or_else(cut)?;
    let mut entries = Vec::new();
    let mut key: Vec<u8> = Vec::new();
    while !rest.is_empty() {
        let mut number = || varint(&mut rest).ok_or_else(cut);
        let (shared, own, value) = (number()?, number()?, number()?);
        let shared = usize::try_from(shared).ok().filter(|&shared| shared <= key.len()).ok_or_else(cut)?;
        key.truncate(shared);
        key.extend_from_slice(take(&mut rest, own).ok_or_else(cut)?);
        let value = take(&mut rest, value).ok_or_else(cut)?;
        budget.entries = budget.entries.checked_sub(1).ok_or_else(large)?;
        budget.keys = budget.keys.checked_sub(key.len()).ok_or_else(large)?;
        entries.push((key.clone(), value));
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of one block.
    fn table(content: &[u8]) -> Vec<u8> {
        let block = |entries: &[u8]| [entries, &[0, 0, 0, 0, 1, 0, 0, 0], &[0; 5]].concat();
        let data = block(content);
        let place = [0, 0, 2, 0, data.len() as u8 - 5];
        let index = block(&place);
        let mut footer = vec![0, 0, data.len() as u8, index.len() as u8 - 5];
        footer.resize(FOOTER - 8, 0);
        [data, index, footer, MAGIC.to_vec()].concat()
    }

    #[test]
    fn keys_share_what_they_begin_with() {
        let table = table(&[0, 3, 1, b'a', b'b', b'c', 7, 2, 1, 1, b'd', 8]);
        let found = entries(&table).unwrap();
        assert_eq!(found, [(b"abc".to_vec(), &[7][..]), (b"abd".to_vec(), &[8][..])]);
    }

    #[test]
    fn says_what_is_wrong() {
        let good = table(&[0, 1, 1, b'a', 7]);
        for (bytes, expected) in [
            (good[..40].to_vec(), "ends in the middle"),
            (vec![0; 60], "is no table"),
            (table(&[9, 1, 1, b'a', 7]), "points beyond"),
            (table(&[0, 200, 1, 1, b'a', 7]), "points beyond"),
        ] {
            let error = entries(&bytes).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        for at in 0..good.len() {
            for byte in [0, 1, 0x7f, 0xff] {
                let mut bytes = good.clone();
                bytes[at] = byte;
                let _ = entries(&bytes);
            }
        }
    }
}
