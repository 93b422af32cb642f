//! Which cases of a change's reports are one test. Class and name are not enough: two files, two
//! browsers, two systems hold tests of one name. What is the same in everything that its reporter says
//! is one test; where cases of one name stand side by side, what differs between them tells them apart.
//!
//! Only what is needed is part of the identity: a suite that is called otherwise in the next attempt
//! does not make another test, as long as there is one of its name.

use std::collections::BTreeSet;

use crate::model::Apart;

/// What a reporter says of where a case stands, each as the words that tell it from others.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stand<'a> {
    /// Workflow and event of its run.
    pub run: &'a str,
    /// Name of its artifact, without the number of a try.
    pub artifact: &'a str,
    pub suite: &'a str,
    pub file: &'a str,
    /// Path of the result file.
    pub report: &'a str,
    /// Name of its artifact, whole.
    pub artifact_whole: &'a str,
    pub leg: &'a str,
}

/// What is asked first: names of hosts and of single uploads differ from run to run.
const FIELDS: [Field; 7] = [
    (Apart::Run, |s| s.run),
    (Apart::Artifact, |s| s.artifact),
    (Apart::Suite, |s| s.suite),
    (Apart::File, |s| s.file),
    (Apart::Report, |s| s.report),
    (Apart::Artifact, |s| s.artifact_whole),
    (Apart::Leg, |s| s.leg),
];

pub(super) type Field = (Apart, for<'a> fn(&Stand<'a>) -> &'a str);

/// Returns what tells cases of one name apart. `groups` are cases that stand side by side: those of one
/// run and try, and those of different workflows on one commit. Nothing where no two differ.
pub(super) fn fields(groups: &[Vec<Stand<'_>>]) -> Vec<Field> {
    let distinct = |fields: &[Field]| -> usize {
        let of_group = |group: &Vec<Stand<'_>>| {
            let told: BTreeSet<Vec<&str>> = group
                .iter()
                .map(|stand| fields.iter().map(|(_, field)| field(stand)).collect())
                .collect();
            told.len()
        };
        groups.iter().map(of_group).sum()
    };
    let all = distinct(&FIELDS);
    let mut used: Vec<Field> = Vec::new();
    let mut told = distinct(&used);
    for field in FIELDS {
        if told == all {
            break;
        }
        used.push(field);
        let now = distinct(&used);
        if now == told {
            used.pop();
        }
        told = now;
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_side_by_side_tells_apart_and_nothing_else() {
        let plain = Stand {
            suite: "s",
            leg: "host-1",
            ..Stand::default()
        };
        let suite = Stand {
            suite: "t",
            leg: "host-2",
            ..plain.clone()
        };
        let leg = Stand {
            leg: "host-2",
            ..plain.clone()
        };
        let shard = |artifact_whole| Stand {
            artifact: "results",
            artifact_whole,
            ..plain.clone()
        };
        let push = Stand {
            run: "ci · push",
            ..plain.clone()
        };
        use Apart::{Artifact, Leg, Run, Suite};
        for (groups, want, why) in [
            (vec![vec![plain.clone()]], vec![], "one case"),
            (
                vec![vec![plain.clone()], vec![suite.clone()]],
                vec![],
                "a suite that got another name in the next attempt",
            ),
            (
                vec![vec![plain.clone(), plain.clone()]],
                vec![],
                "two that nothing tells apart",
            ),
            (
                vec![vec![plain.clone(), suite.clone()]],
                vec![Suite],
                "the host differs too, and is not needed",
            ),
            (
                vec![vec![plain.clone(), leg.clone()]],
                vec![Leg],
                "two browsers",
            ),
            (
                vec![vec![shard("results-18"), shard("results-20")]],
                vec![Artifact],
                "two uploads of one family",
            ),
            (
                vec![vec![plain.clone(), push.clone()], vec![plain, leg]],
                vec![Run, Leg],
                "two workflows, and two browsers in another attempt",
            ),
        ] {
            let told: Vec<Apart> = fields(&groups).iter().map(|(kind, _)| *kind).collect();
            assert_eq!(told, want, "{why}");
        }
    }
}
