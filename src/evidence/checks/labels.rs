//! Words that tell checks apart whose names collide.

use std::collections::BTreeMap;

use super::{Check, Producer};
use crate::model::Subject;

/// What tells a check apart, best words first.
fn words(check: &Check) -> [Option<String>; 3] {
    match &check.producer {
        Producer::Actions { event } => {
            let run = check.run.map(|run| format!("run {run}"));
            let job = match &check.subject {
                Subject::Job { job: Some(job), .. } => Some(format!("job {job}")),
                Subject::CheckRun { id, .. } => Some(format!("check run {id}")),
                _ => None,
            };
            let event = Some(event.clone()).filter(|e| !e.is_empty());
            [event, run, job]
        }
        Producer::App { slug, .. } => [slug.clone(), Some(format!("check run {}", check.id)), None],
        Producer::Status { creator } => {
            let by = creator.as_ref().map(|login| format!("status by {login}"));
            [by.or_else(|| Some("status".to_owned())), None, None]
        }
    }
}

/// Sets what stands beside each name that several checks of one head share: the fewest words that
/// tell all of them apart.
pub(super) fn tell_apart(checks: &mut [Check]) {
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, check) in checks.iter().enumerate() {
        by_name.entry(check.name.clone()).or_default().push(index);
    }
    for indexes in by_name.into_values().filter(|i| i.len() > 1) {
        let own: Vec<(usize, [Option<String>; 3])> = indexes
            .iter()
            .filter_map(|i| Some((*i, words(checks.get(*i)?))))
            .collect();
        for depth in 1..=3 {
            let joined: Vec<(usize, String)> = own
                .iter()
                .map(|(index, words)| {
                    let some: Vec<&str> = words
                        .iter()
                        .take(depth)
                        .flatten()
                        .map(String::as_str)
                        .collect();
                    (*index, some.join(" · "))
                })
                .collect();
            let different: std::collections::BTreeSet<&str> =
                joined.iter().map(|(_, w)| w.as_str()).collect();
            if different.len() < joined.len() && depth < 3 {
                continue;
            }
            for (index, words) in joined {
                if let Some(check) = checks.get_mut(index) {
                    check.beside = Some(words).filter(|w| !w.is_empty());
                }
            }
            break;
        }
    }
}
