//! The verbs with which the story is told: commit, push, open, comment, review, run.

use git2::Oid;

use super::cast::Cast;
use super::git::{Entry, Files, Git};
use super::holdings::World;
use super::model::{
    App, Comment, Event, EventKind, Issue, LineComment, Move, MoveKind, Pull, Review, ReviewState,
    Time,
};
use crate::demo::DemoError;

/// A world in the making.
#[derive(Debug)]
pub(super) struct Builder {
    pub(super) cast: Cast,
    pub(super) git: Git,
    pub(super) world: World,
    /// Number of the last workflow run.
    pub(super) last_run_number: u64,
    /// The last id of what stands around the changes, whose ids are counted apart.
    pub(super) last_extra_id: u64,
}

/// What is needed to open a change.
pub(super) struct Opening<'a> {
    pub(super) number: u64,
    pub(super) title: &'a str,
    pub(super) body: &'a str,
    pub(super) author: &'a str,
    pub(super) branch: &'a str,
    pub(super) base: Oid,
    pub(super) head: Oid,
    pub(super) at: Time,
}

impl Builder {
    /// The text as this world says it.
    pub(super) fn say(&self, text: &str) -> String {
        self.cast.say(text)
    }

    /// A numeric id for something that stands around the changes.
    pub(super) fn extra_id(&mut self) -> u64 {
        self.last_extra_id += 1;
        self.last_extra_id
    }

    /// Writes a commit; author and committer are the same account unless the forge committed.
    pub(super) fn commit(
        &self,
        files: &Files,
        parents: &[Oid],
        author: &str,
        at: Time,
        message: &str,
    ) -> Result<Oid, DemoError> {
        self.commit_as(files, parents, (author, author), at, message)
    }

    /// Writes a commit whose committer may be another account than its author.
    pub(super) fn commit_as(
        &self,
        files: &Files,
        parents: &[Oid],
        (author, committer): (&str, &str),
        at: Time,
        message: &str,
    ) -> Result<Oid, DemoError> {
        let identity = |login: &str| {
            let login = self.say(login);
            self.world
                .account(&login)
                .map(super::model::Account::identity)
                .ok_or_else(|| DemoError::story(format!("nobody is called {login}")))
        };
        let (author, committer) = (identity(author)?, identity(committer)?);
        let message = self.say(message);
        let entry = Entry {
            author: &author,
            committer: &committer,
            at,
            message: &message,
        };
        self.git.commit(files, parents, &entry)
    }

    /// Moves a branch and keeps the row of activity.
    pub(super) fn push(
        &mut self,
        branch: &str,
        (before, after): (Oid, Oid),
        kind: MoveKind,
        actor: &str,
        at: Time,
    ) -> Result<(), DemoError> {
        let branch = self.say(branch);
        self.git.point(&format!("refs/heads/{branch}"), after)?;
        let (id, actor) = (self.world.next_id(), self.say(actor));
        self.world.moves.push(Move {
            id,
            branch,
            before,
            after,
            kind,
            actor,
            at,
        });
        Ok(())
    }

    /// Opens a change and points `refs/pull/N/head` at it.
    pub(super) fn open(&mut self, opening: &Opening<'_>) -> Result<&mut Pull, DemoError> {
        let number = self.cast.number(opening.number);
        self.git
            .point(&format!("refs/pull/{number}/head"), opening.head)?;
        let pull = Pull {
            number,
            id: self.world.next_id(),
            title: self.say(opening.title),
            body: self.say(opening.body),
            author: self.say(opening.author),
            branch: self.say(opening.branch),
            head: opening.head,
            base_branch: "main".to_owned(),
            base: opening.base,
            created: opening.at,
            updated: opening.at,
            merged: None,
            closed: None,
            labels: Vec::new(),
            requested: Vec::new(),
            conflicts: false,
            behind: false,
            assignees: Vec::new(),
            closes: Vec::new(),
            reviews: Vec::new(),
            comments: Vec::new(),
            line_comments: Vec::new(),
            events: Vec::new(),
        };
        self.world.pulls.push(pull);
        self.pull(opening.number)
    }

    /// A change by its number as written.
    pub(super) fn pull(&mut self, written: u64) -> Result<&mut Pull, DemoError> {
        let number = self.cast.number(written);
        self.world
            .told_pull(number)
            .ok_or_else(|| DemoError::story(format!("change {number} was not opened")))
    }

