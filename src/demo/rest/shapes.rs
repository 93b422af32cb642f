//! JSON of what stands in many answers: accounts, apps, the repository, labels, links.

use serde_json::{Map, Value, json};

use super::fragments::{self, mark};
use crate::demo::world::{Account, App, Git, Time, World};

/// A look at the world, for writing answers.
pub(crate) struct View<'a> {
    pub(crate) world: &'a World,
    pub(crate) git: &'a Git,
    /// Address of the forge, without a slash at its end.
    pub(crate) base: &'a str,
    pub(crate) now: Time,
}

/// Addresses of a repository: name of the field and what follows the repository's own address.
const REPOSITORY_URLS: [(&str, &str); 37] = [
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    (
        "notifications_url",
        "/notifications{?since,all,participating}",
    ),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
    ("git_url", ".git"),
];

/// A time as the forge writes it.
pub(crate) fn stamp(time: Time) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A time that may not have come yet.
pub(crate) fn stamp_or_null(time: Option<Time>) -> Value {
    time.map_or(Value::Null, |time| Value::from(stamp(time)))
}

/// The opaque id of something, made from its kind and number.
pub(crate) fn node_id(kind: &str, id: u64) -> String {
    format!("{kind}_kw{id}")
}

/// The colour of a label.
pub(crate) fn label_colour(name: &str) -> &'static str {
    match name {
        "bug" => "d73a4a",
        "agent" => "8957e5",
        "payments-path" => "e99695",
        "dependencies" => "0366d6",
        _ => "ededed",
    }
}

