//! What forges and remotes say in headers, addresses, times and words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proofline::{
    forge,
    model::{Conclusion, RunStatus, Sha, Timestamp},
    text,
};

fuzz_target!(|data: &[u8]| {
    let words = String::from_utf8_lossy(data);
    if let Some(address) = forge::next_link(&words) {
        assert!(words.contains(&address));
    }
    if let Some(repo) = forge::parse_remote(&words) {
        let plain = |part: &str| !part.is_empty() && !part.contains(['/', ' ', '%', '?', '#']);
        assert!(plain(&repo.owner) && plain(&repo.name), "{repo:?}");
    }
    for at in [
        Timestamp::parse(&words).ok(),
        Timestamp::parse_http(&words),
    ]
    .into_iter()
    .flatten()
    {
        let _ = (at.to_string(), at.date(), text::ago(at, Timestamp(0)));
    }
    let _ = (Sha::parse(&words), RunStatus::parse(&words), Conclusion::parse(&words));
});
