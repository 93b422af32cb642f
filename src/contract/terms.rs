//! What is asked of a change: the project's own file, joined with what the forge requires. Either
//! may only add to the other, and both to the built-in rules.

use super::{BUILT_IN, Gap, RiskClass};
use crate::{
    evidence::{Evidence, Node, NodeKind},
    formats::{contract, patterns::Patterns},
    model::{ChangeFacts, Demands, PartName, PartState, Problem, Rules, Stage, Verdict},
};

/// The terms of a change.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    pub rules: Rules,
    pub demands: Demands,
    /// Where they come from, in words.
    pub source: String,
    /// What of the file was not understood.
    pub problems: Vec<Problem>,
}

impl Terms {
    /// Reads the terms of a change.
    pub fn of(facts: &ChangeFacts) -> Self {
        let base = &facts.pr.base_ref;
        let (mut rules, mut problems) = (Rules::default(), Vec::new());
        let mut source = BUILT_IN.to_owned();
        if let Some(text) = &facts.contract.text {
            let at = facts.contract.commit.as_ref();
            let at = at.map_or_else(|| base.clone(), |sha| format!("{base}@{}", sha.short()));
            (rules, problems) = contract::read(&format!(".proofline.toml at {at}"), text);
            source = format!("{BUILT_IN} and .proofline.toml at {at}");
        }
        let demands = facts.demands.clone().unwrap_or_default();
        if demands != Demands::default() {
            source = format!("{source}, with the rules of {base}");
        }
        Self {
            rules,
            demands,
            source,
            problems,
        }
    }

    /// Names of checks that must pass at the head, and who asks for each.
    pub fn checks(&self) -> Vec<(&str, &'static str)> {
        let own = self
            .rules
            .checks
            .iter()
            .map(|c| (c.as_str(), "the contract"));
        let forge = self
            .demands
            .checks
            .iter()
            .map(|c| (c.as_str(), "the branch rules"));
        let mut all: Vec<_> = own.chain(forge).collect();
        let mut seen = std::collections::BTreeSet::new();
        all.retain(|(name, _)| seen.insert(*name));
        all
    }

    /// Approvals that count, of which there must be so many; one where nobody says more.
    pub fn approvals(&self) -> u64 {
        self.rules
            .approvals
            .unwrap_or(0)
            .max(self.demands.approvals)
            .max(1)
    }

    /// The class that the file asks for, with the reason.
    pub(super) fn risk(&self, paths: &[&str], labels: &[String]) -> Option<(RiskClass, String)> {
        let classes = [
            (RiskClass::High, &self.rules.high),
            (RiskClass::Medium, &self.rules.medium),
        ];
        for (class, rule) in classes {
            let hit = rule.paths.iter().find(|pattern| {
                let set = Patterns::of(std::slice::from_ref(pattern));
                paths.iter().any(|p| set.matches(p))
            });
            if let Some(pattern) = hit {
                return Some((class, format!("contract: {pattern}")));
            }
            if let Some(label) = labels.iter().find(|l| rule.labels.contains(l)) {
                return Some((class, format!("contract: label {label}")));
            }
        }
        None
    }
}

/// The newest word on a required check at the head: by its own name, or as `workflow / job`.
fn required<'a>(evidence: &'a Evidence, name: &str) -> Option<&'a Node> {
    let head = evidence.head_attempt();
    let is_it =
        |title: &str| title == name || title.rsplit_once(" / ").is_some_and(|(_, job)| job == name);
    let nodes = evidence.graph.nodes.iter();
    nodes
        .filter(|n| n.kind == NodeKind::Check && n.attempt == head && head.is_some())
        .rfind(|n| is_it(&n.title))
}

/// Gaps of required checks that did not run, or of which nothing is known. What failed or waits
/// stands among the stage's own gaps.
pub(super) fn missing_checks(evidence: &Evidence, terms: &Terms) -> Vec<Gap> {
    if evidence.facts.local {
        return Vec::new();
    }
    let verdict = match evidence.facts.part(PartName::Checks) {
        PartState::Complete => Verdict::Missing,
        // What was not seen may be in a hole.
        _ => Verdict::Unknown,
    };
    let word = match verdict {
        Verdict::Missing => "did not run on the head",
        _ => "was not seen on the head, and not all checks are known",
    };
    let gone = terms
        .checks()
        .into_iter()
        .filter(|(name, _)| required(evidence, name).is_none());
    gone.map(|(name, who)| Gap {
        stage: Stage::Verify,
        verdict,
        what: format!("required check {name} {word} (asked by {who})"),
        node: None,
        is_row: true,
    })
    .collect()
}

/// The gap of an agent that the project does not trust, and of a file that cannot be read.
pub(super) fn plan_gaps(evidence: &Evidence, terms: &Terms) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut add = |verdict, what: String| {
        gaps.push(Gap {
            stage: Stage::Plan,
            verdict,
            what,
            node: None,
            is_row: true,
        });
    };
    if terms.rules.unreadable {
        let why = terms
            .problems
            .first()
            .map_or(String::new(), |p| format!(" ({}: {})", p.place, p.what));
        add(
            Verdict::Unknown,
            format!("the contract file cannot be read{why}"),
        );
    }
    let agent = evidence.agent.as_ref().filter(|a| !a.updater);
    if let (Some(agent), Some(trusted)) = (agent, &terms.rules.trusted_agents) {
        let login = evidence
            .facts
            .pr
            .author
            .as_ref()
            .map_or("", |a| a.login.as_str());
        let known = |t: &String| {
            t.eq_ignore_ascii_case(&agent.name)
                || t.eq_ignore_ascii_case(login.trim_end_matches("[bot]"))
        };
        if !trusted.iter().any(known) {
            add(
                Verdict::Fail,
                format!(
                    "agent {} is not among those the contract trusts",
                    agent.name
                ),
            );
        }
    }
    gaps
}