impl View<'_> {
    /// Address of the repository in the API.
    pub(crate) fn repo_url(&self) -> String {
        format!(
            "{}/repos/{}/{}",
            self.base, self.world.owner, self.world.name
        )
    }

    /// Address of the forge for people: that of the API without what makes it one.
    pub(crate) fn web(&self) -> String {
        let plain = self.base.replacen("://api.", "://", 1);
        plain.trim_end_matches("/api/v3").to_owned()
    }

    /// Address of the repository for people.
    pub(crate) fn html_url(&self) -> String {
        format!("{}/{}/{}", self.web(), self.world.owner, self.world.name)
    }

    /// The mark of an account by its login; null for one that is gone.
    pub(crate) fn user(&self, login: &str) -> Value {
        self.world
            .account(login)
            .map_or(Value::Null, |_| mark(&format!("user {login}")))
    }

    pub(crate) fn account(&self, account: &Account) -> Value {
        let kind = if account.is_bot() { "Bot" } else { "User" };
        self.simple_user(&account.login, account.id, kind)
    }

    /// The organisation that owns the repository.
    pub(super) fn whole_owner(&self) -> Value {
        self.simple_user(
            &self.world.owner,
            self.world.repository_id / 7,
            "Organization",
        )
    }

    fn simple_user(&self, login: &str, id: u64, kind: &str) -> Value {
        let url = format!(
            "{}/users/{}",
            self.base,
            login.replace('[', "%5B").replace(']', "%5D")
        );
        json!({
            "login": login,
            "id": id,
            "node_id": node_id(kind.get(..1).unwrap_or("U"), id),
            "avatar_url": format!("{}/avatars/u/{id}?v=4", self.base),
            "gravatar_id": "",
            "url": url,
            "html_url": format!("{}/{}", self.web(), login.trim_end_matches("[bot]")),
            "followers_url": format!("{url}/followers"),
            "following_url": format!("{url}/following{{/other_user}}"),
            "gists_url": format!("{url}/gists{{/gist_id}}"),
            "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
            "subscriptions_url": format!("{url}/subscriptions"),
            "organizations_url": format!("{url}/orgs"),
            "repos_url": format!("{url}/repos"),
            "events_url": format!("{url}/events{{/privacy}}"),
            "received_events_url": format!("{url}/received_events"),
            "type": kind,
            "user_view_type": "public",
            "site_admin": false,
        })
    }

    /// An account as its own page shows it.
    pub(crate) fn public_user(&self, account: &Account) -> Value {
        let mut user = self.account(account);
        merge(
            &mut user,
            json!({
                "name": account.name,
                "company": self.world.owner,
                "blog": "",
                "location": null,
                "email": account.email,
                "hireable": null,
                "bio": null,
                "twitter_username": null,
                "public_repos": 3,
                "public_gists": 0,
                "followers": 12,
                "following": 9,
                "created_at": "2019-03-04T08:00:00Z",
                "updated_at": "2026-10-02T08:00:00Z",
            }),
        );
        user
    }

    /// An app as it stands beside what it did.
    pub(crate) fn app(&self, app: App) -> Value {
        json!({
            "id": app.id,
            "slug": app.slug,
            "node_id": node_id("A", app.id),
            "client_id": format!("Iv1.{:016x}", app.id),
            "owner": fragments::owner(),
            "name": app.name,
            "description": "",
            "external_url": format!("{}/apps/{}", self.web(), app.slug),
            "html_url": format!("{}/apps/{}", self.web(), app.slug),
            "created_at": "2018-07-30T09:30:17Z",
            "updated_at": "2026-06-10T20:17:10Z",
            "permissions": { "checks": "write", "contents": "read", "metadata": "read" },
            "events": ["push", "pull_request"],
        })
    }

    /// The repository as it stands inside runs and suites.
    pub(super) fn whole_minimal_repository(&self) -> Value {
        let (owner, name, id) = (
            &self.world.owner,
            &self.world.name,
            self.world.repository_id,
        );
        let url = self.repo_url();
        let mut repository = Map::new();
        for (field, below) in REPOSITORY_URLS {
            repository.insert(field.to_owned(), Value::from(format!("{url}{below}")));
        }
        let mut repository = Value::Object(repository);
        merge(
            &mut repository,
            json!({
                "id": id,
                "node_id": node_id("R", id),
                "name": name,
                "full_name": format!("{owner}/{name}"),
                "private": false,
                "owner": fragments::owner(),
                "html_url": self.html_url(),
                "description": "Takes card payments",
                "fork": false,
                "url": url,
                "git_url": format!("git://{}/{owner}/{name}.git", host(&self.web())),
            }),
        );
        repository
    }

    /// The repository as it stands at the ends of a change, and on its own.
    pub(super) fn whole_repository(&self) -> Value {
        let (owner, name) = (&self.world.owner, &self.world.name);
        let open = self
            .world
            .index()
            .map_or(0, |index| index.by_update.open.len());
        let issues = self.world.issues.iter();
        let open = open + issues.filter(|issue| issue.closed.is_none()).count();
        let pushed = self.world.moves.last().map_or(self.now, |last| last.at);
        let mut repository = self.whole_minimal_repository();
        merge(
            &mut repository,
            json!({
                "ssh_url": format!("git@{}:{owner}/{name}.git", host(&self.web())),
                "clone_url": format!("{}.git", self.html_url()),
                "svn_url": self.html_url(),
                "mirror_url": null,
                "homepage": null,
                "size": 312,
                "stargazers_count": 0,
                "watchers_count": 0,
                "watchers": 0,
                "language": "Rust",
                "has_issues": true,
                "has_projects": false,
                "has_downloads": true,
                "has_wiki": false,
                "has_pages": false,
                "has_discussions": false,
                "forks_count": 0,
                "forks": 0,
                "archived": false,
                "disabled": false,
                "visibility": "public",
                "open_issues_count": open,
                "open_issues": open,
                "license": null,
                "allow_forking": true,
                "is_template": false,
                "web_commit_signoff_required": false,
                "topics": [],
                "default_branch": "main",
                "pushed_at": stamp(pushed),
                "created_at": "2024-02-05T10:00:00Z",
                "updated_at": stamp(pushed),
            }),
        );
        repository
    }

    /// The repository as its own page shows it, with what the viewer may do.
    pub(crate) fn full_repository(&self, login: Option<&str>) -> Value {
        let mut repository = self.whole_repository();
        merge(
            &mut repository,
            json!({
                "network_count": 0,
                "subscribers_count": 4,
                "organization": fragments::owner(),
                "allow_squash_merge": true,
                "allow_merge_commit": false,
                "allow_rebase_merge": false,
                "allow_auto_merge": false,
                "delete_branch_on_merge": true,
            }),
        );
        if login.is_some() {
            repository["permissions"] = json!({
                "admin": false, "maintain": false, "push": true, "triage": true, "pull": true,
            });
        }
        repository
    }

    pub(crate) fn label(&self, name: &str) -> Value {
        let id = name
            .bytes()
            .fold(9_000_000u64, |sum, byte| sum + u64::from(byte) * 7);
        json!({
            "id": id,
            "node_id": node_id("LA", id),
            "url": format!("{}/labels/{name}", self.repo_url()),
            "name": name,
            "color": label_colour(name),
            "default": name == "bug",
            "description": "",
        })
    }
}

/// Adds the fields of an object to another.
pub(crate) fn merge(into: &mut Value, fields: Value) {
    if let (Value::Object(into), Value::Object(fields)) = (into, fields) {
        into.extend(fields);
    }
}

fn host(base: &str) -> &str {
    base.split_once("://").map_or(base, |(_, host)| host)
}
