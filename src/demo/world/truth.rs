//! What a correct reader must find in the world, computed from the world itself. Tests compare
//! structures with it, so that nothing can be tuned to the names and numbers of one seed.

use git2::Oid;
use serde::{Deserialize, Serialize};

use super::builder::Builder;
use super::changes::{BUMP, CAPTURE, Capture, DOCS, FILTER, ISSUE, JITTER, LOOSENED, PERMISSIONS};
use super::git::Files;
use super::model::{Account, Pull};
use super::results::Failed;
use super::suite::{Case, unit_cases};
use crate::demo::DemoError;

/// What is true of the whole world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    pub owner: String,
    pub name: String,
    /// Login of the default token's account.
    pub viewer: String,
    /// Login and token of each person.
    pub tokens: Vec<(String, String)>,
    /// Tip of the main branch.
    pub main: String,
    /// Open changes, newest number first.
    pub open: Vec<ChangeTruth>,
    /// Numbers of the merged changes.
    pub merged: Vec<u64>,
    /// The merged change whose report claims more tests than it holds.
    pub lying_totals: u64,
    /// The issue that the story's change closes.
    pub issue: u64,
}

impl Truth {
    /// An open change by its number.
    pub fn change(&self, number: u64) -> Option<&ChangeTruth> {
        self.open.iter().find(|change| change.number == number)
    }

    /// The change that the story is about: the one with the most attempts.
    pub fn story(&self) -> Option<&ChangeTruth> {
        self.open.iter().max_by_key(|change| change.attempts.len())
    }

    /// The token of a login.
    pub fn token(&self, login: &str) -> Option<&str> {
        self.tokens
            .iter()
            .find(|(known, _)| known == login)
            .map(|(_, token)| token.as_str())
    }
}

/// What is true of one open change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeTruth {
    pub number: u64,
    pub title: String,
    pub author: String,
    pub is_agent: bool,
    /// The person who had the agent start.
    pub started_by: Option<String>,
    pub branch: String,
    pub head: String,
    /// The commit of the main branch that the change starts from.
    pub base: String,
    pub attempts: Vec<AttemptTruth>,
    pub failing_at_head: Vec<FailingTruth>,
    /// Requirements that the change's text names.
    pub requirements: Vec<RequirementTruth>,
    /// Requirements that only the name of a new test points at: id and name of the test.
    pub covered_by_name: Vec<(String, String)>,
    /// Expected verdicts in the order of the stages, with `!` where attention stands beside one.
    /// A stage that the world has no evidence for yet is left out.
    pub stages: Vec<(String, String)>,
    pub reviews: Vec<ReviewTruth>,
    /// Numbers of the code-scanning alerts that it brings.
    pub alerts: Vec<u64>,
    /// Why it stands in the viewer's inbox.
    pub why: Option<String>,
}

/// One head of the branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptTruth {
    /// Counted from one.
    pub n: usize,
    pub head: String,
    /// `push` or `force_push`.
    pub how: String,
    /// Its commits, oldest first; after a force push all of the rewritten ones.
    pub commits: Vec<String>,
    pub runs: Vec<RunTruth>,
    /// Tests that the unit report holds.
    pub cases: usize,
    /// Tests that the unit report says failed.
    pub failing: Vec<TestTruth>,
    pub skipped: Vec<TestTruth>,
    /// What the agent did: `code_fix`, `test_weakened`, `test_skipped`, `test_restored`,
    /// `gate_changed`, `gate_restored`, `requirement_loosened`.
    pub labels: Vec<String>,
    /// True where the job is green though its report holds a failure.
    pub green_but_failing: bool,
}

/// A workflow run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunTruth {
    pub id: u64,
    /// The conclusion of each try.
    pub tries: Vec<String>,
}

/// A test, as its runner names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestTruth {
    /// `payments::capture`.
    pub classname: String,
    pub name: String,
}

/// A test that fails at the head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailingTruth {
    pub test: TestTruth,
    /// The requirement that the comment above it names.
    pub requirement: Option<String>,
    /// Where that comment stands.
    pub annotation_line: Option<u64>,
    pub file: String,
    /// Where the assertion stands.
    pub line: u64,
}

/// A requirement with an id of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementTruth {
    pub id: String,
    pub file: String,
    /// Line of its heading at the head.
    pub line: u64,
    pub title: String,
}

/// A review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewTruth {
    pub login: String,
    pub state: String,
    pub commit: String,
    /// False where it is of another head, or by someone who is not independent.
    pub counts: bool,
    /// True where it is of another head.
    pub stale: bool,
}

/// What the story-tellers hand over.
pub(super) struct Told {
    pub(super) capture: Capture,
    pub(super) bump: u64,
    pub(super) jitter: u64,
    pub(super) simple: Vec<u64>,
}

const REQUIREMENT_FILE: &str = "docs/spec/payments.md";

