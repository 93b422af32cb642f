//! From theme roles to ratatui styles, at the depth of colour that the terminal has.

use ratatui::style::{Color, Modifier, Style};

use crate::theme::{self, Theme};

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    True,
    Indexed,
    Ansi,
    /// `NO_COLOR`: glyphs, words and modifiers only.
    None,
}

/// A theme at a depth.
#[derive(Clone, Debug)]
pub struct Look {
    pub theme: Theme,
    pub depth: Depth,
}

/// The sixteen colours as xterm draws them, for finding the nearest.
const ANSI: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

fn ansi(index: u8) -> Color {
    match index {
        0 => Color::Black,
        1 => Color::Red,
        2 => Color::Green,
        3 => Color::Yellow,
        4 => Color::Blue,
        5 => Color::Magenta,
        6 => Color::Cyan,
        7 => Color::Gray,
        8 => Color::DarkGray,
        9 => Color::LightRed,
        10 => Color::LightGreen,
        11 => Color::LightYellow,
        12 => Color::LightBlue,
        13 => Color::LightMagenta,
        14 => Color::LightCyan,
        _ => Color::White,
    }
}

fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> u32 {
    let part = |x: u8, y: u8| u32::from(x.abs_diff(y)).pow(2);
    part(a.0, b.0) + part(a.1, b.1) + part(a.2, b.2)
}

/// Finds the nearest colour of the 6×6×6 cube or the grey ramp (xterm's 256 colours).
fn indexed(rgb: (u8, u8, u8)) -> u8 {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let cube = (16..232_u8).map(|i| {
        let n = usize::from(i - 16);
        (i, (STEPS[n / 36], STEPS[n / 6 % 6], STEPS[n % 6]))
    });
    let grey = (232..=255_u8).map(|i| {
        let v = 8 + (i - 232) * 10;
        (i, (v, v, v))
    });
    cube.chain(grey)
        .min_by_key(|(_, c)| distance(*c, rgb))
        .map_or(7, |(i, _)| i)
}

fn nearest_ansi(rgb: (u8, u8, u8)) -> Color {
    let best = (0..16_u8).min_by_key(|i| distance(ANSI[usize::from(*i)], rgb));
    ansi(best.unwrap_or(7))
}

impl Look {
    fn color(&self, color: theme::Color) -> Option<Color> {
        Some(match (color, self.depth) {
            (_, Depth::None) => return None,
            (theme::Color::Default, _) => Color::Reset,
            (theme::Color::Ansi(n), _) => ansi(n),
            (theme::Color::Rgb(r, g, b), Depth::True) => Color::Rgb(r, g, b),
            (theme::Color::Rgb(r, g, b), Depth::Indexed) => Color::Indexed(indexed((r, g, b))),
            (theme::Color::Rgb(r, g, b), Depth::Ansi) => nearest_ansi((r, g, b)),
        })
    }

    /// Returns the style of a role.
    pub fn style(&self, role: &str) -> Style {
        let from = self.theme.style(role);
        let mut style = Style::default();
        if let Some(fg) = from.fg.and_then(|c| self.color(c)) {
            style = style.fg(fg);
        }
        if let Some(bg) = from.bg.and_then(|c| self.color(c)) {
            style = style.bg(bg);
        }
        let mut modifier = Modifier::empty();
        modifier.set(Modifier::BOLD, from.bold);
        modifier.set(Modifier::ITALIC, from.italic);
        modifier.set(Modifier::UNDERLINED, from.underline);
        modifier.set(Modifier::REVERSED, from.reverse);
        // Without colour, the row under the cursor and matches must still be seen.
        let needs_reverse = matches!(role, "ui.selected" | "ui.match" | "ui.field.focus");
        if self.depth == Depth::None && needs_reverse {
            modifier |= Modifier::REVERSED;
        }
        style.add_modifier(modifier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_fall_to_the_nearest_at_each_depth() {
        assert_eq!(indexed((255, 0, 0)), 196);
        assert_eq!(indexed((8, 8, 8)), 232);
        assert_eq!(nearest_ansi((250, 10, 10)), Color::LightRed);
        let (theme, _) = Theme::shipped("dark").unwrap();
        let look = Look {
            theme,
            depth: Depth::None,
        };
        assert_eq!(look.style("verdict.fail").fg, None);
        assert!(
            look.style("ui.selected")
                .add_modifier
                .contains(Modifier::REVERSED)
        );
    }
}
