//! SARIF 2.1.0 as scanners really write it: every field but the runs may be missing, and a result
//! that cannot be read hides no other.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::encoding;
use crate::model::{Problem, ScanReport, ScanResult};

/// Results of one run that are kept; the rest is counted.
const MAX_RESULTS: usize = 50_000;

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    runs: Vec<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct Run<'a> {
    #[serde(default, deserialize_with = "or_default")]
    tool: Tool,
    #[serde(borrow, default)]
    results: Option<Vec<&'a RawValue>>,
    #[serde(default, deserialize_with = "or_default")]
    invocations: Vec<Invocation>,
    #[serde(
        rename = "externalPropertyFileReferences",
        default,
        deserialize_with = "or_default"
    )]
    external: External,
}

/// What of a run stands in other files, which are not looked for (SARIF §3.14.2).
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct External {
    #[serde(deserialize_with = "or_default")]
    results: Vec<Elsewhere>,
    #[serde(deserialize_with = "or_default")]
    invocations: Vec<Elsewhere>,
    #[serde(deserialize_with = "or_default")]
    driver: Option<Elsewhere>,
    #[serde(deserialize_with = "or_default")]
    extensions: Vec<Elsewhere>,
}

impl External {
    /// Tells whether what stands elsewhere says how the scan went, or what its rules weigh.
    fn says_how(&self) -> bool {
        self.driver.is_some() || !self.invocations.is_empty() || !self.extensions.is_empty()
    }

    /// Counts the results that stand elsewhere; where a file does not say how many, it is one at least.
    fn results(&self) -> u64 {
        let counts = self.results.iter().map(|e| e.count.unwrap_or(1).max(1));
        counts.fold(0, u64::saturating_add)
    }
}

