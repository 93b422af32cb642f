//! The one way out: everything that a command prints goes through here, and nothing in it can steer
//! a terminal, whoever wrote it. Text for stdout, JSON, and words for stderr.

use std::io::{self, Write as _};

use serde_json::Value;

use super::{common::Common, error::CliError};
use crate::text;

/// Stands for the begin of what is set off, in text that is printed by [`marked`].
pub(super) const OPEN: char = '\u{e000}';
/// Stands for its end.
pub(super) const CLOSE: char = '\u{e001}';

/// Prints text on stdout. A closed pipe is no error.
///
/// # Errors
/// Where stdout cannot be written.
pub(super) fn print(words: &str) -> Result<(), CliError> {
    write(&text::clean(words))
}

/// Prints text whose [`OPEN`] and [`CLOSE`] set something off: bold on a terminal, else left out.
///
/// # Errors
/// Where stdout cannot be written.
pub(super) fn marked(words: &str, is_bold: bool) -> Result<(), CliError> {
    let (open, close) = if is_bold {
        ("\u{1b}[1m", "\u{1b}[0m")
    } else {
        ("", "")
    };
    write(&text::clean(words).replace(OPEN, open).replace(CLOSE, close))
}

/// Prints a value as JSON on stdout.
///
/// # Errors
/// Where stdout cannot be written.
pub(super) fn print_json(value: Value) -> Result<(), CliError> {
    write(&(serde_json::to_string_pretty(&harmless(value))? + "\n"))
}

/// The same value with every text made harmless, names of fields included: JSON is read on terminals
/// too, and it escapes only some of what steers them.
fn harmless(value: Value) -> Value {
    match value {
        Value::String(words) => Value::String(clean(words)),
        Value::Array(items) => Value::Array(items.into_iter().map(harmless).collect()),
        Value::Object(fields) => {
            let clean = |(name, value)| (clean(name), harmless(value));
            Value::Object(fields.into_iter().map(clean).collect())
        }
        other => other,
    }
}

fn clean(words: String) -> String {
    match text::clean(&words) {
        std::borrow::Cow::Borrowed(_) => words,
        std::borrow::Cow::Owned(clean) => clean,
    }
}

fn write(words: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    match out.write_all(words.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Prints as asked.
pub(super) fn output(
    common: &Common,
    as_json: impl FnOnce() -> Value,
    as_text: impl FnOnce() -> String,
) -> Result<u8, CliError> {
    if common.json {
        print_json(as_json())?;
    } else {
        print(&as_text())?;
    }
    Ok(0)
}

/// Says something on stderr: one line, and what follows it in further ones is set in. Where nobody
/// can read it, nothing is lost by it.
pub(super) fn say(words: &str) {
    let words = text::clean(words);
    let mut lines = words.lines();
    let mut out = io::stderr().lock();
    if let Some(first) = lines.next() {
        let _ = writeln!(out, "{first}");
    }
    for line in lines {
        let _ = writeln!(out, "  {line}");
    }
}

/// Says an error on stderr; returns its exit code.
pub(super) fn report(error: &CliError) -> u8 {
    for (n, line) in error.chain.iter().enumerate() {
        let front = if n == 0 { "error: " } else { "  because: " };
        say(&format!("{front}{}", text::clean_line(line)));
    }
    for hint in &error.hints {
        say(&format!("hint: {}", text::clean_line(hint)));
    }
    error.kind.code()
}

/// Says several lines on stderr as they are set.
pub(super) fn say_as_is(words: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", text::clean(words).trim_end());
}

/// Makes the last words of a program that breaks harmless as well.
pub(super) fn guard_panics() {
    std::panic::set_hook(Box::new(|info| {
        say(&format!(
            "{info}\nthis is a fault of proofline; please report it"
        ));
    }));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_holds_nothing_that_steers() {
        let hostile = "a\u{1b}[31m\u{9b}1m\u{7f}\u{202e}\u{200b}\r\nb";
        let value = json!({ hostile: [hostile, 1, null, { "x": hostile }] });
        let shown = serde_json::to_string_pretty(&harmless(value)).unwrap();
        let read: Value = serde_json::from_str(&shown).unwrap();
        assert!(!text::has_hidden(&shown), "{shown:?}");
        let name = read.as_object().unwrap().keys().next().unwrap();
        assert_eq!(name, "a␛[31m<U+009B>1m␡<U+202E><U+200B>\nb");
        assert_eq!(read[name][0], name.as_str());
        assert_eq!(read[name][3]["x"], name.as_str());
    }
}
