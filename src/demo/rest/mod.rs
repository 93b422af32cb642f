//! The REST part of the forge: which path is answered by what.

mod actions;
mod checks;
mod dependencies;
mod deployments;
mod fragments;
mod html;
mod issues;
mod objects;
mod pulls;
mod releases;
mod repository;
mod rules;
mod scanning;
mod shapes;
mod statuses;
mod tasks;
mod timeline;
mod writes;

use axum::http::Method;
use serde_json::{Value, json};

pub(crate) use checks::{Check, outcome};
pub(crate) use objects::seconds;
pub(crate) use pulls::ordered;
pub(crate) use shapes::{View, label_colour, node_id, stamp};
pub(crate) use writes::Desk;

use super::request::{Answer, Content, Refusal, Reply, Request};
use super::storage::Storage;

/// Answers a request that only reads, or refuses it.
pub(crate) fn read(view: &View<'_>, storage: &Storage, request: &Request) -> Answer {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    match segments[..] {
        [] => Ok(Reply::json(
            "meta/root",
            json!({ "current_user_url": format!("{}/user", view.base) }),
        )),
        ["user"] => current_user(view, request),
        ["users", login] => {
            let account = view.world.account(login).ok_or_else(Refusal::not_found)?;
            Ok(Reply::json(
                "users/get-by-username",
                view.public_user(account),
            ))
        }
        ["repos", owner, name, ref rest @ ..] if is_repository(view, owner, name) => {
            repository(view, storage, request, rest)
        }
        ["repositories", id, ref rest @ ..] if id == view.world.repository_id.to_string() => {
            repository(view, storage, request, rest)
        }
        ["agents", "repos", owner, name, "tasks", ref rest @ ..]
            if is_repository(view, owner, name) =>
        {
            signed_in(request)?;
            match rest {
                [] => view.list_tasks(request),
                [task] => view.get_task(task),
                _ => Err(Refusal::not_found()),
            }
        }
        [owner, name, "pull", number] if is_repository(view, owner, name) => {
            view.pull_page(id(number)?)
        }
        _ => Err(Refusal::not_found()),
    }
}

/// Answers a request that writes, or refuses it.
pub(crate) fn write(desk: &mut Desk<'_>, storage: &Storage, request: &Request) -> Answer {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    // A question whose subjects are too many for an address.
    if let [
        kind @ ("users" | "orgs"),
        owner,
        "attestations",
        "bulk-list",
    ] = segments[..]
    {
        let operation = match kind {
            "users" => "users/list-attestations-bulk",
            _ => "orgs/list-attestations-bulk",
        };
        return desk
            .view()
            .bulk_attestations(request, storage, (operation, owner));
    }
    let is_here = |owner: &str, name: &str| {
        owner.eq_ignore_ascii_case(&desk.world.owner) && name.eq_ignore_ascii_case(&desk.world.name)
    };
    let rest = match segments[..] {
        ["repos", owner, name, ref rest @ ..] if is_here(owner, name) => rest,
        ["repositories", id, ref rest @ ..] if id == desk.world.repository_id.to_string() => rest,
        _ => return Err(Refusal::not_found()),
    };
    let operation = operation_of(&request.method, rest).ok_or_else(Refusal::not_found)?;
    let login = request
        .login
        .clone()
        .ok_or_else(|| Refusal::new(401, "Requires authentication"))?;
    match (operation, rest) {
        ("pulls/create-review", [_, number, ..]) => {
            desk.create_review(request, id(number)?, &login)
        }
        ("issues/create-comment", [_, number, ..]) => {
            desk.create_comment(request, id(number)?, &login)
        }
        ("issues/update-comment", [.., comment]) => {
            desk.update_comment(request, id(comment)?, &login)
        }
        ("issues/delete-comment", [.., comment]) => desk.delete_comment(id(comment)?, &login),
        ("repos/create-commit-status", [_, sha]) => desk.create_status(request, sha, &login),
        _ => Err(Refusal::not_found()),
    }
}

/// The operation that a request below the repository would carry out, where it writes.
fn operation_of(method: &Method, rest: &[&str]) -> Option<&'static str> {
    Some(match (method, rest) {
        (&Method::POST, ["pulls", _, "reviews"]) => "pulls/create-review",
        (&Method::POST, ["issues", _, "comments"]) => "issues/create-comment",
        (&Method::PATCH, ["issues", "comments", _]) => "issues/update-comment",
        (&Method::DELETE, ["issues", "comments", _]) => "issues/delete-comment",
        (&Method::POST, ["statuses", _]) => "repos/create-commit-status",
        _ => return None,
    })
}

/// The operation that a request would carry out, where it writes.
pub(crate) fn write_operation(request: &Request) -> Option<&'static str> {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    match segments[..] {
        ["repos", _, _, ref rest @ ..] | ["repositories", _, ref rest @ ..] => {
            operation_of(&request.method, rest)
        }
        _ => None,
    }
}

fn is_repository(view: &View<'_>, owner: &str, name: &str) -> bool {
    owner.eq_ignore_ascii_case(&view.world.owner) && name.eq_ignore_ascii_case(&view.world.name)
}

