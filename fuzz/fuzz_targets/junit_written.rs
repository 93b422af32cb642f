//! Reports that are written here, in any nesting and dialect: what fails in them is read as failed.
#![no_main]

use std::fmt::Write as _;

use libfuzzer_sys::fuzz_target;
use proofline::formats::results;
use proofline_fuzz::holds;

/// Children of a case, and whether each makes it fail.
const CHILDREN: &[(&str, bool)] = &[
    ("<failure/>", true),
    ("<failure message='m &amp; n'>text<![CDATA[ <failure> ]]></failure>", true),
    ("<error message='e'><!-- <skipped/> --></error>", true),
    ("<skipped/>", false),
    ("<skipped message='later'>why</skipped>", false),
    ("<flakyFailure message='once'><stackTrace>at a</stackTrace></flakyFailure>", false),
    ("<rerunFailure message='again'/>", false),
    ("<system-out>&lt;failure/&gt;</system-out>", false),
    ("<properties><property name='k'>v</property></properties>", false),
    ("<x:failure xmlns:x='urn:x' type='t'></x:failure>", true),
    ("<?target <failure/>?>", false),
    ("&undefined; text", false),
];

/// Attributes of a case, and whether each tells that it failed.
const ATTRIBUTES: &[(&str, bool)] = &[
    ("", false),
    (" status='failed'", true),
    (" result=\"error\"", true),
    (" status='disabled'", false),
    (" name='n' classname='c' time='1,5' file='f' line='1'", false),
    (" name='a &lt; b'", false),
];

fuzz_target!(|data: &[u8]| {
    let mut xml = String::from("<?xml version='1.0'?>\n<testsuites>");
    let (mut cases, mut failed, mut depth) = (0_u64, 0_u64, 0);
    let mut bytes = data.iter().copied().map(usize::from);
    while let Some(op) = bytes.next() {
        match op % 8 {
            0 if depth < 40 => {
                depth += 1;
                let _ = write!(xml, "<testsuite name='s{op}' tests='{op}' failures='0'>");
            }
            1 if depth > 0 => {
                depth -= 1;
                xml.push_str("</testsuite>");
            }
            2 => {
                // What fails beside the cases.
                xml.push_str("<error message='set-up'/>");
                failed += 1;
                cases += 1;
            }
            3 => xml.push_str("<properties><property name='project' value='p'/></properties>"),
            _ => {
                let (attributes, told) = ATTRIBUTES[bytes.next().unwrap_or(0) % ATTRIBUTES.len()];
                let _ = write!(xml, "<testcase{attributes}>");
                let mut fails = told;
                for _ in 0..op / 64 {
                    let (child, own) = CHILDREN[bytes.next().unwrap_or(0) % CHILDREN.len()];
                    xml.push_str(child);
                    fails |= own;
                }
                xml.push_str("</testcase>");
                cases += 1;
                failed += u64::from(fails);
            }
        }
    }
    xml.push_str(&"</testsuite>".repeat(depth));
    xml.push_str("</testsuites>");
    let (content, problems) = results::read(xml.as_bytes(), "report.xml").expect(&xml);
    holds(&content, &problems, xml.len());
    let read = content.cases.iter().filter(|c| c.outcome.failed()).count() as u64;
    assert_eq!((content.cases.len() as u64, read), (cases, failed), "{xml}");
    assert!(content.declared.failures + content.declared.errors <= content.counted.failures + content.counted.errors);
});
