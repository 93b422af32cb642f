//! What was asked for and what was done: requirements, tasks, commits, responses.

use super::Builder;
use crate::{
    evidence::{
        detail::{self, Detail, Edit},
        graph::{NodeKind, Relation},
        intent::{self, SpecEdit},
        links,
    },
    model::{Attention, Label, LinkClass, PartName, Source, Stage, Subject, Trust, Verdict},
    text,
};

impl Builder<'_> {
    pub(super) fn requirements(&mut self) {
        let evidence = self.evidence;
        let head = evidence.head().clone();
        for link in &evidence.intent {
            let Some(req) = links::specs_at(&evidence.facts, &head)
                .iter()
                .find(|r| r.id == link.req)
            else {
                continue;
            };
            let source = Source {
                what: format!("{} at {}", text::place(&req.file, req.line), head.short()),
                trust: Trust::Recorded,
                fetched_at: None,
            };
            let mut node = Self::node(
                Subject::Requirement {
                    document: req.file.clone(),
                    id: req.id.clone(),
                },
                NodeKind::Requirement,
                Stage::Intent,
                source,
            );
            node.verdict = Verdict::Pass;
            node.at = Some(evidence.facts.pr.created_at);
            let edit = match intent::spec_edit(&evidence.facts, req) {
                Some(SpecEdit::Changed { loosened: true, .. }) => Some(Edit::Loosened),
                Some(SpecEdit::Changed { .. }) => Some(Edit::Changed),
                Some(SpecEdit::Added) => Some(Edit::Added),
                _ => None,
            };
            if let Some(Edit::Changed | Edit::Loosened) = edit {
                node.attention.push(Attention::RequirementChanged);
            }
            node.detail = Detail::Requirement {
                title: req.title.clone(),
                text: detail::text(&format!("{}\n{}", req.title, req.text)),
                edit,
                basis: Some(link.basis.clone()),
            };
            self.push(node);
        }
        for req in intent::removed(&evidence.facts) {
            let source = Source {
                what: format!("{} at the merge base", text::place(&req.file, req.line)),
                trust: Trust::Recorded,
                fetched_at: None,
            };
            let mut node = Self::node(
                Subject::Requirement {
                    document: req.file.clone(),
                    id: req.id.clone(),
                },
                NodeKind::Requirement,
                Stage::Intent,
                source,
            );
            node.attention.push(Attention::RequirementChanged);
            node.verdict = Verdict::Missing;
            node.detail = Detail::Requirement {
                title: req.title.clone(),
                text: detail::text(&format!("{}\n{}", req.title, req.text)),
                edit: Some(Edit::Removed),
                basis: None,
            };
            node.at = Some(evidence.facts.pr.created_at);
            self.push(node);
        }
    }

    pub(super) fn tasks(&mut self) {
        let evidence = self.evidence;
        for issue in &evidence.facts.issues {
            let source = self.forge(format!("issue #{}", issue.number), PartName::Issues);
            let mut node = Self::node(
                Subject::Issue {
                    number: issue.number,
                },
                NodeKind::Task,
                Stage::Plan,
                source,
            );
            node.at = issue.created_at;
            node.actor = issue.author.as_ref().map(|a| a.login.clone());
            node.url = Some(issue.url.clone());
            node.detail = Detail::Issue {
                title: issue.title.clone(),
                text: detail::text(&format!("{}\n{}", issue.title, issue.body)),
            };
            let id = self.push(node);
            for link in &evidence.intent {
                let req = self.requirement(&link.req);
                if intent::names(&issue.body, link.req.as_str()) {
                    self.edge(
                        &id,
                        &req,
                        Relation::Implements,
                        format!("named in issue #{}", issue.number),
                        LinkClass::B,
                    );
                }
            }
        }
        let starts = evidence
            .facts
            .timeline
            .iter()
            .enumerate()
            .filter(|(_, e)| e.event == "copilot_work_started");
        for (index, event) in starts {
            let actor = event.actor.as_ref().map(|a| a.login.clone());
            let source = self.forge("timeline event copilot_work_started", PartName::Timeline);
            let id = Subject::Task {
                event: event.id.unwrap_or(index as u64),
            };
            let mut node = Self::node(id, NodeKind::Task, Stage::Plan, source);
            node.detail = Detail::Start {
                agent: evidence.agent.as_ref().map(|a| a.name.clone()),
                by: actor.clone(),
            };
            node.at = event.at;
            node.attempt = event.at.and_then(|t| self.attempt_at(t));
            node.actor = actor;
            self.push(node);
        }
    }

    pub(super) fn commits(&mut self) {
        let evidence = self.evidence;
        for (index, attempt) in evidence.attempts.iter().enumerate() {
            let delta = evidence
                .facts
                .git
                .deltas
                .iter()
                .find(|d| d.to == attempt.head);
            let listed: Vec<_> = match delta {
                Some(delta) => delta.commits.iter().collect(),
                // Without git objects the forge's own list stands in for the current head.
                None if attempt.head == *evidence.head() => evidence.facts.commits.iter().collect(),
                None => Vec::new(),
            };
            for commit in listed {
                let trust = if delta.is_some() {
                    Trust::Recorded
                } else {
                    Trust::Forge
                };
                let source = Source {
                    what: format!("commit {}", commit.sha.short()),
                    trust,
                    fetched_at: None,
                };
                let mut node = Self::node(
                    Subject::Commit {
                        sha: commit.sha.clone(),
                        attempt: attempt.n as u64,
                    },
                    NodeKind::Commit,
                    Stage::Change,
                    source,
                );
                node.detail = Detail::Commit {
                    headline: commit.headline().to_owned(),
                };
                // A commit's own time may lie before its push; it belongs to the push.
                node.at = attempt.at.or(commit.committed_at);
                node.actor = commit.author.as_ref().map(|a| a.login.clone());
                node.sha = Some(commit.sha.clone());
                node.attempt = Some(index);
                self.push(node);
            }
        }
    }

    pub(super) fn responses(&mut self) {
        let evidence = self.evidence;
        for (index, attempt) in evidence.attempts.iter().enumerate() {
            let found = evidence.responses.get(index).map_or(&[][..], Vec::as_slice);
            let hole = evidence.facts.hole(&[PartName::Git]);
            let unread = hole.and_then(|(_, state)| state.words());
            for response in found.iter().filter(|r| {
                r.label.wants_eyes()
                    || matches!(
                        r.label,
                        Label::TestRestored | Label::TestStrengthened | Label::GateRestored
                    )
            }) {
                let first = response
                    .lines
                    .iter()
                    .find(|l| l.line > 0)
                    .or(response.lines.first());
                let source = Source {
                    what: format!(
                        "difference to {}, {}",
                        attempt.head.short(),
                        first.map_or("git", |l| l.method.words())
                    ),
                    trust: Trust::Recorded,
                    fetched_at: None,
                };
                let id = Subject::Response {
                    attempt: attempt.n as u64,
                    label: response.label.name().to_owned(),
                };
                let mut node = Self::node(id, NodeKind::Response, Stage::Change, source);
                node.detail = Detail::Response {
                    label: response.label,
                    places: response
                        .lines
                        .iter()
                        .map(|l| (l.path.clone(), l.line))
                        .collect(),
                    why: unread.clone().filter(|_| response.label == Label::Unknown),
                };
                node.attention = match response.label {
                    Label::GateChanged => vec![Attention::GateChanged],
                    Label::SuppressionAdded => vec![Attention::SuppressionAdded],
                    Label::TestWeakened => vec![Attention::TestWeakened],
                    Label::TestSkipped | Label::TestDeleted => vec![Attention::TestSkipped],
                    _ => Vec::new(),
                };
                if response.label == Label::Unknown {
                    node.verdict = Verdict::Unknown;
                }
                node.at = attempt.at;
                node.sha = Some(attempt.head.clone());
                node.attempt = Some(index);
                self.push(node);
            }
        }
    }
}
