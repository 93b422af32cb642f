//! What scanners really write, and what is known of what cannot be read.

use super::*;

const REPORT: &str = r#"{ "version": "2.1.0", "runs": [
    { "tool": { "driver": { "name": "CodeQL", "semanticVersion": "2.20.1", "rules": [
          { "id": "rust/sql-injection", "defaultConfiguration": { "level": "error" } }, { "id": "rust/other" } ] } },
      "results": [
        { "ruleId": "rust/sql-injection", "message": { "text": "built from input" },
          "locations": [{ "physicalLocation": { "artifactLocation": { "uri": "src/a.rs" }, "region": { "startLine": 31 } } }],
          "partialFingerprints": { "other": "x", "primaryLocationLineHash": "39fa:1" } },
        { "rule": { "index": 1 }, "message": null, "locations": "nowhere",
          "suppressions": [{ "kind": "external", "justification": "by design" }] },
        { "ruleId": 7 },
        { "ruleId": "gone", "baselineState": "absent" },
        { "ruleId": "fine", "kind": "pass" },
        { "ruleId": "unknown", "level": "note", "suppressions": [{ "kind": "inSource", "status": "underReview" }] }
      ] },
    { "tool": { "driver": { "name": "broken" } }, "invocations": [{ "executionSuccessful": false }] },
    { "tool": "nothing", "results": [] },
    7 ] }"#;

