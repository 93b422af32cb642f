//! What became of the merged changes: a release with its build, and deployments to staging and
//! production, of which the last one waits for somebody to approve it.

use std::io::Write as _;

use bytes::Bytes;
use flate2::{Compression, GzBuilder};
use git2::Oid;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::builder::Builder;
use super::hex;
use super::model::{DEPLOY, Job, RELEASE, Run, Step, Time, Try, Workflow};
use super::records::{
    Asset, Deployment, DeploymentStatus, Environment, Gate, GateVerdict, Release,
};
use super::time::{after, on};
use crate::demo::DemoError;

/// The artifact whose way from commit to production is known.
pub(crate) const ARTIFACT: &str = "capture-linux-amd64.tar.gz";
const TAG: &str = "v0.38.2";
const STAGING: &str = "staging";
const PRODUCTION: &str = "production";
const ACTOR: &str = "github-actions[bot]";
/// Merged changes that were deployed, in order; the second is what the release holds, and what runs
/// in production.
const DEPLOYED: [u64; 3] = [472, 475, 478];
const RELEASED: u64 = DEPLOYED[1];

/// What is needed for one deployment.
struct Roll<'a> {
    environment: &'static str,
    commit: Oid,
    at: Time,
    by: &'a str,
    payload: Value,
    /// Who let it through; none while it waits, or where nobody is asked.
    approved_by: Option<&'a str>,
}

impl Builder {
    /// Tells the environments, the release and the deployments.
    pub(super) fn delivery(&mut self) -> Result<(), DemoError> {
        let (staging, production) = (self.extra_id(), self.extra_id());
        let reviewers = vec![self.say("tomas"), self.say("aiko")];
        let environment = |id, name, wait, reviewers| Environment {
            id,
            name,
            wait,
            reviewers,
            created: on(1, (10, 0)),
            updated: on(2, (9, 0)),
        };
        self.world.environments = vec![
            environment(staging, STAGING, 0, Vec::new()),
            environment(production, PRODUCTION, 30, reviewers),
        ];
        self.older_release()?;
        let digest = self.release()?;
        for number in DEPLOYED {
            let (merged, commit) = self.merged(number)?;
            let payload = if number == RELEASED {
                json!({ "artifact": ARTIFACT, "digest": format!("sha256:{digest}"), "release": TAG })
            } else {
                json!({})
            };
            let roll = Roll {
                environment: STAGING,
                commit,
                at: after(merged, 35),
                by: "aiko",
                payload,
                approved_by: None,
            };
            self.roll_out(&roll);
            self.roll_out(&Roll {
                environment: PRODUCTION,
                at: after(merged, 90),
                approved_by: (number != DEPLOYED[2]).then_some("tomas"),
                ..roll
            });
        }
        Ok(())
    }

    /// When and as what a change came into the main branch.
    fn merged(&mut self, written: u64) -> Result<(Time, Oid), DemoError> {
        let merged = self.pull(written)?.merged.as_ref();
        merged
            .map(|merge| (merge.at, merge.commit))
            .ok_or_else(|| DemoError::story(format!("{written} was not merged")))
    }

