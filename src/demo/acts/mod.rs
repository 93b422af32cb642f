//! What a hand can do to the world while it is watched: the acts of [`Act`], carried out as the
//! forge itself would, with times, timeline, activity and tags moving along.
//!
//! From another process an act is `POST /_demo/NAME`, NAME being its name in snake case, its fields
//! in the query or as a JSON object in the body: `POST /_demo/close?pr=482`,
//! `POST /_demo/ruleset` with `{"required": ["unit", "lint"]}`. The answer is a JSON object with
//! what came of it (`head`, `run`, `id`, …), or 422 with a `message`. Before each act the clock goes
//! on by one second, so that no two acts share a time.

mod access;
mod around;
mod branches;
mod runs;
mod talk;

use std::collections::BTreeMap;

use git2::Oid;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::DemoError;
use super::server::{Forge, Stage};
use super::world::{Git, Identity, Move, MoveKind, Pull, Time, World};

/// Something done to the world by hand. Where a `login` can be given and is not, the one who would
/// most likely have done it acts: the author of the change, or the viewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// A commit on the branch of an open change, with a queued run; as a force push it takes the
    /// place of the last commit. Gives `head`, `before`, `run`.
    Push {
        pr: u64,
        #[serde(default, deserialize_with = "truth")]
        force: bool,
    },
    /// Closes a change without merging it.
    Close { pr: u64, login: Option<String> },
    /// Opens a closed change again.
    Reopen { pr: u64, login: Option<String> },
    /// Points a change at another base branch.
    Retarget { pr: u64, base: String },
    /// A commit on a branch that no change brought. Gives `head`.
    MoveBranch {
        #[serde(default = "main_branch")]
        branch: String,
        login: Option<String>,
    },
    /// Makes a branch at a commit, or at the tip of main.
    CreateBranch { branch: String, sha: Option<String> },
    /// Deletes a branch; an open change from it is closed.
    DeleteBranch {
        branch: String,
        login: Option<String>,
    },
    /// Squashes a change into its base branch, and deletes its own. Gives `commit`.
    Merge { pr: u64, login: Option<String> },
    /// A new try of a run, queued: of all jobs, or of those that failed. Gives `try`.
    Rerun {
        run: u64,
        #[serde(default, deserialize_with = "truth")]
        failed_only: bool,
        login: Option<String>,
    },
    /// Ends what still runs of the last try of a run; a success leaves green reports behind.
    FinishRun { run: u64, conclusion: String },
    /// Ends one check that still runs.
    FinishCheck { check: u64, conclusion: String },
    /// A run leaves one more artifact, of these files; attested, and with the bundle only by its
    /// address, where asked. Gives `artifact`.
    Leave {
        run: u64,
        name: String,
        files: BTreeMap<String, String>,
        #[serde(default, deserialize_with = "truth")]
        attested: bool,
        #[serde(default, deserialize_with = "truth")]
        bundle_apart: bool,
    },
    /// An artifact's bytes are gone.
    ExpireArtifact { artifact: u64 },
    /// A review: `APPROVED`, `CHANGES_REQUESTED` or `COMMENTED`, of a commit or the head. Gives `id`.
    Review {
        pr: u64,
        state: String,
        login: Option<String>,
        #[serde(default)]
        body: String,
        commit: Option<String>,
    },
    /// A comment in the conversation of a change or an issue. Gives `id`.
    Comment {
        pr: u64,
        body: String,
        login: Option<String>,
    },
    /// Resolves the thread that a line comment opened, or opens it again.
    Resolve {
        comment: u64,
        #[serde(default = "yes", deserialize_with = "truth")]
        resolved: bool,
        login: Option<String>,
    },
    /// A commit status, at a commit or at the head of a change. Gives `id`.
    Status {
        sha: Option<String>,
        pr: Option<u64>,
        state: String,
        #[serde(default = "default_context")]
        context: String,
        description: Option<String>,
        login: Option<String>,
    },
    /// How an open change stands to its base branch. Gives `test_merge`, null where it conflicts.
    Mergeable {
        pr: u64,
        #[serde(default, deserialize_with = "truth")]
        conflicts: bool,
        #[serde(default, deserialize_with = "truth")]
        behind: bool,
    },
    /// A deployment of a commit, or of main, with the status `queued`. Gives `id`.
    Deploy {
        environment: String,
        sha: Option<String>,
        login: Option<String>,
    },
    /// A status of a deployment; a success retires what ran there before. Gives `id`.
    DeploymentStatus {
        deployment: u64,
        state: String,
        #[serde(default)]
        description: String,
    },
    /// Says what a waiting run is told: `approved` or `rejected`.
    Gate {
        run: u64,
        state: String,
        #[serde(default)]
        comment: String,
        login: Option<String>,
    },
    /// A new version of the ruleset; what is not given stays. Gives `version`.
    Ruleset {
        required: Option<Vec<String>>,
        approvals: Option<u64>,
        enforcement: Option<String>,
        login: Option<String>,
    },
    /// The state of an alert of kind `code`, `secret` or `dependency`.
    Alert {
        number: u64,
        state: String,
        #[serde(default = "code_kind")]
        kind: String,
        reason: Option<String>,
        comment: Option<String>,
        login: Option<String>,
    },
    /// Another name; the old one answers with redirects.
    Rename { name: String },
    /// Another owner; the old one answers with redirects.
    Transfer { owner: String },
    /// Takes permissions away: of operations whose names start so (`actions/`, `pulls/create-review`,
    /// `graphql`), which are then refused with 403; of the whole repository where none is named,
    /// which is then not found.
    Deny { operation: Option<String> },
    /// Gives back what `Deny` took; everything where no operation is named.
    Allow { operation: Option<String> },
    /// Whether the organisation asks for single sign-on, which no token here has.
    Sso {
        #[serde(default = "yes", deserialize_with = "truth")]
        required: bool,
    },
    /// A person's token is good no more, or good again.
    Revoke {
        login: Option<String>,
        #[serde(default, deserialize_with = "truth")]
        restore: bool,
    },
}

