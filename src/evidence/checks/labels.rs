//! What tells checks apart whose names collide.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Producer, Qualifier};
use crate::model::Subject;

/// Qualifiers of a check at most: event, run, job.
const MOST: usize = 3;

/// What tells a check apart, best first.
fn qualifiers(check: &Check) -> Vec<Qualifier> {
    match &check.producer {
        Producer::Actions { event } => {
            let event = Some(event.clone()).filter(|e| !e.is_empty());
            let job = match &check.subject {
                Subject::Job { job: Some(job), .. } => Some(Qualifier::Job(*job)),
                Subject::CheckRun { id, .. } => Some(Qualifier::CheckRun(*id)),
                _ => None,
            };
            let all = [
                event.map(Qualifier::Event),
                check.run.map(Qualifier::Run),
                job,
            ];
            all.into_iter().flatten().collect()
        }
        Producer::App { slug, .. } => {
            let app = slug.clone().map(Qualifier::App);
            let own = Qualifier::CheckRun(check.id);
            app.into_iter().chain([own]).collect()
        }
        Producer::Status { creator } => vec![Qualifier::Status(creator.clone())],
    }
}

/// Sets what stands beside each name that several checks of one head share: the fewest
/// qualifiers that tell all of them apart.
pub(super) fn tell_apart(checks: &mut [Check]) {
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, check) in checks.iter().enumerate() {
        by_name.entry(check.name.clone()).or_default().push(index);
    }
    for indexes in by_name.into_values().filter(|i| i.len() > 1) {
        let mut own: Vec<(usize, Vec<Qualifier>)> = indexes
            .iter()
            .filter_map(|i| Some((*i, qualifiers(checks.get(*i)?))))
            .collect();
        // What all of them share tells nothing apart, and takes the room of what does.
        let first = own.first().map(|(_, all)| all.clone()).unwrap_or_default();
        let is_shared = |q: &&Qualifier| own.iter().all(|(_, all)| all.contains(q));
        let shared: Vec<Qualifier> = first.iter().filter(is_shared).cloned().collect();
        for (_, all) in &mut own {
            all.retain(|q| !shared.contains(q));
        }
        let cut = |depth: usize| {
            let first = own.iter().map(|(_, all)| all.get(..depth).unwrap_or(all));
            first.collect::<Vec<_>>()
        };
        let tells_all = |depth: &usize| {
            let kept = cut(*depth);
            let different: BTreeSet<&[Qualifier]> = kept.iter().copied().collect();
            different.len() == kept.len()
        };
        let depth = (1..MOST).find(tells_all).unwrap_or(MOST);
        for (index, mut all) in own {
            all.truncate(depth);
            if let Some(check) = checks.get_mut(index) {
                check.qualifiers = all;
            }
        }
    }
}
