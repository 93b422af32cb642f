//! Logs as the runners write them, shortened: which failures each names, and how many it counts.

use proptest::prelude::*;

use super::*;

/// The failures of a log as `class | name`, and how many its runner counts.
fn read(log: &str) -> (Vec<String>, u64) {
    let content = failed_tests(log.as_bytes());
    let named = content.cases.iter();
    let named = named.map(|c| format!("{} | {}", c.class, c.name)).collect();
    (named, content.declared.failures)
}

const CARGO: &str = "\
2026-11-20T11:41:00.1234567Z      Running unittests src/lib.rs (target/debug/deps/payments-0a1b2c3d)
2026-11-20T11:41:00.1234567Z running 2 tests
2026-11-20T11:41:00.1234567Z test tests::adds ... ok
2026-11-20T11:41:00.1234567Z test tests::fails ... \u{1b}[31mFAILED\u{1b}[0m
2026-11-20T11:41:00.1234567Z
2026-11-20T11:41:00.1234567Z failures:
2026-11-20T11:41:00.1234567Z
2026-11-20T11:41:00.1234567Z ---- tests::fails stdout ----
2026-11-20T11:41:00.1234567Z
2026-11-20T11:41:00.1234567Z thread 'tests::fails' panicked at src/lib.rs:13:30:
2026-11-20T11:41:00.1234567Z assertion `left == right` failed: sum
2026-11-20T11:41:00.1234567Z   left: 2
2026-11-20T11:41:00.1234567Z  right: 3
2026-11-20T11:41:00.1234567Z
2026-11-20T11:41:00.1234567Z failures:
2026-11-20T11:41:00.1234567Z     tests::fails
2026-11-20T11:41:00.1234567Z
2026-11-20T11:41:00.1234567Z test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out
2026-11-20T11:41:00.1234567Z      Running tests/capture.rs (target/debug/deps/capture-9f8e)
2026-11-20T11:41:00.1234567Z test retries::panics - should panic ... FAILED
2026-11-20T11:41:00.1234567Z test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out
2026-11-20T11:41:00.1234567Z    Doc-tests payments
2026-11-20T11:41:00.1234567Z test src/lib.rs - add (line 3) ... FAILED
2026-11-20T11:41:00.1234567Z test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out
";

const NEXTEST: &str = "\
        PASS [   0.004s] payments::capture retries::fine
  TRY 1 FAIL [   0.004s] payments::capture retries::flaky
  TRY 2 PASS [   0.004s] payments::capture retries::flaky
        FAIL [   0.012s] (3/4) payments::capture retries::once
     SIGSEGV [   0.050s] payments tests::crash
------------
     Summary [   0.06s] 4 tests run: 2 passed (1 flaky), 2 failed, 1 skipped
  FLAKY 2/2 [   0.004s] payments::capture retries::flaky
        FAIL [   0.012s] (3/4) payments::capture retries::once
     SIGSEGV [   0.050s] payments tests::crash
";

const PYTEST: &str = "\
tests/test_cart.py::test_ok PASSED                                       [ 12%]
tests/test_cart.py::test_amount[2] FAILED                                [ 25%]
=================================== FAILURES ===================================
_______________________________ test_amount[2] _________________________________
=========================== short test summary info ============================
FAILED tests/test_cart.py::test_amount[2] - assert 2 == 1
FAILED tests/test_cart.py::test_amount[a - b] - AssertionError: assert 'a - b...
FAILED tests/test_cart.py::TestRefund::test_pays - ValueError: no refund
ERROR tests/test_cart.py::test_needs - RuntimeError: setup broke
ERROR tests/test_broken.py - ModuleNotFoundError: no
=============== 3 failed, 2 passed, 1 skipped, 2 errors in 0.05s ================
";

const GO: &str = "\
=== RUN   TestOpen
--- FAIL: TestOpen (0.00s)
    cart_test.go:12: want 1, got 2
    --- FAIL: TestOpen/an_empty_cart (0.00s)
        cart_test.go:20: empty
--- PASS: TestClose (0.00s)
FAIL
FAIL\tshop.example/cart\t0.004s
ok  \tshop.example/pay\t0.002s
FAIL\tshop.example/mail [build failed]
FAIL
";

const JEST: &str = "\
FAIL ./cart.test.js (5.1 s)
  ● Console

    console.log
      ● not a test

  ● cart › when empty › cannot be paid

    expect(received).toBe(expected) // Object.is equality

    Expected: 2
    Received: 1

      at Object.toBe (cart.test.js:3:102)

FAIL ./broken.test.js
  ● Test suite failed to run

    cannot load

Summary of all failing tests
FAIL ./cart.test.js
  ● cart › when empty › cannot be paid

    again

Test Suites: 2 failed, 2 total
Tests:       1 failed, 3 passed, 4 total
";

const VITEST: &str = "\
 \u{1b}[31m❯\u{1b}[39m cart.test.ts \u{1b}[2m(4 tests | 1 failed)\u{1b}[22m
 FAIL  broken.test.ts [ broken.test.ts ]
Error: cannot load
⎯⎯⎯⎯[1/2]⎯
 FAIL  |web| cart.test.ts > cart > cannot be paid > really
AssertionError: expected 1 to be 2 // Object.is equality
 ❯ cart.test.ts:4:82
⎯⎯⎯⎯[2/2]⎯

 Test Files  2 failed (2)
      Tests  1 failed | 2 passed (3)
";

const MOCHA: &str = "\
  1) top level
  cart
    when empty
      2) cannot be paid

  1 passing (8ms)
  3 failing

  1) top level:
     Error: boom
      at Context.<anonymous> (m/cart.js:5:31)

  2) cart
       when empty
         cannot be paid:

      AssertionError [ERR_ASSERTION]: 1 == 2
      + expected - actual

  3) hooks
       \"before each\" hook for \"never runs\":
     Error: hook broke
