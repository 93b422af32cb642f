//! Makes hostile text harmless and visible: control and escape characters, bidirectional
//! controls, zero-width characters (Unicode TR36 §2.5, TR39 §5; CVE-2021-42574).

use std::borrow::Cow;

/// Characters that change how text around them is shown, or that cannot be seen: all with the property
/// `Default_Ignorable_Code_Point`, the format characters (`Cf`) besides, line and paragraph separators,
/// and two that look like nothing (Unicode 17, `DerivedCoreProperties.txt`, `UnicodeData.txt`).
const HIDDEN: [(char, char); 33] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    // Variation selectors make one glyph two columns wide on some terminals only.
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fff8}'),
    ('\u{fff9}', '\u{fffc}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{16fe4}', '\u{16fe4}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d159}', '\u{1d159}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
    // Never characters of any text.
    ('\u{fdd0}', '\u{fdef}'),
    ('\u{fffe}', '\u{ffff}'),
    ('\u{1fffe}', '\u{1ffff}'),
    ('\u{2fffe}', '\u{2ffff}'),
];

fn is_hidden(c: char) -> bool {
    !c.is_ascii()
        && HIDDEN
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&c))
}

/// Tells whether a text holds characters that [`clean`] would make visible.
pub fn has_hidden(text: &str) -> bool {
    text.chars()
        .any(|c| is_hidden(c) || (c.is_control() && !matches!(c, '\n' | '\t' | '\r')))
}

/// Writes the visible form of a control character: `␛` for escape, `␀`–`␟`, `␡`.
fn picture(c: char) -> Option<char> {
    match u32::from(c) {
        n @ 0..=0x1f => char::from_u32(0x2400 + n),
        0x7f => Some('\u{2421}'),
        _ => None,
    }
}

fn push_visible(out: &mut String, c: char) {
    if let Some(shown) = picture(c) {
        out.push(shown);
    } else {
        use std::fmt::Write as _;
        let _ = write!(out, "<U+{:04X}>", u32::from(c));
    }
}

/// Returns the text with newlines kept, tabs as four spaces, and everything that could steer a
/// terminal or hide itself made visible.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(['\t', '\r']) && !has_hidden(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => out.push('\n'),
            '\t' => out.push_str("    "),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' => out.push('\n'),
            c if c.is_control() || is_hidden(c) => push_visible(&mut out, c),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Returns the text on one line: [`clean`], and newlines become single spaces.
pub fn clean_line(text: &str) -> Cow<'_, str> {
    match clean(text) {
        Cow::Borrowed(t) if !t.contains('\n') => Cow::Borrowed(t),
        t => Cow::Owned(
            t.lines()
                .map(str::trim)
                .filter(|l| !l.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
        ),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // [verifies PL-SAF-1]
    #[test]
    fn escapes_and_bidi_are_shown_not_obeyed() {
        assert_eq!(clean("a\u{1b}[31mb"), "a␛[31mb");
        assert_eq!(clean("x\u{202e}y"), "x<U+202E>y");
        assert_eq!(clean("z\u{200b}w\u{9b}1m"), "z<U+200B>w<U+009B>1m");
        assert_eq!(clean("a\tb\r\nc\rd"), "a    b\nc\nd");
        for hidden in [
            '\u{e0100}',
            '\u{e01ef}',
            '\u{180b}',
            '\u{1d173}',
            '\u{2800}',
            '\u{fffc}',
            '\u{605}',
            '\u{13430}',
        ] {
            assert!(has_hidden(&format!("x{hidden}y")), "{hidden:?}");
        }
        assert_eq!(clean_line("one\n\n  two "), "one two");
        assert!(matches!(clean("plain – ✓ 漢字"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn nothing_that_steers_a_terminal_survives(text in any::<String>()) {
            let out = clean(&text).into_owned();
            prop_assert!(!has_hidden(&out), "{out:?}");
            let steering = out.contains(['\u{1b}', '\r', '\t']);
            prop_assert!(!steering);
            prop_assert_eq!(clean(&out), out.as_str(), "cleaning twice changes nothing");
            prop_assert!(!clean_line(&text).contains('\n'));
        }
    }
}
