//! What agents were asked to do, as their own record has it, and the epic above the issue.

use super::builder::Builder;
use super::changes::{CAPTURE, ISSUE, JITTER};
use super::model::Time;
use super::records::{AgentSession, AgentTask};
use super::security::uuid;
use super::time::{on, today};

/// The issue above [`ISSUE`].
const EPIC: u64 = 462;

/// A session as written: prompt, start, end, cost.
type Told<'a> = (&'a str, Time, Time, f64);

impl Builder {
    /// Tells the tasks of the two agents.
    pub(super) fn agent_tasks(&mut self) {
        let capture: [Told<'_>; 4] = [
            (
                "Fix #471. The requirements are REQ-PAY-17 and REQ-PAY-18 in docs/spec/payments.md. \
                 Stay in src/capture/ and migrations/.",
                today(9, 16),
                today(9, 32),
                1.0,
            ),
            (
                "@copilot the unit check is red: `capture::retry_same_key` charges twice. Please fix it.",
                today(9, 44),
                today(9, 58),
                1.0,
            ),
            (
                "This is green because the tests were changed, not the code. Both must stand as they \
                 are on main.",
                today(10, 14),
                today(10, 32),
                1.0,
            ),
            (
                "One more thing: why does the workflow need `continue-on-error`? Please drop that edit.",
                today(11, 15),
                today(11, 35),
                1.0,
            ),
        ];
        let jitter = [(
            "@claude add jitter to the delay between webhook tries, with a test.",
            on(19, (12, 37)),
            on(19, (12, 43)),
            0.33,
        )];
        self.agent_task(
            (CAPTURE, "Make capture idempotent", "jon"),
            None,
            "claude-sonnet-4.5",
            &capture,
        );
        let claude = ("claude-opus-4.5", Some("claude"));
        self.agent_task(
            (JITTER, "Retry webhooks with jitter", "mira"),
            claude.1,
            claude.0,
            &jitter,
        );
    }

    fn agent_task(
        &mut self,
        (pull, name, creator): (u64, &str, &str),
        custom_agent: Option<&'static str>,
        model: &'static str,
        told: &[Told<'_>],
    ) {
        let pull = self.cast.number(pull);
        let id = uuid(&format!("task {pull}"));
        let sessions: Vec<AgentSession> = (1..)
            .zip(told)
            .map(|(number, (prompt, started, finished, cost))| AgentSession {
                id: uuid(&format!("session {pull} {number}")),
                name: self.say(name),
                state: "completed",
                prompt: self.say(prompt),
                model,
                cost: *cost,
                started: *started,
                finished: Some(*finished),
            })
            .collect();
        let task = AgentTask {
            id,
            name: self.say(name),
            pull,
            creator: self.say(creator),
            custom_agent,
            state: "completed".to_owned(),
            created: told
                .first()
                .map_or(self.world.now, |(_, started, ..)| *started),
            updated: told
                .last()
                .map_or(self.world.now, |(_, _, finished, _)| *finished),
            sessions,
        };
        self.world.agent_tasks.push(task);
    }

    /// Tells the issue above the one that the story's change closes.
    pub(super) fn epic(&mut self) {
        let body = "Whatever is sent twice must be charged once. This is the whole of it:\n\n\
            - captures: #471\n- refunds: not begun\n";
        let (epic, below) = (self.cast.number(EPIC), self.cast.number(ISSUE));
        self.issue(
            EPIC,
            "mira",
            on(13, (9, 0)),
            "Retries never charge twice",
            body,
        );
        for issue in &mut self.world.issues {
            if issue.number == below {
                issue.parent = Some(epic);
            }
        }
    }
}
