//! Objects that are read field by field: for answers of few items, of which little is needed.

use serde::Deserialize;
use serde_json::Value;

use super::{BadItem, changes::UserWire, need};
use crate::model::{Actor, Sha, Timestamp};

/// A JSON value. Paths are JSON pointers (RFC 6901); what is absent, `null` or of another type than
/// it should be reads as absent.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Fields(Value);

impl Fields {
    pub(super) fn get(&self, path: &str) -> Option<&Value> {
        self.0.pointer(path).filter(|v| !v.is_null())
    }

    pub(super) fn text(&self, path: &str) -> Option<String> {
        self.get(path)?.as_str().map(str::to_owned)
    }

    /// Text, or nothing where it is absent.
    pub(super) fn words(&self, path: &str) -> String {
        self.text(path).unwrap_or_default()
    }

    pub(super) fn number(&self, path: &str) -> Option<u64> {
        self.get(path)?.as_u64()
    }

    pub(super) fn id(&self, path: &str) -> Result<u64, BadItem> {
        need(self.number(path), path.trim_start_matches('/'))
    }

    pub(super) fn flag(&self, path: &str) -> Option<bool> {
        self.get(path)?.as_bool()
    }

    pub(super) fn time(&self, path: &str) -> Option<Timestamp> {
        Timestamp::parse(self.get(path)?.as_str()?).ok()
    }

    pub(super) fn sha(&self, path: &str) -> Option<Sha> {
        Sha::parse(self.get(path)?.as_str()?).ok()
    }

    pub(super) fn actor(&self, path: &str) -> Option<Actor> {
        let user: UserWire = serde_json::from_value(self.get(path)?.clone()).ok()?;
        user.actor()
    }

    pub(super) fn list(&self, path: &str) -> Vec<Self> {
        let items = self.get(path).and_then(Value::as_array);
        items.into_iter().flatten().cloned().map(Self).collect()
    }

    /// Reads it as a wire type.
    pub(super) fn read<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_value(self.0.clone()).ok()
    }

    /// The strings of a list.
    pub(super) fn texts(&self, path: &str) -> Vec<String> {
        let items = self.list(path).into_iter();
        items.filter_map(|f| f.text("")).collect()
    }
}

/// Defines a wire type that is read field by field.
macro_rules! reads {
    ($(#[$doc:meta])* $wire:ident => $model:ty, |$f:ident| $body:block) => {
        $(#[$doc])*
        #[derive(Clone, Debug, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $wire($crate::forge::github::wire::fields::Fields);

        impl $crate::forge::github::wire::IntoModel for $wire {
            type Model = $model;
            fn into_model(self) -> Result<$model, $crate::forge::github::wire::BadItem> {
                let $f = &self.0;
                $body
            }
        }
    };
}
pub(super) use reads;
