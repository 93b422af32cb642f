//! Pull requests and what people say of them; issues; what moved the branches.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    A_PAGE, base, list, one, paged,
    wire::{
        ActivityWire, CommentWire, CommitWire, EventWire, IntoModel as _, IssueRefWire, IssueWire,
        PullWire, ReviewWire,
    },
};
use crate::{
    forge::{
        Forge,
        page::encode,
        resource::{List, One},
    },
    model::{
        Activity, Comment, Commit, Issue, IssueRef, PrNumber, PullRequest, RepoId, Review,
        TimelineEvent,
    },
};

impl Forge {
    /// One change (`pulls/get`).
    pub fn change(&self, repo: &RepoId, number: PrNumber) -> One<PullRequest> {
        one::<PullWire>(format!("{}/pulls/{number}", base(repo)))
    }

    /// Open changes, newest first (`pulls/list`).
    pub fn open_changes_by_rest(&self, repo: &RepoId) -> List<PullRequest> {
        let path = format!(
            "{}/pulls?state=open&sort=updated&direction=desc",
            base(repo)
        );
        list::<PullWire>(paged(path), None)
    }

    /// All changes, what was updated last first.
    pub fn all_changes(&self, repo: &RepoId) -> List<PullRequest> {
        let path = format!("{}/pulls?state=all&sort=updated&direction=desc", base(repo));
        list::<PullWire>(paged(path), None)
    }

    /// Commits of a change (`pulls/list-commits`).
    pub fn commits(&self, repo: &RepoId, number: PrNumber) -> List<Commit> {
        list::<CommitWire>(
            paged(format!("{}/pulls/{number}/commits", base(repo))),
            None,
        )
    }

    /// Reviews of a change (`pulls/list-reviews`).
    pub fn reviews(&self, repo: &RepoId, number: PrNumber) -> List<Review> {
        list::<ReviewWire>(
            paged(format!("{}/pulls/{number}/reviews", base(repo))),
            None,
        )
    }

    /// What was said of a change (`issues/list-comments`).
    pub fn comments(&self, repo: &RepoId, number: PrNumber) -> List<Comment> {
        list::<CommentWire>(
            paged(format!("{}/issues/{number}/comments", base(repo))),
            None,
        )
    }

    /// What happened to a change (`issues/list-events-for-timeline`).
    pub fn timeline(&self, repo: &RepoId, number: PrNumber) -> List<TimelineEvent> {
        list::<EventWire>(
            paged(format!("{}/issues/{number}/timeline", base(repo))),
            None,
        )
    }

    /// The comments in pages of a timeline, where each of them can be read: an event `commented` is the
    /// comment itself (`timeline-comment-event`).
    pub fn comments_in<'a>(
        &self,
        pages: impl IntoIterator<Item = &'a [u8]>,
    ) -> Option<Vec<Comment>> {
        #[derive(Deserialize)]
        struct Kind {
            #[serde(default)]
            event: String,
        }
        let mut all = Vec::new();
        for page in pages {
            let events: Vec<Box<RawValue>> = serde_json::from_slice(page).ok()?;
            for event in events {
                let kind: Kind = serde_json::from_str(event.get()).ok()?;
                if kind.event == "commented" {
                    let comment: CommentWire = serde_json::from_str(event.get()).ok()?;
                    all.push(comment.into_model().ok()?);
                }
            }
        }
        Some(all)
    }

    /// What moved a branch (`repos/list-activities`).
    pub fn activity_of(&self, repo: &RepoId, branch: &str) -> List<Activity> {
        let branch = encode(branch);
        let path = format!("{}/activity?ref=refs/heads/{branch}", base(repo));
        list::<ActivityWire>(paged(path), None)
    }

    /// What moved any branch, newest first.
    pub fn all_activity(&self, repo: &RepoId) -> List<Activity> {
        list::<ActivityWire>(paged(format!("{}/activity", base(repo))), None)
    }

    /// An issue, and whether the forge counts parts of it (`issues/get`).
    pub fn issue(&self, repo: &RepoId, number: PrNumber) -> One<(Issue, bool)> {
        one::<IssueWire>(format!("{}/issues/{number}", base(repo)))
    }

    /// The issue that one is a part of (`issues/get-parent`).
    pub fn parent_issue(&self, repo: &RepoId, number: PrNumber) -> One<IssueRef> {
        one::<IssueRefWire>(format!("{}/issues/{number}/parent", base(repo)))
    }

    /// Parts of an issue; the forge allows 100 (`issues/list-sub-issues`).
    pub fn parts_of_issue(&self, repo: &RepoId, number: PrNumber) -> List<IssueRef> {
        let path = format!(
            "{}/issues/{number}/sub_issues?per_page={A_PAGE}",
            base(repo)
        );
        list::<IssueRefWire>(path, None)
    }
}
