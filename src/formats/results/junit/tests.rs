//! Dialect samples for the `JUnit` reader.

use proptest::prelude::*;

use super::*;

fn read(xml: &str) -> (TestContent, Vec<Problem>) {
    read_junit(xml.as_bytes(), "report.xml").unwrap()
}

fn outcomes(xml: &str) -> Vec<(String, Outcome)> {
    let (report, _) = read(xml);
    report
        .cases
        .iter()
        .map(|c| (c.key().name, c.outcome))
        .collect()
}

#[test]
fn nested_suites_lose_no_case() {
    let got = outcomes(
        r#"<testsuites><testsuite name="a"><testsuite name="b"><testcase classname="x" name="one"/>
           <testsuite name="c"><testcase classname="x" name="two"><failure message="m">t</failure></testcase>
           </testsuite></testsuite></testsuite></testsuites>"#,
    );
    assert_eq!(
        got,
        [
            ("x::one".into(), Outcome::Passed),
            ("x::two".into(), Outcome::Failed)
        ]
    );
}

#[test]
fn a_root_suite_without_wrapper_and_with_namespace() {
    let got = outcomes(
        r#"<j:testsuite xmlns:j="urn:j" time="0,123"><j:testcase name="t" time="&lt;&lt;computed&gt;&gt;"/></j:testsuite>"#,
    );
    assert_eq!(got, [("t".into(), Outcome::Passed)]);
}

#[test]
fn the_most_severe_child_decides() {
    let got = outcomes(
        r#"<testsuite><testcase name="a"><skipped/><failure/><error message="e"/></testcase>
           <testcase name="b"><skipped message="why"/></testcase>
           <testcase name="c" status="disabled"/><testcase/></testsuite>"#,
    );
    assert_eq!(
        got,
        [
            ("a".into(), Outcome::Error),
            ("b".into(), Outcome::Skipped),
            ("c".into(), Outcome::Disabled),
            ("(unnamed case 1)".into(), Outcome::Passed)
        ]
    );
}

#[test]
fn a_failure_needs_no_name_and_no_case() {
    for (xml, want) in [
        (
            "<testsuite name='s'><testcase classname='s' name='ok'/><testcase><failure/></testcase></testsuite>",
            ("(unnamed case 1)", Outcome::Failed),
        ),
        (
            "<testsuite name='s'><testcase name='ok'/><error message='set-up'>x</error></testsuite>",
            ("s::(outside of a test)", Outcome::Error),
        ),
        (
            "<testsuites/><error>set-up</error>",
            ("(outside of a test)", Outcome::Error),
        ),
        (
            "<testsuite name='s'><testcase name='a'><failure/></testcase></testsuite><testsuite/>",
            ("a", Outcome::Failed),
        ),
        (
            "<testsuites><failure>why</failure><testsuite><testcase name='ok'/></testsuite></testsuites>",
            ("(outside of a test)", Outcome::Failed),
        ),
    ] {
        let failed: Vec<_> = outcomes(xml)
            .into_iter()
            .filter(|(_, o)| o.failed())
            .collect();
        assert_eq!(failed, [(want.0.to_owned(), want.1)], "{xml}");
        let (report, _) = read(xml);
        assert_eq!(report.counted.failures + report.counted.errors, 1, "{xml}");
        assert!(!report.totals_differ(), "{xml}");
    }
}

#[test]
fn a_case_is_told_apart_by_all_that_stands_around_it() {
    let (report, _) = read(
        r#"<testsuites name="run 7"><testsuite name="a" hostname="h" file="a.php">
           <properties><property name="browser" value="firefox"/><property name="other" value="x"/></properties>
           <testsuite name="b"><testcase name="t" file="b.php"/><testcase name="u"/></testsuite></testsuite>
           <testsuite><testcase name="v"/></testsuite></testsuites>"#,
    );
    let got: Vec<_> = report
        .cases
        .iter()
        .map(|c| (c.suite.as_str(), c.leg.as_str(), c.file.as_deref()))
        .collect();
    let want = [
        ("a › b", "h, firefox", Some("b.php")),
        ("a › b", "h, firefox", Some("a.php")),
        ("", "", None),
    ];
    assert_eq!(got, want);
}