";

const PLAYWRIGHT: &str = "\
  ✘  1 [engine-a] › tests/cart.spec.ts:2:31 › cart › charges once (18ms)
  1) [engine-a] › tests/cart.spec.ts:2:31 › cart › charges once ─────────────

    Error: expect(received).toBe(expected) // Object.is equality

  2) [engine-a] › tests/cart.spec.ts:3:1 › flaky one ────────────────────────

    Error: no

  1 failed
    [engine-a] › tests/cart.spec.ts:2:31 › cart › charges once ──────────────
  1 flaky
    [engine-a] › tests/cart.spec.ts:3:1 › flaky one ─────────────────────────
  2 passed (5.7s)
";

const SUREFIRE: &str = "\
[ERROR] Tests run: 4, Failures: 1, Errors: 1, Skipped: 0, Time elapsed: 0.05 s <<< FAILURE! -- in com.acme.CartTest
[ERROR] com.acme.CartTest.pays -- Time elapsed: 0.01 s <<< FAILURE!
org.opentest4j.AssertionFailedError: expected: <1> but was: <2>
\tat com.acme.CartTest.pays(CartTest.java:12)

[ERROR] com.acme.CartTest.adds(int)[2] -- Time elapsed: 0.01 s <<< ERROR!
java.lang.IllegalStateException: no

[ERROR] old(com.acme.OldTest)  Time elapsed: 0.01 sec  <<< FAILURE!
java.lang.AssertionError

[ERROR] Failures:
[ERROR]   CartTest.pays:12 expected: <1> but was: <2>
[ERROR] Tests run: 5, Failures: 2, Errors: 1, Skipped: 0
";

const GRADLE: &str = "\
com.acme.CartTest > pays() FAILED
    org.opentest4j.AssertionFailedError at CartTest.java:12

4 tests completed, 1 failed
";

const RSPEC: &str = "\
2 examples, 1 failure

Failed examples:

rspec ./spec/cart_spec.rb:12 # Cart pays once
";

const DOTNET: &str = "  Failed Acme.CartTests.Pays(n: 1.5) [12 ms]
  Error Message:
   Assert.Equal() Failure
  Stack Trace:
     at Acme.CartTests.Pays() in /src/CartTests.cs:line 7
Failed!  - Failed:     1, Passed:     2, Skipped:     0, Total:     3
";

