//! Faults that a test can order: what a network and a busy forge do to a client.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// An order to misbehave, for some requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Only requests with this method; any where none is given.
    #[serde(default)]
    pub method: Option<String>,
    /// Only requests whose path starts so.
    #[serde(default)]
    pub path: String,
    /// How many requests are hit before the fault is spent.
    #[serde(default = "once")]
    pub times: u32,
    pub kind: FaultKind,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The answer comes late.
    Latency { millis: u64 },
    /// The answer never comes.
    Hang,
    /// Another status and headers instead of the answer; nothing was done.
    Status {
        status: u16,
        #[serde(default)]
        headers: Vec<(String, String)>,
        #[serde(default)]
        message: String,
    },
    /// The request is carried out, and then answered with this status.
    StatusAfter { status: u16 },
    /// The body ends after so many bytes, though more were announced.
    CutBody { bytes: usize },
    /// The connection is closed without an answer; nothing was done.
    Drop,
    /// The request is carried out, and the connection is closed without an answer.
    DropAfter,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// A fault that hits the next request whose path starts so.
    pub fn next(path: impl Into<String>, kind: FaultKind) -> Self {
        Self {
            method: None,
            path: path.into(),
            times: 1,
            kind,
        }
    }

    fn hits(&self, method: &str, path: &str) -> bool {
        self.times > 0
            && path.starts_with(&self.path)
            && self
                .method
                .as_deref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
    }
}

/// The orders that are not spent yet.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(fault);
    }

    pub(crate) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// The fault for this request, which counts as one hit.
    pub(crate) fn take(&self, method: &str, path: &str) -> Option<FaultKind> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = faults.iter().position(|fault| fault.hits(method, path))?;
        let kind = faults[at].kind.clone();
        faults[at].times -= 1;
        faults.retain(|fault| fault.times > 0);
        Some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_spent() {
        let faults = Faults::default();
        faults.add(Fault::next("/repos", FaultKind::Hang));
        assert_eq!(faults.take("GET", "/user"), None);
        assert_eq!(faults.take("GET", "/repos/a/b"), Some(FaultKind::Hang));
        assert_eq!(faults.take("GET", "/repos/a/b"), None);
    }

    #[test]
    fn a_fault_reads_from_json() {
        let text = r#"{"path":"/repos","method":"POST","kind":{"status_after":{"status":502}}}"#;
        let fault: Fault = serde_json::from_str(text).unwrap();
        assert_eq!(fault.times, 1);
        assert_eq!(fault.kind, FaultKind::StatusAfter { status: 502 });
    }
}