    /// Moves the head of a change.
    pub(super) fn set_head(&mut self, written: u64, head: Oid, at: Time) -> Result<(), DemoError> {
        let number = self.cast.number(written);
        self.git.point(&format!("refs/pull/{number}/head"), head)?;
        let pull = self.pull(written)?;
        pull.head = head;
        pull.updated = at;
        Ok(())
    }

    pub(super) fn event(
        &mut self,
        written: u64,
        actor: &str,
        at: Time,
        what: EventKind,
    ) -> Result<(), DemoError> {
        let (id, actor) = (self.world.next_id(), self.say(actor));
        let what = match what {
            EventKind::Assigned(login) => EventKind::Assigned(self.say(&login)),
            EventKind::ReviewRequested(login) => EventKind::ReviewRequested(self.say(&login)),
            other => other,
        };
        let pull = self.pull(written)?;
        match &what {
            EventKind::Labeled(label) => pull.labels.push(label),
            EventKind::Assigned(login) => pull.assignees.push(login.clone()),
            EventKind::ReviewRequested(login) => pull.requested.push(login.clone()),
            _ => {}
        }
        pull.events.push(Event {
            id,
            actor,
            at,
            what,
        });
        pull.updated = pull.updated.max(at);
        Ok(())
    }

    pub(super) fn comment(
        &mut self,
        written: u64,
        author: &str,
        at: Time,
        body: &str,
        app: Option<App>,
    ) -> Result<(), DemoError> {
        let comment = self.new_comment(author, at, body, app);
        let pull = self.pull(written)?;
        pull.comments.push(comment);
        pull.updated = pull.updated.max(at);
        Ok(())
    }

    pub(super) fn new_comment(
        &mut self,
        author: &str,
        at: Time,
        body: &str,
        app: Option<App>,
    ) -> Comment {
        Comment {
            id: self.world.next_id(),
            author: self.say(author),
            body: self.say(body),
            created: at,
            updated: at,
            app,
        }
    }

    /// A review of the head as it was; gives its id.
    pub(super) fn review(
        &mut self,
        written: u64,
        author: &str,
        at: Time,
        (state, commit): (ReviewState, Oid),
        body: &str,
    ) -> Result<u64, DemoError> {
        let (id, author, body) = (self.world.next_id(), self.say(author), self.say(body));
        let pull = self.pull(written)?;
        pull.requested.retain(|login| *login != author);
        pull.reviews.push(Review {
            id,
            author,
            state,
            body,
            commit,
            submitted: at,
        });
        pull.updated = pull.updated.max(at);
        Ok(id)
    }

    /// A comment on the only line at `commit` that holds `text`.
    pub(super) fn line_comment(
        &mut self,
        written: u64,
        review: u64,
        (path, text): (&str, &str),
        commit: Oid,
        body: &str,
    ) -> Result<(), DemoError> {
        let (path, text, body) = (self.say(path), self.say(text), self.say(body));
        let files = self.git.files(commit)?;
        let line = files.line_from(&path, &text, 1)?;
        let hunk = format!(
            "@@ -{line},1 +{line},1 @@\n+{}",
            line_of(&files, &path, line)
        );
        let id = self.world.next_id();
        let pull = self.pull(written)?;
        let (author, created) = pull
            .reviews
            .iter()
            .find(|known| known.id == review)
            .map(|known| (known.author.clone(), known.submitted))
            .ok_or_else(|| DemoError::story(format!("review {review} is not known")))?;
        pull.line_comments.push(LineComment {
            id,
            review,
            reply_to: None,
            author,
            body,
            path,
            line,
            commit,
            hunk,
            created,
            resolved_by: None,
        });
        Ok(())
    }

    pub(super) fn issue(
        &mut self,
        number: u64,
        author: &str,
        at: Time,
        title: &str,
        body: &str,
    ) -> &mut Issue {
        let issue = Issue {
            number: self.cast.number(number),
            id: self.world.next_id(),
            title: self.say(title),
            body: self.say(body),
            author: self.say(author),
            created: at,
            updated: at,
            labels: Vec::new(),
            assignees: Vec::new(),
            comments: Vec::new(),
            events: Vec::new(),
            closed: None,
            parent: None,
        };
        self.world.issues.push(issue);
        let last = self.world.issues.len() - 1;
        &mut self.world.issues[last]
    }
}

fn line_of<'a>(files: &'a Files, path: &str, line: u64) -> &'a str {
    let index = usize::try_from(line)
        .unwrap_or(usize::MAX)
        .saturating_sub(1);
    files
        .get(path)
        .and_then(|text| text.lines().nth(index))
        .unwrap_or_default()
}
