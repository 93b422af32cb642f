//! `contract init` writes a start from what the repository has; `contract check N` says what is
//! asked of a change, and how each rule stands.

use std::{fmt::Write as _, path::Path};

use serde_json::{Value, json};

use super::{
    change::ChangeArg,
    common::Common,
    error::CliError,
    load,
    out::{output, print},
};
use crate::{
    app::words,
    contract::Terms,
    decide::Dossier,
    formats::{contract, specs},
    model::Verdict,
    repo,
    sync::CONTRACT_FILE,
    text,
};

/// Arguments of `contract`.
#[derive(Debug, clap::Args)]
pub(super) struct ContractArgs {
    #[command(subcommand)]
    action: ContractAction,
}

/// What to do with the contract file.
#[derive(Debug, Clone, clap::Subcommand)]
enum ContractAction {
    /// Write a commented start from what this repository has
    Init {
        /// Print it instead of writing it
        #[arg(long)]
        stdout: bool,
    },
    /// Say what is asked of a change and how each rule stands; without a number, read the file here
    Check { change: Option<ChangeArg> },
}

impl ContractArgs {
    /// The change that is asked about, where one is.
    pub(super) fn change(&self) -> Option<&ChangeArg> {
        match &self.action {
            ContractAction::Check { change } => change.as_ref(),
            ContractAction::Init { .. } => None,
        }
    }
}

/// Runs the command.
pub(super) async fn run(common: &Common, args: ContractArgs) -> Result<u8, CliError> {
    match args.action {
        ContractAction::Init { stdout } => init(stdout),
        ContractAction::Check {
            change: Some(change),
        } => {
            let engine = load::engine(common).await?;
            let dossier = load::dossier(common, &engine, change.number).await?;
            check(common, &dossier)
        }
        ContractAction::Check { change: None } => check_file(common),
    }
}

/// Reads the file of this folder, as it would be read on a base branch.
fn check_file(common: &Common) -> Result<u8, CliError> {
    let local = repo::discover(Path::new("."))?;
    let root = local.git_dir().parent().unwrap_or(Path::new("."));
    let path = root.join(CONTRACT_FILE);
    let text = std::fs::read_to_string(&path).map_err(|e| {
        CliError::usage(format!("{} cannot be read: {e}", path.display()))
            .hinted("`proofline contract init` writes a start")
    })?;
    let (rules, problems) = contract::read(CONTRACT_FILE, &text);
    let ok = problems.is_empty();
    output(
        common,
        || {
            let said: Vec<Value> = problems
                .iter()
                .map(|p| json!({ "place": p.place, "what": p.what }))
                .collect();
            json!({ "schema": "proofline.contract-file/v1", "ok": ok, "rules": rules, "problems": said })
        },
        || {
            if ok {
                return format!("{CONTRACT_FILE} is understood\n");
            }
            problems
                .iter()
                .map(|p| format!("{}: {}\n", p.place, text::clean_line(&p.what)))
                .collect()
        },
    )?;
    Ok(u8::from(!ok))
}

/// One rule and how it stands.
struct Row {
    stage: &'static str,
    rule: String,
    verdict: Verdict,
    why: String,
    evidence: Vec<String>,
}

fn rows(dossier: &Dossier) -> Vec<Row> {
    let a = &dossier.assessment;
    let mut rows = vec![Row {
        stage: "Risk",
        rule: "class of the change as it stands".to_owned(),
        verdict: if a.risk.known {
            Verdict::Pass
        } else {
            Verdict::Unknown
        },
        why: format!(
            "{}: {}",
            a.risk.class.word(),
            words::risk(&a.risk).join(", ")
        ),
        evidence: Vec::new(),
    }];
    for state in &a.stages {
        let nodes = dossier.evidence.graph.nodes.iter();
        let head = dossier.evidence.head_attempt();
        rows.push(Row {
            stage: state.stage.name(),
            rule: "verdict at the head".to_owned(),
            verdict: state.verdict,
            why: words::stage(&state.why),
            evidence: nodes
                .filter(|n| n.stage == state.stage && n.attempt == head)
                .map(|n| n.id.to_string())
                .collect(),
        });
        for gap in a.gaps.iter().filter(|g| g.stage == state.stage) {
            rows.push(Row {
                stage: state.stage.name(),
                rule: "gap".to_owned(),
                verdict: gap.verdict,
                why: words::gap(&gap.why),
                evidence: gap.node.iter().map(ToString::to_string).collect(),
            });
        }
    }
    rows
}

