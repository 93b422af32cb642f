//! What people say of a change: reviews, comments, threads, statuses.

use git2::Oid;
use serde_json::{Value, json};

use super::{Hand, refused};
use crate::demo::DemoError;
use crate::demo::world::{Comment, Review, ReviewState, Status};

impl Hand<'_> {
    pub(super) fn review(
        &mut self,
        number: u64,
        state: &str,
        login: Option<String>,
        (body, commit): (String, Option<String>),
    ) -> Result<Value, DemoError> {
        let state = match state {
            "APPROVED" => ReviewState::Approved,
            "CHANGES_REQUESTED" => ReviewState::ChangesRequested,
            "COMMENTED" => ReviewState::Commented,
            other => return Err(refused(format!("{other:?} is no state of a review"))),
        };
        let pull = self.open_pull(number)?;
        let author = self.viewer(login)?;
        let commit = commit.map_or(Ok(pull.head), |sha| Oid::from_str(&sha))?;
        let id = self.world.next_id();
        let review = Review {
            id,
            author: author.clone(),
            state,
            body,
            commit,
            submitted: self.now,
        };
        self.change(number, |pull| {
            pull.requested.retain(|asked| *asked != author);
            pull.reviews.push(review);
        })?;
        Ok(json!({ "id": id }))
    }

    pub(super) fn comment(
        &mut self,
        number: u64,
        body: String,
        login: Option<String>,
    ) -> Result<Value, DemoError> {
        let id = self.world.next_id();
        let comment = Comment {
            id,
            author: self.viewer(login)?,
            body,
            created: self.now,
            updated: self.now,
            app: None,
        };
        let now = self.now;
        let mut issues = self.world.issues.iter_mut();
        if let Some(issue) = issues.find(|issue| issue.number == number) {
            issue.comments.push(comment);
            issue.updated = now;
        } else {
            self.change(number, |pull| pull.comments.push(comment))?;
        }
        Ok(json!({ "id": id }))
    }

    pub(super) fn resolve(
        &mut self,
        comment: u64,
        resolved: bool,
        login: Option<String>,
    ) -> Result<Value, DemoError> {
        let by = self.viewer(login)?;
        let holds = |known: &&crate::demo::world::Pull| {
            let mut comments = known.line_comments.iter();
            comments.any(|known| known.id == comment)
        };
        let number = self.world.pulls.iter().find(holds).map(|pull| pull.number);
        let number = number.ok_or_else(|| refused(format!("no line comment {comment}")))?;
        self.change(number, |pull| {
            let comments = pull.line_comments.iter_mut();
            for known in comments.filter(|known| known.id == comment) {
                known.resolved_by = resolved.then(|| by.clone());
            }
        })?;
        Ok(json!({}))
    }

    pub(super) fn status(
        &mut self,
        (sha, pr): (Option<String>, Option<u64>),
        (state, context, description): (String, String, Option<String>),
        login: Option<String>,
    ) -> Result<Value, DemoError> {
        if !["error", "failure", "pending", "success"].contains(&state.as_str()) {
            return Err(refused(format!("{state:?} is no state of a commit")));
        }
        let commit = match pr {
            Some(number) => self.open_pull(number)?.head,
            None => self.commit(sha.as_deref())?,
        };
        let id = self.world.next_id();
        let status = Status {
            id,
            commit,
            state,
            context,
            description,
            target_url: None,
            creator: self.viewer(login)?,
            at: self.now,
        };
        self.world.add_status(status);
        Ok(json!({ "id": id }))
    }
}