#[test]
fn what_a_suite_declares_is_not_taken_back() {
    for (xml, failures, why) in [
        (
            r#"<testsuites tests="1" failures="0"><testsuite tests="1" failures="1"><testcase name="a"/></testsuite></testsuites>"#,
            1,
            "by the suite around it",
        ),
        (
            r#"<testsuite failures="2"><testcase name="a"/></testsuite>"#,
            2,
            "without a total",
        ),
        (
            r#"<testsuites tests="3" failures="2"><testsuite><testcase name="a"/></testsuite></testsuites>"#,
            2,
            "by the root alone",
        ),
    ] {
        assert_eq!(read(xml).0.declared.failures, failures, "{why}");
    }
    let (report, _) = read(r#"<testsuite tests="9"><testcase name="a"/></testsuite>"#);
    assert_eq!((report.declared.tests, report.counted.tests), (9, 1));
}

#[test]
fn failure_text_keeps_entities_and_cdata() {
    let (report, _) = read(
        "<testsuite><testcase name='a'><failure>left &lt; right &#10;<![CDATA[<raw>]]></failure></testcase></testsuite>",
    );
    assert_eq!(report.cases[0].text, "left < right \n<raw>");
    assert_eq!(report.cases[0].message, "left < right ");
}

#[test]
fn totals_that_lie_are_kept_and_said() {
    let (report, problems) = read(
        r#"<testsuites tests="2" failures="0"><testsuite tests="2" failures="0">
           <testcase name="a"><failure/></testcase><testcase name="b"/></testsuite></testsuites>"#,
    );
    assert!(report.totals_differ());
    assert_eq!(report.declared.failures, 0);
    assert_eq!(report.counted.failures, 1);
    assert!(
        problems[0].what.contains("says 2 tests and 0 failures"),
        "{problems:?}"
    );
}

#[test]
fn totals_without_attributes_are_derived() {
    let (report, problems) = read(
        r#"<testsuites><testsuite tests="1,000"><testcase name="a"/></testsuite>
           <testsuite><testcase name="b"/></testsuite></testsuites>"#,
    );
    assert_eq!(report.declared.tests, 1001);
    assert_eq!(report.counted.tests, 2);
    assert_eq!(problems.len(), 1);
}

#[test]
fn the_four_kinds_of_retries_and_rows_of_one_name() {
    let (report, _) = read(
        r#"<testsuite><testcase name="a"><flakyFailure message="first"/></testcase>
           <testcase name="b"><failure message="x"/><rerunFailure message="y"/></testcase>
           <testcase name="r"><rerunError message="z"/></testcase>
           <testcase name="c" classname="k"><failure message="once"/></testcase>
           <testcase name="c" classname="k"/>
           <testcase name="p" classname="k"/><testcase name="p" classname="k"/></testsuite>"#,
    );
    let by_name = |n: &str| {
        report
            .cases
            .iter()
            .filter(|c| c.name == n)
            .collect::<Vec<_>>()
    };
    assert_eq!(by_name("a")[0].outcome, Outcome::Passed);
    assert_eq!(by_name("a")[0].retries[0].kind, RetryKind::FlakyFailure);
    assert_eq!(by_name("b")[0].retries[0].message, "y");
    let only_again = by_name("r")[0];
    assert_eq!(
        (only_again.outcome, &*only_again.message),
        (Outcome::Error, "z")
    );
    let of_c: Vec<Outcome> = by_name("c").iter().map(|c| c.outcome).collect();
    assert_eq!(
        of_c,
        [Outcome::Failed, Outcome::Passed],
        "two rows are two tests"
    );
    assert_eq!(by_name("p").len(), 2);
    assert_eq!(
        (report.counted.failures, report.counted.errors),
        (2, 1),
        "counts are those of the file"
    );
}

#[test]
fn properties_are_kept_as_links() {
    let (report, _) = read(
        r#"<testsuite><testcase name="a" requirement="R-1"><properties>
           <property name="requirements" value="R-2,R-3"/></properties></testcase></testsuite>"#,
    );
    let got = &report.cases[0].properties;
    assert_eq!(got.len(), 2);
    assert_eq!(got[1], ("requirements".to_owned(), "R-2,R-3".to_owned()));
}

#[test]
fn a_property_may_have_its_value_as_text() {
    let (report, _) = read(
        r#"<testsuite><properties><property name="os">x</property></properties>
           <testcase name="a"><properties><property name="requirement"> R-1 </property>
           <property name="b" value="2">3</property></properties><failure>why</failure></testcase></testsuite>"#,
    );
    let case = &report.cases[0];
    let own = |n: &str, v: &str| (n.to_owned(), v.to_owned());
    assert_eq!(case.properties, [own("requirement", "R-1"), own("b", "2")]);
    assert_eq!(case.text, "why");
}

#[test]
fn an_attribute_says_how_a_case_ended_where_no_child_does() {
    for (attributes, child, expected) in [
        ("status=\"failed\"", "", Outcome::Failed),
        ("result=\"FAILURE\"", "", Outcome::Failed),
        ("status=\"run\" result=\"error\"", "", Outcome::Error),
        ("status=\"skipped\"", "", Outcome::Skipped),
        ("status=\"disabled\"", "", Outcome::Disabled),
        ("status=\"passed\"", "", Outcome::Passed),
        ("status=\"run\" result=\"completed\"", "", Outcome::Passed),
        ("status=\"passed\"", "<failure/>", Outcome::Failed),
        ("status=\"failed\"", "<error/>", Outcome::Error),
        ("status=\"failed\"", "<skipped/>", Outcome::Failed),
    ] {
        let (report, _) = read(&format!(
            "<testsuite><testcase name=\"a\" {attributes}>{child}</testcase><testcase name=\"b\"/></testsuite>"
        ));
        assert_eq!(report.cases[0].outcome, expected, "{attributes} {child}");
        assert_eq!(report.cases[1].outcome, Outcome::Passed, "{attributes}");
        let failed = u64::from(expected.failed());
        let counted = report.counted.failures + report.counted.errors;
        assert_eq!(counted, failed, "{attributes} {child}");
    }
}

#[test]
fn what_failed_is_kept_where_others_are_only_counted() {
    for (kept, outcome, expected) in [
        (0, Outcome::Passed, true),
        (MAX_CASES, Outcome::Passed, false),
        (MAX_CASES, Outcome::Skipped, false),
        (MAX_CASES, Outcome::Failed, true),
        (MAX_CASES + MAX_FAILED, Outcome::Error, false),
    ] {
        assert_eq!(has_room(kept, outcome), expected, "{kept} {outcome:?}");
    }
}

#[test]
fn names_of_suites_stand_with_a_case_once_and_within_bounds() {
    let long = "é".repeat(9_000);
    let (report, _) = read(&format!(
        "<testsuites><testsuite name='{long}' hostname='{long}'><testsuite name='b'>
         <testcase classname='c' name='d' file='f'/><testcase classname='c' name='e' file='f'/>
         </testsuite></testsuite></testsuites>"
    ));
    let [a, b] = report.cases.as_slice() else {
        panic!("{} cases", report.cases.len());
    };
    for (of_a, of_b) in [(&a.suite, &b.suite), (&a.leg, &b.leg), (&a.class, &b.class)] {
        assert!(of_a.is_shared_with(of_b) && of_a.len() < 5_000);
    }
    assert!(a.suite.ends_with(" › b"));
    assert_eq!(
        (a.file.as_deref(), b.file.as_deref()),
        (Some("f"), Some("f"))
    );
}

#[test]
fn what_is_no_report_is_refused_with_a_reason() {
    let reason = |xml: &str| read_junit(xml.as_bytes(), "report.xml").unwrap_err();
    assert_eq!(reason("<html></html>"), JunitError::Root("html".into()));
    assert_eq!(reason("<testsuite><testcase name='a'>"), JunitError::Cut);
    assert_eq!(reason(""), JunitError::Cut);
    let deep = "<testsuite>".repeat(100);
    assert_eq!(reason(&deep), JunitError::Depth);
    assert!(matches!(reason("<testsuite></wrong>"), JunitError::Xml(_)));
}

proptest! {
    #[test]
    fn never_panics_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_junit(&bytes, "report.xml");
    }

    #[test]
    fn never_panics_on_broken_reports(cut in 0usize..200, flip in 0usize..200, to in any::<u8>()) {
        let mut xml = br#"<testsuites tests="2"><testsuite name="s" failures="1"><testcase classname="a" name="b" time="1.5"><failure message="m &amp; n">x<![CDATA[y]]></failure></testcase></testsuite></testsuites>"#.to_vec();
        let at = flip % xml.len();
        xml[at] = to;
        xml.truncate(xml.len() - cut.min(xml.len()));
        let _ = read_junit(&xml, "report.xml");
    }
}
