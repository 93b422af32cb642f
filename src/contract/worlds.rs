//! Random worlds of runs, jobs, check runs and statuses with colliding names, against a model that
//! knows ids only: where it holds a failure, Verify does not pass.

use proptest::prelude::*;

use super::assess;
use crate::{
    evidence,
    model::{
        ChangeFacts, CheckRun, CommitStatus, Conclusion, Demands, Job, Part, PartName, PartState,
        RunStatus, RunTry, Sha, Stage, Timestamp, Verdict, WorkflowRun, samples,
    },
};

/// Names as they collide: a job's, a check run's, a status' and a label made of a workflow's and a job's.
const NAMES: [&str; 3] = ["unit", "build", "ci / unit"];
const WORDS: [&str; 7] = [
    "success",
    "success",
    "failure",
    "skipped",
    "neutral",
    "cancelled",
    "running",
];

#[derive(Clone, Debug)]
struct Run {
    workflow: u64,
    event: usize,
    jobs: Vec<(usize, usize)>,
    word: usize,
}

#[derive(Clone, Debug)]
struct App {
    maker: u64,
    name: usize,
    word: usize,
    from: i64,
    took: i64,
}

#[derive(Clone, Debug)]
struct World {
    runs: Vec<Run>,
    apps: Vec<App>,
    /// Newest first.
    statuses: Vec<(usize, bool)>,
}

fn world() -> impl Strategy<Value = World> {
    let job = (0..NAMES.len(), 0..WORDS.len());
    let run = (
        0..2_u64,
        0..2_usize,
        proptest::collection::vec(job, 0..4),
        0..WORDS.len(),
    );
    let run = run.prop_map(|(workflow, event, jobs, word)| Run {
        workflow,
        event,
        jobs,
        word,
    });
    let app = (0..2_u64, 0..NAMES.len(), 0..WORDS.len(), 0..6_i64, 1..4_i64);
    let app = app.prop_map(|(maker, name, word, from, took)| App {
        maker,
        name,
        word,
        from,
        took,
    });
    (
        proptest::collection::vec(run, 0..4),
        proptest::collection::vec(app, 0..5),
        proptest::collection::vec((0..NAMES.len(), any::<bool>()), 0..4),
    )
        .prop_map(|(runs, apps, statuses)| World {
            runs,
            apps,
            statuses,
        })
}

fn takes_the_place(word: usize) -> bool {
    matches!(WORDS[word], "success" | "failure" | "running")
}

/// Whether anything failed that the forge still counts. Places in the lists are the ids.
fn holds_a_failure(world: &World) -> bool {
    let failed = |word: usize| WORDS[word] == "failure";
    let later = |n: usize| {
        let run = &world.runs[n];
        let same = move |r: &&Run| (r.workflow, r.event) == (run.workflow, run.event);
        world.runs[n + 1..].iter().filter(same)
    };
    let by_job = world.runs.iter().enumerate().any(|(n, run)| {
        run.jobs.iter().any(|(name, word)| {
            let replaced = later(n).any(|r| {
                r.jobs
                    .iter()
                    .any(|(other, word)| other == name && takes_the_place(*word))
            });
            failed(*word) && !replaced
        })
    });
    // A run that failed counts by its jobs; one whose jobs do not explain it counts itself.
    let by_run = world.runs.iter().enumerate().any(|(n, run)| {
        let explained = run.jobs.iter().any(|(_, word)| failed(*word));
        let replaced = later(n).any(|r| takes_the_place(r.word));
        failed(run.word) && !explained && !replaced
    });
    let by_app = world.apps.iter().enumerate().any(|(n, app)| {
        let replaced = world.apps.iter().enumerate().any(|(m, other)| {
            m != n
                && (other.maker, other.name) == (app.maker, app.name)
                && other.from >= app.from + app.took
                && takes_the_place(other.word)
        });
        failed(app.word) && !replaced
    });
    let by_status = (0..NAMES.len()).any(|name| {
        let newest = world.statuses.iter().find(|(n, _)| *n == name);
        newest.is_some_and(|(_, good)| !good)
    });
    by_job || by_run || by_app || by_status
}

fn head() -> Sha {
    samples::sha("a")
}

fn ended(word: usize) -> (RunStatus, Option<Conclusion>) {
    match WORDS[word] {
        "running" => (RunStatus::InProgress, None),
        word => (RunStatus::Completed, Some(Conclusion::parse(word))),
    }
}

fn facts(world: &World) -> ChangeFacts {
    let mut facts = samples::change(&head(), &samples::sha("b"));
    facts.demands.demands = Some(Demands::default());
    facts.parts = PartName::ALL
        .map(|name| Part {
            name,
            state: PartState::Complete,
            checked_at: None,
            count: 0,
        })
        .to_vec();
    for (n, run) in (1_u64..).zip(&world.runs) {
        let (status, conclusion) = ended(run.word);
        let jobs = (0_u64..).zip(&run.jobs).map(|(k, (name, word))| {
            let (status, conclusion) = ended(*word);
            Job {
                id: n * 100 + k,
                name: NAMES[*name].to_owned(),
                status,
                conclusion,
                started_at: None,
                completed_at: None,
                run_try: 1,
                url: String::new(),
            }
        });
        facts.runs.push(WorkflowRun {
            id: n,
            name: "ci".to_owned(),
            path: String::new(),
            head_sha: head(),
            head_branch: None,
            event: ["push", "pull_request"][run.event].to_owned(),
            run_number: n,
            check_suite_id: None,
            workflow_id: Some(run.workflow),
            changes: Vec::new(),
            actor: None,
            triggering_actor: None,
            created_at: Timestamp(0),
            url: String::new(),
            tries: vec![RunTry {
                n: 1,
                status,
                conclusion,
                started_at: None,
                updated_at: None,
                jobs: jobs.collect(),
            }],
        });
    }
    // Listed newest first, as by the forge: the order of a list is no identity.
    facts.runs.reverse();
    for (n, app) in (10_000_u64..).zip(&world.apps) {
        let (status, conclusion) = ended(app.word);
        facts.checks.push(CheckRun {
            status,
            conclusion,
            app: Some(format!("app-{}", app.maker)),
            app_id: Some(app.maker),
            started_at: Some(Timestamp(app.from)),
            completed_at: Some(Timestamp(app.from + app.took)),
            ..samples::check(n, NAMES[app.name], head(), "")
        });
    }
    facts.statuses = world
        .statuses
        .iter()
        .map(|(name, good)| CommitStatus {
            sha: head(),
            context: NAMES[*name].to_owned(),
            state: if *good { "success" } else { "failure" }.to_owned(),
            description: None,
            creator: None,
            at: None,
            id: None,
        })
        .collect();
    facts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    // [verifies PL-HON-1]
    #[test]
    fn no_failure_that_the_forge_counts_is_a_pass(world in world()) {
        let assessment = assess(&evidence::build(facts(&world)));
        let verify = assessment.stage(Stage::Verify).unwrap().verdict;
        if holds_a_failure(&world) {
            prop_assert_eq!(verify, Verdict::Fail, "{:?}", world);
        } else {
            prop_assert_ne!(verify, Verdict::Fail, "{:?}", world);
        }
    }
}
