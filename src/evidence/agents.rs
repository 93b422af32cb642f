//! Who made the change: a person, an agent, an updater. The account and the app that acted are
//! strong signs; trailers and branch names are written by whoever pushes, so they can only raise
//! scrutiny, never lower it.

use serde::{Deserialize, Serialize};

use crate::model::{Actor, ChangeFacts, Commit, Login, Trust};

/// What is known about the agent behind a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Name a person knows, such as `Copilot` or `Claude Code`.
    pub name: String,
    /// A dependency updater: a program, but one that follows fixed rules.
    pub updater: bool,
    /// By what it was recognised, in words.
    pub basis: String,
    pub trust: Trust,
    /// The person who started it.
    pub started_by: Option<Login>,
    /// How that person is known.
    pub started_basis: Option<String>,
}

/// One row of the recognition table.
struct Known {
    name: &'static str,
    updater: bool,
    /// Account ids on github.com.
    ids: &'static [u64],
    /// Logins, without `[bot]`.
    logins: &'static [&'static str],
    /// Parts of commit e-mail addresses.
    emails: &'static [&'static str],
    /// Beginnings of trailer values or body lines.
    words: &'static [&'static str],
    branch: &'static str,
}

/// Signs of agents as seen in public repositories; account ids are the forge's own.
const KNOWN: &[Known] = &[
    Known {
        name: "Copilot",
        updater: false,
        ids: &[198_982_749],
        logins: &["copilot", "copilot-swe-agent"],
        emails: &["198982749+copilot@"],
        words: &["Agent-Logs-Url:"],
        branch: "copilot/",
    },
    Known {
        name: "Claude Code",
        updater: false,
        ids: &[209_825_114],
        logins: &["claude"],
        emails: &["noreply@anthropic.com", "no-reply@anthropic.com"],
        words: &[
            "Claude-Session:",
            "Claude-Generated-By:",
            "Generated with [Claude Code]",
        ],
        branch: "claude/",
    },
    Known {
        name: "Codex",
        updater: false,
        ids: &[],
        logins: &["chatgpt-codex-connector"],
        emails: &["codex@openai.com", "noreply@openai.com"],
        words: &["https://chatgpt.com/codex/tasks/"],
        branch: "codex/",
    },
    Known {
        name: "Devin",
        updater: false,
        ids: &[158_243_242],
        logins: &["devin-ai-integration"],
        emails: &["158243242+devin-ai-integration"],
        words: &["Link to Devin run:"],
        branch: "devin/",
    },
    Known {
        name: "Cursor",
        updater: false,
        ids: &[],
        logins: &["cursor", "cursoragent"],
        emails: &["cursoragent@cursor.com"],
        words: &["Made-with: Cursor"],
        branch: "cursor/",
    },
    Known {
        name: "Jules",
        updater: false,
        ids: &[],
        logins: &["google-labs-jules"],
        emails: &[],
        words: &[],
        branch: "jules/",
    },
    Known {
        name: "OpenHands",
        updater: false,
        ids: &[],
        logins: &["openhands-agent"],
        emails: &["openhands@all-hands.dev"],
        words: &[],
        branch: "openhands/",
    },
    Known {
        name: "Aider",
        updater: false,
        ids: &[],
        logins: &[],
        emails: &["noreply@aider.chat"],
        words: &[],
        branch: "aider/",
    },
    Known {
        name: "Renovate",
        updater: true,
        ids: &[29_139_614],
        logins: &["renovate", "renovate-bot"],
        emails: &["bot@renovateapp.com", "29139614+renovate"],
        words: &[],
        branch: "renovate/",
    },
    Known {
        name: "Dependabot",
        updater: true,
        ids: &[49_699_333],
        logins: &["dependabot", "dependabot-preview"],
        emails: &["49699333+dependabot"],
        words: &[],
        branch: "dependabot/",
    },
];

fn by_account(actor: &Actor) -> Option<&'static Known> {
    let login = actor
        .login
        .as_str()
        .trim_end_matches("[bot]")
        .to_ascii_lowercase();
    KNOWN.iter().find(|k| {
        actor.id.is_some_and(|id| k.ids.contains(&id))
            || (actor.is_bot() && k.logins.contains(&login.as_str()))
    })
}

/// Recognises the agent behind a change, strongest sign first.
pub fn recognise(facts: &ChangeFacts) -> Option<Agent> {
    let (known, basis, trust) = strong(facts).or_else(|| weak(facts))?;
    let starter = started_by(facts);
    Some(Agent {
        name: known.name.to_owned(),
        updater: known.updater,
        basis,
        trust,
        started_by: starter.as_ref().map(|(login, _)| login.clone()),
        started_basis: starter.map(|(_, basis)| basis),
    })
}

fn strong(facts: &ChangeFacts) -> Option<(&'static Known, String, Trust)> {
    if let Some(author) = &facts.pr.author
        && let Some(known) = by_account(author)
    {
        return Some((
            known,
            format!("author account {}", author.login),
            Trust::Forge,
        ));
    }
    let app = facts.timeline.iter().find_map(|e| e.app.as_deref())?;
    KNOWN
        .iter()
        .find(|k| k.logins.contains(&app))
        .map(|k| (k, format!("app {app} acted on it"), Trust::Forge))
}

