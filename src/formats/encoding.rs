//! Encodings of result files: UTF-8, UTF-16 as a few runners on Windows write it, and what an XML
//! declaration names.

use std::borrow::Cow;

use encoding_rs::{Encoding, WINDOWS_1252};

/// Bytes at the beginning in which an XML declaration stands.
const DECLARATION: usize = 200;

/// Decodes a file: by its byte order mark, else as UTF-8 where it is that, else by its declaration. What
/// is neither is taken for Windows-1252: bytes that differ stay different, so that no two names become one.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest.chunks_exact(2).map(|c| unit([c[0], c[1]])).collect();
        Cow::Owned(String::from_utf16_lossy(&units))
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [b'<' | b'{', 0, _, 0, ..] => wide(bytes, u16::from_le_bytes),
        [0, b'<' | b'{', 0, _, ..] => wide(bytes, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => of_bytes(rest),
        _ => of_bytes(bytes),
    }
}

fn of_bytes(bytes: &[u8]) -> Cow<'_, str> {
    // A text of other letters that is UTF-8 as well is hardly anything else, whatever it calls itself.
    let declared = declared(bytes);
    match str::from_utf8(bytes) {
        // Some encodings write other letters in the bytes of ASCII.
        Ok(text) if declared.is_none_or(Encoding::is_ascii_compatible) => Cow::Borrowed(text),
        _ => {
            let encoding = declared.unwrap_or(WINDOWS_1252);
            encoding.decode_without_bom_handling(bytes).0
        }
    }
}

/// The encoding that an XML declaration names, where it can be the one of these bytes.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..DECLARATION).unwrap_or(bytes);
    let head = String::from_utf8_lossy(head);
    let declaration = head.strip_prefix("<?xml")?.split("?>").next()?;
    let (_, rest) = declaration.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = rest.get(1..)?.split(quote).next()?;
    let named = Encoding::for_label(label.as_bytes())?;
    // Bytes in which this was read are not of two.
    let is_wide = named == encoding_rs::UTF_16LE || named == encoding_rs::UTF_16BE;
    (!is_wide && named != encoding_rs::UTF_8).then_some(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_by_its_byte_order_mark() {
        let wide = |unit: fn(u16) -> [u8; 2], mark: &[u8]| -> Vec<u8> {
            let units = "{é}".encode_utf16().flat_map(unit);
            mark.iter().copied().chain(units).collect()
        };
        for bytes in [
            "{é}".as_bytes().to_vec(),
            [b"\xef\xbb\xbf", "{é}".as_bytes()].concat(),
            wide(u16::to_le_bytes, &[0xff, 0xfe]),
            wide(u16::to_be_bytes, &[0xfe, 0xff]),
        ] {
            assert_eq!(decode(&bytes), "{é}", "{bytes:?}");
        }
        let unmarked: Vec<u8> = "<ab/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&unmarked), "<ab/>");
    }

    #[test]
    fn a_declaration_is_believed_where_the_bytes_may_be_so() {
        let xml = |label: &str, body: &[u8]| {
            let head = format!("<?xml version=\"1.0\" encoding='{label}'?>");
            [head.as_bytes(), body].concat()
        };
        for (label, body, want) in [
            ("windows-1251", &b"\xe2\xee\xe7"[..], "воз"),
            ("Shift_JIS", b"\x83\x65\x83\x58", "テス"),
            ("ISO-8859-1", b"\xe9", "é"),
            // It is UTF-8 all the same.
            ("windows-1251", "воз".as_bytes(), "воз"),
            ("UTF-16", "воз".as_bytes(), "воз"),
            // It is not, and differs all the same.
            ("UTF-8", b"\xe9", "é"),
            ("no-such", b"\xe9", "é"),
        ] {
            let bytes = xml(label, body);
            let text = decode(&bytes);
            assert!(text.ends_with(&format!("?>{want}")), "{label}: {text}");
        }
        assert_ne!(decode(b"a\xe9"), decode(b"a\xea"));
    }
}
