//! From a test to its source and to the requirements it protects, by the classes A to D. All links
//! are kept; the best class is shown first, and contradictions are shown as such.

mod fit;

use serde::{Deserialize, Serialize};

use std::collections::BTreeSet;

use fit::{Named, fit, may_fit};

use super::matrix::{Matrix, TestRow};
use crate::{
    formats::source,
    model::{
        ChangeFacts, LinkClass, ReqId, Requirement, Sha, SpecFormat, TestAnnotation, TestFn,
        TestKey,
    },
    text,
};

/// A place in a source file, with how it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestPlace {
    pub file: String,
    pub line: u32,
    pub basis: String,
}

/// A link from a test to a requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestLink {
    pub test: TestKey,
    pub req: ReqId,
    pub class: LinkClass,
    /// In words: `annotation tests/capture.rs:77`, `property requirements`.
    pub basis: String,
    /// The commit whose sources were read; absent for links in the result file itself.
    pub at: Option<Sha>,
    /// Whether the id names a requirement that some spec at that commit defines.
    pub known: bool,
    /// Several requirements of that id, or several tests of that name.
    pub ambiguous: bool,
}

/// Names of properties that hold requirement ids (Xray, S-CORE, pytest's own, ours).
const PROPERTIES: &[&str] = &[
    "requirement",
    "requirements",
    "req",
    "reqs",
    "verifies",
    "partiallyverifies",
    "fullyverifies",
    "test_requirement",
];

/// Specs of a commit, or those of the current head, or any that are known: requirements rarely
/// move, and a link at another commit says so by its `at`.
pub fn specs_at<'a>(facts: &'a ChangeFacts, sha: &Sha) -> &'a [Requirement] {
    facts.git.specs.get(sha).map_or(&[], Vec::as_slice)
}

fn annotations_at<'a>(facts: &'a ChangeFacts, sha: &Sha) -> &'a [TestAnnotation] {
    facts.git.annotations.get(sha).map_or(&[], Vec::as_slice)
}

/// Builds the links of all tests, at the current head; a test that the head no longer annotates is
/// linked at the newest commit that did.
pub fn build(facts: &ChangeFacts, matrix: &Matrix) -> Vec<TestLink> {
    let mut links = Vec::new();
    let mut commits: Vec<&Sha> = vec![&facts.pr.head_sha];
    commits.extend(
        facts
            .git
            .deltas
            .iter()
            .rev()
            .map(|d| &d.to)
            .filter(|s| **s != facts.pr.head_sha),
    );
    let known: Vec<&Requirement> = {
        let head = specs_at(facts, &facts.pr.head_sha);
        head.iter().collect()
    };
    let names = Names::of(&known);
    for row in &matrix.rows {
        let mut of_row = from_properties(row, &known);
        for sha in &commits {
            let found = from_annotations(facts, row, sha);
            if !found.is_empty() {
                of_row.extend(found);
                break;
            }
        }
        of_row.extend(names.links(&row.key, &facts.pr.head_sha));
        of_row.sort_by(|a, b| (a.class, &a.req).cmp(&(b.class, &b.req)));
        of_row.dedup_by(|b, a| a.req == b.req);
        links.extend(of_row);
    }
    links
}

/// A requirement that an id names.
struct Told {
    req: ReqId,
    known: bool,
    /// Others have the id too.
    ambiguous: bool,
}

/// Finds what an id names: the requirement of that id; where there is none, those whose documents write
/// their own ids so. Two of these cannot be told apart.
fn resolve<'a>(specs: impl IntoIterator<Item = &'a Requirement> + Clone, id: &ReqId) -> Vec<Told> {
    let exact = specs.clone().into_iter().filter(|r| r.id == *id).count();
    if exact > 0 {
        return vec![Told {
            req: id.clone(),
            known: true,
            ambiguous: exact > 1,
        }];
    }
    let local = specs.into_iter().filter(|r| r.id.local() == id.as_str());
    let mut local: Vec<ReqId> = local.map(|r| r.id.clone()).collect();
    local.sort();
    local.dedup();
    if local.is_empty() {
        return vec![Told {
            req: id.clone(),
            known: false,
            ambiguous: false,
        }];
    }
    let ambiguous = local.len() > 1;
    let told = local.into_iter().map(|req| Told {
        req,
        known: true,
        ambiguous,
    });
    told.collect()
}

/// The ids of a list that is separated by spaces; a title with spaces is one id.
fn spaced<'a>(part: &'a str, known: &[&Requirement]) -> Vec<&'a str> {
    let is_known = |id: &str| {
        known
            .iter()
            .any(|r| r.id.as_str() == id || r.id.local() == id)
    };
    let pieces: Vec<&str> = part.split_whitespace().collect();
    let has_digit = |id: &str| id.contains(|c: char| c.is_ascii_digit());
    let list = pieces.iter().all(|p| is_known(p)) || pieces.iter().all(|p| has_digit(p));
    if list && !is_known(part) {
        pieces
    } else {
        vec![part]
    }
}