fn check(common: &Common, dossier: &Dossier) -> Result<u8, CliError> {
    let terms = Terms::of(&dossier.evidence.facts);
    let rows = rows(dossier);
    let from = words::rule_sources(&dossier.assessment.contract);
    let ok = dossier.assessment.gaps.is_empty();
    let asked: Vec<String> = terms
        .checks()
        .into_iter()
        .map(|(check, who)| {
            format!(
                "check {} passes ({})",
                check.context,
                words::required_by(who)
            )
        })
        .chain([format!("{} approvals that count", terms.approvals())])
        .collect();
    output(
        common,
        || {
            let rows: Vec<Value> = rows
                .iter()
                .map(|r| {
                    json!({ "stage": r.stage, "rule": r.rule, "verdict": r.verdict.word(), "why": r.why, "evidence": r.evidence })
                })
                .collect();
            json!({
                "schema": "proofline.contract-check/v1",
                "ok": ok,
                "contract": from,
                "asked": asked,
                "rules": rows,
                "problems": dossier.assessment.problems.iter().map(|p| json!({ "place": p.place, "what": p.what })).collect::<Vec<_>>(),
            })
        },
        || {
            let mut out = format!("by the {}\n", text::clean_line(&from));
            for line in &asked {
                let _ = writeln!(out, "  asked: {}", text::clean_line(line));
            }
            for problem in &dossier.assessment.problems {
                let _ = writeln!(
                    out,
                    "  not understood: {}: {}",
                    problem.place,
                    text::clean_line(&problem.what)
                );
            }
            for row in &rows {
                let indent = if row.rule == "gap" { "    " } else { "" };
                let _ = writeln!(
                    out,
                    "{indent}{:<8} {:<8} {}",
                    row.stage,
                    match row.verdict {
                        // The reason says as much.
                        Verdict::NotApplicable if common.plain => "",
                        verdict => verdict.word(),
                    },
                    text::clean_line(&row.why)
                );
            }
            out
        },
    )?;
    Ok(u8::from(!ok))
}

/// Writes a commented start: only what was found in the repository stands without a `#`.
fn init(stdout: bool) -> Result<u8, CliError> {
    let local = repo::discover(Path::new("."))?;
    let Some(root) = local.git_dir().parent() else {
        return Err(CliError::usage(
            "a bare repository has no place for the file",
        ));
    };
    let path = root.join(CONTRACT_FILE);
    let (specs, workflows) = found(&local)?;
    let mut out = String::from(
        "# What a change must show before it may be merged. proofline reads this file from the base\n\
         # branch, so that a change cannot loosen its own contract. What stands here only adds to the\n\
         # built-in rules and to what the forge requires.\nversion = 1\n",
    );
    let list = |items: &[String]| {
        let quoted: Vec<String> = items.iter().map(|i| format!("{i:?}")).collect();
        quoted.join(", ")
    };
    out +=
        "\n# Files that hold requirements, besides those that are found by their path.\n[specs]\n";
    if specs.is_empty() {
        out += "# paths = [\"docs/requirements/*.md\"]\n";
    } else {
        let _ = writeln!(out, "paths = [{}]", list(&specs));
    }
    out += "# ids = ['REQ-\\d+']\n";
    out += "\n# Further artifacts that hold test results (JUnit XML), by name.\n[artifacts]\n# results = [\"unit-*\"]\n";
    out += "\n# Checks that must pass at the head, besides those that the branch rules require.\n[checks]\n";
    if workflows.is_empty() {
        out += "# required = [\"unit\"]\n";
    } else {
        let _ = writeln!(
            out,
            "# Workflows here: {}\n# required = [\"unit\"]",
            workflows.join(", ")
        );
    }
    out += "\n# Approvals that count; the forge's own number where that is larger.\n[reviews]\n# approvals = 1\n";
    out += "\n# Where given, the work of other agents is a gap.\n[agents]\n# trusted = [\"copilot-swe-agent\"]\n";
    out += "\n[risk.high]\n";
    if workflows.is_empty() {
        out += "# paths = [\"src/payments/**\", \"migrations/**\"]\n";
    } else {
        out += "paths = [\".github/workflows/**\"]\n";
    }
    out += "# labels = [\"security\"]\n\n[environments]\n# order = [\"staging\", \"production\"]\n";
    let (_, problems) = contract::read(CONTRACT_FILE, &out);
    if let Some(problem) = problems.first() {
        return Err(CliError::data(format!(
            "{}: {}",
            problem.place, problem.what
        )));
    }
    if stdout {
        print(&out)?;
        return Ok(0);
    }
    let mut options = std::fs::File::options();
    let mut file = options
        .write(true)
        .create_new(true)
        .open(&path)
        .map_err(|e| {
            CliError::usage(format!("{} was not written: {e}", path.display()))
                .hinted("--stdout prints it instead")
        })?;
    std::io::Write::write_all(&mut file, out.as_bytes())?;
    print(&format!("wrote {}\n", path.display()))?;
    Ok(0)
}

/// Folders of specs, and names of workflow files, at HEAD.
fn found(local: &repo::Local) -> Result<(Vec<String>, Vec<String>), CliError> {
    let head = local.head()?;
    let (mut patterns, mut workflows) = (std::collections::BTreeSet::new(), Vec::new());
    for file in local.files(&head, |_| true)? {
        let path = file.path.as_str();
        if let Some(name) = path.strip_prefix(".github/workflows/") {
            workflows.push(name.to_owned());
        }
        if specs::format_of(path).is_none() {
            continue;
        }
        let text = local.text(&file.blob, specs::MAX_SPEC).unwrap_or_default();
        if !specs::read_spec(path, &text).0.is_empty() {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            patterns.insert(if folder.is_empty() {
                path.to_owned()
            } else {
                format!("{folder}/*.md")
            });
        }
    }
    Ok((patterns.into_iter().collect(), workflows))
}