/// Finds the agent that a commit names, and by what.
fn named_by(commit: &Commit) -> Option<(&'static Known, String, Trust)> {
    let sha = commit.sha.short();
    let email = commit.author_email.to_ascii_lowercase();
    let by_mail = KNOWN
        .iter()
        .find(|k| k.emails.iter().any(|e| email.contains(e)));
    if let Some(known) = by_mail {
        return Some((known, format!("commit e-mail of {sha}"), Trust::Recorded));
    }
    commit.trailers().into_iter().find_map(|(key, value)| {
        let value = value.to_ascii_lowercase();
        let authored = ["co-authored-by", "assisted-by", "generated-by"]
            .iter()
            .any(|k| key.eq_ignore_ascii_case(k));
        let own_trailer = |word: &&str| {
            word.strip_suffix(':')
                .is_some_and(|w| w.eq_ignore_ascii_case(key))
        };
        let known = KNOWN.iter().find(|k| {
            (authored && k.emails.iter().any(|e| value.contains(e)))
                || k.words.iter().any(own_trailer)
        })?;
        Some((
            known,
            format!("trailer {key} of {sha}"),
            Trust::SelfReported,
        ))
    })
}

/// Signs that whoever pushes can write. Any commit by an agent raises scrutiny; an updater lowers
/// it, so that all commits must be its own.
fn weak(facts: &ChangeFacts) -> Option<(&'static Known, String, Trust)> {
    let found: Vec<(&'static Known, String, Trust)> =
        facts.commits.iter().filter_map(named_by).collect();
    let agents: Vec<_> = found.iter().filter(|(k, ..)| !k.updater).collect();
    if let Some((known, basis, trust)) = agents.first() {
        let (n, all) = (agents.len(), facts.commits.len());
        let share = if n == all {
            String::new()
        } else {
            format!(", {n} of {all} commits")
        };
        return Some((known, format!("{basis}{share}"), *trust));
    }
    if let Some((known, basis, trust)) =
        found.first().filter(|_| found.len() == facts.commits.len())
    {
        return Some((known, basis.clone(), *trust));
    }
    let body = &facts.pr.body;
    let by_body = KNOWN
        .iter()
        .find(|k| !k.updater && k.words.iter().any(|w| body.contains(w)));
    if let Some(known) = by_body.filter(|_| !facts.local) {
        return Some((
            known,
            "words in the description".to_owned(),
            Trust::SelfReported,
        ));
    }
    KNOWN
        .iter()
        .find(|k| !facts.local && !k.updater && facts.pr.head_ref.starts_with(k.branch))
        .map(|k| {
            (
                k,
                format!("branch name {}", facts.pr.head_ref),
                Trust::SelfReported,
            )
        })
}

/// The person who started the agent: the actor of `copilot_work_started` by an agent's app, else
/// whom the description names, who opened the pull request, a human co-author of the agent's
/// commits, or who asked in a comment. All but the first are written by whoever can write, so they
/// only ever take an approval away.
fn started_by(facts: &ChangeFacts) -> Option<(Login, String)> {
    let event = facts.timeline.iter().find(|e| {
        e.event == "copilot_work_started"
            && e.app.as_deref() != Some("copilot-pull-request-reviewer")
    });
    if let Some(actor) = event.and_then(|e| e.actor.as_ref()).filter(|a| !a.is_bot()) {
        return Some((actor.login.clone(), "event copilot_work_started".to_owned()));
    }
    let requested = facts.pr.body.lines().find_map(|line| {
        let lower = line.to_ascii_lowercase();
        let after = ["requested by", "started by", "asked for by"]
            .iter()
            .find_map(|words| Some(lower.find(words)? + words.len()))?;
        let rest = line.get(after..)?.trim_start_matches([' ', ':', '*', '_']);
        rest.starts_with('@').then(|| login_in(rest))?
    });
    if let Some(login) = requested {
        return Some((login, "words in the description".to_owned()));
    }
    let agent_author = facts.pr.author.as_ref().is_some_and(Actor::is_bot);
    match &facts.pr.author {
        Some(author) if !agent_author => {
            Some((author.login.clone(), "opened the pull request".to_owned()))
        }
        _ => co_author(facts).or_else(|| asked_in_comment(facts)),
    }
}

/// The person that the agent's own commits name beside it, where the address tells the account.
fn co_author(facts: &ChangeFacts) -> Option<(Login, String)> {
    let by_agent = |c: &&Commit| c.author.as_ref().is_none_or(Actor::is_bot);
    facts.commits.iter().filter(by_agent).find_map(|commit| {
        commit.trailers().into_iter().find_map(|(key, value)| {
            if !key.eq_ignore_ascii_case("co-authored-by") {
                return None;
            }
            let (_, mail) = value.trim_end_matches('>').rsplit_once('<')?;
            let known = |k: &Known| {
                let mail = mail.to_ascii_lowercase();
                k.emails.iter().any(|e| mail.contains(e))
            };
            // `4711+mira@users.noreply.github.com`, in old accounts without the number.
            let (account, domain) = mail.split_once('@')?;
            let of_forge = domain.to_ascii_lowercase().starts_with("users.noreply.");
            let login = account.rsplit('+').next()?;
            let person = of_forge && !login.ends_with("[bot]") && !KNOWN.iter().any(known);
            person.then(|| {
                let basis = format!("co-author of the agent's commit {}", commit.sha.short());
                (Login::new(login), basis)
            })
        })
    })
}

fn asked_in_comment(facts: &ChangeFacts) -> Option<(Login, String)> {
    facts.comments.iter().find_map(|c| {
        let asks = ["@claude", "@copilot", "@codex", "@devin"]
            .iter()
            .any(|a| c.body.contains(a));
        let author = c.author.as_ref().filter(|a| asks && !a.is_bot())?;
        Some((
            author.login.clone(),
            "asked the agent in a comment".to_owned(),
        ))
    })
}

/// Finds `@login` in a text.
fn login_in(text: &str) -> Option<Login> {
    let (_, rest) = text.split_once('@')?;
    let login: String = rest
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    (!login.is_empty()).then(|| Login::new(login))
}