/// Some things are not shown to strangers, though the repository is public.
fn signed_in(request: &Request) -> Result<(), Refusal> {
    match request.login {
        Some(_) => Ok(()),
        None => Err(Refusal::new(401, "Requires authentication")),
    }
}

fn id(text: &str) -> Result<u64, Refusal> {
    text.parse().map_err(|_| Refusal::not_found())
}

fn current_user(view: &View<'_>, request: &Request) -> Answer {
    let login = request.login.as_deref();
    let account = login.and_then(|login| view.world.account(login));
    let account = account.ok_or_else(|| Refusal::new(401, "Requires authentication"))?;
    let mut user = view.public_user(account);
    shapes::merge(
        &mut user,
        json!({
            "private_gists": 0,
            "total_private_repos": 1,
            "owned_private_repos": 0,
            "disk_usage": 0,
            "collaborators": 0,
            "two_factor_authentication": true,
        }),
    );
    Ok(Reply::json("users/get-authenticated", user))
}

fn repository(view: &View<'_>, storage: &Storage, request: &Request, rest: &[&str]) -> Answer {
    match rest {
        [] => Ok(Reply::json(
            "repos/get",
            view.full_repository(request.login.as_deref()),
        )),
        ["pulls"] => Ok(view.list_pulls(request)),
        ["pulls", "comments"] => Ok(view.list_all_line_comments(request)),
        ["pulls", number] => view.get_pull(request, id(number)?),
        ["pulls", number, "commits"] => view.list_pull_commits(id(number)?),
        ["pulls", number, "files"] => view.list_pull_files(id(number)?),
        ["pulls", number, "reviews"] => view.list_reviews(request, id(number)?),
        ["pulls", number, "reviews", review] => view.get_review(id(number)?, id(review)?),
        ["pulls", number, "comments"] => view.list_line_comments(id(number)?),
        ["issues"] => Ok(view.list_issues(request)),
        ["issues", "comments"] => Ok(view.list_all_comments(request)),
        ["issues", "comments", comment] => view.get_comment(id(comment)?),
        ["issues", number] => view.get_issue(id(number)?),
        ["issues", number, "comments"] => view.list_comments(request, id(number)?),
        ["issues", number, "timeline"] => view.timeline(id(number)?),
        ["issues", number, "sub_issues"] => view.list_sub_issues(id(number)?),
        ["issues", number, "parent"] => view.get_parent(id(number)?),
        ["activity"] => Ok(view.activity(request)),
        ["actions", rest @ ..] => actions(view, storage, request, rest),
        ["branches"] => view.list_branches(request),
        ["branches", branch @ .., "protection"]
        | [
            "branches",
            branch @ ..,
            "protection",
            "required_status_checks",
        ] => view.branch_protection(&branch.join("/")),
        ["branches", branch @ ..] => view.get_branch(&branch.join("/")),
        ["commits"] => view.list_commits(request),
        ["commits", commit, "check-runs"] => view.list_checks(request, commit),
        ["commits", commit, "check-suites"] => view.list_suites(request, commit),
        ["commits", commit, "status"] => view.combined_status(commit),
        ["commits", commit, "statuses"] => view.list_statuses(commit),
        ["commits", commit] => view.get_commit(commit),
        ["check-runs", check] => view.get_check(id(check)?),
        ["check-runs", check, "annotations"] => view.list_annotations(id(check)?),
        ["compare", ends @ ..] => view.compare(&ends.join("/")),
        ["git", "trees", tree @ ..] => view.get_tree(request, &tree.join("/")),
        ["git", "commits", commit] => view.get_git_commit(commit),
        ["git", "blobs", blob] => view.get_blob(request, blob),
        ["git", "ref", name @ ..] => view.get_ref(&name.join("/")),
        ["contents", path @ ..] => view.get_content(request, &path.join("/")),
        ["rules", "branches", branch @ ..] => view.branch_rules(&branch.join("/")),
        ["rulesets", rest @ ..] => rulesets(view, request, rest),
        ["environments"] => Ok(view.list_environments()),
        ["environments", name] => view.get_environment(name),
        ["environments", name, "deployment_protection_rules"] => view.protection_rules(name),
        ["deployments"] => Ok(view.list_deployments(request)),
        ["deployments", known] => view.get_deployment(id(known)?),
        ["deployments", known, "statuses"] => view.list_deployment_statuses(id(known)?),
        ["releases"] => Ok(view.list_releases()),
        ["releases", "latest"] => view.get_latest_release(),
        ["releases", "tags", tag] => view.get_release_by_tag(tag),
        ["releases", "assets", asset] => view.get_asset(request, storage, id(asset)?),
        ["releases", release] => view.get_release(id(release)?),
        ["releases", release, "assets"] => view.list_assets(id(release)?),
        ["attestations", subject] => view.list_attestations(request, storage, subject),
        ["dependency-graph", "compare", ends @ ..] => {
            view.dependency_diff(request, &ends.join("/"))
        }
        _ => findings(view, request, rest),
    }
}

