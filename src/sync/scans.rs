//! Uploads of scanners: that they looked at a change, and the reports of what they found.

use super::{
    engine::{Engine, SyncError},
    fetch::{Part, missed},
    parts::At,
    settled::Settled,
};
use crate::{
    evidence::digest,
    model::{Analysis, Digest, Hole, HoleKind, PartName, Sha},
    query::reports::{SCANS, scan_name},
    store::StoredFile,
};

/// Reports of a change that are fetched, newest first.
const MAX_REPORTS: usize = 12;

impl Engine {
    /// Analyses of a change: newest first, each with its report where it was made at one of the heads.
    pub(super) async fn analyses(
        &self,
        (repo, number): At,
        settled: Option<&Settled>,
    ) -> Part<Analysis> {
        let told = if let Some(told) = settled.and_then(|s| s.analyses(number)) {
            Ok(told.into())
        } else {
            let list = self.forge.analyses_of(&self.called(), number);
            self.pages(list).await
        };
        let mut paged = super::details::none_is_empty(told)?;
        let known = self.cache.kept_names(repo, number, SCANS);
        for file in known.unwrap_or_default() {
            let named = |a: &&mut Analysis| scan_name(a.id) == file.path;
            if let Some(analysis) = paged.items.iter_mut().find(named) {
                analysis.report = Some(Digest::new(file.digest));
            }
        }
        Ok(paged)
    }

    /// Fetches the reports that are not here yet, and writes the part. A report never changes.
    pub(super) async fn keep_analyses(
        &self,
        at: At,
        heads: &[Sha],
        got: Part<Analysis>,
    ) -> Result<(), SyncError> {
        let got = match got {
            Ok(mut paged) => {
                let of_head = |a: &Analysis| a.commit.as_ref().is_none_or(|c| heads.contains(c));
                let wanted: Vec<usize> = (0..paged.items.len())
                    .filter(|&i| {
                        paged
                            .items
                            .get(i)
                            .is_some_and(|a| a.report.is_none() && of_head(a))
                    })
                    .collect();
                let left_out = wanted.len().saturating_sub(MAX_REPORTS);
                if left_out > 0 {
                    let why = format!("reports of {left_out} older analyses were not read");
                    paged.holes.push(Hole::new(HoleKind::LeftOut, why));
                }
                for index in wanted.into_iter().take(MAX_REPORTS) {
                    let Some(analysis) = paged.items.get_mut(index) else {
                        continue;
                    };
                    match self.forge.report(&self.called(), analysis.id).await {
                        Ok(bytes) => {
                            let digest = digest::sha256_hex(&bytes);
                            let file = StoredFile {
                                path: scan_name(analysis.id),
                                digest: digest.clone(),
                                bytes: bytes.to_vec(),
                            };
                            self.cache.keep_files(at.0, at.1, vec![file])?;
                            analysis.report = Some(Digest::new(digest));
                        }
                        Err(error) => {
                            let what = format!("report of analysis {}", analysis.id);
                            paged.holes.push(missed(&what, &error));
                        }
                    }
                }
                Ok(paged)
            }
            Err(error) => Err(error),
        };
        self.keep(at, PartName::Analyses, got)?;
        Ok(())
    }
}
