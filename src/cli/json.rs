//! What `--json` prints: one object, with a versioned `schema` field. Shapes of their own, so that
//! the model can change without breaking scripts. Hostile characters are made visible, since JSON
//! goes to terminals too.

use serde_json::{Value, json};

use crate::{
    app::words,
    decide::{Dossier, InboxRow, OutboxRow, RecordState},
    evidence::{
        Node,
        people::Standing,
        timeline::{self, Row},
        trace::{self, Coverage, Trace},
    },
    keys::Scope,
    model::{PartState, Stage},
    sync::plan::Item,
    text::clean,
};

fn clean_value(text: &str) -> Value {
    Value::String(clean(text).into_owned())
}

fn head(dossier: &Dossier, schema: &str) -> Value {
    let pr = &dossier.evidence.facts.pr;
    json!({
        "schema": schema,
        "repo": dossier.evidence.facts.repo.to_string(),
        "number": pr.number,
        "title": clean_value(&pr.title),
        "head": pr.head_sha,
        "base": pr.base_sha,
    })
}

fn with(mut base: Value, key: &str, value: Value) -> Value {
    if let Some(object) = base.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
    base
}

fn node(node: &Node) -> Value {
    json!({
        "id": node.id.to_string(),
        "subject": node.id,
        "kind": node.kind,
        "stage": node.stage,
        "verdict": node.verdict,
        "attention": node.attention,
        "title": clean_value(&words::title_of(node)),
        "note": clean_value(&words::note_of(node)),
        "at": node.at,
        "actor": node.actor,
        "sha": node.sha,
        "attempt": node.attempt.map(|n| n + 1),
        "url": node.url,
        "source": { "what": clean_value(&node.source.what), "trust": node.source.trust, "fetched_at": node.source.fetched_at },
    })
}

/// How a review stands: `{"standing": …, "why": …}`.
fn standing(standing: &Standing) -> Value {
    match standing {
        Standing::DoesNotCount(why) => {
            json!({ "standing": "does_not_count", "why": why.words() })
        }
        other => json!(other),
    }
}

/// `proofline.list/v1`
pub(super) fn list(rows: &[InboxRow]) -> Value {
    let changes: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "repository": row.id.repo.to_string(),
                "number": row.pr.number,
                "title": clean_value(&row.pr.title),
                "state": row.pr.state,
                "author": row.pr.author.as_ref().map(|a| &a.login),
                "head": row.pr.head_sha,
                "updated_at": row.pr.updated_at,
                "url": row.pr.url,
                "stages": row.summary.as_ref().map(|s| Stage::ALL.iter().zip(&s.stages).map(|(stage, c)| json!({
                    "stage": stage, "verdict": c.verdict, "attention": c.attention, "failing": c.failing,
                })).collect::<Vec<_>>()),
                "risk": row.summary.as_ref().map(|s| s.risk),
                "agent": row.summary.as_ref().and_then(|s| s.agent.clone()),
                "started_by": row.summary.as_ref().and_then(|s| s.started_by.clone()),
                "needs_me": row.summary.as_ref().map(|s| s.needs_me),
                "why": row.summary.as_ref().map(|s| clean_value(&words::list_reason(&s.why))),
            })
        })
        .collect();
    json!({ "schema": "proofline.list/v1", "changes": changes })
}

