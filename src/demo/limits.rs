//! What each token has used of its budget.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::world::Time;

/// Budgets are kept per token and resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Resource {
    Core,
    GraphQl,
}

impl Resource {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::GraphQl => "graphql",
        }
    }
}

/// Requests that an hour allows with a token, and without one.
const WITH_TOKEN: u64 = 5_000;
const WITHOUT_TOKEN: u64 = 60;

/// What is left of one budget.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    pub(crate) limit: u64,
    pub(crate) used: u64,
    /// Seconds since the epoch.
    pub(crate) reset: i64,
}

impl Budget {
    pub(crate) fn remaining(self) -> u64 {
        self.limit.saturating_sub(self.used)
    }

    pub(crate) fn json(self) -> Value {
        json!({
            "limit": self.limit,
            "used": self.used,
            "remaining": self.remaining(),
            "reset": self.reset,
        })
    }
}

/// Whose budget it is: a login, or everyone without a token.
type Owner = (Option<String>, Resource);

/// When a budget is full again, in seconds since the epoch, and what is used of it.
type Spent = (i64, u64);

/// All budgets.
#[derive(Debug, Default)]
pub(crate) struct Limits(Mutex<HashMap<Owner, Spent>>);

impl Limits {
    /// The budget after spending this much of it. It is full again when its hour is over.
    pub(crate) fn spend(
        &self,
        login: Option<&str>,
        resource: Resource,
        cost: u64,
        now: Time,
    ) -> Budget {
        let mut budgets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = (now.timestamp() + 3_600, 0);
        let entry = budgets
            .entry((login.map(str::to_owned), resource))
            .or_insert(full);
        if entry.0 <= now.timestamp() {
            *entry = full;
        }
        entry.1 += cost;
        let limit = if login.is_some() {
            WITH_TOKEN
        } else {
            WITHOUT_TOKEN
        };
        Budget {
            limit,
            used: entry.1,
            reset: entry.0,
        }
    }
}
