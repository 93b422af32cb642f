//! The numbers of all open changes by REST, whose pages can be asked for side by side.

use serde::Deserialize;

use crate::forge::{
    client::{Answer, Forge, Validators},
    error::{ForgeError, Kind},
};
use crate::model::{PrNumber, RepoId};

/// Changes of a page.
pub const OPEN_A_PAGE: usize = 100;

/// A page of open changes, in the order in which they were opened.
#[derive(Clone, Debug)]
pub struct OpenPage {
    /// Each with its global id.
    pub changes: Vec<(PrNumber, String)>,
    pub seen: Validators,
}

#[derive(Deserialize)]
struct Row {
    number: PrNumber,
    node_id: String,
}

impl Forge {
    /// Gets a page of open changes, the first is 1; none where it is as it was seen.
    ///
    /// # Errors
    /// Where the forge cannot be asked, refuses, or one of the changes has no number or id.
    pub async fn open_changes(
        &self,
        repo: &RepoId,
        page: usize,
        seen: Option<&Validators>,
    ) -> Result<Option<OpenPage>, ForgeError> {
        let slug = repo.slug();
        let path = format!(
            "/repos/{slug}/pulls?state=open&sort=created&direction=asc&per_page={OPEN_A_PAGE}&page={page}"
        );
        let malformed = |why: String| ForgeError::new(Kind::Malformed, format!("GET {path}"), why);
        match self.get(&path, seen).await? {
            Answer::NotModified => Ok(None),
            Answer::Fresh {
                body, validators, ..
            } => {
                let rows: Vec<Row> =
                    serde_json::from_slice(&body).map_err(|e| malformed(e.to_string()))?;
                Ok(Some(OpenPage {
                    changes: rows.into_iter().map(|r| (r.number, r.node_id)).collect(),
                    seen: validators,
                }))
            }
            Answer::Elsewhere { .. } => Err(malformed("the repository moved".to_owned())),
        }
    }
}
