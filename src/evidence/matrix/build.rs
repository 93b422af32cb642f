//! Builds the matrix: which rows there are, and what each test did in each attempt.

use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map::Entry};

use super::{
    Cell, CellState, Counts, Matrix, TestRow,
    apart::{self, Stand},
};
use crate::{
    evidence::checks::{is_of_the_commit, workflow},
    model::{ChangeFacts, Outcome, Sha, TestCase, TestKey, TestReport, Word, WorkflowRun},
};

/// Name of the suite a report belongs to, the same over tries and attempts: the artifact's name
/// without digits at its end, and the file.
fn family(report: &TestReport) -> String {
    let name = report.origin.artifact_name.as_deref().unwrap_or("");
    format!("{}/{}", untried(name), report.origin.file)
}

/// The name of an artifact without the number of a try.
pub(in crate::evidence) fn untried(name: &str) -> &str {
    name.trim_end_matches(|c: char| c.is_ascii_digit())
        .trim_end_matches(['-', '_', '.'])
        .trim_end_matches("try")
        .trim_end_matches("attempt")
        .trim_end_matches(['-', '_', '.'])
}

/// What is known of a report besides its cases.
struct Side {
    column: usize,
    /// Number of its family.
    family: usize,
    /// Workflow and event of its run.
    lane: String,
    /// Its run and try: of one lane, the greater came later.
    round: Round,
}

/// Number and id of a run, and the try.
type Round = (u64, u64, u64);

/// Names the lanes of runs: of one lane, a newer run does again what an older one did.
fn lanes(facts: &ChangeFacts) -> HashMap<u64, String> {
    let mut lanes: Vec<(&WorkflowRun, String)> = Vec::new();
    let mut of_run = HashMap::new();
    for run in &facts.runs {
        let is_same = |other: &WorkflowRun| {
            run.id == other.id || workflow(run) == workflow(other) && is_of_the_commit(run)
        };
        let known = lanes.iter().find(|(other, _)| is_same(other));
        let lane = if let Some((_, lane)) = known {
            lane.clone()
        } else {
            let words = format!("{} · {}", run.name, run.event);
            let is_taken = lanes.iter().any(|(_, lane)| *lane == words);
            let lane = if is_taken {
                format!("{words} · run {}", run.id)
            } else {
                words
            };
            lanes.push((run, lane.clone()));
            lane
        };
        of_run.insert(run.id, lane);
    }
    of_run
}

/// A case by where it stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Occurrence {
    report: usize,
    case: usize,
}

/// Builds the matrix for the given heads, one column each.
pub fn build(facts: &ChangeFacts, heads: &[Sha]) -> Matrix {
    let lanes = lanes(facts);
    let without = facts.reports.iter().map(|r| &r.origin);
    let without = without.filter(|o| o.run_try.is_none());
    let untold: BTreeSet<Option<u64>> = without.map(|o| o.run).collect();
    let mut names: HashMap<String, usize> = HashMap::new();
    // A test of one suite is not "absent" where only another suite ran.
    let mut known: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); heads.len()];
    let sides: Vec<Option<Side>> = facts
        .reports
        .iter()
        .map(|report| {
            let column = heads.iter().position(|h| *h == report.origin.head)?;
            let next = names.len();
            let family = *names.entry(family(report)).or_insert(next);
            if report.origin.job.is_none() {
                known.get_mut(column)?.insert(family);
            }
            let run = report.origin.run;
            let number = facts.runs.iter().find(|r| Some(r.id) == run);
            Some(Side {
                column,
                family,
                // Of a run that is not listed no other is known to take its place.
                lane: run.map_or_else(String::new, |id| {
                    let lane = lanes.get(&id).cloned();
                    lane.unwrap_or_else(|| format!("run {id}"))
                }),
                round: (
                    number.map_or(0, |r| r.run_number),
                    run.unwrap_or(0),
                    // Where one try is not known, none is known to be a later one.
                    report
                        .origin
                        .run_try
                        .filter(|_| !untold.contains(&run))
                        .unwrap_or(1),
                ),
            })
        })
        .collect();
    let mut builder = Builder {
        facts,
        sides: &sides,
        known: &known,
        rows: Vec::new(),
    };
    for (name, group) in named_alike(facts, &sides) {
        builder.take(name, group);
    }
    let mut rows = builder.rows;
    // Each has a key of its own.
    rows.sort_unstable_by(|(a, _), (b, _)| a.key.cmp(&b.key));
    let mut places: Vec<Vec<u32>> = facts.reports.iter().map(|_| Vec::new()).collect();
    for (number, (_, own)) in (0..).zip(&rows) {
        for at in own {
            if let (Some(of_report), Some(report)) =
                (places.get_mut(at.report), facts.reports.get(at.report))
            {
                of_report.resize(report.cases.len(), u32::MAX);
                if let Some(place) = of_report.get_mut(at.case) {
                    *place = number;
                }
            }
        }
    }
    let rows: Vec<TestRow> = rows.into_iter().map(|(row, _)| row).collect();
    let counts = known
        .iter()
        .enumerate()
        .map(|(column, known)| (!known.is_empty()).then(|| count(&rows, column)))
        .collect();
    Matrix {
        rows,
        counts,
        places,
    }
}

