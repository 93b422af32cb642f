//! The invented world: `acme/payments`, its people, its history, its open changes, and what is
//! true of them.
//!
//! [`build`] tells the story into a bare repository and a set of records. Everything in it is
//! fixed by the seed: two builds give the same bytes.

mod attest;
mod builder;
mod cast;
mod changes;
mod ci;
mod delivery;
mod git;
mod history;
mod holdings;
mod index;
mod model;
mod people;
mod records;
mod results;
mod scale;
mod security;
mod suite;
mod tasks;
mod time;
mod tree;
mod truth;

use std::path::Path;

pub(crate) use attest::{PROVENANCE, placeholder};
pub(crate) use cast::Cast;
pub(crate) use git::{Entry, Files, Git, Identity, Size};
pub(crate) use holdings::{Access, World};
pub(crate) use index::Ordered;
pub(crate) use model::*;
pub(crate) use people::WEB_FLOW_LOGIN;
pub(crate) use records::*;
pub(crate) use results::{green_report, hex, zipped_all};
pub use scale::Scale;
pub use truth::{
    AttemptTruth, ChangeTruth, FailingTruth, RequirementTruth, ReviewTruth, RunTruth, TestTruth,
    Truth,
};

use builder::Builder;
use time::{on, today};

use crate::demo::DemoError;

/// A world that has been told, with what is true of it.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) world: World,
    pub(crate) git: Git,
    pub(crate) truth: Truth,
}

/// Builds the world of a seed, and a large one around it where a scale is given; its repository is
/// made in `folder`, which must be empty.
pub(crate) fn build(seed: u64, scale: Option<Scale>, folder: &Path) -> Result<Built, DemoError> {
    let cast = Cast::new(seed);
    let world = World {
        owner: cast.say("acme"),
        name: cast.say("payments"),
        repository_id: cast.first_id(772_104_338),
        viewer: cast.say("mira"),
        now: today(14, 0),
        accounts: people::accounts(&cast),
        last_id: cast.first_id(2_914_000_000),
        ..World::default()
    };
    let mut builder = Builder {
        git: Git::init(folder)?,
        last_extra_id: cast.first_id(1_480_000_000),
        cast,
        world,
        last_run_number: 780,
    };
    let main = builder.main_history()?;
    let tip = |back: usize| {
        main.len()
            .checked_sub(1 + back)
            .and_then(|at| main.get(at))
            .copied()
            .ok_or_else(|| DemoError::story("the main branch is too short"))
    };
    let simple = builder.simple_changes(tip(4)?)?;
    let jitter = builder.jitter_change(tip(1)?)?;
    let bump = builder.bump_change(tip(0)?)?;
    let capture = builder.capture_change(tip(0)?)?;
    builder.security(&capture, tip(0)?)?;
    builder.delivery()?;
    builder.agent_tasks();
    builder.epic();
    let told = truth::Told {
        capture,
        bump,
        jitter,
        simple,
    };
    let truth = truth::truth(&builder, &told)?;
    let Builder { mut world, git, .. } = builder;
    if let Some(scale) = scale {
        scale::enlarge(&mut world, &git, scale)?;
    }
    world.moves.sort_by_key(|row| (row.at, row.id));
    world.pulls.sort_by_key(|pull| pull.number);
    world.runs.sort_by_key(|run| run.id);
    world.make_index();
    debug_assert!(
        world
            .moves
            .iter()
            .all(|row| scale.is_some() || row.at >= on(1, (0, 0)) && row.at < world.now)
    );
    Ok(Built { world, git, truth })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(seed: u64) -> (Built, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (build(seed, None, folder.path()).unwrap(), folder)
    }

    /// Every record, commit and artifact in one text.
    fn fingerprint(built: &Built) -> String {
        format!("{:?}{:?}", built.world, built.truth)
    }

    #[test]
    fn two_builds_are_identical() {
        for seed in [0, 7] {
            let ((first, _one), (second, _two)) = (built(seed), built(seed));
            assert_eq!(fingerprint(&first), fingerprint(&second));
        }
    }

    #[test]
    fn two_large_worlds_are_identical() {
        let scale = Some(Scale {
            changes: 30,
            rows: 12,
        });
        let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let [one, two] = folders.each_ref().map(|folder| {
            let built = build(0, scale, folder.path()).unwrap();
            assert_eq!(built.world.pulls.len(), 57);
            fingerprint(&built)
        });
        assert_eq!(one, two);
    }

    #[test]
    fn seed_zero_is_the_world_as_written() {
        let (built, _folder) = built(0);
        let story = built.truth.story().unwrap();
        assert_eq!(
            (story.number, story.title.as_str()),
            (482, "Make capture idempotent")
        );
        assert_eq!(story.attempts.len(), 4);
        assert!(story.attempts.iter().all(|attempt| attempt.cases == 412));
        let failing = &story.failing_at_head[0];
        assert_eq!(failing.test.name, "concurrent_retries_charge_once");
        assert_eq!(failing.requirement.as_deref(), Some("REQ-PAY-18"));
        assert_eq!(failing.annotation_line, Some(77));
        assert_eq!(built.truth.merged.len(), 20);
    }

    #[test]
    fn seeds_keep_the_structure() {
        let (written, _folder) = built(0);
        for seed in 1..=5 {
            let (seeded, _folder) = built(seed);
            assert_ne!(seeded.truth.owner, written.truth.owner);
            let (story, original) = (
                seeded.truth.story().unwrap(),
                written.truth.story().unwrap(),
            );
            for (attempt, as_written) in story.attempts.iter().zip(&original.attempts) {
                assert_eq!(attempt.labels, as_written.labels);
                assert_eq!(attempt.failing.len(), as_written.failing.len());
                assert_eq!(attempt.skipped.len(), as_written.skipped.len());
            }
            assert!(
                story.failing_at_head[0].requirement.is_some(),
                "seed {seed}"
            );
        }
    }
}
