//! Themes: semantic roles with prefix fallback, `inherits`, a palette. Parsed leniently: what is
//! wrong is said, and the rest holds. Colours are a type of our own.

use std::collections::BTreeMap;

use crate::model::Problem;
use crate::text;

/// The themes that ship with the program; the first one is the default.
pub const SHIPPED: &[(&str, &str)] = &[
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
];

/// Every role that views use. A theme may style any of them, or a prefix of them.
pub const ROLES: &[&str] = &[
    "text",
    "text.dim",
    "text.strong",
    "text.title",
    "text.code",
    "text.link",
    "text.quote",
    "verdict.pass",
    "verdict.fail",
    "verdict.pending",
    "verdict.missing",
    "verdict.stale",
    "verdict.waived",
    "verdict.unknown",
    "verdict.tampered",
    "verdict.na",
    "attention",
    "host.1",
    "host.2",
    "host.3",
    "host.4",
    "risk.low",
    "risk.medium",
    "risk.high",
    "ui.screen",
    "ui.header",
    "ui.header.key",
    "ui.footer",
    "ui.footer.key",
    "ui.border",
    "ui.border.focus",
    "ui.title",
    "ui.selected",
    "ui.selected.blur",
    "ui.tab",
    "ui.tab.active",
    "ui.match",
    "ui.group",
    "ui.field",
    "ui.field.focus",
    "diff.added",
    "diff.removed",
    "diff.context",
    "diff.hunk",
    "diff.file",
    "decide.approve",
    "decide.request-changes",
    "decide.exception",
    "message.info",
    "message.warning",
    "message.error",
];

/// A colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// One of the terminal's own sixteen, 0–15.
    Ansi(u8),
    Rgb(u8, u8, u8),
    /// The terminal's own text or background colour.
    Default,
}

/// How a role looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    pub fg: Option<Color>,
    pub bg: Option<Color>,
    pub bold: bool,
    pub italic: bool,
    pub underline: bool,
    pub reverse: bool,
}

/// A theme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    pub name: String,
    /// Made for a light background.
    pub light: bool,
    roles: BTreeMap<String, Style>,
}

const NAMES: &[&str] = &[
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

fn parse_color(text: &str, palette: &toml::Table) -> Option<Color> {
    if let Some(toml::Value::String(value)) = palette.get(text) {
        return parse_color(value, &toml::Table::new());
    }
    if text == "default" {
        return Some(Color::Default);
    }
    if let Some(n) = NAMES.iter().position(|n| *n == text) {
        return u8::try_from(n).ok().map(Color::Ansi);
    }
    let hex = text
        .strip_prefix('#')
        .filter(|h| h.len() == 6 && h.is_ascii())?;
    let part = |n: usize| u8::from_str_radix(hex.get(n..n + 2)?, 16).ok();
    Some(Color::Rgb(part(0)?, part(2)?, part(4)?))
}

/// The line of a byte, for messages.
fn line_at(text: &str, byte: usize) -> usize {
    let before = text.bytes().take(byte);
    before.filter(|b| *b == b'\n').count() + 1
}

impl Theme {
    /// Returns a theme that ships with the program.
    pub fn shipped(name: &str) -> Option<(Self, Vec<Problem>)> {
        let (name, text) = SHIPPED.iter().find(|(n, _)| *n == name)?;
        Some(Self::parse(name, text))
    }

    /// Parses a theme. What it does not say it takes from the one it inherits, if any.
    pub fn parse(name: &str, text: &str) -> (Self, Vec<Problem>) {
        let mut theme = Self {
            name: name.to_owned(),
            light: false,
            roles: BTreeMap::new(),
        };
        let problems = theme.layer(name, text);
        (theme, problems)
    }

    /// Layers a file over what is there. Returns everything that is wrong with it; what is wrong
    /// changes nothing.
    pub fn layer(&mut self, place: &str, text: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(e) => {
                let line = e.span().map_or(1, |s| line_at(text, s.start));
                problems.push(Problem::error(
                    text::place(place, line),
                    format!("is not valid TOML ({})", e.message()),
                ));
                return problems;
            }
        };
        let at = |key: &str| {
            let is_key = |l: &str| l.trim_start().trim_start_matches('"').starts_with(key);
            let line = text.lines().position(is_key).map_or(1, |n| n + 1);
            text::place(place, line)
        };
        if let Some(parent) = table.get("inherits").and_then(toml::Value::as_str) {
            match Self::shipped(parent).filter(|_| parent != place) {
                Some((parent, _)) => (self.light, self.roles) = (parent.light, parent.roles),
                None => problems.push(Problem::warning(
                    at("inherits"),
                    format!("there is no theme `{parent}` to inherit from"),
                )),
            }
        }
        if let Some(light) = table.get("light").and_then(toml::Value::as_bool) {
            self.light = light;
        }
        let empty = toml::Table::new();
        let palette = table
            .get("palette")
            .and_then(toml::Value::as_table)
            .unwrap_or(&empty);
        for (role, value) in &table {
            if matches!(role.as_str(), "inherits" | "light" | "palette") {
                continue;
            }
            let known = ROLES
                .iter()
                .any(|r| r == role || r.starts_with(&format!("{role}.")));
            if !known {
                problems.push(Problem::warning(
                    at(role),
                    format!("there is no role `{role}`"),
                ));
                continue;
            }
            match style(value, palette) {
                Ok(style) => {
                    self.roles.insert(role.clone(), style);
                }
                Err(why) => problems.push(Problem::warning(at(role), format!("{role}: {why}"))),
            }
        }
        problems
    }

    /// Returns the style of a role, of its nearest prefix where it has none of its own.
    pub fn style(&self, role: &str) -> Style {
        let mut name = role;
        loop {
            if let Some(style) = self.roles.get(name) {
                return *style;
            }
            match name.rsplit_once('.') {
                Some((front, _)) => name = front,
                // A theme that knows no forms frames them like anything else.
                None if name == "decide" => name = "ui.border.focus",
                None => return Style::default(),
            }
        }
    }
}