/// Cases of one name, in the order of their reports.
fn named_alike(facts: &ChangeFacts, sides: &[Option<Side>]) -> Vec<(String, Vec<Occurrence>)> {
    let mut groups: Vec<(String, Vec<Occurrence>)> = Vec::new();
    let mut by_parts: HashMap<(&str, &str), usize> = HashMap::new();
    for (report, (content, side)) in facts.reports.iter().zip(sides).enumerate() {
        if side.is_none() {
            continue;
        }
        for (case, found) in content.cases.iter().enumerate() {
            let parts = (&*found.class, &*found.name);
            let at = Occurrence { report, case };
            match by_parts.entry(parts) {
                Entry::Vacant(entry) => {
                    entry.insert(groups.len());
                    // Most stay alone: there is room for one.
                    groups.push((found.key().name, vec![at]));
                }
                Entry::Occupied(entry) => {
                    if let Some((_, group)) = groups.get_mut(*entry.get()) {
                        group.push(at);
                    }
                }
            }
        }
    }
    drop(by_parts);
    // Other classes and names may be joined to the same.
    groups.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    groups.dedup_by(|(name, more), (kept, group)| {
        let is_same = name == kept;
        if is_same {
            group.append(more);
            group.sort_unstable();
        }
        is_same
    });
    groups
}

struct Builder<'a> {
    facts: &'a ChangeFacts,
    sides: &'a [Option<Side>],
    known: &'a [BTreeSet<usize>],
    /// Each with the cases that are in it.
    rows: Vec<(TestRow, Vec<Occurrence>)>,
}