#[test]
fn each_runner_names_its_failures_and_their_count() {
    for (log, want, count) in [
        (
            CARGO,
            vec![
                "payments | tests::fails",
                "capture | retries::panics",
                "payments | src/lib.rs - add (line 3)",
            ],
            3,
        ),
        (
            NEXTEST,
            vec![
                "payments::capture | retries::once",
                "payments | tests::crash",
            ],
            2,
        ),
        (
            PYTEST,
            vec![
                "tests.test_cart | test_amount[2]",
                "tests.test_cart | test_amount[a - b]",
                "tests.test_cart.TestRefund | test_pays",
                "tests.test_cart | test_needs",
                "tests.test_broken | (outside of a test)",
            ],
            5,
        ),
        (
            GO,
            vec![
                "shop.example/cart | TestOpen",
                "shop.example/cart | TestOpen/an_empty_cart",
                "shop.example/mail | (outside of a test)",
            ],
            3,
        ),
        (
            JEST,
            vec![
                "cart.test.js | cart › when empty › cannot be paid",
                "broken.test.js | (outside of a test)",
            ],
            2,
        ),
        (
            VITEST,
            vec![
                "broken.test.ts | (outside of a test)",
                "cart.test.ts | cart > cannot be paid > really",
            ],
            2,
        ),
        (
            MOCHA,
            vec![
                " | top level",
                " | cart when empty cannot be paid",
                " | hooks \"before each\" hook for \"never runs\"",
            ],
            3,
        ),
        (
            PLAYWRIGHT,
            vec!["tests/cart.spec.ts | cart › charges once"],
            1,
        ),
        (
            SUREFIRE,
            vec![
                "com.acme.CartTest | pays",
                "com.acme.CartTest | adds(int)[2]",
                "com.acme.OldTest | old",
            ],
            3,
        ),
        (GRADLE, vec!["com.acme.CartTest | pays()"], 1),
        (RSPEC, vec![" | Cart pays once"], 1),
        (DOTNET, vec!["Acme.CartTests | Pays(n: 1.5)"], 1),
        (
            "npm ERR! code 1\n##[error]Process completed with exit code 1.\n",
            vec![],
            0,
        ),
        ("12 errors and 3 failed attempts to connect\n", vec![], 0),
    ] {
        assert_eq!(
            read(log),
            (want.into_iter().map(str::to_owned).collect(), count),
            "{log}"
        );
    }
}

#[test]
fn failures_say_what_failed() {
    let said = |log: &str| failed_tests(log.as_bytes()).cases[0].message.clone();
    for (log, want) in [
        (
            CARGO,
            "assertion `left == right` failed: sum  left: 2  right: 3",
        ),
        (PYTEST, "assert 2 == 1"),
        (GO, "cart_test.go:12: want 1, got 2"),
        (
            JEST,
            "expect(received).toBe(expected) // Object.is equality",
        ),
        (MOCHA, "Error: boom"),
        (
            PLAYWRIGHT,
            "Error: expect(received).toBe(expected) // Object.is equality",
        ),
        (
            SUREFIRE,
            "org.opentest4j.AssertionFailedError: expected: <1> but was: <2>",
        ),
        (DOTNET, "Assert.Equal() Failure"),
    ] {
        assert!(said(log).starts_with(want), "{}", said(log));
    }
}

#[test]
fn more_failures_may_be_counted_than_named() {
    let log = "= 3 failed, 2 passed in 0.05s =\n";
    assert_eq!(read(log), (Vec::new(), 3));
}

#[test]
fn a_log_of_failures_without_end_is_bounded() {
    let many: String = (0..20_000)
        .map(|n| format!("FAILED tests/test_a.py::test_{n} - no\n"))
        .collect();
    let content = failed_tests(many.as_bytes());
    assert_eq!((content.cases.len(), content.unread), (MAX_FAILED, 18_000));
}

/// Names by class and name, and how many are counted.
fn named(log: &str) -> (Vec<String>, u64) {
    let told = failed_tests(log.as_bytes());
    let names = told
        .cases
        .iter()
        .map(|c| format!("{} | {}", c.class, c.name));
    (names.collect(), told.declared.failures)
}

