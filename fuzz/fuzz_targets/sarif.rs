#![no_main]

use libfuzzer_sys::fuzz_target;
use proofline::formats::sarif;

fuzz_target!(|data: &[u8]| {
    if let Ok((reports, problems)) = sarif::read_sarif(data, "scan.sarif") {
        let said: usize = problems.iter().map(|p| p.place.len() + p.what.len()).sum();
        assert!(said <= data.len() * 64 + 4096, "{said} bytes of problems");
        let found: usize = reports.iter().map(|r| r.results.len()).sum();
        assert!(found <= data.len(), "{found} results");
    }
});
