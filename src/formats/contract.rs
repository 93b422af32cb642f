//! The contract file, `.proofline.toml`: typed, with the line of what is not understood.
//!
//! ```toml
//! [specs]
//! paths = ["docs/spec/*.md"]      # further files that hold requirements
//! ids = ['REQ-PAY-\d+']           # only ids of this form count there
//! [artifacts]
//! results = ["junit-*"]           # further artifacts that hold test results
//! [checks]
//! required = ["unit"]             # besides those that the forge requires
//! [reviews]
//! approvals = 2                   # that count; the forge's own number where that is larger
//! [agents]
//! trusted = ["copilot-swe-agent"] # other agents' work is a gap
//! [risk.high]                     # or risk.medium
//! paths = ["src/capture/**"]
//! labels = ["payments"]
//! [environments]
//! order = ["staging", "production"]
//! ```

use regex::Regex;
use toml::de::{DeTable, DeValue};

use super::patterns;
use crate::model::{Problem, RiskRule, Rules};
use crate::text;

/// Path of the file in a repository.
pub const FILE: &str = ".proofline.toml";

/// Reads a contract. What is not understood is named with its line, and the rest holds; only a file
/// that is no TOML at all says nothing, and is an error.
pub fn read(place: &str, text: &str) -> (Rules, Vec<Problem>) {
    let mut reader = Reader {
        place,
        text,
        problems: Vec::new(),
    };
    let mut rules = Rules::default();
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            let at = error.span().map_or(0, |s| s.start);
            let place = format!("{place}:{}", line_of(text, at));
            let problem = Problem::error(place, error.message().to_owned());
            rules.unreadable = true;
            return (rules, vec![problem.hinted("mend it on the base branch")]);
        }
    };
    for (key, value) in table.get_ref() {
        let at = key.span().start;
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("version", DeValue::Integer(n)) if n.as_str() == "1" => {}
            ("version", _) => reader.say(at, "this program knows version 1"),
            ("specs", DeValue::Table(t)) => reader.table(t, "specs", |r, key, value, at| {
                match key {
                    "paths" => rules.specs = r.globs(value, at),
                    "ids" => rules.ids = r.expressions(value, at),
                    _ => return false,
                }
                true
            }),
            ("artifacts", DeValue::Table(t)) => {
                reader.table(t, "artifacts", |r, key, value, at| {
                    match key {
                        // `junit` says the same of one format.
                        "results" | "junit" => rules.results.extend(r.globs(value, at)),
                        _ => return false,
                    }
                    true
                });
            }
            ("checks", DeValue::Table(t)) => reader.table(t, "checks", |r, key, value, at| {
                match key {
                    "required" => rules.checks = r.texts(value, at),
                    _ => return false,
                }
                true
            }),
            ("reviews", DeValue::Table(t)) => reader.table(t, "reviews", |r, key, value, at| {
                match key {
                    "approvals" => rules.approvals = r.count(value, at),
                    _ => return false,
                }
                true
            }),
            ("agents", DeValue::Table(t)) => reader.table(t, "agents", |r, key, value, at| {
                match key {
                    "trusted" => rules.trusted_agents = Some(r.texts(value, at)),
                    _ => return false,
                }
                true
            }),
            ("environments", DeValue::Table(t)) => {
                reader.table(t, "environments", |r, key, value, at| {
                    match key {
                        "order" => rules.environments = r.texts(value, at),
                        _ => return false,
                    }
                    true
                });
            }
            ("risk", DeValue::Table(t)) => reader.table(t, "risk", |r, key, value, at| {
                let rule = match key {
                    "high" => &mut rules.high,
                    "medium" => &mut rules.medium,
                    _ => return false,
                };
                match value {
                    DeValue::Table(t) => r.risk(t, &format!("risk.{key}"), rule),
                    _ => r.say(at, "must be a table with `paths` and `labels`"),
                }
                true
            }),
            (name, _) if SECTIONS.contains(&name) => reader.say(at, "must be a table"),
            (name, _) => reader.unknown(at, name, &SECTIONS),
        }
    }
    (rules, reader.problems)
}

/// Sections there are.
const SECTIONS: [&str; 7] = [
    "specs",
    "artifacts",
    "checks",
    "reviews",
    "agents",
    "environments",
    "risk",
];

struct Reader<'a> {
    place: &'a str,
    text: &'a str,
    problems: Vec<Problem>,
}

/// The 1-based line of a byte offset.
fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|b| *b == b'\n').count()
}