#[test]
fn what_tests_print_is_none_of_the_runners_words() {
    for (log, want, count) in [
        (
            "test a::b ... \u{1b}[31mFAILED\u{1b}(B\u{1b}[m\n\nfailures:\n\n---- a::b stdout ----\ntest a::ghost ... FAILED\n\n\nfailures:\n    a::b\n\ntest result: \u{1b}[31mFAILED\u{1b}(B\u{1b}[m. 0 passed; 1 failed\n",
            vec![" | a::b"],
            1,
        ),
        (
            "test a::b ... printed\nFAILED\nfailures:\n    a::b\n\ntest result: FAILED. 0 passed; 1 failed\n",
            vec![" | a::b"],
            1,
        ),
        (
            "test a::b ... error: test failed\n  process didn't exit successfully: `x` (signal: 6, SIGABRT)\n",
            vec![" | a::b"],
            1,
        ),
        (
            "        FAIL [   0.018s] ( 4/10) shop a::b\n            FAIL [   0.004s] shop a::ghost\n     Summary [   0.1s] 1 test run: 1 failed\n   TRY 3 TMT [   0.018s] (4/10) shop a::slow\n",
            vec!["shop | a::b", "shop | a::slow"],
            2,
        ),
        (
            "--- FAIL: TestPay (0.0s)\n    --- FAIL: TestPay/cart (0.0s)\n        --- FAIL: TestGhost (0.0s)\nFAIL\tshop/cart\t0.1s\nFAIL\tshop/mail\t0.1s\n",
            vec![
                "shop/cart | TestPay",
                "shop/cart | TestPay/cart",
                "shop/mail | (outside of a test)",
            ],
            3,
        ),
        (
            "panic: test timed out after 2s\nrunning tests:\n\tTestHangs (2s)\n\ngoroutine 1\nFAIL\tshop/cart\t2.1s\n",
            vec!["shop/cart | TestHangs"],
            1,
        ),
        (
            "FAIL ./cart.test.js\n  ● cart › pays\n\n    console.log\n      FAIL ghost.test.js\n\n  ● cart › opens\n\nTests:       2 failed, 2 total\n",
            vec!["cart.test.js | cart › pays", "cart.test.js | cart › opens"],
            2,
        ),
        (
            " RUN  v4.1.0 /shop\n FAIL  ghost.test.js > ghost\n⎯⎯⎯⎯ Failed Tests 1 ⎯⎯⎯⎯\n\n FAIL  cart.test.js > pays\n",
            vec!["cart.test.js | pays"],
            1,
        ),
        (
            "  2 failing\n\n  1) cart\n       pays:\n\n      AssertionError: no\n+ actual - expected\n  1) ghost\n\n  2) cart\n       opens:\n     Error: no\n",
            vec![" | cart pays", " | cart opens"],
            2,
        ),
        (
            "FAILED tests/test_a.py::test_ghost\n=== short test summary info ===\nFAILED tests/test_a.py::test_b - no\n=== 1 failed in 0.1s ===\n",
            vec!["tests.test_a | test_b"],
            1,
        ),
        (
            "rspec ./ghost_spec.rb:1 # Ghost fails\nFailed examples:\n\nrspec ./cart_spec.rb:2 # Cart pays\n",
            vec![" | Cart pays"],
            1,
        ),
        (
            "An error occurred while loading ./spec/cart_spec.rb. - Did you mean?\n0 examples, 0 failures, 1 error occurred outside of examples\n",
            vec![" | spec/cart_spec.rb (outside of a test)"],
            1,
        ),
    ] {
        let want: Vec<String> = want.into_iter().map(str::to_owned).collect();
        assert_eq!(named(log), (want, count), "{log}");
    }
}

#[test]
fn unittest_draws_a_line_above_each_failure() {
    let rule = "=".repeat(70);
    let log = format!(
        "EFAIL: test_ghost (test_shop.Ghost.test_ghost)\n{rule}\nERROR: setUpClass (test_shop.Db)\n{rule}\nFAIL: test_sub (test_shop.Cart.test_sub) [a b] (i=1)\n---\nTraceback\nAssertionError: no\nFAILED (failures=1, errors=1, skipped=1)\n"
    );
    let want = [
        "test_shop.Db | setUpClass",
        "test_shop.Cart | test_sub [a b] (i=1)",
    ];
    assert_eq!(named(&log), (want.map(str::to_owned).to_vec(), 2));
}

proptest! {
    /// A log that is cut anywhere names no more than the whole, and nothing that passed.
    #[test]
    fn a_cut_log_names_nothing_else(which in 0_usize..11, cut in 0_usize..3000) {
        let logs = [
            CARGO, NEXTEST, PYTEST, GO, JEST, VITEST, MOCHA, PLAYWRIGHT, SUREFIRE, GRADLE, DOTNET,
        ];
        let log = logs[which];
        // At the end of a line: half of one may be another name.
        let part = log.get(..log.floor_char_boundary(cut.min(log.len()))).unwrap();
        let end = part.rfind('\n').map_or(0, |at| at + 1);
        let whole: Vec<String> = failed_tests(log.as_bytes()).cases.iter().map(|c| c.name.to_string()).collect();
        for case in failed_tests(&log.as_bytes()[..end]).cases {
            prop_assert!(case.outcome.failed());
            // Tests that passed when they were tried again, and titles that go on, are the exceptions.
            let known = whole.iter().any(|n| n.starts_with(case.name.as_str())) || case.name.contains("flaky");
            prop_assert!(known, "{} of {:?}", case.name, whole);
        }
    }

    #[test]
    fn never_panics(text in "([-=>●›\\[\\]() :.|/a-zA-Z0-9]{0,30}\n){0,12}") {
        let _ = failed_tests(text.as_bytes());
    }
}
