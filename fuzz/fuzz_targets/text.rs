//! Texts on their way to a terminal: nothing in them steers it, and they fit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proofline::text;

fuzz_target!(|data: &[u8]| {
    let Some((width, data)) = data.split_first() else {
        return;
    };
    let width = usize::from(*width);
    let words = String::from_utf8_lossy(data);
    for shown in [text::clean(&words), text::clean_line(&words)] {
        let steers = |c: char| c.is_control() && c != '\n';
        assert!(!shown.contains(steers) && !text::has_hidden(&shown), "{shown:?}");
    }
    let line = text::clean_line(&words);
    assert!(!line.contains('\n'));
    assert!(text::columns(&text::fit(&line, width)) <= width);
    if width > 1 {
        let wrapped = text::wrap(&line, width);
        assert!(wrapped.iter().all(|l| text::columns(l) <= width), "{wrapped:?}");
    }
});