pub(super) fn truth(builder: &Builder, told: &Told) -> Result<Truth, DemoError> {
    let world = &builder.world;
    let [loosened, docs, filter, permissions] = told.simple[..] else {
        return Err(DemoError::story("four simple changes were meant"));
    };
    let mut open = vec![capture(builder, &told.capture)?];
    for (number, run, why) in [
        (BUMP, told.bump, Some("review requested")),
        (JITTER, told.jitter, Some("no spec linked")),
        (PERMISSIONS, permissions, None),
        (FILTER, filter, None),
        (DOCS, docs, None),
        // CODEOWNERS gives the file to somebody else than the viewer.
        (LOOSENED, loosened, None),
    ] {
        open.push(simple(builder, number, run, why)?);
    }
    let main = builder.git.repository.refname_to_id("refs/heads/main")?;
    Ok(Truth {
        owner: world.owner.clone(),
        name: world.name.clone(),
        viewer: world.viewer.clone(),
        tokens: world
            .accounts
            .iter()
            .filter_map(|account| Some((account.login.clone(), account.token.clone()?)))
            .collect(),
        main: main.to_string(),
        open,
        merged: world
            .pulls
            .iter()
            .filter(|pull| pull.merged.is_some())
            .map(|pull| pull.number)
            .collect(),
        lying_totals: builder.cast.number(super::history::LYING),
        issue: builder.cast.number(ISSUE),
    })
}

fn capture(builder: &Builder, told: &Capture) -> Result<ChangeTruth, DemoError> {
    let labels: [&[&str]; 4] = [
        &["code_fix"],
        &["test_weakened", "test_skipped"],
        &["test_restored", "code_fix", "gate_changed"],
        &["gate_restored"],
    ];
    let how = ["push", "push", "force_push", "push"];
    let mut attempts = Vec::new();
    for (index, commits) in told.attempts.iter().enumerate() {
        let failed = told
            .failed
            .get(index)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let run = told.runs.get(index).copied().unwrap_or_default();
        let mut attempt = attempt(builder, commits, run, failed)?;
        attempt.n = index + 1;
        how.get(index)
            .copied()
            .unwrap_or_default()
            .clone_into(&mut attempt.how);
        attempt.labels = labels
            .get(index)
            .into_iter()
            .flat_map(|labels| labels.iter())
            .map(ToString::to_string)
            .collect();
        attempts.push(attempt);
    }
    let mut change = change(builder, CAPTURE, attempts)?;
    let files = head_files(builder, &change)?;
    change.failing_at_head = told
        .failed
        .last()
        .into_iter()
        .flatten()
        .map(|failed| failing(builder, &files, failed))
        .collect();
    change.started_by = Some(builder.say("jon"));
    change.requirements = ["REQ-PAY-17", "REQ-PAY-18"]
        .into_iter()
        .map(|id| requirement(&files, &builder.say(REQUIREMENT_FILE), &builder.say(id)))
        .collect::<Result<_, _>>()?;
    change.alerts = vec![super::changes::ALERT];
    change.why = Some("your approval is stale".to_owned());
    change.stages = stages(&[
        ("intent", "pass"),
        ("plan", "pass"),
        ("change", "pass!"),
        ("verify", "fail"),
        ("secure", "fail"),
        ("review", "stale"),
        ("attest", "missing"),
        ("deliver", "not_applicable"),
    ]);
    Ok(change)
}

fn simple(
    builder: &Builder,
    written: u64,
    run: u64,
    why: Option<&str>,
) -> Result<ChangeTruth, DemoError> {
    let head = pull(builder, written)?.head;
    let mut attempt = attempt(builder, &[head], run, &[])?;
    attempt.n = 1;
    "push".clone_into(&mut attempt.how);
    attempt.labels = match written {
        PERMISSIONS | FILTER => vec!["gate_changed".to_owned()],
        LOOSENED => vec!["requirement_loosened".to_owned()],
        _ => Vec::new(),
    };
    let rerun = attempt.runs.iter().any(|run| run.tries.len() > 1);
    let mut change = change(builder, written, vec![attempt])?;
    change.why = why.map(str::to_owned);
    let verify = match written {
        // One of its checks ended with a word that nobody knows: never a pass.
        DOCS => "unknown",
        // It says which requirement it answers, and nothing tests that.
        LOOSENED => "missing",
        _ if rerun => "pass!",
        _ => "pass",
    };
    change.stages = stages(&[("verify", verify)]);
    if written == JITTER {
        change.started_by = Some(builder.say("mira"));
        let test = builder.say("req_pay_15_backoff_has_jitter");
        change
            .covered_by_name
            .push((builder.say("REQ-PAY-15"), test));
        change
            .stages
            .insert(0, ("intent".to_owned(), "missing".to_owned()));
    }
    Ok(change)
}

