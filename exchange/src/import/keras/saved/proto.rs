//! Protocol buffers, field by field, without a memory of their own.

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// A message that ends in the middle of a field, or has one that nobody writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut;

/// The fields of a message, in their order; after something that cannot be read, nothing.
pub(super) fn fields(message: &[u8]) -> impl Iterator<Item = Result<(u64, Value<'_>), Cut>> {
    let mut rest = message;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let field = field(&mut rest);
        if field.is_none() {
            rest = &[];
        }
        Some(field.ok_or(Cut))
    })
}

/// All fields of a number that hold bytes: texts and messages.
pub(super) fn all(message: &[u8], number: u64) -> Result<Vec<&[u8]>, Cut> {
    let mut found = Vec::new();
    for field in fields(message) {
        match field? {
            (other, Value::Bytes(bytes)) if other == number => found.push(bytes),
            _ => {}
        }
    }
    Ok(found)
}

/// The last field of a number that holds bytes; empty, if there is none.
pub(super) fn last(message: &[u8], number: u64) -> Result<&[u8], Cut> {
    Ok(all(message, number)?.pop().unwrap_or_default())
}

/// A number of seven bits a byte, lowest first.
pub(super) fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// So many bytes.
pub(super) fn take<'a>(bytes: &mut &'a [u8], length: u64) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
    *bytes = rest;
    Some(taken)
}

fn field<'a>(rest: &mut &'a [u8]) -> Option<(u64, Value<'a>)> {
    let key = varint(rest)?;
    let value = match key & 7 {
        0 => Value::Number(varint(rest)?),
        1 => Value::Number(u64::from_le_bytes(*take(rest, 8)?.first_chunk()?)),
        2 => {
            let length = varint(rest)?;
            Value::Bytes(take(rest, length)?)
        }
        5 => Value::Number(u32::from_le_bytes(*take(rest, 4)?.first_chunk()?).into()),
        // Groups have been out of use since before TensorFlow.
        _ => return None,
    };
    Some((key >> 3, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_fields_and_stops_where_they_are_cut() {
        let message = [8, 0x96, 1, 18, 2, b'h', b'i', 29, 1, 0, 0, 0];
        let all: Result<Vec<_>, _> = fields(&message).collect();
        assert_eq!(all.unwrap(), [(1, Value::Number(150)), (2, Value::Bytes(b"hi")), (3, Value::Number(1))]);
        assert_eq!(last(&message, 2).unwrap(), b"hi");
        for cut in [1, 2, 4, 5, 9] {
            assert!(fields(&message[..cut]).any(|field| field.is_err()), "{cut}");
        }
        assert!(fields(&[0xff; 20]).any(|field| field.is_err()));
        assert!(
            fields(&[18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1])
                .any(|field| field.is_err())
        );
    }
}