fn yes() -> bool {
    true
}

fn main_branch() -> String {
    "main".to_owned()
}

fn default_context() -> String {
    "default".to_owned()
}

fn code_kind() -> String {
    "code".to_owned()
}

/// A yes or no that may stand as `1` or `0` in a query.
fn truth<'de, D: serde::Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(value == Value::Bool(true) || value.as_u64() == Some(1))
}

/// Reads an act from its name, a query and a JSON object.
pub(super) fn read(name: &str, query: &[(String, String)], body: &[u8]) -> Result<Act, DemoError> {
    let mut fields = serde_json::Map::new();
    for (field, text) in query {
        let value = text
            .parse::<u64>()
            .map(Value::from)
            .or_else(|_| text.parse::<bool>().map(Value::from))
            .unwrap_or_else(|_| Value::from(text.as_str()));
        fields.insert(field.clone(), value);
    }
    if let Ok(Value::Object(object)) = serde_json::from_slice(body) {
        fields.extend(object);
    }
    fields.insert("act".to_owned(), Value::from(name));
    serde_json::from_value(Value::Object(fields))
        .map_err(|error| DemoError::Refused(error.to_string()))
}

/// Carries an act out.
pub(super) fn perform(forge: &Forge, act: Act) -> Result<Value, DemoError> {
    forge.clock.advance(1);
    let mut stage = forge.stage();
    let Stage { world, git } = &mut *stage;
    let mut hand = Hand {
        world,
        git,
        now: forge.clock.now(),
    };
    hand.perform(act)
}

/// The world, in a hand.
struct Hand<'a> {
    world: &'a mut World,
    git: &'a Git,
    now: Time,
}