/// `proofline.show/v1`
pub(super) fn show(dossier: &Dossier) -> Value {
    let a = &dossier.assessment;
    let stages: Vec<Value> = a
        .stages
        .iter()
        .map(|s| json!({ "stage": s.stage, "verdict": s.verdict, "failing": s.failing, "attention": s.attention, "why": clean_value(&words::stage(&s.why)) }))
        .collect();
    let gaps: Vec<Value> = a
        .gaps
        .iter()
        .map(|g| json!({ "stage": g.stage, "verdict": g.verdict, "what": clean_value(&words::gap(&g.why)), "node": g.node.as_ref().map(ToString::to_string) }))
        .collect();
    let parts: Vec<Value> = dossier
        .evidence
        .facts
        .parts
        .iter()
        .map(|p| {
            let state = match &p.state {
                PartState::Complete => "complete",
                PartState::Partial(_) => "partial",
                PartState::Failed(_) => "failed",
                PartState::Absent(_) => "absent",
                PartState::NotFetched => "not_fetched",
            };
            let why = p.state.words().filter(|_| p.state != PartState::NotFetched);
            json!({ "part": p.name.name(), "state": state, "why": why.map(|w| clean_value(&w)), "checked_at": p.checked_at, "count": p.count })
        })
        .collect();
    let approvals: Vec<Value> = dossier
        .evidence
        .approvals
        .iter()
        .map(|a| json!({ "login": a.login, "state": a.state, "commit": a.commit, "at": a.at, "standing": standing(&a.standing) }))
        .collect();
    let pr = &dossier.evidence.facts.pr;
    let merge = dossier.evidence.facts.merge_state();
    let mut value = head(dossier, "proofline.show/v1");
    for (key, part) in [
        ("description", json!(clean_value(&pr.body))),
        ("branch", json!(clean_value(&pr.head_ref))),
        ("base_branch", json!(clean_value(&pr.base_ref))),
        ("labels", json!(pr.labels.iter().map(|l| clean_value(l)).collect::<Vec<_>>())),
        ("merge", json!({ "state": pr.state, "draft": pr.draft, "merged_at": pr.merged_at, "commit": pr.merge_commit, "review_decision": pr.review_decision, "mergeable": merge.map(|m| m.mergeable), "behind": merge.map(|m| m.behind), "test_merge": merge.and_then(|m| m.test_merge.as_ref()) })),
        ("risk", json!({ "class": a.risk.class, "reasons": words::risk(&a.risk) })),
        ("contract", json!(words::rule_sources(&a.contract))),
        ("agent", json!(dossier.evidence.agent)),
        ("attempts", json!(dossier.evidence.attempts.len())),
        ("stages", json!(stages)),
        ("gaps", json!(gaps)),
        ("approvals", json!(approvals)),
        ("parts", json!(parts)),
        ("evidence", json!(dossier.evidence.digest)),
        ("problems", json!(dossier.evidence.facts.problems.iter().map(|p| json!({ "severity": p.severity, "place": clean_value(&p.place), "what": clean_value(&p.what), "hint": p.hint })).collect::<Vec<_>>())),
    ] {
        value = with(value, key, part);
    }
    value
}

/// `proofline.timeline/v1`
pub(super) fn timeline(dossier: &Dossier, stage: Option<Stage>) -> Value {
    let rows: Vec<Value> = timeline::rows(&dossier.evidence, stage)
        .into_iter()
        .filter_map(|row| match row {
            Row::Attempt(_) => None,
            Row::Node(n) => dossier.evidence.graph.nodes.get(n).map(node),
        })
        .collect();
    let edges = json!(dossier.evidence.graph.edges);
    with(
        with(head(dossier, "proofline.timeline/v1"), "rows", json!(rows)),
        "edges",
        edges,
    )
}

/// `proofline.trace/v1`: the chain of one test.
pub(super) fn trace(trace: &Trace) -> Value {
    let requirements: Vec<Value> = trace
        .requirements
        .iter()
        .map(|r| {
            json!({
                "id": r.link.req,
                "class": r.link.class,
                "basis": clean_value(&r.link.basis),
                "ambiguous": r.link.ambiguous,
                "title": r.requirement.as_ref().map(|q| clean_value(&q.title)),
                "text": r.requirement.as_ref().map(|q| clean_value(&q.text)),
                "file": r.requirement.as_ref().map(|q| clean_value(&q.file)),
                "line": r.requirement.as_ref().map(|q| q.line),
                "at": r.at,
                "edit": r.edit,
            })
        })
        .collect();
    let attempts: Vec<Value> = trace
        .attempts
        .iter()
        .map(|a| {
            json!({
                "attempt": a.n,
                "head": a.head,
                "state": a.state,
                "verdict": a.verdict,
                "answer": a.answer.as_ref().map(|x| x.kind),
                "answer_words": a.answer.as_ref().map(crate::evidence::Answer::words),
                "notes": a.notes.iter().map(|n| clean_value(n)).collect::<Vec<_>>(),
                "green_check": a.green_check.as_ref().map(|c| clean_value(&words::check_name(&c.name, &c.qualifiers))),
            })
        })
        .collect();
    json!({
        "schema": "proofline.trace/v1",
        "test": clean_value(&trace.test.to_string()),
        "verdict": trace.verdict,
        "place": trace.place.as_ref().map(|p| json!({ "file": clean_value(&p.file), "line": p.line, "basis": p.basis })),
        "message": clean_value(&trace.message),
        "source": clean_value(&trace.source),
        "requirements": requirements,
        "attempts": attempts,
    })
}

fn coverage_row(row: &Coverage) -> Value {
    json!({
        "id": row.requirement.id,
        "title": clean_value(&row.requirement.title),
        "format": row.requirement.format,
        "file": clean_value(&row.requirement.file),
        "line": row.requirement.line,
        "verdict": row.verdict,
        "intended": row.intended.as_ref().map(|b| clean_value(&words::basis(b))),
        "edit": row.edit,
        "named": row.named.iter().map(|p| clean_value(p)).collect::<Vec<_>>(),
        "tests": row.tests.iter().map(|(key, link, state)| json!({
            "test": clean_value(&key.to_string()), "class": link.class, "basis": clean_value(&link.basis), "state": state,
        })).collect::<Vec<_>>(),
    })
}

