//! The accounts of the world: four people who work together, and the apps that work with them.

use super::cast::Cast;
use super::git::Identity;
use super::model::{Account, AccountKind};

/// Login of the coding agent, as REST shows it.
pub(crate) const COPILOT_LOGIN: &str = "Copilot";
/// Login of the agent that works on a comment.
pub(crate) const CLAUDE_LOGIN: &str = "claude[bot]";
/// Login of the bot that bumps dependencies.
pub(crate) const RENOVATE_LOGIN: &str = "renovate[bot]";
/// Login of the account behind squash merges made on the web.
pub(crate) const WEB_FLOW_LOGIN: &str = "web-flow";

/// People: login, id, name.
const PEOPLE: [(&str, u64, &str); 4] = [
    ("mira", 5_310_442, "Mira Lindqvist"),
    ("jon", 7_120_093, "Jon Abara"),
    ("tomas", 2_904_117, "Tomas Havel"),
    ("aiko", 9_455_831, "Aiko Mori"),
];

/// Apps: REST login, GraphQL login, id, name and address in commits.
const BOTS: [(&str, &str, u64, &str); 5] = [
    (
        COPILOT_LOGIN,
        "copilot-swe-agent",
        198_982_749,
        "copilot-swe-agent[bot]",
    ),
    (CLAUDE_LOGIN, "claude", 209_825_114, "claude[bot]"),
    (RENOVATE_LOGIN, "renovate", 29_139_614, "renovate[bot]"),
    (
        "github-actions[bot]",
        "github-actions",
        41_898_282,
        "github-actions[bot]",
    ),
    (
        "dependabot[bot]",
        "dependabot",
        49_699_333,
        "dependabot[bot]",
    ),
];

/// Everyone, in the words of this world.
pub(super) fn accounts(cast: &Cast) -> Vec<Account> {
    let people = PEOPLE.into_iter().map(|(written, id, name)| {
        let login = cast.say(written);
        Account {
            graphql_login: login.clone(),
            id: cast.first_id(id),
            kind: AccountKind::User,
            name: cast.say(name),
            email: format!("{login}@{}.example", cast.say("acme")),
            token: Some(format!("ghp_demo_{login}")),
            login,
        }
    });
    let bots = BOTS
        .into_iter()
        .map(|(login, graphql_login, id, name)| Account {
            login: login.to_owned(),
            graphql_login: graphql_login.to_owned(),
            id,
            kind: AccountKind::Bot,
            name: name.to_owned(),
            email: format!("{id}+{login}@users.noreply.github.com"),
            token: None,
        });
    let web_flow = Account {
        login: WEB_FLOW_LOGIN.to_owned(),
        graphql_login: WEB_FLOW_LOGIN.to_owned(),
        id: 19_864_447,
        kind: AccountKind::User,
        name: "GitHub".to_owned(),
        email: "noreply@github.com".to_owned(),
        token: None,
    };
    people.chain(bots).chain([web_flow]).collect()
}

impl Account {
    /// How the account signs its commits.
    pub(crate) fn identity(&self) -> Identity {
        Identity {
            name: self.name.clone(),
            email: self.email.clone(),
        }
    }

    /// The trailer that names the account as a second author.
    pub(crate) fn co_author(&self) -> String {
        format!("Co-authored-by: {} <{}>", self.name, self.email)
    }
}
