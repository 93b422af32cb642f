//! Decoding pages: a bare array, or an array under a key.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::IntoModel;
use crate::{forge::resource::Listed, model::Problem};

/// What names an item of any list.
#[derive(serde::Deserialize)]
struct Name {
    #[serde(default)]
    id: serde_json::Value,
    #[serde(default)]
    sha: serde_json::Value,
    #[serde(default)]
    number: serde_json::Value,
}

/// Returns what names an item: events of the timeline that are commits have a sha and no id.
fn name_of(raw: &str) -> Option<String> {
    let name: Name = serde_json::from_str(raw).ok()?;
    let first = [name.id, name.sha, name.number];
    first
        .into_iter()
        .find(|v| !v.is_null())
        .map(|v| v.to_string())
}

/// Decodes a page. `place` names it in problems; `key` is where the array stands, if not at the top.
pub fn decode_list<W>(
    place: &str,
    bytes: &[u8],
    key: Option<&str>,
) -> Result<Listed<W::Model>, Problem>
where
    W: DeserializeOwned + IntoModel,
{
    let broken = |e: &dyn std::fmt::Display| {
        Problem::error(
            place,
            format!("the page is not what the API describes ({e})"),
        )
    };
    let (array, total): (Vec<Box<RawValue>>, Option<u64>) = match key {
        None => (serde_json::from_slice(bytes).map_err(|e| broken(&e))?, None),
        Some(key) => {
            let mut object: std::collections::BTreeMap<String, Box<RawValue>> =
                serde_json::from_slice(bytes).map_err(|e| broken(&e))?;
            let total = object.get("total_count").and_then(|v| v.get().parse().ok());
            let array = object
                .remove(key)
                .ok_or_else(|| broken(&format!("no `{key}`")))?;
            (
                serde_json::from_str(array.get()).map_err(|e| broken(&e))?,
                total,
            )
        }
    };
    let mut listed = Listed {
        items: Vec::with_capacity(array.len()),
        problems: Vec::new(),
        names: Vec::with_capacity(array.len()),
        total,
    };
    for (index, raw) in array.iter().enumerate() {
        let item = serde_json::from_str::<W>(raw.get())
            .map_err(|e| e.to_string())
            .and_then(|w| w.into_model().map_err(|e| e.to_string()));
        match item {
            Ok(item) => {
                listed.items.push(item);
                listed.names.push(name_of(raw.get()));
            }
            Err(why) => {
                let what = format!("item {} could not be read ({why})", index + 1);
                listed.problems.push(Problem::warning(place, what));
            }
        }
    }
    Ok(listed)
}

/// Decodes one object.
pub fn decode_one<W>(place: &str, bytes: &[u8]) -> Result<W::Model, Problem>
where
    W: DeserializeOwned + IntoModel,
{
    serde_json::from_slice::<W>(bytes)
        .map_err(|e| e.to_string())
        .and_then(|w| w.into_model().map_err(|e| e.to_string()))
        .map_err(|why| {
            Problem::error(
                place,
                format!("the answer is not what the API describes ({why})"),
            )
        })
}
