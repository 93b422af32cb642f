//! What a client may change: reviews, comments, statuses.

use git2::Oid;
use serde_json::{Value, json};

use super::shapes::View;
use crate::demo::request::{Answer, Content, Refusal, Reply, Request};
use crate::demo::world::{Comment, Git, Review, ReviewState, Status, Time, World};

/// The world, open for a change.
pub(crate) struct Desk<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) git: &'a Git,
    pub(crate) base: &'a str,
    pub(crate) now: Time,
}

impl Desk<'_> {
    pub(super) fn view(&self) -> View<'_> {
        View {
            world: self.world,
            git: self.git,
            base: self.base,
            now: self.now,
        }
    }

    /// `pulls/create-review`. A commit of the change that is not its head is taken too: the forge
    /// binds a review to any commit that it knows of the change.
    pub(super) fn create_review(&mut self, request: &Request, number: u64, login: &str) -> Answer {
        let asked = request.object()?;
        let head = self.view().find_pull(number)?.head;
        let state = review_state(&asked)?;
        let body = text(&asked, "body").unwrap_or_default().to_owned();
        let needs_body = matches!(
            state,
            ReviewState::ChangesRequested | ReviewState::Commented
        );
        if needs_body && body.trim().is_empty() {
            return Err(Refusal::unprocessable(vec!["Body can't be blank".into()]));
        }
        let commit = self.review_commit(number, head, text(&asked, "commit_id"))?;
        let id = self.world.next_id();
        let now = self.now;
        let pull = self.view().find_pull(number)?.clone();
        if pull.author == login
            && matches!(state, ReviewState::Approved | ReviewState::ChangesRequested)
        {
            let what = if state == ReviewState::Approved {
                "approve"
            } else {
                "request changes on"
            };
            let reason = format!("Can not {what} your own pull request");
            return Err(Refusal::unprocessable(vec![reason.into()]));
        }
        if pull
            .reviews
            .iter()
            .any(|known| known.author == login && known.state == ReviewState::Pending)
        {
            let reason = "User can only have one pending review per pull request";
            return Err(Refusal::unprocessable(vec![reason.into()]));
        }
        let review = Review {
            id,
            author: login.to_owned(),
            state,
            body,
            commit,
            submitted: now,
        };
        let given = review.clone();
        self.world.edit_pull(number, |pull| {
            pull.reviews.push(given);
            if state != ReviewState::Pending {
                pull.requested.retain(|asked| asked != login);
                pull.updated = now;
            }
        });
        let view = self.view();
        Ok(Reply::json(
            "pulls/create-review",
            view.review(view.find_pull(number)?, &review),
        ))
    }

    /// The commit that a review is bound to: the head, or a known commit that was named.
    fn review_commit(&self, number: u64, head: Oid, asked: Option<&str>) -> Result<Oid, Refusal> {
        let Some(asked) = asked else { return Ok(head) };
        let unknown =
            || Refusal::unprocessable(vec!["The commit is not part of the pull request".into()]);
        let commit = Oid::from_str(asked).map_err(|_| unknown())?;
        let view = self.view();
        let pull = view.find_pull(number)?;
        let mut moves = self.world.moves_of(&pull.branch);
        let was_head = moves.any(|row| row.after == commit);
        if was_head || view.commits_of(pull)?.contains(&commit) {
            Ok(commit)
        } else {
            Err(unknown())
        }
    }

    /// `issues/create-comment`.
    pub(super) fn create_comment(&mut self, request: &Request, number: u64, login: &str) -> Answer {
        let asked = request.object()?;
        let body = required_body(&asked)?;
        let comment = Comment {
            id: self.world.next_id(),
            author: login.to_owned(),
            body,
            created: self.now,
            updated: self.now,
            app: None,
        };
        self.edit_comments(number, |comments| comments.push(comment.clone()))
            .ok_or_else(Refusal::not_found)?;
        let shown = self.view().comment(number, &comment);
        let location = shown["url"].as_str().unwrap_or_default().to_owned();
        Ok(Reply::json("issues/create-comment", shown)
            .with_status(201)
            .with_header("location", location))
    }

    /// `issues/update-comment`, by its author.
    pub(super) fn update_comment(&mut self, request: &Request, id: u64, login: &str) -> Answer {
        let body = required_body(&request.object()?)?;
        let number = self.owned_comment(id, login)?;
        self.edit_comment(id, &body);
        let view = self.view();
        let (_, comment) = view.find_comment(id).ok_or_else(Refusal::not_found)?;
        Ok(Reply::json(
            "issues/update-comment",
            view.comment(number, comment),
        ))
    }

    /// `issues/delete-comment`, by its author.
    pub(super) fn delete_comment(&mut self, id: u64, login: &str) -> Answer {
        self.owned_comment(id, login)?;
        self.remove_comment(id);
        Ok(Reply::new("issues/delete-comment", Content::Empty).with_status(204))
    }

    fn owned_comment(&self, id: u64, login: &str) -> Result<u64, Refusal> {
        let view = self.view();
        let (number, comment) = view.find_comment(id).ok_or_else(Refusal::not_found)?;
        if comment.author == login {
            Ok(number)
        } else {
            Err(Refusal::new(403, "Must have admin rights to Repository."))
        }
    }

    /// Changes the text of a comment, whoever wrote it.
    pub(crate) fn edit_comment(&mut self, id: u64, body: &str) {
        let now = self.now;
        let number = self.world.number_of_comment(id).unwrap_or_default();
        self.edit_comments(number, |comments| {
            for comment in comments.iter_mut().filter(|comment| comment.id == id) {
                body.clone_into(&mut comment.body);
                comment.updated = now;
            }
        });
    }

    /// Takes a comment away, whoever wrote it.
    pub(crate) fn remove_comment(&mut self, id: u64) {
        let number = self.world.number_of_comment(id).unwrap_or_default();
        self.edit_comments(number, |comments| {
            comments.retain(|comment| comment.id != id);
        });
    }

    /// Changes a conversation, which moves the time of update of what it belongs to.
    fn edit_comments(&mut self, number: u64, edit: impl FnOnce(&mut Vec<Comment>)) -> Option<()> {
        let now = self.now;
        let mut issues = self.world.issues.iter_mut();
        if let Some(issue) = issues.find(|issue| issue.number == number) {
            edit(&mut issue.comments);
            issue.updated = now;
            return Some(());
        }
        self.world.edit_pull(number, |pull| {
            edit(&mut pull.comments);
            pull.updated = now;
        })
    }

    /// `repos/create-commit-status`.
    pub(super) fn create_status(&mut self, request: &Request, sha: &str, login: &str) -> Answer {
        let asked = request.object()?;
        let state = text(&asked, "state").unwrap_or_default();
        if !["error", "failure", "pending", "success"].contains(&state) {
            return Err(Refusal::unprocessable(vec![invalid("Status", "state")]));
        }
        let unknown = || Refusal::new(422, format!("No commit found for SHA: {sha}"));
        let commit = Oid::from_str(sha).map_err(|_| unknown())?;
        self.git
            .repository
            .find_commit(commit)
            .map_err(|_| unknown())?;
        let status = Status {
            id: self.world.next_id(),
            commit,
            state: state.to_owned(),
            context: text(&asked, "context").unwrap_or("default").to_owned(),
            description: text(&asked, "description").map(str::to_owned),
            target_url: text(&asked, "target_url").map(str::to_owned),
            creator: login.to_owned(),
            at: self.now,
        };
        self.world.add_status(status.clone());
        let shown = self.view().status(&status);
        Ok(Reply::json("repos/create-commit-status", shown).with_status(201))
    }
}

fn review_state(asked: &Value) -> Result<ReviewState, Refusal> {
    match &asked["event"] {
        Value::Null => Ok(ReviewState::Pending),
        event => match event.as_str() {
            Some("APPROVE") => Ok(ReviewState::Approved),
            Some("REQUEST_CHANGES") => Ok(ReviewState::ChangesRequested),
            Some("COMMENT") => Ok(ReviewState::Commented),
            _ => Err(Refusal::unprocessable(vec![invalid(
                "PullRequestReview",
                "event",
            )])),
        },
    }
}

fn text<'a>(asked: &'a Value, field: &str) -> Option<&'a str> {
    asked[field].as_str()
}

fn required_body(asked: &Value) -> Result<String, Refusal> {
    match text(asked, "body") {
        Some(body) if !body.trim().is_empty() => Ok(body.to_owned()),
        _ => Err(Refusal::unprocessable(vec![invalid(
            "IssueComment",
            "body",
        )])),
    }
}

fn invalid(resource: &str, field: &str) -> Value {
    json!({ "resource": resource, "field": field, "code": "invalid" })
}
