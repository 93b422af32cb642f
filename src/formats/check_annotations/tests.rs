use super::*;

fn annotation(level: &str, path: &str, title: &str, message: &str) -> Annotation {
    Annotation {
        path: path.to_owned(),
        line: Some(7),
        level: level.to_owned(),
        title: title.to_owned(),
        message: message.to_owned(),
    }
}

/// Leg, class and name of what an annotation names, by itself.
fn named(level: &str, path: &str, title: &str, message: &str) -> Option<(String, String, String)> {
    let told = failed_tests(None, &[annotation(level, path, title, message)])?;
    assert!(told.cases.iter().all(|c| c.outcome == Outcome::Failed));
    let case = told.cases.into_iter().next()?;
    let own = [case.leg, case.class, case.name].map(|w| w.to_string());
    Some(own.into())
}

#[test]
fn each_producer_names_tests_in_its_own_way() {
    for (level, path, title, message, want) in [
        (
            "failure",
            "tests/cart.test.ts",
            "cart ► when empty ► cannot pay",
            "Failed test found in:\n  junit.xml\nError:\n  expected 1",
            ("", "when empty", "cannot pay"),
        ),
        (
            "warning",
            "tests/test_a.py",
            "test_pays[1] (tests.test_a.TestB) failed",
            "out/junit.xml [took 3s]",
            ("", "tests.test_a.TestB", "test_pays[1]"),
        ),
        (
            "failure",
            "/",
            "2 out of 3 runs with error: test_a (B)",
            "a.xml\nb.xml",
            ("", "B", "test_a"),
        ),
        (
            "warning",
            "/",
            "All 2 runs failed: pays: twice",
            "a.xml [took 0s]",
            ("", "", "pays: twice"),
        ),
        (
            "failure",
            ".github",
            "Failed Test: pays once",
            "pays once: expected 1 - trace",
            ("", "", "pays once"),
        ),
        (
            "failure",
            "tests/a.spec.ts",
            "[webkit] › a.spec.ts:3:5 › cart › pays",
            "  1) [webkit] › a.spec.ts:3:5 › cart › pays\n\n    Error: no",
            ("webkit", "a.spec.ts", "cart › pays"),
        ),
        (
            "failure",
            "src/a.test.js",
            "cart › pays once",
            "AssertionError: no",
            ("", "", "cart › pays once"),
        ),
        (
            "failure",
            "src/a.test.ts",
            "[unit] src/a.test.ts > cart > pays",
            "AssertionError: no",
            ("unit", "src/a.test.ts", "cart > pays"),
        ),
        (
            "failure",
            "tests/test_a.py",
            "",
            "TestB.test_c[x y]\n\nassert 1 == 2",
            ("", "TestB", "test_c[x y]"),
        ),
        (
            "failure",
            "tests/test_a.py",
            "",
            "test_c",
            ("", "", "test_c"),
        ),
        (
            "failure",
            "spec/cart_spec.rb",
            "",
            "Cart pays once\n\n  expected: 1\n       got: 2",
            ("", "", "Cart pays once"),
        ),
        (
            "failure",
            "src/lib.rs",
            "",
            "thread 'tests::pays' (123) panicked at src/lib.rs:7:9",
            ("", "", "tests::pays"),
        ),
        (
            "failure",
            "tests/CartTests.cs",
            "Shop.CartTests.Pays(amount: 1.5)",
            "Assert.Equal() Failure",
            ("", "Shop.CartTests", "Pays(amount: 1.5)"),
        ),
        (
            "failure",
            "src/test/java/shop/CartTest.java",
            "CartTest.pays twice",
            "no",
            ("", "CartTest", "pays twice"),
        ),
        (
            "failure",
            "test/cart.test.js",
            "pays once",
            "Expected values to be strictly equal",
            ("", "", "pays once"),
        ),
    ] {
        let want = Some((want.0.into(), want.1.into(), want.2.into()));
        assert_eq!(
            named(level, path, title, message),
            want,
            "{title} {message}"
        );
    }
}