/// `proofline.coverage/v1`
pub(super) fn coverage(dossier: &Dossier) -> Value {
    let rows: Vec<Value> = trace::coverage(&dossier.evidence, true)
        .iter()
        .map(coverage_row)
        .collect();
    with(
        head(dossier, "proofline.coverage/v1"),
        "requirements",
        json!(rows),
    )
}

/// `proofline.requirement/v1`
pub(super) fn requirement(dossier: &Dossier, id: &str) -> Value {
    let row = trace::coverage(&dossier.evidence, true)
        .into_iter()
        .find(|c| c.requirement.id.as_str().eq_ignore_ascii_case(id));
    with(
        head(dossier, "proofline.requirement/v1"),
        "requirement",
        json!(row.as_ref().map(coverage_row)),
    )
}

/// `proofline.attempts/v1`
pub(super) fn attempts(dossier: &Dossier) -> Value {
    let e = &dossier.evidence;
    let attempts: Vec<Value> = e
        .attempts
        .iter()
        .enumerate()
        .map(|(n, a)| {
            json!({
                "attempt": a.n,
                "head": a.head,
                "how": a.how,
                "at": a.at,
                "by": a.by.as_ref().map(|b| &b.login),
                "basis": a.basis,
                "commits": a.commits,
                "responses": e.responses.get(n),
                "answers": e.answers.get(n),
                "tests": e.matrix.counts.get(n).copied().flatten(),
                "checks": e.checks.iter().filter(|c| c.head == a.head).map(|c| json!({
                    "name": clean_value(&c.name), "verdict": c.verdict, "attention": c.attention, "failures_inside": c.failures_inside,
                    "tries": c.tries.iter().map(|(n, v)| json!({ "try": n, "verdict": v })).collect::<Vec<_>>(),
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    let tests: Vec<Value> = e
        .matrix
        .notable()
        .map(|row| json!({ "test": clean_value(&row.key.to_string()), "states": row.cells.iter().map(|c| c.state).collect::<Vec<_>>() }))
        .collect();
    with(
        with(
            head(dossier, "proofline.attempts/v1"),
            "attempts",
            json!(attempts),
        ),
        "tests",
        json!(tests),
    )
}

/// `proofline.decisions/v1`
pub(super) fn decisions(dossier: &Dossier, own: &[String]) -> Value {
    let read: Vec<Value> = dossier
        .decisions
        .iter()
        .map(|d| {
            let why = match &d.state {
                RecordState::Tampered(why) => Some(why),
                _ => None,
            };
            json!({
                "id": d.id, "state": d.state.word(), "why": why, "author": d.author.as_ref().map(|a| &a.login),
                "place": d.place, "url": d.url, "written_at": d.written_at, "copies": d.copies, "signed": false,
                "record": d.record,
            })
        })
        .collect();
    let own: Vec<Value> = own
        .iter()
        .filter_map(|t| serde_json::from_str(t).ok())
        .collect();
    with(
        with(
            head(dossier, "proofline.decisions/v1"),
            "on_the_forge",
            json!(read),
        ),
        "own_ledger",
        json!(own),
    )
}

/// `proofline.outbox/v1`
pub(super) fn outbox(rows: &[OutboxRow]) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|r| {
            json!({
                "decision": r.delivery.decision, "kind": r.kind, "made_at": r.made_at,
                "change": r.delivery.change.to_string(), "head": r.delivery.head,
                "effect": r.delivery.payload.effect, "state": r.delivery.state, "sends": r.delivery.sends,
            })
        })
        .collect();
    json!({ "schema": "proofline.outbox/v1", "deliveries": rows })
}

/// `proofline.plan/v2`
pub(super) fn plan(planned: &[Item], address: impl Fn(&Item) -> String) -> Value {
    let rows: Vec<Value> = planned
        .iter()
        .map(|item| {
            json!({
                "request": address(item),
                "number": item.change(),
                "reason": item.reason.words(),
                "cost": item.cost,
                "waits": item.waits,
            })
        })
        .collect();
    json!({ "schema": "proofline.plan/v2", "items": rows })
}

/// `proofline.sync/v1`
pub(super) fn synced(changes: usize, requests: usize) -> Value {
    json!({ "schema": "proofline.sync/v1", "changes": changes, "requests": requests })
}

/// `proofline.keys/v1`
pub(super) fn keys(table: &[(Scope, String, &'static str)]) -> Value {
    let rows: Vec<Value> = table
        .iter()
        .map(|(s, k, w)| json!({ "screen": s.name(), "keys": k, "does": w }))
        .collect();
    json!({ "schema": "proofline.keys/v1", "keys": rows })
}
