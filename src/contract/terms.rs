//! What is asked of a change: the project's own file, joined with what the forge requires. Either
//! may only add to the other, and both to the built-in rules.

use super::{Gap, Reason, RequiredBy, RiskClass, RiskReason, RuleSources, UnknownTerms};
use crate::{
    evidence::Evidence,
    formats::{contract, patterns::Patterns},
    model::{ChangeFacts, Demands, Problem, RequiredCheck, Rules, Stage, Verdict},
};

/// The terms of a change.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    pub rules: Rules,
    pub demands: Demands,
    /// Where they come from.
    pub source: RuleSources,
    /// What of the file was not understood.
    pub problems: Vec<Problem>,
    /// What is not known of what is asked, and why.
    pub unknown: Vec<UnknownTerms>,
    /// What the forge itself says is required of this change. It is told as the viewer is, who may be
    /// allowed to pass over a rule: it takes nothing from the rules, and counts only where they are not
    /// known, since these say exactly what is required.
    by_forge: Vec<RequiredCheck>,
    approvals_by_forge: u64,
}

impl Terms {
    /// Reads the terms of a change.
    pub fn of(facts: &ChangeFacts) -> Self {
        let base = &facts.pr.base_ref;
        let (mut rules, mut problems) = (Rules::default(), Vec::new());
        let mut source = RuleSources::default();
        if let Some(text) = &facts.contract.text {
            let at = facts.contract.commit.as_ref();
            let at = at.map_or_else(|| base.clone(), |sha| format!("{base}@{}", sha.short()));
            (rules, problems) = contract::read(&format!(".proofline.toml at {at}"), text);
            source.file = Some((base.clone(), facts.contract.commit.clone()));
        }
        let asked = &facts.demands;
        let known = facts.local || asked.demands.is_some() && asked.why.is_empty();
        let demands = facts.demands.demands.clone().unwrap_or_default();
        if demands != Demands::default() {
            source.branch = Some(base.clone());
        }
        let mut unknown = Vec::new();
        if !known {
            unknown.push(UnknownTerms::Branch {
                base: base.clone(),
                why: facts.demands.why.clone(),
            });
        }
        if let Some(why) = facts.contract.unreadable.clone() {
            unknown.push(UnknownTerms::File { why });
        }
        if rules.unreadable {
            let problem = problems.first();
            unknown.push(UnknownTerms::Contract {
                problem: problem.map(|p| (p.place.clone(), p.what.clone())),
            });
        }
        let told = facts.merge_state();
        let in_place = told.filter(|_| !known);
        let mut by_forge = in_place.map_or_else(Vec::new, |m| m.required.clone());
        let contexts = in_place.iter().flat_map(|m| &m.contexts);
        by_forge.extend(contexts.map(RequiredCheck::by_any));
        Self {
            rules,
            demands,
            source,
            problems,
            unknown,
            by_forge,
            approvals_by_forge: in_place.and_then(|m| m.approvals).unwrap_or(0),
        }
    }

    /// Checks that must have succeeded at the head, and who asks for each.
    pub fn checks(&self) -> Vec<(RequiredCheck, RequiredBy)> {
        let own = self.rules.checks.iter();
        let own = own.map(|c| (RequiredCheck::by_any(c), RequiredBy::Contract));
        let forge = self.demands.checks.iter();
        let forge = forge.map(|c| (c.clone(), RequiredBy::BranchRules));
        let mut all: Vec<_> = own.chain(forge).collect();
        let named: Vec<String> = all.iter().map(|(c, _)| c.context.clone()).collect();
        let told = self.by_forge.iter().filter(|c| !named.contains(&c.context));
        all.extend(told.map(|c| (c.clone(), RequiredBy::Forge)));
        let mut seen = std::collections::BTreeSet::new();
        all.retain(|(check, _)| seen.insert(check.clone()));
        all
    }

    /// Approvals that count, of which there must be so many; one where nobody says more.
    pub fn approvals(&self) -> u64 {
        self.rules
            .approvals
            .unwrap_or(0)
            .max(self.demands.approvals)
            .max(self.approvals_by_forge)
            .max(1)
    }

    /// The class that the file asks for, with the reason.
    pub(super) fn risk(
        &self,
        paths: &[&str],
        labels: &[String],
    ) -> Option<(RiskClass, RiskReason)> {
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
                let pattern = pattern.clone();
                return Some((class, RiskReason::Path { pattern }));
            }
            if let Some(label) = labels.iter().find(|l| rule.labels.contains(l)) {
                let name = label.clone();
                return Some((class, RiskReason::Label { name }));
            }
        }
        None
    }
}

/// The gap of an agent that the project does not trust.
pub(super) fn plan_gaps(evidence: &Evidence, terms: &Terms) -> Vec<Gap> {
    let mut gaps = Vec::new();
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
            gaps.push(Gap {
                stage: Stage::Plan,
                verdict: Verdict::Fail,
                why: Reason::UntrustedAgent {
                    name: agent.name.clone(),
                },
                node: None,
                is_row: true,
            });
        }
    }
    gaps
}