#[test]
fn what_is_no_test_is_not_taken_for_one() {
    for (level, path, title, message) in [
        (
            "failure",
            ".github",
            "",
            "Process completed with exit code 1.",
        ),
        ("failure", ".github", "", "The operation was canceled."),
        ("warning", "src/a.test.ts", "RETRY 1: cart › pays", "no"),
        ("warning", "src/a.test.ts", "cart › pays", "slow"),
        ("notice", "/", "test_a (B) failed", "a.xml [took 1s]"),
        (
            "failure",
            "src/a.ts",
            "",
            "TS2304: Cannot find name 'expected'.",
        ),
        (
            "failure",
            "src/a.test.ts",
            "no-unused-vars",
            "'expected' is assigned",
        ),
        (
            "failure",
            "tests/test_a.py",
            "Ruff (F401)",
            "`os` imported but unused",
        ),
        ("failure", "tests/test_a.py", "", "E501 line too long"),
        ("failure", "src/a.py", "", "undefined"),
        (
            "failure",
            "src/Cart.cs",
            "",
            "CS0103: The name does not exist",
        ),
        (
            "failure",
            "src/lib.rs",
            "",
            "thread 'main' panicked at src/lib.rs:7:9",
        ),
        (
            "failure",
            "src/lib.rs",
            "mismatched types",
            "expected `u32`, found `&str`",
        ),
        ("failure", "src/lib.rs", "clippy::all", "expected"),
        (
            "failure",
            "a.test.js",
            "eqeqeq",
            "Expected '===' and instead saw '=='.",
        ),
        (
            "failure",
            "a.test.js",
            "indent",
            "Expected indentation of 2 spaces",
        ),
        (
            "failure",
            "tests/a.rs",
            "mismatched types",
            "expected `u32`, found `String`",
        ),
        ("failure", "a.test.ts", "Line length 120 > 100", "too long"),
        ("warning", "a.xml", "Validation failed", "schemas/order.xml"),
        ("failure", "/", "Build failed", "make: *** [all] Error 2"),
        (
            "failure",
            "spec/a_spec.rb",
            "Style/Names",
            "expected snake_case",
        ),
    ] {
        assert_eq!(
            named(level, path, title, message),
            None,
            "{title} {message}"
        );
    }
}

#[test]
fn the_title_of_a_report_counts_what_failed() {
    for (title, want) in [
        ("17 tests run, 1 skipped, 11 failed.", Some(11)),
        ("4 tests run, 3 passed, 0 skipped, 1 failed.", Some(1)),
        ("3 passed, 2 failed and 1 skipped ", Some(2)),
        ("1 errors, 2 fail, 1 skipped, 6 pass in 8s", Some(3)),
        ("1 tests run, 0 skipped, 0 failed.", Some(0)),
        ("All 5 tests pass in 0s", None),
        ("2 failed conditions", None),
        ("Quality Gate failed", None),
        ("5 passed, 1 failed", None),
        (
            "18446744073709551615 failed, 1 errors, 2 skipped",
            Some(u64::MAX),
        ),
        ("3 errors", None),
        ("No test results found!", None),
    ] {
        assert_eq!(failures_of_title(title), want, "{title}");
    }
}

#[test]
fn a_report_that_counts_more_than_it_names_says_so() {
    let of = |title: &str, titles: &[&str]| {
        let annotations: Vec<Annotation> = titles
            .iter()
            .map(|t| annotation("failure", "a/b.txt", t, "no"))
            .collect();
        let told = failed_tests(Some(title), &annotations)?;
        let names: Vec<String> = told.cases.iter().map(|c| c.key().name).collect();
        Some((names, told.declared.failures, told.unread))
    };
    // In a report every failure is a test's.
    let all = of("9 tests run, 0 skipped, 3 failed.", &["A.b", "suite/c d"]);
    let names = vec!["A::b".to_owned(), "suite::c d".to_owned()];
    assert_eq!(all, Some((names, 3, 0)));
    assert_eq!(of("ci", &["A.b"]), None);
    assert_eq!(of("2 tests run, 0 failed", &[]), None);
    assert_eq!(
        of("ci", &["Error processing result file"]),
        Some((vec![], 0, 1))
    );
    let summary = annotation(
        "notice",
        ".github",
        "🎭 Playwright Run Summary",
        "  2 failed\n    [webkit] › a.spec.ts:3:5 › pays\n  3 passed (4s)",
    );
    let told = failed_tests(None, &[summary]).unwrap();
    assert_eq!((told.cases.len(), told.declared.failures), (0, 2));
}

#[test]
fn a_place_is_kept_where_it_is_one() {
    let told = |path: &str| {
        let one = annotation("failure", path, "cart › pays", "AssertionError: no\n at x");
        let case = failed_tests(None, &[one]).unwrap().cases.remove(0);
        let file = case.file.map(|f| f.to_string());
        (file, case.line, case.message.to_string())
    };
    let message = "AssertionError: no".to_owned();
    assert_eq!(
        told("src/a.test.js"),
        (Some("src/a.test.js".to_owned()), Some(7), message.clone())
    );
    assert_eq!(told(".github"), (None, None, message));
}