impl Hand<'_> {
    fn perform(&mut self, act: Act) -> Result<Value, DemoError> {
        match act {
            Act::Push { pr, force } => self.push(pr, force),
            Act::Close { pr, login } => self.close(pr, login),
            Act::Reopen { pr, login } => self.reopen(pr, login),
            Act::Retarget { pr, base } => self.retarget(pr, base),
            Act::MoveBranch { branch, login } => self.move_branch(&branch, login),
            Act::CreateBranch { branch, sha } => self.create_branch(&branch, sha.as_deref()),
            Act::DeleteBranch { branch, login } => self.delete_branch(&branch, login),
            Act::Merge { pr, login } => self.merge(pr, login),
            Act::Rerun {
                run,
                failed_only,
                login,
            } => self.rerun(run, failed_only, login),
            Act::FinishRun { run, conclusion } => self.finish_run(run, &conclusion),
            Act::FinishCheck { check, conclusion } => self.finish_check(check, &conclusion),
            Act::Leave {
                run,
                name,
                files,
                attested,
                bundle_apart,
            } => self.leave(run, &name, &files, (attested, bundle_apart)),
            Act::ExpireArtifact { artifact } => self.expire(artifact),
            Act::Review {
                pr,
                state,
                login,
                body,
                commit,
            } => self.review(pr, &state, login, (body, commit)),
            Act::Comment { pr, body, login } => self.comment(pr, body, login),
            Act::Resolve {
                comment,
                resolved,
                login,
            } => self.resolve(comment, resolved, login),
            Act::Status {
                sha,
                pr,
                state,
                context,
                description,
                login,
            } => self.status((sha, pr), (state, context, description), login),
            Act::Mergeable {
                pr,
                conflicts,
                behind,
            } => self.mergeable(pr, conflicts, behind),
            Act::Deploy {
                environment,
                sha,
                login,
            } => self.deploy(environment, sha.as_deref(), login),
            Act::DeploymentStatus {
                deployment,
                state,
                description,
            } => self.deployment_status(deployment, &state, description),
            Act::Gate {
                run,
                state,
                comment,
                login,
            } => self.gate(run, &state, comment, login),
            Act::Ruleset {
                required,
                approvals,
                enforcement,
                login,
            } => self.ruleset(required, approvals, enforcement, login),
            Act::Alert {
                number,
                state,
                kind,
                reason,
                comment,
                login,
            } => self.alert((&kind, number), &state, (reason, comment), login),
            Act::Rename { name } => Ok(self.rename(None, Some(name))),
            Act::Transfer { owner } => Ok(self.rename(Some(owner), None)),
            Act::Deny { operation } => Ok(self.deny(operation)),
            Act::Allow { operation } => Ok(self.allow(operation.as_deref())),
            Act::Sso { required } => {
                self.world.access.sso = required;
                Ok(json!({}))
            }
            Act::Revoke { login, restore } => Ok(self.revoke(login, restore)),
        }
    }

    /// A change that is open.
    fn open_pull(&self, number: u64) -> Result<Pull, DemoError> {
        let pull = self.world.pull(number).filter(|pull| pull.is_open());
        pull.cloned()
            .ok_or_else(|| refused(format!("no open change {number}")))
    }

    /// Changes a change, which moves its time of update.
    fn change(&mut self, number: u64, edit: impl FnOnce(&mut Pull)) -> Result<(), DemoError> {
        let now = self.now;
        self.world
            .edit_pull(number, |pull| {
                edit(pull);
                pull.updated = now;
            })
            .ok_or_else(|| refused(format!("no change {number}")))
    }

    /// How an account signs.
    fn identity(&self, login: &str) -> Result<Identity, DemoError> {
        let account = self.world.account(login);
        account
            .map(super::world::Account::identity)
            .ok_or_else(|| refused(format!("nobody is called {login}")))
    }

    /// The one who acts: a known login, or the one who would.
    fn who(&self, login: Option<String>, otherwise: &str) -> Result<String, DemoError> {
        let login = login.unwrap_or_else(|| otherwise.to_owned());
        self.identity(&login).map(|_| login)
    }

    fn viewer(&self, login: Option<String>) -> Result<String, DemoError> {
        self.who(login, &self.world.viewer)
    }

    /// A commit by id, or the tip of main.
    fn commit(&self, sha: Option<&str>) -> Result<Oid, DemoError> {
        let commit = match sha {
            Some(sha) => Oid::from_str(sha)?,
            None => self.git.repository.refname_to_id("refs/heads/main")?,
        };
        Ok(self.git.repository.find_commit(commit)?.id())
    }

    /// A row of activity.
    fn moved(&mut self, branch: &str, ends: (Oid, Oid), kind: MoveKind, actor: &str) {
        let row = Move {
            id: self.world.next_id(),
            branch: branch.to_owned(),
            before: ends.0,
            after: ends.1,
            kind,
            actor: actor.to_owned(),
            at: self.now,
        };
        self.world.add_move(row);
    }
}

fn refused(what: impl Into<String>) -> DemoError {
    DemoError::Refused(what.into())
}
