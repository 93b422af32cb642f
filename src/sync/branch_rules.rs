//! What the forge demands of each base branch that open changes have: its rules, and the classic
//! protection that these leave out, as far as everybody who can read is told.

use super::{
    engine::{Engine, SyncError},
    fetch::{Paged, missed},
};
use crate::{
    forge::{
        ForgeError, Kind,
        wire::{self, BranchWire, RuleWire},
    },
    model::{BranchDemands, Demands, PartState, RepoPart},
};

/// What the forge says where the plan does not have a feature: then nothing is demanded by it.
const UPGRADE: &str = "Upgrade to GitHub";

/// Tells whether the forge refuses since the plan has no rules, or a server knows none.
fn has_none(error: &ForgeError) -> bool {
    error.kind == Kind::NotFound || error.status == Some(403) && error.why.contains(UPGRADE)
}

impl Engine {
    /// Asks for the rules of all base branches, and keeps them.
    pub(super) async fn branch_rules(&self) -> Result<(), SyncError> {
        let part = RepoPart::BranchRules;
        let before: Vec<BranchDemands> = self.records(part);
        let mut all: Paged<BranchDemands> = Paged::default();
        let mut last = None;
        for base in self.bases() {
            match self.demands_of(&base, &mut all).await {
                Ok(demands) => all.items.push(BranchDemands {
                    base,
                    demands: Some(demands),
                    why: String::new(),
                }),
                Err(error) => {
                    all.holes.push(missed(&format!("rules of {base}"), &error));
                    // What was known before is better than nothing, and its age is said.
                    let known = before.iter().find(|b| b.base == base).cloned();
                    all.items.push(known.unwrap_or(BranchDemands {
                        base,
                        demands: None,
                        why: error.to_string(),
                    }));
                    last = Some(error);
                }
            }
        }
        let nothing_known = all.items.iter().all(|b| b.demands.is_none());
        if let Some(error) = last.filter(|_| nothing_known) {
            return self.keep_repo::<BranchDemands>(part, Err(error));
        }
        let is_same = all.fresh.is_empty() && all.holes.is_empty() && all.items == before;
        self.keep_listed_part(part, is_same, all)
    }

    async fn demands_of(
        &self,
        base: &str,
        all: &mut Paged<BranchDemands>,
    ) -> Result<Demands, ForgeError> {
        let branch = super::change::encode(base);
        let url = format!("{}/rules/branches/{branch}?per_page=100", self.base());
        let mut rules = match self.pages::<RuleWire>(&url, None).await {
            Ok(rules) => rules,
            Err(error) if has_none(&error) => Paged::default(),
            Err(error) => return Err(error),
        };
        all.fresh.append(&mut rules.fresh);
        all.problems.append(&mut rules.problems);
        all.holes.append(&mut rules.holes);
        let url = format!("{}/branches/{branch}", self.base());
        match self.page(&url).await {
            Ok((response, is_new)) => {
                let read = wire::decode_one::<BranchWire>(&url, &response.body);
                let read = read.map_err(|p| ForgeError::new(Kind::Malformed, p.place, p.what))?;
                rules.items.push(read);
                all.fresh.extend(is_new.then_some(response));
            }
            Err(error) if has_none(&error) => {}
            Err(error) => return Err(error),
        }
        Ok(RuleWire::join(rules.items))
    }

    /// Tells whether some change would be merged into a branch whose rules were never asked for.
    pub(super) fn has_unruled_base(&self) -> bool {
        let known: Vec<BranchDemands> = self.records(RepoPart::BranchRules);
        let told = |base: &String| known.iter().any(|b| b.base == *base);
        let absent = |p: &crate::store::RepoPartRow| matches!(p.state, PartState::Absent(_));
        !self
            .known_part(RepoPart::BranchRules)
            .is_some_and(|p| absent(&p))
            && !self.bases().iter().all(told)
    }
}
