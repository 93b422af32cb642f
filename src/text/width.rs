//! Columns on a terminal: measuring, cutting with a sign, padding, wrapping.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// Returns how many terminal columns a text takes.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// Cuts a text to at most `max` columns; what was cut is said by a final `…`.
pub fn fit(text: &str, max: usize) -> String {
    if columns(text) <= max {
        return text.to_owned();
    }
    if max == 0 {
        return String::new();
    }
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let width = columns(grapheme);
        if used + width > max - 1 {
            break;
        }
        out.push_str(grapheme);
        used += width;
    }
    out.push('…');
    out
}

/// Fits a text and fills it with spaces on the right to exactly `width` columns.
pub fn pad(text: &str, width: usize) -> String {
    let mut out = fit(text, width);
    let used = columns(&out);
    out.extend(std::iter::repeat_n(' ', width.saturating_sub(used)));
    out
}

/// Breaks a text into lines of at most `width` columns, at spaces where it can, inside a word
/// where it must. Keeps the text's own line breaks.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_inclusive(' ') {
            if columns(&line) + columns(word.trim_end()) > width && !line.is_empty() {
                lines.push(line.trim_end().to_owned());
                line.clear();
            }
            if columns(word.trim_end()) <= width {
                line.push_str(word);
                continue;
            }
            for grapheme in word.graphemes(true) {
                if columns(&line) + columns(grapheme) > width && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                line.push_str(grapheme);
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // [verifies PL-HON-4]
    #[test]
    fn cuts_are_signed_and_wide_characters_are_never_halved() {
        assert_eq!(fit("evidence", 8), "evidence");
        assert_eq!(fit("evidence", 7), "eviden…");
        assert_eq!(fit("漢字漢字", 5), "漢字…");
        assert_eq!(fit("漢字漢字", 4), "漢…");
        assert_eq!(pad("漢", 4), "漢  ");
    }

    proptest! {
        #[test]
        fn fitted_text_is_never_wider(text in "\\PC{0,40}", max in 0usize..30) {
            let out = fit(&text, max);
            prop_assert!(columns(&out) <= max);
            if columns(&text) > max && max > 0 { prop_assert!(out.ends_with('…')); }
            prop_assert!(columns(&pad(&text, max)) <= max);
        }

        #[test]
        fn wrapping_loses_no_word(text in "[a-z ]{0,80}", width in 1usize..20) {
            let lines = wrap(&text, width);
            prop_assert!(lines.iter().all(|l| columns(l) <= width), "{lines:?}");
            let bare = |s: &str| s.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(bare(&lines.concat()), bare(&text));
        }
    }
}
