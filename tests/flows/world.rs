//! What a sync finds, compared with what is true of the world, over twenty-one worlds.

use std::collections::BTreeSet;

use proofline::{
    app::words,
    decide::Dossier,
    demo::{ChangeTruth, FailingTruth, TestTruth},
    evidence::{
        CellState, How, Label, NodeKind,
        people::{NotIndependent, Standing},
        trace,
    },
    model::{Attention, LinkClass, PartState, ReviewState, Sha, Stage, TestKey, Verdict},
};

use crate::support::{forge::forge, install::Install};

/// Builds the world of a seed, pulls it, and compares every open change.
async fn compare(seed: u64) {
    let forge = forge(seed).await;
    let install = Install::new(&forge);
    let synced = install.engine.sync_all().await.unwrap();
    let truth = forge.truth();
    assert_eq!(synced, truth.open.len(), "seed {seed}");
    for change in &truth.open {
        let dossier = install.load(change.number);
        let at = format!("seed {seed} #{}", change.number);
        whole(&dossier, &at);
        ladder(&dossier, change, &at);
        tests(&dossier, change, &at);
        people(&dossier, change, &at);
        verdicts(&dossier, change, &at);
        requirements(&dossier, change, &at);
        for failing in &change.failing_at_head {
            chain(&dossier, change, failing, &at);
        }
    }
}