fn style(value: &toml::Value, palette: &toml::Table) -> Result<Style, String> {
    let color =
        |text: &str| parse_color(text, palette).ok_or_else(|| format!("`{text}` is no colour"));
    match value {
        toml::Value::String(text) => Ok(Style {
            fg: Some(color(text)?),
            ..Style::default()
        }),
        toml::Value::Table(table) => {
            let mut style = Style::default();
            for (key, value) in table {
                match (key.as_str(), value) {
                    ("fg", toml::Value::String(t)) => style.fg = Some(color(t)?),
                    ("bg", toml::Value::String(t)) => style.bg = Some(color(t)?),
                    ("bold", toml::Value::Boolean(b)) => style.bold = *b,
                    ("italic", toml::Value::Boolean(b)) => style.italic = *b,
                    ("underline", toml::Value::Boolean(b)) => style.underline = *b,
                    ("reverse", toml::Value::Boolean(b)) => style.reverse = *b,
                    _ => return Err(format!("`{key}` is not understood")),
                }
            }
            Ok(style)
        }
        _ => Err("a style is a colour or a table".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_themes_style_every_role_without_a_problem() {
        for (name, _) in SHIPPED {
            let (theme, problems) = Theme::shipped(name).unwrap();
            assert_eq!(problems, [], "{name}");
            for role in ROLES {
                let plain = matches!(*role, "text" | "diff.context" | "text.title" | "ui.field");
                assert!(
                    plain || theme.style(role) != Style::default(),
                    "{name}: {role}"
                );
            }
        }
    }

    #[test]
    fn mistakes_are_said_and_the_rest_holds() {
        let text = "inherits = \"dark\"\n\"verdict\" = \"mauve\"\n\"moon\" = \"red\"\n\"attention\" = { fg = \"mine\", bold = true }\n[palette]\nmine = \"#010203\"\n";
        let (theme, problems) = Theme::parse("my", text);
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert_eq!(
            theme.style("attention"),
            Style {
                fg: Some(Color::Rgb(1, 2, 3)),
                bold: true,
                ..Style::default()
            }
        );
        assert_ne!(theme.style("verdict.pass"), Style::default());
    }

    #[test]
    fn roles_fall_back_to_their_prefix() {
        let (theme, _) = Theme::parse("t", "\"verdict\" = \"red\"\n");
        assert_eq!(theme.style("verdict.pass").fg, Some(Color::Ansi(1)));
        let (theme, _) = Theme::parse("t", "\"ui.border\" = \"blue\"\n");
        assert_eq!(theme.style("decide.approve").fg, Some(Color::Ansi(4)));
    }
}