fn pull(builder: &Builder, written: u64) -> Result<&Pull, DemoError> {
    let number = builder.cast.number(written);
    builder
        .world
        .pull(number)
        .ok_or_else(|| DemoError::story(format!("no change {number}")))
}

fn change(
    builder: &Builder,
    written: u64,
    attempts: Vec<AttemptTruth>,
) -> Result<ChangeTruth, DemoError> {
    let pull = pull(builder, written)?;
    let agents = [super::people::COPILOT_LOGIN, super::people::CLAUDE_LOGIN];
    let starter = builder.say("jon");
    let is_agent = agents.contains(&pull.author.as_str());
    Ok(ChangeTruth {
        number: pull.number,
        title: pull.title.clone(),
        author: pull.author.clone(),
        is_agent,
        started_by: None,
        branch: pull.branch.clone(),
        head: pull.head.to_string(),
        base: pull.base.to_string(),
        attempts,
        failing_at_head: Vec::new(),
        requirements: Vec::new(),
        covered_by_name: Vec::new(),
        stages: Vec::new(),
        reviews: pull
            .reviews
            .iter()
            .map(|review| {
                let stale = review.commit != pull.head;
                let independent = review.author != pull.author && review.author != starter;
                ReviewTruth {
                    login: review.author.clone(),
                    state: review.state.as_str().to_owned(),
                    commit: review.commit.to_string(),
                    counts: !stale && independent,
                    stale,
                }
            })
            .collect(),
        alerts: Vec::new(),
        why: None,
    })
}

fn attempt(
    builder: &Builder,
    commits: &[Oid],
    run: u64,
    failed: &[Failed],
) -> Result<AttemptTruth, DemoError> {
    let head = commits
        .last()
        .copied()
        .ok_or_else(|| DemoError::story("an empty attempt"))?;
    let cases = unit_cases(&builder.git.files(head)?, &builder.world.name);
    let run = builder
        .world
        .run(run)
        .ok_or_else(|| DemoError::story("an unknown run"))?;
    let test = |case: &Case| TestTruth {
        classname: case.binary.clone(),
        name: case.name.clone(),
    };
    let green = run.tries.last().and_then(|last| last.conclusion) == Some("success");
    Ok(AttemptTruth {
        n: 0,
        head: head.to_string(),
        how: String::new(),
        commits: commits.iter().map(Oid::to_string).collect(),
        runs: vec![RunTruth {
            id: run.id,
            tries: run
                .tries
                .iter()
                .map(|run| run.conclusion.unwrap_or("pending").to_owned())
                .collect(),
        }],
        cases: cases.len(),
        failing: cases
            .iter()
            .filter(|case| failed.iter().any(|failed| failed.name == case.name))
            .map(test)
            .collect(),
        skipped: cases.iter().filter(|case| case.ignored).map(test).collect(),
        labels: Vec::new(),
        green_but_failing: green && !failed.is_empty(),
    })
}

/// The failure with the requirement that stands in the comment right above the test.
fn failing(builder: &Builder, files: &Files, failed: &Failed) -> FailingTruth {
    let lines: Vec<&str> = files
        .get(&failed.file)
        .unwrap_or_default()
        .lines()
        .collect();
    let function = format!("fn {}(", failed.name);
    let start = lines
        .iter()
        .position(|line| line.contains(&function))
        .unwrap_or_default();
    let annotation = (0..start)
        .rev()
        .take_while(|line| lines[*line].starts_with("//") || lines[*line].starts_with("#["))
        .find_map(|line| {
            Some((
                line,
                lines[line].split_once("[verifies ")?.1.strip_suffix(']')?,
            ))
        });
    FailingTruth {
        test: TestTruth {
            classname: builder.say("payments::capture"),
            name: failed.name.clone(),
        },
        requirement: annotation.map(|(_, id)| id.to_owned()),
        annotation_line: annotation.map(|(line, _)| line as u64 + 1),
        file: failed.file.clone(),
        line: failed.line,
    }
}

fn requirement(files: &Files, file: &str, id: &str) -> Result<RequirementTruth, DemoError> {
    let line = files.line_from(file, &format!("### {id} "), 1)?;
    let index = usize::try_from(line).unwrap_or_default().saturating_sub(1);
    let heading = files
        .get(file)
        .and_then(|text| text.lines().nth(index))
        .unwrap_or_default();
    Ok(RequirementTruth {
        id: id.to_owned(),
        file: file.to_owned(),
        line,
        title: heading.trim_start_matches(&format!("### {id} ")).to_owned(),
    })
}

fn head_files(builder: &Builder, change: &ChangeTruth) -> Result<Files, DemoError> {
    builder.git.files(Oid::from_str(&change.head)?)
}

fn stages(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(stage, verdict)| ((*stage).to_owned(), (*verdict).to_owned()))
        .collect()
}

impl Account {
    /// True for an account that no person stands behind.
    pub(crate) fn is_bot(&self) -> bool {
        self.kind == super::model::AccountKind::Bot
    }
}