async fn compare_all(seeds: impl Iterator<Item = u64>) {
    let tasks: Vec<_> = seeds.map(|seed| tokio::spawn(compare(seed))).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_world_as_written_and_its_first_permutations_are_read_right() {
    compare_all(0..3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_permutations_are_read_right() {
    compare_all(3..=20).await;
}

fn key(test: &TestTruth) -> TestKey {
    TestKey::join(&test.classname, &test.name)
}

fn keys(tests: &[TestTruth]) -> BTreeSet<TestKey> {
    tests.iter().map(key).collect()
}

/// Nothing of the world is out of reach, so every part must be complete and nothing be a problem.
fn whole(dossier: &Dossier, at: &str) {
    let facts = &dossier.evidence.facts;
    for part in &facts.parts {
        assert_eq!(part.state, PartState::Complete, "{at} {:?}", part.name);
        assert!(part.checked_at.is_some(), "{at} {:?}", part.name);
    }
    assert_eq!(facts.problems, [], "{at}");
}

fn ladder(dossier: &Dossier, change: &ChangeTruth, at: &str) {
    let evidence = &dossier.evidence;
    let found: Vec<_> = evidence
        .attempts
        .iter()
        .map(|a| {
            let how = match a.how {
                How::Created | How::Push => "push",
                How::ForcePush => "force_push",
                How::Inferred | How::Local => "not from activity",
            };
            (a.n, a.head.to_string(), how, a.commits)
        })
        .collect();
    let meant: Vec<_> = change
        .attempts
        .iter()
        .map(|a| (a.n, a.head.clone(), a.how.as_str(), Some(a.commits.len())))
        .collect();
    assert_eq!(found, meant, "{at}");
    for (attempt, responses) in change.attempts.iter().zip(&evidence.responses) {
        let found: BTreeSet<&str> = responses.iter().filter_map(|r| word(r.label)).collect();
        let mut meant: BTreeSet<&str> = attempt.labels.iter().map(String::as_str).collect();
        // That a requirement was loosened is told of the requirement, not of the attempt.
        meant.remove("requirement_loosened");
        if change.attempts.len() == 1 {
            // The world gives no label to the first push of a change without a plot.
            meant.extend(found.contains("code_fix").then_some("code_fix"));
        }
        assert_eq!(found, meant, "{at} attempt {}", attempt.n);
    }
    for attempt in &change.attempts {
        let head = Sha::parse(&attempt.head).unwrap();
        let green = evidence
            .checks
            .iter()
            .filter(|c| c.head == head)
            .any(|c| c.attention.contains(&Attention::GreenWithFailures));
        assert_eq!(
            green, attempt.green_but_failing,
            "{at} attempt {}",
            attempt.n
        );
        for run in &attempt.runs {
            let known = evidence.facts.runs.iter().find(|r| r.id == run.id).unwrap();
            let words: Vec<&str> = known
                .tries
                .iter()
                .map(|t| t.conclusion.as_ref().map_or("pending", |c| c.words()))
                .collect();
            assert_eq!(words, run.tries, "{at} run {}", run.id);
        }
    }
}

/// The world's word for a label; none for what it does not speak of.
fn word(label: Label) -> Option<&'static str> {
    match label {
        Label::GateChanged => Some("gate_changed"),
        Label::TestWeakened => Some("test_weakened"),
        Label::TestSkipped => Some("test_skipped"),
        Label::GateRestored => Some("gate_restored"),
        Label::TestRestored => Some("test_restored"),
        Label::TestStrengthened => Some("test strengthened"),
        Label::CodeFix => Some("code_fix"),
        Label::DependencyChange | Label::SpecChanged | Label::DocsOnly => None,
        Label::GateAdded => Some("gate added"),
        Label::TestDeleted => Some("test deleted"),
        Label::SuppressionAdded => Some("suppression added"),
        Label::TestChanged => Some("test changed"),
        Label::Revert => Some("revert"),
        Label::RerunOnly => Some("re-run only"),
        Label::Unknown => Some("unknown"),
    }
}

fn tests(dossier: &Dossier, change: &ChangeTruth, at: &str) {
    let evidence = &dossier.evidence;
    for (index, attempt) in change.attempts.iter().enumerate() {
        let in_state = |state: CellState| -> BTreeSet<TestKey> {
            let rows = evidence.matrix.rows.iter();
            rows.filter(|row| row.cells[index].state == state)
                .map(|row| row.key.clone())
                .collect()
        };
        let at = format!("{at} attempt {}", attempt.n);
        assert_eq!(in_state(CellState::Fail), keys(&attempt.failing), "{at}");
        assert_eq!(in_state(CellState::Skip), keys(&attempt.skipped), "{at}");
        let run = &attempt.runs[0];
        let unit: Vec<usize> = evidence
            .checks
            .iter()
            .filter(|c| c.run == Some(run.id) && c.name.ends_with("/ unit"))
            .flat_map(|c| &c.reports)
            .map(|i| evidence.facts.reports[*i].cases.len())
            .collect();
        assert_eq!(
            unit,
            [attempt.cases],
            "{at}: cases of the unit check's own file"
        );
    }
}

fn people(dossier: &Dossier, change: &ChangeTruth, at: &str) {
    let evidence = &dossier.evidence;
    let agent = evidence.agent.as_ref().filter(|a| !a.updater);
    assert_eq!(agent.is_some(), change.is_agent, "{at}");
    let starter = agent
        .and_then(|a| a.started_by.as_ref())
        .map(ToString::to_string);
    assert_eq!(starter, change.started_by, "{at}");
    let judged: Vec<_> = change
        .reviews
        .iter()
        .filter(|r| ["APPROVED", "CHANGES_REQUESTED"].contains(&r.state.as_str()))
        .collect();
    assert_eq!(evidence.approvals.len(), judged.len(), "{at}");
    for (index, (found, meant)) in evidence.approvals.iter().zip(&judged).enumerate() {
        let state = match meant.state.as_str() {
            "APPROVED" => ReviewState::Approved,
            _ => ReviewState::ChangesRequested,
        };
        assert_eq!(found.login.to_string(), meant.login, "{at}");
        assert_eq!(found.state, state, "{at}");
        assert_eq!(
            found.commit.as_ref().map(Sha::as_str),
            Some(meant.commit.as_str())
        );
        let again = judged[index + 1..].iter().any(|r| r.login == meant.login);
        let on = change.attempts.iter().position(|a| a.head == meant.commit);
        let standing = match &found.standing {
            Standing::DoesNotCount(_) => Standing::DoesNotCount(NotIndependent::Author),
            other => other.clone(),
        };
        let expected = match (meant.counts, meant.stale) {
            _ if again => Standing::Superseded,
            (true, _) => Standing::Counts,
            (false, false) => Standing::DoesNotCount(NotIndependent::Author),
            (false, true) => Standing::Stale(change.attempts.len() - 1 - on.unwrap()),
        };
        assert_eq!(standing, expected, "{at} review of {}", meant.login);
    }
    match &change.why {
        Some(why) => {
            assert_eq!(&words::list_reason(&dossier.summary.why), why, "{at}");
            assert!(dossier.summary.needs_me, "{at}");
        }
        None => assert!(!dossier.summary.needs_me, "{at}: {:?}", dossier.summary.why),
    }
}

fn verdicts(dossier: &Dossier, change: &ChangeTruth, at: &str) {
    for (stage, verdict) in &change.stages {
        let stage = Stage::ALL
            .into_iter()
            .find(|s| s.name().eq_ignore_ascii_case(stage))
            .unwrap();
        let found = dossier
            .assessment
            .stages
            .iter()
            .find(|s| s.stage == stage)
            .unwrap();
        let mark = if found.attention.is_empty() { "" } else { "!" };
        let words = found.verdict.word().replace(' ', "_") + mark;
        assert_eq!(&words, verdict, "{at} {stage:?}: {:?}", found.why);
    }
    let evidence = &dossier.evidence;
    let findings = evidence.graph.nodes.iter().filter(|n| {
        n.kind == NodeKind::Finding
            && n.verdict == Verdict::Fail
            && n.sha
                .as_ref()
                .is_some_and(|sha| sha.as_str() == change.head)
    });
    assert_eq!(findings.count(), change.alerts.len(), "{at}");
}

fn requirements(dossier: &Dossier, change: &ChangeTruth, at: &str) {
    let evidence = &dossier.evidence;
    let head = Sha::parse(&change.head).unwrap();
    for meant in &change.requirements {
        assert!(
            evidence.intent.iter().any(|i| i.req.as_str() == meant.id),
            "{at} {}",
            meant.id
        );
        let found = evidence.facts.git.specs[&head]
            .iter()
            .find(|r| r.id.as_str() == meant.id)
            .unwrap();
        assert_eq!(
            (&found.file, u64::from(found.line), &found.title),
            (&meant.file, meant.line, &meant.title),
            "{at}"
        );
    }
    for (id, test) in &change.covered_by_name {
        let links: Vec<_> = evidence
            .links
            .iter()
            .filter(|l| l.test.leaf() == test)
            .collect();
        assert_eq!(links.len(), 1, "{at} {test}");
        assert_eq!(
            (links[0].req.as_str(), links[0].class),
            (id.as_str(), LinkClass::C)
        );
    }
    let loosened = change
        .attempts
        .iter()
        .any(|a| a.labels.contains(&"requirement_loosened".to_owned()));
    let told = evidence.graph.nodes.iter().any(|n| {
        n.kind == NodeKind::Requirement && n.attention.contains(&Attention::RequirementChanged)
    });
    assert_eq!(told, loosened, "{at}");
}

/// From the failed test to the comment above it and the requirement that the comment names.
fn chain(dossier: &Dossier, change: &ChangeTruth, failing: &FailingTruth, at: &str) {
    let found = trace::of_test(&dossier.evidence, &key(&failing.test)).unwrap();
    assert_eq!(found.verdict, Verdict::Fail, "{at}");
    let (Some(id), Some(line)) = (&failing.requirement, failing.annotation_line) else {
        panic!("{at}: a world whose failure protects nothing tells no story");
    };
    // The place is that of the test function: below its comment, above the assertion that failed.
    let place = found.place.as_ref().unwrap();
    assert_eq!(place.file, failing.file, "{at}: {}", place.basis);
    let function = u64::from(place.line);
    assert!(
        (line + 1..failing.line).contains(&function),
        "{at}: {place:?}"
    );
    let assertion = format!("{}:{}", failing.file, failing.line);
    assert!(found.text.contains(&assertion), "{at}: {}", found.text);
    let traced = found
        .requirements
        .iter()
        .find(|r| r.link.req.as_str() == id)
        .unwrap();
    assert_eq!(
        traced.link.basis,
        format!("annotation {}:{line}", failing.file),
        "{at}"
    );
    assert_eq!(traced.link.class, LinkClass::B, "{at}");
    let meant = change.requirements.iter().find(|r| r.id == *id).unwrap();
    let requirement = traced.requirement.as_ref().unwrap();
    assert_eq!(
        (&requirement.file, u64::from(requirement.line)),
        (&meant.file, meant.line),
        "{at}"
    );
    let states: Vec<bool> = found
        .attempts
        .iter()
        .map(|a| a.state == CellState::Fail)
        .collect();
    let meant: Vec<bool> = change
        .attempts
        .iter()
        .map(|a| keys(&a.failing).contains(&key(&failing.test)))
        .collect();
    assert_eq!(states, meant, "{at}");
    for (attempt, truth) in found.attempts.iter().zip(&change.attempts) {
        assert_eq!(
            attempt.green_check.is_some(),
            truth.green_but_failing,
            "{at}"
        );
    }
}
