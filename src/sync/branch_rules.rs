//! What the forge demands of each base branch that open changes have: its rules, and the classic
//! protection that these leave out, as far as everybody who can read is told.

use super::{
    engine::{Engine, SyncError},
    fetch::{Paged, missed},
};
use crate::{
    forge::{self, ForgeError},
    model::{BranchDemands, Demands, Hole, HoleKind, PartState, RepoPart},
};

/// What the forge says where the plan does not have a feature: then nothing is demanded by it.
const UPGRADE: &str = "Upgrade to GitHub";

/// Tells whether the forge refuses since the plan has no rules. Not found is no such word: the address may
/// be unknown to an older server, or the branch hidden from this token.
fn has_none(error: &ForgeError) -> bool {
    error.status == Some(403) && error.why.contains(UPGRADE)
}

impl Engine {
    /// Asks for the rules, or the protection, of all base branches, and keeps them.
    pub(super) async fn branch_demands(&self, part: RepoPart) -> Result<(), SyncError> {
        let before: Vec<BranchDemands> = self.records(part);
        let mut all: Paged<BranchDemands> = Paged::default();
        let mut last = None;
        let lacking = |told: &[Hole]| {
            let words: Vec<String> = told.iter().map(Hole::to_string).collect();
            words.join("; ")
        };
        for base in self.bases() {
            let first = all.holes.len();
            let told = match part {
                RepoPart::Protection => self.protection_of(&base, &mut all).await,
                _ => self.rules_of(&base, &mut all).await,
            };
            match told {
                Ok(demands) => all.items.push(BranchDemands {
                    base,
                    demands: Some(demands),
                    why: lacking(all.holes.get(first..).unwrap_or_default()),
                }),
                Err(error) => {
                    all.holes
                        .push(missed(&format!("{} of {base}", part.name()), &error));
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

    async fn rules_of(
        &self,
        branch: &str,
        all: &mut Paged<BranchDemands>,
    ) -> Result<Demands, ForgeError> {
        let list = self.forge.branch_rules(&self.called(), branch);
        let rules = match self.pages(list).await {
            Ok(rules) => rules,
            Err(error) if has_none(&error) => Paged::default(),
            Err(error) => return Err(error),
        };
        all.fresh.extend(rules.fresh);
        // A rule that cannot be read may ask for anything.
        let unread = rules.problems.len();
        if unread > 0 {
            let what = format!("{unread} rules could not be read");
            all.holes.push(Hole::new(HoleKind::Unread, what));
        }
        all.holes.extend(rules.holes);
        Ok(forge::joined_rules(rules.items))
    }

    async fn protection_of(
        &self,
        branch: &str,
        all: &mut Paged<BranchDemands>,
    ) -> Result<Demands, ForgeError> {
        let wanted = self.forge.branch(&self.called(), branch);
        match self.one(&wanted).await {
            Ok((read, response, is_new)) => {
                let read = read.map_err(ForgeError::unread)?;
                all.fresh.extend(is_new.then_some(response));
                Ok(read)
            }
            Err(error) if has_none(&error) => Ok(Demands::default()),
            Err(error) => Err(error),
        }
    }

    /// Asks for what the base branches demand where it was never asked for: without it nothing that a
    /// person looks at can be judged.
    pub(super) async fn ensure_terms(&self) -> Result<(), SyncError> {
        for part in [
            RepoPart::Contract,
            RepoPart::BranchRules,
            RepoPart::Protection,
        ] {
            let is_known = self.known_part(part).is_some();
            let has_new = match part {
                RepoPart::Contract => self.has_new_base(),
                _ => self.has_unruled_base(part),
            };
            if !is_known || has_new {
                self.repo_part(part).await?;
            }
        }
        Ok(())
    }

    /// Tells whether some change would be merged into a branch whose rules were never asked for.
    pub(super) fn has_unruled_base(&self, part: RepoPart) -> bool {
        let known: Vec<BranchDemands> = self.records(part);
        let told = |base: &String| known.iter().any(|b| b.base == *base);
        let absent = |p: &crate::store::RepoPartRow| matches!(p.state, PartState::Absent(_));
        !self
            .known_part(RepoPart::BranchRules)
            .is_some_and(|p| absent(&p))
            && !self.bases().iter().all(told)
    }
}
