//! Encodings of result files: UTF-8, and UTF-16 as a few runners on Windows write it.

use std::borrow::Cow;

/// Decodes the file: UTF-16 by its byte order mark, else UTF-8 with broken bytes replaced.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest.chunks_exact(2).map(|c| unit([c[0], c[1]])).collect();
        Cow::Owned(String::from_utf16_lossy(&units))
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_by_its_byte_order_mark() {
        let wide = |unit: fn(u16) -> [u8; 2], mark: [u8; 2]| -> Vec<u8> {
            let units = "{é}".encode_utf16().flat_map(unit);
            mark.into_iter().chain(units).collect()
        };
        for bytes in [
            "{é}".as_bytes().to_vec(),
            [b"\xef\xbb\xbf", "{é}".as_bytes()].concat(),
            wide(u16::to_le_bytes, [0xff, 0xfe]),
            wide(u16::to_be_bytes, [0xfe, 0xff]),
        ] {
            assert_eq!(decode(&bytes), "{é}", "{bytes:?}");
        }
    }
}