/// The ruleset is for everyone to see; its history is not.
fn rulesets(view: &View<'_>, request: &Request, rest: &[&str]) -> Answer {
    match rest {
        [] => view.list_rulesets(),
        ["rule-suites", rest @ ..] => {
            signed_in(request)?;
            match rest {
                [] => Ok(view.list_rule_suites(request)),
                [suite] => view.get_rule_suite(id(suite)?),
                _ => Err(Refusal::not_found()),
            }
        }
        [ruleset] => view.get_ruleset(id(ruleset)?),
        [ruleset, "history", rest @ ..] => {
            signed_in(request)?;
            match rest {
                [] => view.ruleset_history(id(ruleset)?),
                [version] => view.ruleset_version(id(ruleset)?, id(version)?),
                _ => Err(Refusal::not_found()),
            }
        }
        _ => Err(Refusal::not_found()),
    }
}

/// What scanners found, and what agents may do.
fn findings(view: &View<'_>, request: &Request, rest: &[&str]) -> Answer {
    match rest {
        ["code-scanning", "alerts"] => Ok(view.list_alerts(request)),
        ["code-scanning", "alerts", alert] => view.get_alert(id(alert)?),
        ["code-scanning", "alerts", alert, "instances"] => {
            view.list_alert_instances(request, id(alert)?)
        }
        ["code-scanning", "analyses"] => Ok(view.list_analyses(request)),
        ["code-scanning", "analyses", analysis] => view.get_analysis(request, id(analysis)?),
        ["secret-scanning", "alerts"] => {
            signed_in(request)?;
            Ok(view.list_secrets(request))
        }
        ["dependabot", "alerts"] => {
            signed_in(request)?;
            Ok(view.list_dependency_alerts(request))
        }
        ["copilot", "cloud-agent", "configuration"] => {
            signed_in(request)?;
            Ok(view.agent_configuration())
        }
        _ => Err(Refusal::not_found()),
    }
}

fn actions(view: &View<'_>, storage: &Storage, request: &Request, rest: &[&str]) -> Answer {
    match rest {
        ["runs"] => view.list_runs(request, None),
        ["workflows"] => Ok(view.list_workflows()),
        ["workflows", name] => view.get_workflow(name),
        ["workflows", name, "runs"] => {
            view.list_runs(request, Some(repository::find_workflow(name)?))
        }
        ["runs", run, "approvals"] => view.list_approvals(id(run)?),
        ["runs", run, "pending_deployments"] => view.list_pending(request, id(run)?),
        ["runs", run] => view.get_run(id(run)?),
        ["runs", run, "jobs"] => view.list_jobs(request, id(run)?),
        ["runs", run, "artifacts"] => view.list_artifacts(request, id(run)?),
        ["runs", run, "attempts", number] => view.get_try(id(run)?, id(number)?),
        ["runs", run, "attempts", number, "jobs"] => view.list_jobs_of_try(id(run)?, id(number)?),
        ["runs", run, "logs"] => {
            let last = view.find_run(id(run)?)?.tries.len();
            let operation = "actions/download-workflow-run-logs";
            Ok(elsewhere(
                operation,
                storage.signed(&format!("run-logs/{run}/{last}"), view.now),
            ))
        }
        ["runs", run, "attempts", number, "logs"] => {
            view.get_try(id(run)?, id(number)?)?;
            let operation = "actions/download-workflow-run-attempt-logs";
            Ok(elsewhere(
                operation,
                storage.signed(&format!("run-logs/{run}/{number}"), view.now),
            ))
        }
        ["jobs", job] => view.get_job(id(job)?),
        ["jobs", job, "logs"] => {
            view.find_job(id(job)?)?;
            let path = format!("logs/{job}");
            Ok(elsewhere(
                "actions/download-job-logs-for-workflow-run",
                storage.signed(&path, view.now),
            ))
        }
        ["artifacts"] => Ok(view.list_all_artifacts()),
        ["artifacts", artifact] => view.get_artifact(id(artifact)?),
        ["artifacts", artifact, "zip"] => {
            let (_, found) = view.find_artifact(id(artifact)?)?;
            if request.login.is_none() {
                return Err(Refusal::new(401, "Requires authentication"));
            }
            if found.expired {
                return Err(Refusal::new(410, "Artifact has expired"));
            }
            let path = format!("artifacts/{artifact}.zip");
            Ok(elsewhere(
                "actions/download-artifact",
                storage.signed(&path, view.now),
            ))
        }
        _ => Err(Refusal::not_found()),
    }
}

/// A redirect to the storage host.
fn elsewhere(operation: &'static str, location: String) -> Reply {
    Reply::new(operation, Content::Empty)
        .with_status(302)
        .with_header("location", location)
}

/// The body of `rate-limit/get`.
pub(crate) fn rate_limits(core: &Value, graphql: &Value) -> Value {
    json!({
        "resources": {
            "core": core,
            "graphql": graphql,
            "search": { "limit": 30, "remaining": 30, "reset": core["reset"], "used": 0 },
        },
        "rate": core,
    })
}