impl<'a> Builder<'a> {
    fn side(&self, at: Occurrence) -> Option<&'a Side> {
        self.sides.get(at.report)?.as_ref()
    }

    fn report(&self, at: Occurrence) -> Option<&'a TestReport> {
        self.facts.reports.get(at.report)
    }

    fn case(&self, at: Occurrence) -> Option<&'a TestCase> {
        self.report(at)?.cases.get(at.case)
    }

    fn stand(&self, at: Occurrence) -> Stand<'a> {
        let (Some(side), Some(report), Some(case)) =
            (self.side(at), self.report(at), self.case(at))
        else {
            return Stand::default();
        };
        let artifact = report.origin.artifact_name.as_deref().unwrap_or("");
        Stand {
            run: &side.lane,
            artifact: untried(artifact),
            suite: &case.suite,
            file: case.file.as_deref().unwrap_or(""),
            report: &report.origin.file,
            artifact_whole: artifact,
            leg: &case.leg,
        }
    }

    /// Makes the rows of all cases of one name.
    fn take(&mut self, name: String, group: Vec<Occurrence>) {
        let mut seen = vec![false; self.known.len()];
        let is_alone = group.iter().all(|at| {
            let column = self.side(*at).and_then(|s| seen.get_mut(s.column));
            column.is_none_or(|seen| !std::mem::replace(seen, true))
        });
        if is_alone {
            // The usual case: one of its name in each attempt.
            self.row(TestKey::named(name), group);
            return;
        }
        let fields = apart::fields(&self.side_by_side(&group));
        let mut rows: BTreeMap<Vec<&str>, Vec<Occurrence>> = BTreeMap::new();
        for at in group {
            let stand = self.stand(at);
            let told = fields.iter().map(|(_, field)| field(&stand)).collect();
            rows.entry(told).or_default().push(at);
        }
        for (told, own) in rows {
            let kinds = fields.iter().map(|(kind, _)| *kind);
            let apart = kinds.zip(told.iter().map(|word| (*word).to_owned()));
            let key = TestKey {
                name: name.clone(),
                apart: apart.filter(|(_, word)| !word.is_empty()).collect(),
            };
            self.row(key, own);
        }
    }

    /// Cases that none of the others takes the place of: those of one run and try, and the newest of each
    /// workflow on a commit.
    fn side_by_side(&self, group: &[Occurrence]) -> Vec<Vec<Stand<'a>>> {
        let mut rounds: BTreeMap<_, Vec<Stand<'a>>> = BTreeMap::new();
        let mut lanes: BTreeMap<usize, Vec<Stand<'a>>> = BTreeMap::new();
        for at in group {
            let Some(side) = self.side(*at) else { continue };
            let stand = self.stand(*at);
            let lane = Stand {
                run: stand.run,
                ..Stand::default()
            };
            lanes.entry(side.column).or_default().push(lane);
            let round = (side.column, side.lane.as_str(), side.round);
            rounds.entry(round).or_default().push(stand);
        }
        rounds.into_values().chain(lanes.into_values()).collect()
    }

    fn row(&mut self, key: TestKey, mut own: Vec<Occurrence>) {
        own.sort_by_key(|at| self.side(*at).map(|s| (s.column, s.round)));
        let mut row = TestRow {
            key,
            class: Word::default(),
            name: Word::default(),
            suite: Word::default(),
            file: None,
            cells: vec![Cell::empty(CellState::Unknown); self.known.len()],
            properties: Vec::new(),
        };
        if let Some(case) = own.last().and_then(|at| self.case(*at)) {
            row.class.clone_from(&case.class);
            row.name.clone_from(&case.name);
            row.suite.clone_from(&case.suite);
            row.file.clone_from(&case.file);
        }
        let mut families = BTreeSet::new();
        for at in &own {
            let (Some(side), Some(case)) = (self.side(*at), self.case(*at)) else {
                continue;
            };
            families.insert(side.family);
            for property in &case.properties {
                if !row.properties.contains(property) {
                    row.properties.push(property.clone());
                }
            }
        }
        for of_column in own.chunk_by(|a, b| self.column(*a) == self.column(*b)) {
            let column = of_column.first().and_then(|at| self.column(*at));
            if let Some(cell) = column.and_then(|c| row.cells.get_mut(c)) {
                *cell = self.cell(of_column);
            }
        }
        for (cell, known) in row.cells.iter_mut().zip(self.known) {
            if cell.state == CellState::Unknown && families.iter().any(|f| known.contains(f)) {
                cell.state = CellState::Absent;
            }
        }
        self.rows.push((row, own));
    }

    fn column(&self, at: Occurrence) -> Option<usize> {
        self.side(at).map(|s| s.column)
    }

    /// Joins what a test did on one commit, in the order of its runs and tries. Of one try the worst
    /// counts; a later one takes the place of an earlier one, unless it did not run the test.
    fn cell(&self, own: &[Occurrence]) -> Cell {
        let mut cell = Cell::empty(CellState::Unknown);
        let round = |at: &Occurrence| self.side(*at).map(|s| s.round);
        let mut decides: Option<(Occurrence, Outcome)> = None;
        let mut has_failed = false;
        for of_try in own.chunk_by(|a, b| round(a) == round(b)) {
            let ended = of_try
                .iter()
                .filter_map(|at| Some((*at, self.case(*at)?.outcome)));
            // The first of the worst: the others say no more.
            let Some(worst) = ended.rev().max_by_key(|(_, outcome)| weight(*outcome)) else {
                continue;
            };
            let number = of_try.first().and_then(round).map_or(1, |(.., n)| n);
            // One is the rule.
            cell.tries.reserve_exact(1);
            cell.tries.push((number, worst.1));
            has_failed |= worst.1.failed();
            let again = of_try
                .iter()
                .filter_map(|at| Some(self.case(*at)?.retries.len()));
            let again = again.max().unwrap_or(0);
            if !worst.1.not_run() || decides.is_none_or(|(_, before)| before.not_run()) {
                decides = Some(worst);
                cell.retries = again;
            }
        }
        let Some((at, outcome)) = decides else {
            return cell;
        };
        let Some(case) = self.case(at) else {
            return cell;
        };
        cell.state = match outcome {
            Outcome::Passed if has_failed || cell.retries > 0 => CellState::Flaky,
            Outcome::Passed => CellState::Pass,
            Outcome::Failed | Outcome::Error => CellState::Fail,
            Outcome::Skipped | Outcome::Disabled => CellState::Skip,
        };
        cell.report = Some(at.report);
        cell.message.clone_from(&case.message);
        cell.text.clone_from(&case.text);
        cell
    }
}

/// What counts more among cases of one name in one try: that one did not run says less than that
/// another failed, and more than that another passed.
fn weight(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Passed => 0,
        Outcome::Skipped | Outcome::Disabled => 1,
        Outcome::Failed | Outcome::Error => 2,
    }
}

fn count(rows: &[TestRow], column: usize) -> Counts {
    let mut counts = Counts::default();
    for state in rows
        .iter()
        .filter_map(|r| r.cells.get(column))
        .map(|c| c.state)
    {
        match state {
            CellState::Pass => counts.passed += 1,
            CellState::Fail => counts.failed += 1,
            CellState::Skip => counts.skipped += 1,
            CellState::Flaky => counts.flaky += 1,
            CellState::Absent | CellState::Unknown => {}
        }
    }
    counts
}

#[cfg(test)]
mod tests;