    /// A run of one job on the main branch or a tag; unfinished where it waits.
    fn side_run(
        &mut self,
        workflow: Workflow,
        (event, branch, head): (&'static str, &str, Oid),
        (at, minutes): (Time, Option<i64>),
        actor: &str,
    ) -> u64 {
        let (id, suite, job) = (self.extra_id(), self.extra_id(), self.extra_id());
        let number = self.world.runs.iter();
        let number = number.filter(|run| run.workflow == workflow).count() as u64 + 40;
        let name = if workflow == RELEASE {
            "build"
        } else {
            "deploy"
        };
        let finished = minutes.map(|minutes| after(at, minutes));
        let conclusion = finished.map(|_| "success");
        let step = |name: &str| Step {
            name: name.to_owned(),
            conclusion,
        };
        let job = Job {
            id: job,
            name,
            started: at,
            finished,
            conclusion,
            steps: finished
                .map(|_| vec![step("Set up job"), step(name), step("Complete job")])
                .unwrap_or_default(),
            annotations: Vec::new(),
            log: String::new(),
        };
        let actor = self.say(actor);
        self.world.runs.push(Run {
            id,
            suite,
            number,
            workflow,
            event,
            branch: branch.to_owned(),
            head,
            title: self.say(workflow.name),
            pull: None,
            actor: actor.clone(),
            tries: vec![Try {
                number: 1,
                by: actor,
                started: at,
                finished,
                conclusion,
                jobs: vec![job],
            }],
            artifacts: Vec::new(),
        });
        id
    }

    fn roll_out(&mut self, roll: &Roll<'_>) {
        let asks = roll.environment == PRODUCTION;
        let waits = asks && roll.approved_by.is_none();
        let minutes = (!waits).then_some(6);
        let event = ("workflow_dispatch", "main", roll.commit);
        let run = self.side_run(DEPLOY, event, (roll.at, minutes), roll.by);
        if asks {
            let verdict = roll.approved_by.map(|by| GateVerdict {
                by: self.say(by),
                state: "approved",
                comment: "Staging looks right.".to_owned(),
            });
            self.world.gates.push(Gate {
                run,
                environment: PRODUCTION,
                since: roll.at,
                verdict,
            });
        }
        let mut statuses = vec![("queued", 0)];
        if waits {
            statuses = vec![("pending", 0)];
        } else {
            statuses.extend([("in_progress", 1), ("success", 6)]);
        }
        let id = self.extra_id();
        let statuses: Vec<DeploymentStatus> = statuses
            .into_iter()
            .map(|(state, minutes)| self.deployment_status(state, after(roll.at, minutes)))
            .collect();
        if !waits {
            self.retire(roll.environment, after(roll.at, 6));
        }
        self.world.deployments.push(Deployment {
            id,
            commit: roll.commit,
            reference: "main".to_owned(),
            environment: roll.environment.to_owned(),
            description: None,
            payload: roll.payload.clone(),
            creator: ACTOR.to_owned(),
            created: roll.at,
            updated: statuses.last().map_or(roll.at, |status| status.at),
            statuses,
            run: Some(run),
        });
    }

    fn deployment_status(&mut self, state: &str, at: Time) -> DeploymentStatus {
        DeploymentStatus {
            id: self.extra_id(),
            state: state.to_owned(),
            description: String::new(),
            creator: ACTOR.to_owned(),
            at,
        }
    }

    /// What ran in an environment does so no more.
    fn retire(&mut self, environment: &str, at: Time) {
        for index in 0..self.world.deployments.len() {
            let known = &self.world.deployments[index];
            let runs = known
                .statuses
                .last()
                .is_some_and(|last| last.state == "success");
            if known.environment == environment && runs {
                let status = self.deployment_status("inactive", at);
                let known = &mut self.world.deployments[index];
                known.statuses.push(status);
                known.updated = at;
            }
        }
    }

    /// A release from before the forge kept digests of assets.
    fn older_release(&mut self) -> Result<(), DemoError> {
        let (merged, commit) = self.merged(463)?;
        self.git.point("refs/tags/v0.38.1", commit)?;
        let at = after(merged, 30);
        let file = self.asset(ARTIFACT, &archive("payments", "0.38.1\n")?, at);
        let old = Asset {
            shows_digest: false,
            ..file
        };
        let (id, author) = (self.extra_id(), self.say("aiko"));
        self.world.releases.push(Release {
            id,
            tag: "v0.38.1".to_owned(),
            body: "Dead endpoints are reported after eight tries.".to_owned(),
            author,
            at,
            assets: vec![old],
        });
        Ok(())
    }

    /// The release that was attested; gives the digest of its artifact.
    fn release(&mut self) -> Result<String, DemoError> {
        let (merged, commit) = self.merged(RELEASED)?;
        self.git.point(&format!("refs/tags/{TAG}"), commit)?;
        let at = after(merged, 10);
        let run = self.side_run(RELEASE, ("push", TAG, commit), (at, Some(9)), "aiko");
        let built = after(at, 8);
        let content = format!("{}\n0.38.2 {commit}\n", self.say("payments"));
        let artifact = self.asset(ARTIFACT, &archive("payments", &content)?, built);
        let digest = artifact.sha256.clone();
        let sums = self.asset(
            "SHA256SUMS",
            format!("{digest}  {ARTIFACT}\n").as_bytes(),
            built,
        );
        let (id, author) = (self.extra_id(), self.say("aiko"));
        self.world.releases.push(Release {
            id,
            tag: TAG.to_owned(),
            body: "Bumps axum to 0.8.6.".to_owned(),
            author,
            at: after(at, 9),
            assets: vec![artifact, sums],
        });
        self.attest(&digest, (TAG, commit), run);
        Ok(digest)
    }

    fn asset(&mut self, name: &'static str, bytes: &[u8], at: Time) -> Asset {
        let kind = if name == ARTIFACT {
            "application/gzip"
        } else {
            "text/plain"
        };
        Asset {
            id: self.extra_id(),
            name,
            kind,
            bytes: Bytes::copy_from_slice(bytes),
            sha256: hex(&Sha256::digest(bytes)),
            shows_digest: true,
            at,
        }
    }
}

/// A gzipped tar with one file.
fn archive(name: &str, text: &str) -> Result<Vec<u8>, DemoError> {
    let mut tar = vec![0u8; 512];
    let mut put = |at: usize, field: &[u8]| {
        for (slot, byte) in tar.iter_mut().skip(at).zip(field) {
            *slot = *byte;
        }
    };
    put(0, name.as_bytes());
    put(100, b"0000755\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{:011o}\0", text.len()).as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = tar.iter().map(|byte| u32::from(*byte)).sum();
    for (slot, byte) in tar
        .iter_mut()
        .skip(148)
        .zip(format!("{sum:06o}\0 ").bytes())
    {
        *slot = byte;
    }
    tar.extend_from_slice(text.as_bytes());
    tar.resize(tar.len().next_multiple_of(512) + 1024, 0);
    let mut packed = GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), Compression::default());
    packed.write_all(&tar)?;
    Ok(packed.finish()?)
}
