//! Runs and checks that begin again, end, and lose what they left behind.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Hand, refused};
use crate::demo::DemoError;
use crate::demo::world::{
    Artifact, Attestation, CI, Job, PROVENANCE, Run, Time, Try, green_report, placeholder,
    zipped_all,
};

/// Conclusions that the forge knows.
const CONCLUSIONS: [&str; 8] = [
    "success",
    "failure",
    "neutral",
    "cancelled",
    "skipped",
    "timed_out",
    "action_required",
    "stale",
];

fn conclusion(word: &str) -> Result<&'static str, DemoError> {
    let known = CONCLUSIONS.into_iter().find(|known| *known == word);
    known.ok_or_else(|| refused(format!("{word:?} is none of {CONCLUSIONS:?}")))
}

impl Hand<'_> {
    /// Changes a run.
    fn edit_run<T>(&mut self, id: u64, edit: impl FnOnce(&mut Run) -> T) -> Result<T, DemoError> {
        let edited = self.world.edit_run(id, edit);
        edited.ok_or_else(|| refused(format!("no run {id}")))
    }

    pub(super) fn rerun(
        &mut self,
        id: u64,
        failed_only: bool,
        login: Option<String>,
    ) -> Result<Value, DemoError> {
        let by = self.viewer(login)?;
        let run = self.world.run(id);
        let last = run.and_then(|run| run.tries.last()).cloned();
        let last = last.ok_or_else(|| refused(format!("no run {id}")))?;
        if last.finished.is_none() {
            return Err(refused(format!("run {id} has not ended")));
        }
        let again = last
            .jobs
            .iter()
            .filter(|job| !failed_only || job.conclusion != Some("success"));
        let names: Vec<&'static str> = again.map(|job| job.name).collect();
        let jobs = names
            .into_iter()
            .map(|name| Job {
                id: self.world.next_id(),
                name,
                started: self.now,
                finished: None,
                conclusion: None,
                steps: Vec::new(),
                annotations: Vec::new(),
                log: String::new(),
            })
            .collect();
        let next = Try {
            number: last.number + 1,
            by,
            started: self.now,
            finished: None,
            conclusion: None,
            jobs,
        };
        self.edit_run(id, |run| run.tries.push(next))?;
        Ok(json!({ "try": last.number + 1 }))
    }

    pub(super) fn finish_run(&mut self, id: u64, word: &str) -> Result<Value, DemoError> {
        let conclusion = conclusion(word)?;
        let now = self.now;
        let ended = self.edit_run(id, |run| {
            let jobs = run.tries.last_mut().map(|last| &mut last.jobs);
            let open = jobs
                .into_iter()
                .flatten()
                .filter(|job| job.finished.is_none());
            open.map(|job| end(job, conclusion, now)).count()
        })?;
        if ended == 0 {
            return Err(refused(format!("run {id} has ended")));
        }
        self.end_try(id)
    }

    pub(super) fn finish_check(&mut self, check: u64, word: &str) -> Result<Value, DemoError> {
        let conclusion = conclusion(word)?;
        let now = self.now;
        let run = self.world.run_of_job(check).map(|run| run.id);
        let run = run.ok_or_else(|| refused(format!("no check {check} that could end")))?;
        self.edit_run(run, |run| {
            let jobs = run.tries.iter_mut().flat_map(|of| &mut of.jobs);
            for job in jobs.filter(|job| job.id == check) {
                end(job, conclusion, now);
            }
        })?;
        self.end_try(run)
    }

    /// Ends the last try of a run where all of its jobs have; a green one leaves its reports.
    fn end_try(&mut self, id: u64) -> Result<Value, DemoError> {
        let now = self.now;
        let ended = self.edit_run(id, |run| {
            let last = run.tries.last_mut()?;
            let words: Option<Vec<&'static str>> =
                last.jobs.iter().map(|job| job.conclusion).collect();
            let words = words?;
            let green = words.iter().all(|word| *word == "success");
            let worst = words.into_iter().find(|word| *word != "success");
            last.finished = Some(now);
            last.conclusion = Some(worst.unwrap_or("success"));
            let reports: Vec<&'static str> = last.jobs.iter().map(|job| job.name).collect();
            Some((run.workflow == CI && green).then_some((run.head, reports)))
        })?;
        let Some(ended) = ended else {
            return Ok(json!({ "run": id, "ended": false }));
        };
        if let Some((head, reports)) = ended {
            let files = self.git.files(head)?;
            for name in reports {
                let package = &self.world.name;
                let Some((zip, sha256)) = green_report(name, &files, package, now)? else {
                    continue;
                };
                let artifact = Artifact {
                    id: self.world.next_id(),
                    name: format!("junit-{name}"),
                    zip,
                    sha256,
                    created: now,
                    expired: false,
                };
                self.edit_run(id, |run| run.artifacts.push(artifact))?;
            }
        }
        Ok(json!({ "run": id, "ended": true }))
    }

    pub(super) fn leave(
        &mut self,
        run: u64,
        name: &str,
        files: &BTreeMap<String, String>,
        (attested, bundle_apart): (bool, bool),
    ) -> Result<Value, DemoError> {
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(p, t)| (p.as_str(), t.as_str()))
            .collect();
        let (zip, sha256) = zipped_all(&files)?;
        let id = self.world.next_id();
        let artifact = Artifact {
            id,
            name: name.to_owned(),
            zip,
            sha256: sha256.clone(),
            created: self.now,
            expired: false,
        };
        self.edit_run(run, |run| run.artifacts.push(artifact))?;
        if attested {
            let id = self.world.next_id();
            self.world.attestations.push(Attestation {
                id,
                subject: sha256.clone(),
                predicate_type: PROVENANCE,
                bundle: placeholder(name, &sha256),
                apart: bundle_apart,
            });
        }
        Ok(json!({ "artifact": id }))
    }

    pub(super) fn expire(&mut self, artifact: u64) -> Result<Value, DemoError> {
        let run = self.world.run_of_artifact(artifact).map(|run| run.id);
        let run = run.ok_or_else(|| refused(format!("no artifact {artifact}")))?;
        self.edit_run(run, |run| {
            let artifacts = run.artifacts.iter_mut();
            for known in artifacts.filter(|known| known.id == artifact) {
                known.expired = true;
            }
        })?;
        Ok(json!({}))
    }
}

fn end(job: &mut Job, conclusion: &'static str, at: Time) {
    job.finished = Some(at);
    job.conclusion = Some(conclusion);
}