fn from_properties(row: &TestRow, known: &[&Requirement]) -> Vec<TestLink> {
    row.properties
        .iter()
        .filter(|(name, _)| PROPERTIES.contains(&name.to_ascii_lowercase().as_str()))
        .flat_map(|(name, ids)| {
            ids.split([',', ';', '\n'])
                .flat_map(|part| spaced(part.trim(), known))
                .filter(|id| !id.is_empty())
                .map(move |id| (name, id))
        })
        .flat_map(|(name, id)| {
            let told = resolve(known.iter().copied(), &ReqId::new(id));
            told.into_iter().map(move |told| TestLink {
                test: row.key.clone(),
                req: told.req,
                class: LinkClass::A,
                basis: format!("property {name} in the result file"),
                at: None,
                known: told.known,
                ambiguous: told.ambiguous,
            })
        })
        .collect()
}

impl TestRow {
    fn named(&self) -> Named<'_> {
        Named {
            class: &self.class,
            name: &self.name,
            suite: &self.suite,
            file: self.file.as_deref(),
        }
    }
}

fn from_annotations(facts: &ChangeFacts, row: &TestRow, sha: &Sha) -> Vec<TestLink> {
    let named = row.named();
    let specs = specs_at(facts, sha);
    let fits: Vec<(u8, &TestAnnotation)> = annotations_at(facts, sha)
        .iter()
        .filter_map(|a| {
            let test = a.test.as_ref().filter(|t| may_fit(&named, t))?;
            Some((fit(&named, test), a)).filter(|(f, _)| *f > 0)
        })
        .collect();
    let Some(best) = fits.iter().map(|(f, _)| *f).max() else {
        return Vec::new();
    };
    let best_fits: Vec<&TestAnnotation> = fits
        .into_iter()
        .filter(|(f, _)| *f == best)
        .map(|(_, a)| a)
        .collect();
    // A function that fits better, and is not annotated, is the test.
    let is_other = |t: &TestFn| {
        !best_fits
            .iter()
            .any(|a| is_one_function(a.test.as_ref(), t))
    };
    let functions = facts.git.tests.get(sha).map_or(&[][..], Vec::as_slice);
    let others = functions.iter().filter(|_| best < fit::SURE);
    let other = others
        .filter(|t| may_fit(&named, t) && is_other(t))
        .map(|t| fit(&named, t))
        .max();
    if other.is_some_and(|other| other > best) {
        return Vec::new();
    }
    let is_rivalled = other == Some(best);
    // The same name in several files, and nothing in the key that tells them apart.
    let files: BTreeSet<&str> = best_fits.iter().map(|a| a.file.as_str()).collect();
    let how = |a: &TestAnnotation| {
        let place = text::place(&a.file, a.line);
        if a.by_lines {
            format!("annotation {place}, read line by line")
        } else {
            format!("annotation {place}")
        }
    };
    best_fits
        .iter()
        .flat_map(|a| {
            let told = resolve(specs, &a.req).into_iter();
            told.map(|told| TestLink {
                test: row.key.clone(),
                req: told.req,
                class: LinkClass::B,
                basis: how(a),
                at: Some(sha.clone()),
                known: told.known,
                ambiguous: files.len() > 1 || is_rivalled || told.ambiguous,
            })
        })
        .collect()
}

/// Requirements by how names of tests write their ids.
struct Names<'a>(Vec<(String, &'a Requirement)>);