/// A file that holds a part of a run (SARIF §3.15).
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Elsewhere {
    #[serde(rename = "itemCount", deserialize_with = "or_default")]
    count: Option<u64>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Tool {
    #[serde(deserialize_with = "or_default")]
    driver: Driver,
    #[serde(deserialize_with = "or_default")]
    extensions: Vec<Driver>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Driver {
    #[serde(deserialize_with = "or_default")]
    name: String,
    version: Option<String>,
    #[serde(rename = "semanticVersion")]
    semantic: Option<String>,
    #[serde(deserialize_with = "or_default")]
    rules: Vec<Rule>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Rule {
    #[serde(deserialize_with = "or_default")]
    id: String,
    #[serde(deserialize_with = "or_default")]
    properties: Properties,
    #[serde(rename = "defaultConfiguration", deserialize_with = "or_default")]
    configuration: Configuration,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Properties {
    #[serde(rename = "security-severity", deserialize_with = "or_default")]
    security: Option<serde_json::Value>,
}

impl Properties {
    /// The security severity in tenths; it is written as a text or a number.
    fn security(&self) -> Option<u32> {
        let text = match self.security.as_ref()? {
            serde_json::Value::String(text) => text.trim().to_owned(),
            other => other.to_string(),
        };
        let (whole, part) = text.split_once('.').unwrap_or((&text, "0"));
        let tenths = part.chars().next()?.to_digit(10)?;
        let all = whole.parse::<u32>().ok()?.checked_mul(10)? + tenths;
        (all <= 100).then_some(all)
    }
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Configuration {
    level: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Invocation {
    #[serde(rename = "executionSuccessful")]
    successful: Option<bool>,
    #[serde(rename = "toolExecutionNotifications", deserialize_with = "or_default")]
    notifications: Vec<Notification>,
    #[serde(
        rename = "toolConfigurationNotifications",
        deserialize_with = "or_default"
    )]
    configuration: Vec<Notification>,
    #[serde(rename = "exitSignalName", deserialize_with = "or_default")]
    signal: Option<String>,
    #[serde(rename = "processStartFailureMessage", deserialize_with = "or_default")]
    no_start: Option<String>,
    #[serde(rename = "ruleConfigurationOverrides", deserialize_with = "or_default")]
    overrides: Vec<Override>,
}

/// Another configuration of a rule in one invocation (SARIF §3.51).
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Override {
    #[serde(deserialize_with = "or_default")]
    descriptor: RuleRef,
    #[serde(deserialize_with = "or_default")]
    configuration: Configuration,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Notification {
    level: Option<String>,
}

impl Invocation {
    /// Tells whether the tool says that it failed, or that something was wrong with what it did or how
    /// it was set up: of the latter it may have missed anything (SARIF §3.20.14, §3.20.21, §3.20.22).
    fn has_failed(&self) -> bool {
        let notes = self.notifications.iter().chain(&self.configuration);
        let mut levels = notes.map(|n| n.level.as_deref());
        let was_ended = self.signal.is_some() || self.no_start.is_some();
        self.successful == Some(false)
            || self.successful.is_none() && was_ended
            || levels.any(|level| level == Some("error"))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResultWire {
    #[serde(rename = "ruleId")]
    rule_id: Option<String>,
    #[serde(rename = "ruleIndex", deserialize_with = "or_default")]
    rule_index: Option<usize>,
    #[serde(deserialize_with = "or_default")]
    rule: RuleRef,
    level: Option<String>,
    #[serde(deserialize_with = "or_default")]
    message: Message,
    #[serde(deserialize_with = "or_default")]
    locations: Vec<Location>,
    #[serde(rename = "partialFingerprints", deserialize_with = "or_default")]
    partial: std::collections::BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    fingerprints: std::collections::BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    suppressions: Vec<Suppression>,
    #[serde(deserialize_with = "or_default")]
    kind: Option<String>,
    #[serde(rename = "baselineState", deserialize_with = "or_default")]
    baseline: Option<String>,
    #[serde(deserialize_with = "or_default")]
    provenance: Provenance,
    #[serde(deserialize_with = "or_default")]
    properties: Properties,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Provenance {
    #[serde(rename = "invocationIndex", deserialize_with = "or_default")]
    invocation: Option<usize>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct RuleRef {
    id: Option<String>,
    index: Option<usize>,
    /// Which of the tool's extensions has the rule; absent, the driver has it.
    #[serde(rename = "toolComponent", deserialize_with = "or_default")]
    component: Component,
}

#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Component {
    index: Option<usize>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Message {
    text: Option<String>,
    markdown: Option<String>,
    id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Location {
    #[serde(rename = "physicalLocation", deserialize_with = "or_default")]
    physical: Physical,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Physical {
    #[serde(rename = "artifactLocation", deserialize_with = "or_default")]
    artifact: ArtifactLocation,
    #[serde(deserialize_with = "or_default")]
    region: Region,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ArtifactLocation {
    uri: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Region {
    #[serde(rename = "startLine")]
    start: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Suppression {
    kind: Option<String>,
    status: Option<String>,
    justification: Option<String>,
}

/// Reads a part that need not be there; of another type than it should be, it counts as absent.
fn or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// Reads a SARIF file: a report for each run. `place` names the file in problems.
pub fn read_sarif(
    bytes: &[u8],
    place: &str,
) -> Result<(Vec<ScanReport>, Vec<Problem>), serde_json::Error> {
    let text = encoding::decode(bytes);
    let document: Document<'_> = serde_json::from_str(&text)?;
    let (mut reports, mut problems) = (Vec::new(), Vec::new());
    for (index, raw) in document.runs.iter().enumerate() {
        let at = format!("{place}, run {}", index + 1);
        match serde_json::from_str::<Run<'_>>(raw.get()) {
            Ok(run) => reports.push(report(&run, &at, &mut problems)),
            Err(error) => {
                problems.push(Problem::warning(&at, format!("cannot be read ({error})")));
                reports.push(unread(&at));
            }
        }
    }
    Ok((reports, problems))
}

/// What is known of a report that cannot be read: that there is one.
pub(super) fn unread(place: &str) -> ScanReport {
    ScanReport {
        unread: true,
        ..report(&Run::default(), place, &mut Vec::new())
    }
}

fn report(run: &Run<'_>, place: &str, problems: &mut Vec<Problem>) -> ScanReport {
    let driver = &run.tool.driver;
    let found = run.results.as_deref().unwrap_or_default();
    let mut results = Vec::new();
    let mut broken = 0;
    for raw in found.iter().take(MAX_RESULTS) {
        match serde_json::from_str::<ResultWire>(raw.get()) {
            // Known from an earlier run of the scanner and not found by this one (SARIF §3.27.24).
            Ok(wire) if wire.baseline.as_deref() == Some("absent") => {}
            Ok(wire) => results.push(result(run, wire)),
            Err(_) => broken += 1,
        }
    }
    if broken > 0 {
        let what = format!("{broken} of {} results cannot be read", found.len());
        problems.push(Problem::warning(place, what));
    }
    if found.len() > MAX_RESULTS {
        let what = format!(
            "{} results, only the first {MAX_RESULTS} are kept",
            found.len()
        );
        problems.push(Problem::warning(place, what));
    }
    let elsewhere = run.external.results();
    if elsewhere > 0 || run.external.says_how() {
        let what = "parts of it are in external files, which are not read";
        problems.push(Problem::warning(place, what));
    }
    let extensions = run.tool.extensions.iter().flat_map(|e| &e.rules);
    let rule_ids: Vec<String> = driver
        .rules
        .iter()
        .chain(extensions)
        .map(|r| r.id.clone())
        .collect();
    ScanReport {
        head: None,
        analysis: None,
        file: place.to_owned(),
        series: String::new(),
        tool: driver.name.clone(),
        version: driver.semantic.clone().or_else(|| driver.version.clone()),
        rules: rule_ids.len() as u64,
        rule_ids,
        // `results` that is absent is a run that did not look; an empty list is one that found nothing.
        looked: run.results.is_some() || elsewhere > 0,
        failed: run.invocations.iter().any(Invocation::has_failed),
        unread: run.external.says_how(),
        results,
        listed: found.len() as u64,
        left_out: elsewhere
            .saturating_add((found.len().saturating_sub(MAX_RESULTS) + broken) as u64),
    }
}

/// The rule of a result: by its place in the component it names, unless another rule stands there (SARIF
/// §3.52.4), else by its id in any component. An id may go on behind that of its rule: `CA1000/1`.
fn rule_of<'a>(tool: &'a Tool, wire: &ResultWire) -> Option<&'a Rule> {
    let named = wire.rule_id.as_ref().or(wire.rule.id.as_ref());
    let is_named = |rule: &&Rule| {
        let rest = named.and_then(|id| id.strip_prefix(rule.id.as_str()));
        named.is_none() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let component = match wire.rule.component.index {
        Some(index) => tool.extensions.get(index),
        None => Some(&tool.driver),
    };
    let place = wire.rule_index.or(wire.rule.index);
    let there = place.and_then(|at| component?.rules.get(at));
    if let Some(rule) = there.filter(is_named) {
        return Some(rule);
    }
    let components = component
        .into_iter()
        .chain([&tool.driver])
        .chain(&tool.extensions);
    // The longest that fits says most.
    let mut fits: Vec<&Rule> = components.flat_map(|c| &c.rules).filter(is_named).collect();
    fits.retain(|r| named.is_some() && !r.id.is_empty());
    let longest = fits.iter().map(|r| r.id.len()).max()?;
    fits.into_iter().find(|r| r.id.len() == longest)
}

/// The level that the invocation gave the rule of a result (SARIF §3.27.10).
fn overridden(run: &Run<'_>, rule: Option<&Rule>, wire: &ResultWire) -> Option<String> {
    let invocation = run.invocations.get(wire.provenance.invocation?)?;
    let named = wire.rule_id.as_ref().or(wire.rule.id.as_ref());
    let id = named.or(rule.map(|r| &r.id));
    let is_same = |descriptor: &RuleRef| {
        if let (Some(of), Some(id)) = (&descriptor.id, id) {
            return of == id;
        }
        let index = wire.rule_index.or(wire.rule.index);
        index.is_some() && descriptor.index == index && descriptor.component == wire.rule.component
    };
    let mut overrides = invocation.overrides.iter();
    let found = overrides.find(|o| is_same(&o.descriptor))?;
    found.configuration.level.clone()
}

fn result(run: &Run<'_>, wire: ResultWire) -> ScanResult {
    let rule = rule_of(&run.tool, &wire);
    let overridden = overridden(run, rule, &wire);
    let security = wire.properties.security();
    let security = security.or_else(|| rule.and_then(|r| r.properties.security()));
    let named = wire.rule_id.or(wire.rule.id);
    // Absent, the level is that of the rule; absent there too, it is a warning (SARIF §3.27.10).
    // What is said of something that is in order weighs nothing (SARIF §3.27.9).
    let in_order = matches!(
        wire.kind.as_deref(),
        Some("pass" | "notApplicable" | "informational")
    );
    // The tool could not tell, or a person has to (SARIF §3.27.9).
    let open = matches!(wire.kind.as_deref(), Some("open" | "review"));
    let level = wire
        .level
        .or_else(|| (in_order || open).then(|| "none".to_owned()))
        .or(overridden)
        .or_else(|| rule.and_then(|r| r.configuration.level.clone()))
        .unwrap_or_else(|| "warning".to_owned());
    let physical = wire
        .locations
        .into_iter()
        .next()
        .unwrap_or_default()
        .physical;
    let message = wire.message;
    // Where one suppression was refused or is still asked for, the others suppress nothing either.
    let accepted =
        |s: &Suppression| !matches!(s.status.as_deref(), Some("rejected" | "underReview"));
    let all = wire.suppressions.iter().all(accepted);
    let suppressed = wire.suppressions.first().filter(|_| all).map(|s| {
        let kind = s.kind.as_deref().unwrap_or("suppressed");
        let why = s.justification.as_deref().unwrap_or("no reason given");
        format!("{kind}: {why}")
    });
    let line_hash = wire.partial.get("primaryLocationLineHash").cloned();
    ScanResult {
        rule: named
            .or_else(|| rule.map(|r| r.id.clone()))
            .unwrap_or_default(),
        level,
        message: message
            .text
            .or(message.markdown)
            .or(message.id)
            .unwrap_or_default(),
        path: physical.artifact.uri.unwrap_or_default(),
        line: physical.region.start,
        fingerprint: line_hash
            .or_else(|| wire.partial.into_values().next())
            .or_else(|| wire.fingerprints.into_values().next()),
        suppressed,
        open,
        security: security.filter(|_| !in_order),
    }
}

#[cfg(test)]
mod tests;