#[test]
fn each_run_is_read_and_what_is_broken_hides_nothing_else() {
    let (reports, problems) = read_sarif(REPORT.as_bytes(), "a.sarif").unwrap();
    let [first, second, third, fourth] = reports.as_slice() else {
        panic!("{reports:?}");
    };
    assert_eq!(
        (first.tool.as_str(), first.version.as_deref()),
        ("CodeQL", Some("2.20.1"))
    );
    assert_eq!((first.rules, first.looked, first.left_out), (2, true, 1));
    let found: Vec<_> = first
        .results
        .iter()
        .map(|r| {
            (
                r.rule.as_str(),
                r.level.as_str(),
                r.path.as_str(),
                r.line,
                r.suppressed.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("rust/sql-injection", "error", "src/a.rs", Some(31), None),
            (
                "rust/other",
                "warning",
                "",
                None,
                Some("external: by design")
            ),
            ("fine", "none", "", None, None),
            ("unknown", "note", "", None, None),
        ]
    );
    assert_eq!(first.results[0].fingerprint.as_deref(), Some("39fa:1"));
    assert!(!second.looked && second.failed);
    assert!(third.looked && !third.failed && third.results.is_empty());
    // That there is a fourth is known, and not what it holds.
    let unread: Vec<bool> = reports.iter().map(|r| r.unread).collect();
    assert_eq!(unread, [false, false, false, true]);
    assert!(!fourth.looked);
    assert_eq!(problems.len(), 2, "{problems:?}");
}

#[test]
fn a_tool_that_was_hindered_has_failed() {
    for (invocation, failed) in [
        (r#"{ "executionSuccessful": true }"#, false),
        (r#"{ "executionSuccessful": false }"#, true),
        (
            r#"{ "executionSuccessful": true, "toolExecutionNotifications": [{ "level": "error" }] }"#,
            true,
        ),
        (
            r#"{ "toolExecutionNotifications": [{ "level": "warning" }, {}] }"#,
            false,
        ),
        (r#"{ "toolExecutionNotifications": "none" }"#, false),
        (
            r#"{ "executionSuccessful": true, "toolConfigurationNotifications": [{ "level": "error" }] }"#,
            true,
        ),
        (r#"{ "exitCode": 1 }"#, false),
        (r#"{ "exitCode": 2, "exitSignalName": "SIGKILL" }"#, true),
        (r#"{ "processStartFailureMessage": "not found" }"#, true),
    ] {
        let text = format!(r#"{{ "runs": [{{ "results": [], "invocations": [{invocation}] }}] }}"#);
        let (reports, _) = read_sarif(text.as_bytes(), "a").unwrap();
        assert_eq!(reports[0].failed, failed, "{invocation}");
    }
}

#[test]
fn what_is_no_sarif_is_refused() {
    for text in ["", "[]", "{}", r#"{"runs": 3}"#] {
        assert!(read_sarif(text.as_bytes(), "a").is_err(), "{text}");
    }
}

/// The first result of a report of these rules of the driver and of an extension.
fn first(driver: &str, extension: &str, result: &str) -> ScanResult {
    let text = format!(
        r#"{{ "version": "2.1.0", "runs": [{{ "tool": {{
            "driver": {{ "name": "x", "rules": [{driver}] }},
            "extensions": [{{ "name": "queries", "rules": [{extension}] }}] }},
            "results": [{result}] }}] }}"#
    );
    let (mut reports, problems) = read_sarif(text.as_bytes(), "a.sarif").unwrap();
    assert_eq!(problems, []);
    reports.remove(0).results.remove(0)
}

// CodeQL keeps its rules in an extension and leaves levels to them.
#[test]
fn a_rule_is_found_in_the_component_that_has_it() {
    let driver = r#"{ "id": "harmless", "defaultConfiguration": { "level": "note" } }"#;
    let extension = r#"{ "id": "sql", "defaultConfiguration": { "level": "error" } }"#;
    for result in [
        r#"{ "ruleId": "sql" }"#,
        r#"{ "rule": { "id": "sql" } }"#,
        r#"{ "rule": { "index": 0, "toolComponent": { "index": 0 } } }"#,
    ] {
        let found = first(driver, extension, result);
        assert_eq!(
            (found.rule.as_str(), found.level.as_str()),
            ("sql", "error")
        );
    }
    let found = first(driver, extension, r#"{ "ruleIndex": 0 }"#);
    assert_eq!(
        (found.rule.as_str(), found.level.as_str()),
        ("harmless", "note")
    );
    // Two components have a rule of one id; the place says which is meant.
    let both = r#"{ "id": "sql", "defaultConfiguration": { "level": "note" } }"#;
    let place = r#"{ "rule": { "id": "sql", "index": 0, "toolComponent": { "index": 0 } } }"#;
    assert_eq!(first(both, extension, place).level, "error");
    assert_eq!(
        first(both, extension, r#"{ "ruleId": "sql" }"#).level,
        "note"
    );
    // The place of another rule is none.
    let wrong = r#"{ "ruleId": "sql", "ruleIndex": 0 }"#;
    assert_eq!(first(driver, extension, wrong).level, "error");
    // An id that goes on behind that of its rule, with its place and without.
    for result in [
        r#"{ "ruleId": "sql/first", "ruleIndex": 0 }"#,
        r#"{ "ruleId": "sql/first" }"#,
    ] {
        assert_eq!(first(extension, driver, result).level, "error", "{result}");
    }
    assert_eq!(
        first(extension, driver, r#"{ "ruleId": "sqlx" }"#).level,
        "warning"
    );
    // A rule that no component has keeps the level that the format gives.
    let found = first(driver, extension, r#"{ "rule": { "index": 7 } }"#);
    assert_eq!(found.level, "warning");
}

#[test]
fn what_is_bad_for_security_speaks_against_whatever_its_level() {
    let rule = |severity: &str| {
        format!(
            r#"{{ "id": "r", "defaultConfiguration": {{ "level": "note" }},
                "properties": {{ "security-severity": {severity} }} }}"#
        )
    };
    for (severity, result, against) in [
        ("\"9.8\"", r#"{ "ruleId": "r" }"#, true),
        ("9.8", r#"{ "ruleId": "r", "level": "none" }"#, true),
        ("10", r#"{ "ruleId": "r" }"#, true),
        ("\"-9.8\"", r#"{ "ruleId": "r" }"#, false),
        ("\"99999999999\"", r#"{ "ruleId": "r" }"#, false),
        ("\"4.0\"", r#"{ "ruleId": "r" }"#, true),
        ("\"3.9\"", r#"{ "ruleId": "r" }"#, false),
        ("\"high\"", r#"{ "ruleId": "r" }"#, false),
        ("null", r#"{ "ruleId": "r" }"#, false),
        (
            "null",
            r#"{ "ruleId": "r", "properties": { "security-severity": "8" } }"#,
            true,
        ),
        ("\"9.8\"", r#"{ "ruleId": "r", "kind": "pass" }"#, false),
        (
            "\"9.8\"",
            r#"{ "ruleId": "r", "suppressions": [{ "kind": "inSource" }] }"#,
            false,
        ),
    ] {
        let found = first(&rule(severity), "", result);
        assert_eq!(found.speaks_against(), against, "{severity} {result}");
    }
}

#[test]
fn a_suppression_that_was_refused_takes_the_others_with_it() {
    for (all, suppressed) in [
        ("", false),
        (r#"{ "kind": "inSource" }"#, true),
        (r#"{ "kind": "inSource" }, { "status": "accepted" }"#, true),
        (r#"{ "kind": "inSource" }, { "status": "rejected" }"#, false),
        (
            r#"{ "status": "underReview" }, { "kind": "external" }"#,
            false,
        ),
    ] {
        let found = first("", "", &format!(r#"{{ "suppressions": [{all}] }}"#));
        assert_eq!(found.suppressed.is_some(), suppressed, "{all}");
        assert_eq!(found.speaks_against(), !suppressed, "{all}");
    }
}

#[test]
fn what_a_person_has_to_decide_is_undecided() {
    for (result, undecided, against) in [
        (r#"{ "kind": "open", "level": "none" }"#, true, false),
        (r#"{ "kind": "review" }"#, true, false),
        (r#"{ "kind": "review", "level": "error" }"#, false, true),
        (r#"{ "kind": "pass" }"#, false, false),
        (r#"{ "kind": "fail", "level": "note" }"#, false, false),
        (
            r#"{ "kind": "open", "suppressions": [{ "kind": "inSource" }] }"#,
            false,
            false,
        ),
    ] {
        let found = first("", "", result);
        assert_eq!(found.is_undecided(), undecided, "{result}");
        assert_eq!(found.speaks_against(), against, "{result}");
    }
}

#[test]
fn an_invocation_may_give_a_rule_another_level() {
    let level = |overrides: &str, result: &str| {
        let text = format!(
            r#"{{ "runs": [{{ "tool": {{ "driver": {{ "rules": [
                {{ "id": "r", "defaultConfiguration": {{ "level": "note" }} }}] }} }},
                "invocations": [{{ "executionSuccessful": true,
                    "ruleConfigurationOverrides": [{overrides}] }}],
                "results": [{result}] }}] }}"#
        );
        let (mut reports, _) = read_sarif(text.as_bytes(), "a").unwrap();
        reports.remove(0).results.remove(0).level
    };
    let by_id = r#"{ "descriptor": { "id": "r" }, "configuration": { "level": "error" } }"#;
    let by_place = r#"{ "descriptor": { "index": 0 }, "configuration": { "level": "error" } }"#;
    let other = r#"{ "descriptor": { "id": "s" }, "configuration": { "level": "error" } }"#;
    let at = r#""provenance": { "invocationIndex": 0 }"#;
    for (overrides, result, want) in [
        (by_id, format!(r#"{{ "ruleId": "r", {at} }}"#), "error"),
        (by_id, format!(r#"{{ "ruleIndex": 0, {at} }}"#), "error"),
        (by_place, format!(r#"{{ "ruleIndex": 0, {at} }}"#), "error"),
        (other, format!(r#"{{ "ruleId": "r", {at} }}"#), "note"),
        (by_id, r#"{ "ruleId": "r" }"#.to_owned(), "note"),
        (
            by_id,
            format!(r#"{{ "ruleId": "r", "level": "warning", {at} }}"#),
            "warning",
        ),
    ] {
        assert_eq!(level(overrides, &result), want, "{overrides} {result}");
    }
}

#[test]
fn what_stands_in_other_files_is_not_read() {
    for (external, looked, left_out, unread) in [
        ("", false, 0, false),
        (r#""results": [{ "itemCount": 3 }, {}]"#, true, 4, false),
        (
            r#""driver": { "location": { "uri": "d.json" } }"#,
            false,
            0,
            true,
        ),
        (r#""invocations": [{ "itemCount": 1 }]"#, false, 0, true),
        (r#""artifacts": [{ "itemCount": 9 }]"#, false, 0, false),
    ] {
        let text = format!(
            r#"{{ "version": "2.1.0", "runs": [{{ "externalPropertyFileReferences": {{ {external} }} }}] }}"#
        );
        let (reports, problems) = read_sarif(text.as_bytes(), "a.sarif").unwrap();
        let report = &reports[0];
        let got = (report.looked, report.left_out, report.unread);
        assert_eq!(got, (looked, left_out, unread), "{external}");
        assert_eq!(problems.is_empty(), left_out == 0 && !unread, "{external}");
    }
}