impl<'a> Names<'a> {
    fn of(known: &[&'a Requirement]) -> Self {
        let has_number = |r: &&&Requirement| {
            let id = r.id.as_str();
            id.contains(|c: char| c.is_ascii_digit()) && !id.contains('#')
        };
        let named = known.iter().filter(has_number);
        Self(named.map(|r| (normalise(named_so(r)), *r)).collect())
    }

    /// Ids written in the test's own name: `req_pay_15_backoff_has_jitter` names `REQ-PAY-15`.
    fn links(&self, key: &TestKey, head: &Sha) -> Vec<TestLink> {
        let name = normalise(&key.name);
        let is_named = |id: &String| {
            name.match_indices(id.as_str()).any(|(at, _)| {
                let before = name.get(..at).and_then(|f| f.chars().next_back());
                let after = name.get(at + id.len()..).and_then(|f| f.chars().next());
                !before.is_some_and(char::is_alphanumeric)
                    && !after.is_some_and(char::is_alphanumeric)
            })
        };
        let found = self.0.iter().filter(|(id, _)| is_named(id));
        let link = |(id, r): &(String, &Requirement)| TestLink {
            test: key.clone(),
            req: r.id.clone(),
            class: LinkClass::C,
            basis: "id in the test's name".to_owned(),
            at: Some(head.clone()),
            known: true,
            ambiguous: self.0.iter().filter(|(other, _)| other == id).count() > 1,
        };
        found.map(link).collect()
    }
}

/// Tells whether two readers found the same function; they may call it by different names.
fn is_one_function(annotated: Option<&TestFn>, other: &TestFn) -> bool {
    annotated.is_some_and(|a| (&a.file, a.line) == (&other.file, other.line))
}

/// How names of tests write the id of a requirement.
fn named_so(req: &Requirement) -> &str {
    match req.format {
        SpecFormat::SpecKit => req.id.local(),
        _ => req.id.as_str(),
    }
}

fn normalise(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect()
}

/// Finds where a test stands at a commit: by its annotation, by the test functions of that commit,
/// or by the places its failure names.
pub fn locate(facts: &ChangeFacts, row: &TestRow, sha: &Sha, failure: &str) -> Option<TestPlace> {
    let named = row.named();
    let annotated = annotations_at(facts, sha)
        .iter()
        .filter_map(|a| a.test.as_ref());
    let functions = facts
        .git
        .tests
        .get(sha)
        .map_or(&[][..], Vec::as_slice)
        .iter();
    let best = annotated
        .chain(functions)
        .map(|t| (fit(&named, t), t))
        .filter(|(f, _)| *f > 0)
        .max_by_key(|(f, _)| *f);
    if let Some((_, test)) = best {
        return Some(TestPlace {
            file: test.file.clone(),
            line: test.line,
            basis: format!("test function at {}", sha.short()),
        });
    }
    let (file, line) = source::places(failure).into_iter().next()?;
    Some(TestPlace {
        file,
        line,
        basis: "place named by the failure".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Defined, samples};

    /// Links of a result of Go by annotations of functions, beside other functions: whether each is
    /// ambiguous.
    fn linked(class: &str, annotated: &str, others: &[&str]) -> Vec<bool> {
        let sha = samples::sha("a");
        let mut facts = samples::change(&samples::sha("b"), &sha);
        let function = |file: &str| TestFn {
            name: "TestOpen".to_owned(),
            within: Vec::new(),
            pattern: false,
            file: file.to_owned(),
            line: 3,
            line_end: 4,
        };
        let annotation = TestAnnotation {
            req: ReqId::new("REQ-1"),
            file: annotated.to_owned(),
            line: 2,
            test: Some(function(annotated)),
            by_lines: false,
        };
        facts.git.annotations.insert(sha.clone(), vec![annotation]);
        let all = others.iter().chain([&annotated]).map(|f| function(f));
        facts.git.tests.insert(sha.clone(), all.collect());
        let row = TestRow {
            key: TestKey::join(class, "TestOpen"),
            class: class.into(),
            name: "TestOpen".into(),
            suite: crate::model::Word::default(),
            file: None,
            cells: Vec::new(),
            properties: Vec::new(),
        };
        let links = from_annotations(&facts, &row, &sha);
        links.iter().map(|l| l.ambiguous).collect()
    }

    #[test]
    fn the_function_that_fits_best_is_the_test_whether_it_is_annotated_or_not() {
        for (class, others, want, why) in [
            ("shop.example", vec![], vec![false], "there is no other"),
            (
                "shop.example/cart",
                vec!["cart/a_test.go"],
                vec![],
                "another stands in its package",
            ),
            (
                "shop.example",
                vec!["cart/a_test.go"],
                vec![false],
                "another package",
            ),
            (
                "shop.example",
                vec!["b_test.go"],
                vec![true],
                "another fits as well",
            ),
        ] {
            assert_eq!(linked(class, "a_test.go", &others), want, "{why}");
        }
    }

    fn spec(id: &str) -> Requirement {
        Requirement {
            id: ReqId::new(id),
            format: SpecFormat::SpecKit,
            file: String::new(),
            line: 1,
            line_end: 1,
            title: String::new(),
            text: String::new(),
            criteria: Vec::new(),
            parent: None,
            defined: Defined::Plainly,
        }
    }

    #[test]
    fn an_id_names_the_requirement_that_has_it_or_that_writes_it_so() {
        let all = [
            "001-pay/FR-001",
            "001-pay/FR-002",
            "002-mail/FR-001",
            "REQ-1",
            "roles#1.2",
        ];
        let specs: Vec<Requirement> = all.iter().map(|id| spec(id)).collect();
        for (id, want) in [
            ("REQ-1", vec![("REQ-1", true, false)]),
            ("001-pay/FR-001", vec![("001-pay/FR-001", true, false)]),
            ("FR-002", vec![("001-pay/FR-002", true, false)]),
            ("1.2", vec![("roles#1.2", true, false)]),
            (
                "FR-001",
                vec![
                    ("001-pay/FR-001", true, true),
                    ("002-mail/FR-001", true, true),
                ],
            ),
            ("REQ-2", vec![("REQ-2", false, false)]),
        ] {
            let told = resolve(&specs, &ReqId::new(id));
            let got: Vec<_> = told
                .iter()
                .map(|t| (t.req.as_str(), t.known, t.ambiguous))
                .collect();
            assert_eq!(got, want, "{id}");
        }
    }
}
