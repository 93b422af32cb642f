//! Test results: which files hold them, and the readers by format.

mod junit;

pub use junit::read_junit;

/// Tells by name whether a file of an artifact may hold JUnit results.
pub fn may_be_junit(name: &str) -> bool {
    let path = std::path::Path::new(name);
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("xml"))
}

/// Tells by name whether an artifact is worth downloading for test results.
pub fn looks_like_results(artifact: &str) -> bool {
    let name = artifact.to_ascii_lowercase();
    [
        "junit",
        "test-result",
        "test_result",
        "testresult",
        "test-report",
        "nextest",
        "surefire",
        "results",
    ]
    .iter()
    .any(|word| name.contains(word))
}
