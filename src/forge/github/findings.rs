//! What scanners found, which dependencies a change moves, and what attests artifacts.

use bytes::Bytes;
use serde_json::json;

use super::{
    A_PAGE, base, list, paged,
    wire::{
        AlertWire, AnalysisWire, AttestationWire, BulkWire, DependencyChangeWire, GivenBundle,
        IntoModel as _,
    },
};
use crate::{
    forge::{Forge, ForgeError, Kind, page::encode, resource::List},
    model::{Alert, Analysis, DependencyChange, Digest, PrNumber, RepoId, Sha},
};

/// A SARIF report (`code-scanning/get-analysis`).
const SARIF: &str = "application/sarif+json";

/// Bundles by subject, and the cursor of the next page.
pub type Bundles = (Vec<(Digest, Vec<GivenBundle>)>, Option<String>);

impl Forge {
    /// Code-scanning alerts of a change (`code-scanning/list-alerts-for-repo`).
    pub fn alerts_of(&self, repo: &RepoId, number: PrNumber) -> List<Alert> {
        let path = format!("{}/code-scanning/alerts?pr={number}", base(repo));
        list::<AlertWire>(paged(path), None)
    }

    /// Analyses of a change, newest first (`code-scanning/list-recent-analyses`).
    pub fn analyses_of(&self, repo: &RepoId, number: PrNumber) -> List<Analysis> {
        let sorted = "sort=created&direction=desc";
        let path = format!("{}/code-scanning/analyses?pr={number}&{sorted}", base(repo));
        list::<AnalysisWire>(paged(path), None)
    }

    /// All analyses, newest first.
    pub fn all_analyses(&self, repo: &RepoId) -> List<Analysis> {
        let sorted = "sort=created&direction=desc";
        let path = format!("{}/code-scanning/analyses?{sorted}", base(repo));
        list::<AnalysisWire>(paged(path), None)
    }

    /// The SARIF report of an analysis.
    ///
    /// # Errors
    /// Where it cannot be had.
    pub async fn report(&self, repo: &RepoId, analysis: u64) -> Result<Bytes, ForgeError> {
        let path = format!("{}/code-scanning/analyses/{analysis}", base(repo));
        self.raw(SARIF, &path).await
    }

    /// Dependencies that differ between two commits (`dependency-graph/diff-range`). It is not paged.
    pub fn dependency_changes(
        &self,
        repo: &RepoId,
        (from, to): (&Sha, &Sha),
    ) -> List<DependencyChange> {
        let path = format!("{}/dependency-graph/compare/{from}...{to}", base(repo));
        list::<DependencyChangeWire>(path, None)
    }

    /// Attestations of a subject (`repos/list-attestations`).
    pub fn attestations(&self, repo: &RepoId, subject: &Digest) -> List<GivenBundle> {
        let path = format!("{}/attestations/{subject}", base(repo));
        list::<AttestationWire>(paged(path), Some("attestations"))
    }

    /// Attestations of many subjects, up to 1,024 (`orgs/list-attestations-bulk`, or its sister for
    /// people). `after` is the cursor of a further page.
    ///
    /// # Errors
    /// Where the forge cannot be asked, or refuses; not found where the owner is of the other kind.
    pub async fn attestations_of_all(
        &self,
        (owner, is_person): (&str, bool),
        subjects: &[Digest],
        after: Option<&str>,
    ) -> Result<Bundles, ForgeError> {
        let query = after.map_or_else(String::new, |cursor| format!("&after={}", encode(cursor)));
        let of = if is_person { "users" } else { "orgs" };
        let path = format!("/{of}/{owner}/attestations/bulk-list?per_page={A_PAGE}{query}");
        let subjects: Vec<String> = subjects.iter().map(ToString::to_string).collect();
        let answer = self
            .ask(&path, &json!({ "subject_digests": subjects }))
            .await?;
        let wire: BulkWire = serde_json::from_slice(&answer)
            .map_err(|e| ForgeError::new(Kind::Malformed, "attestations in bulk", e.to_string()))?;
        let mut all = Vec::new();
        for (subject, found) in wire.subjects {
            let found = found.unwrap_or_default().into_iter();
            let found = found.filter_map(|a| a.into_model().ok());
            all.push((Digest::new(subject), found.collect()));
        }
        let next = wire.page_info.next.filter(|_| wire.page_info.has_next);
        Ok((all, next))
    }
}