impl Reader<'_> {
    fn say(&mut self, at: usize, what: impl Into<String>) {
        let place = text::place(self.place, line_of(self.text, at));
        self.problems.push(Problem::warning(place, what));
    }

    fn unknown(&mut self, at: usize, name: &str, known: &[&str]) {
        let what = format!("`{name}` is not known here; known are {}", known.join(", "));
        self.say(at, what);
    }

    /// Reads the keys of a table; `take` tells whether it knows a key.
    fn table(
        &mut self,
        table: &DeTable<'_>,
        section: &str,
        mut take: impl FnMut(&mut Self, &str, &DeValue<'_>, usize) -> bool,
    ) {
        for (key, value) in table {
            let at = key.span().start;
            let name = key.get_ref().as_ref();
            if !take(self, name, value.get_ref(), at) {
                self.say(at, format!("`{name}` is not known in [{section}]"));
            }
        }
    }

    fn risk(&mut self, table: &DeTable<'_>, section: &str, rule: &mut RiskRule) {
        self.table(table, section, |r, key, value, at| {
            match key {
                "paths" => rule.paths = r.globs(value, at),
                "labels" => rule.labels = r.texts(value, at),
                _ => return false,
            }
            true
        });
    }

    fn texts(&mut self, value: &DeValue<'_>, at: usize) -> Vec<String> {
        let DeValue::Array(items) = value else {
            self.say(at, "must be a list of strings");
            return Vec::new();
        };
        let mut all = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::String(text) => all.push(text.to_string()),
                _ => self.say(item.span().start, "must be a string"),
            }
        }
        all
    }

    fn globs(&mut self, value: &DeValue<'_>, at: usize) -> Vec<String> {
        let mut all = self.texts(value, at);
        all.retain(|pattern| match patterns::wrong(pattern) {
            None => true,
            Some(why) => {
                self.say(at, format!("`{pattern}` is no pattern: {why}"));
                false
            }
        });
        all
    }

    fn expressions(&mut self, value: &DeValue<'_>, at: usize) -> Vec<String> {
        let mut all = self.texts(value, at);
        all.retain(|text| match Regex::new(text) {
            Ok(_) => true,
            Err(error) => {
                let why = error.to_string();
                let why = why.lines().last().unwrap_or("").trim().to_owned();
                self.say(at, format!("`{text}` is no expression: {why}"));
                false
            }
        });
        all
    }

    fn count(&mut self, value: &DeValue<'_>, at: usize) -> Option<u64> {
        let found = match value {
            DeValue::Integer(n) => n.as_str().parse::<u64>().ok(),
            _ => None,
        };
        if found.is_none_or(|n| n > 20) {
            self.say(at, "must be a number from 0 to 20");
            return None;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str) -> Vec<String> {
        let (_, problems) = read("c.toml", text);
        let words = |p: &Problem| format!("{} {}", p.place, p.what);
        problems.iter().map(words).collect()
    }

    #[test]
    fn a_contract_is_read_whole() {
        let (rules, problems) = read(
            "c.toml",
            "[specs]\npaths = [\"docs/*.md\"]\nids = ['REQ-\\d+']\n[artifacts]\nresults = [\"junit-*\"]\n[checks]\nrequired = [\"unit\"]\n[reviews]\napprovals = 2\n[agents]\ntrusted = [\"copilot\"]\n[risk.high]\npaths = [\"src/**\"]\nlabels = [\"money\"]\n[environments]\norder = [\"staging\"]\n",
        );
        assert_eq!(problems, []);
        assert_eq!(rules.specs, ["docs/*.md"]);
        assert_eq!(rules.ids, [r"REQ-\d+"]);
        assert_eq!(rules.results, ["junit-*"]);
        assert_eq!(rules.checks, ["unit"]);
        assert_eq!(rules.approvals, Some(2));
        assert_eq!(rules.trusted_agents, Some(vec!["copilot".to_owned()]));
        assert_eq!(rules.high.paths, ["src/**"]);
        assert_eq!(rules.high.labels, ["money"]);
        assert_eq!(rules.environments, ["staging"]);
    }

    #[test]
    fn what_is_not_understood_is_named_with_its_line_and_the_rest_holds() {
        let text = "[checks]\nrequired = [\"unit\", 7]\nwanted = true\n\n[scans]\nx = 1\n[reviews]\napprovals = \"two\"\n[risk]\nhigh = 3\nsome = {}\n";
        assert_eq!(
            says(text),
            [
                "c.toml:2 must be a string",
                "c.toml:3 `wanted` is not known in [checks]",
                "c.toml:8 must be a number from 0 to 20",
                "c.toml:10 must be a table with `paths` and `labels`",
                "c.toml:11 `some` is not known in [risk]",
                "c.toml:5 `scans` is not known here; known are specs, artifacts, checks, reviews, agents, environments, risk",
            ]
        );
        assert_eq!(read("c", text).0.checks, ["unit"]);
        assert_eq!(says("[specs]\nids = ['(']\npaths = ['a[']\n").len(), 2);
        assert_eq!(
            says("version = 2\n"),
            ["c.toml:1 this program knows version 1"]
        );
    }

    #[test]
    fn what_is_no_toml_is_an_error_and_no_empty_contract() {
        let (rules, problems) = read("c.toml", "[checks]\nrequired = [\n");
        assert!(rules.unreadable);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].place.starts_with("c.toml:"));
        assert!(!read("c.toml", "").0.unreadable);
    }
}
