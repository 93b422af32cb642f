//! Issues, with what stands above and below them.

use serde::Deserialize;

use super::{
    BadItem, IntoModel,
    changes::{UserWire, actor, lenient},
    need, time,
};
use crate::model::{Issue, IssueRef};

/// An issue (`issues/get`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IssueWire {
    number: Option<u64>,
    title: Option<String>,
    body: Option<String>,
    #[serde(deserialize_with = "lenient")]
    user: Option<UserWire>,
    created_at: Option<String>,
    html_url: Option<String>,
    state: Option<String>,
    parent_issue_url: Option<String>,
    #[serde(deserialize_with = "lenient")]
    sub_issues_summary: Option<SubIssuesWire>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct SubIssuesWire {
    total: u64,
}

impl IssueWire {
    /// Tells whether the forge counts parts of it: only then are they worth asking for.
    fn has_parts(&self) -> bool {
        self.sub_issues_summary
            .as_ref()
            .is_some_and(|s| s.total > 0)
    }

    /// Returns it as it stands above or below another.
    fn reference(self) -> Result<IssueRef, BadItem> {
        Ok(IssueRef {
            number: need(self.number, "number")?,
            title: self.title.unwrap_or_default(),
            state: self.state.unwrap_or_default(),
            url: self.html_url.unwrap_or_default(),
        })
    }
}

/// An issue of which only its name and state matter (`issues/list-sub-issues`).
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct IssueRefWire(IssueWire);

impl IntoModel for IssueRefWire {
    type Model = IssueRef;
    fn into_model(self) -> Result<IssueRef, BadItem> {
        self.0.reference()
    }
}

impl IntoModel for IssueWire {
    /// And whether it has parts.
    type Model = (Issue, bool);
    fn into_model(self) -> Result<Self::Model, BadItem> {
        let has_parts = self.has_parts();
        let issue = Issue {
            number: need(self.number, "number")?,
            title: self.title.unwrap_or_default(),
            body: self.body.unwrap_or_default(),
            author: actor(self.user),
            created_at: time(self.created_at),
            url: self.html_url.unwrap_or_default(),
            parent: self.parent_issue_url.and_then(|url| {
                let number = url.rsplit('/').next()?.parse().ok()?;
                Some(IssueRef {
                    number,
                    title: String::new(),
                    state: String::new(),
                    url,
                })
            }),
            sub_issues: Vec::new(),
        };
        Ok((issue, has_parts))
    }
}
