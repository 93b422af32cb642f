//! Control sequences of a terminal: where one ends, and what it stands for.

use crate::keys::{Code, Key};

/// What a sequence begins with, after the ESC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intro {
    /// `ESC [`
    Csi,
    /// `ESC O`
    Ss3,
}

impl Intro {
    /// Returns the sequence that a character begins.
    pub(super) fn of(c: char) -> Option<Self> {
        match c {
            '[' => Some(Self::Csi),
            'O' => Some(Self::Ss3),
            _ => None,
        }
    }

    /// Returns the character.
    pub(super) fn char(self) -> char {
        match self {
            Self::Csi => '[',
            Self::Ss3 => 'O',
        }
    }
}

/// How far a sequence got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    More,
    Whole,
    /// No sequence goes on like this.
    Broken,
}

/// What a whole sequence stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Key(Key),
    /// A report of the mouse or the focus, an answer, a release, a key that nothing uses.
    Nothing,
    PasteStart,
    PasteEnd,
    Unknown,
}

/// Says how far the part after `ESC [` or `ESC O` got.
pub(super) fn extent(intro: Intro, body: &str) -> Extent {
    let Some(last) = body.chars().next_back() else {
        return Extent::More;
    };
    if intro == Intro::Csi && body.starts_with('M') {
        // The mouse of old terminals: three characters of any kind follow.
        return if body.chars().count() < 4 {
            Extent::More
        } else {
            Extent::Whole
        };
    }
    match last {
        // Function keys of the Linux console: `[[A`.
        '[' if intro == Intro::Csi && body == "[" => Extent::More,
        '@'..='~' => Extent::Whole,
        ' '..='/' if intro == Intro::Csi => Extent::More,
        '<'..='?' if intro == Intro::Csi => Extent::More,
        '0'..=';' => Extent::More,
        _ => Extent::Broken,
    }
}

/// Says what a whole sequence stands for.
pub(super) fn meaning(intro: Intro, body: &str) -> Meaning {
    let mut chars = body.chars();
    let Some(last) = chars.next_back() else {
        return Meaning::Unknown;
    };
    let parameters = chars.as_str();
    match intro {
        Intro::Ss3 => ss3(parameters, last),
        Intro::Csi => csi(parameters, last),
    }
}

fn ss3(parameters: &str, last: char) -> Meaning {
    let code = match last {
        // rxvt writes a cursor key with ctrl so.
        'a' | 'b' | 'c' | 'd' => {
            let code = cursor(last.to_ascii_uppercase());
            return code.map_or(Meaning::Unknown, |c| Held::CTRL.on(c));
        }
        // The keypad in application mode.
        'M' => Some(Code::Enter),
        'I' => Some(Code::Tab),
        'X' => Some(Code::Char('=')),
        'j'..='y' => "*+,-./0123456789"
            .chars()
            .nth((last as usize).saturating_sub('j' as usize))
            .map(Code::Char),
        _ => cursor(last).or_else(|| function(last)),
    };
    // `O5A` and `O1;5A` both mean ctrl.
    let held = parameters.rsplit(';').next().unwrap_or_default();
    match (code, Held::parse(held)) {
        (Some(code), Some(held)) => held.on(code),
        _ => Meaning::Unknown,
    }
}

fn cursor(last: char) -> Option<Code> {
    Some(match last {
        'A' => Code::Up,
        'B' => Code::Down,
        'C' => Code::Right,
        'D' => Code::Left,
        'F' => Code::End,
        'H' => Code::Home,
        _ => return None,
    })
}

fn function(last: char) -> Option<Code> {
    Some(Code::F(match last {
        'P' => 1,
        'Q' => 2,
        'R' => 3,
        'S' => 4,
        _ => return None,
    }))
}

fn csi(parameters: &str, last: char) -> Meaning {
    if parameters.starts_with('M') {
        return Meaning::Nothing;
    }
    if parameters == "[" {
        // The Linux console.
        return match last {
            'A'..='E' => u8::try_from(last as u32 - 'A' as u32 + 1)
                .map_or(Meaning::Unknown, |n| Held::NONE.on(Code::F(n))),
            _ => Meaning::Unknown,
        };
    }
    // The wheel of the mouse, by the modern report of buttons 64 and 65.
    if let Some(report) = parameters.strip_prefix('<') {
        let button = report.split(';').next().unwrap_or_default();
        return match (button, last) {
            ("64", 'M') => Meaning::Key(Key::plain(Code::Up)),
            ("65", 'M') => Meaning::Key(Key::plain(Code::Down)),
            _ => Meaning::Nothing,
        };
    }
    // Other reports, and what the terminal answers.
    if parameters.starts_with(['<', '=', '>', '?']) {
        return Meaning::Nothing;
    }
    let mut parts = parameters.split(';');
    let first = parts.next().unwrap_or_default();
    let second = parts.next().unwrap_or_default();
    let Some(held) = Held::parse(second) else {
        return Meaning::Unknown;
    };
    let number = || first.split(':').next().unwrap_or_default().parse::<u32>();
    match last {
        'I' | 'O' if parameters.is_empty() => Meaning::Nothing,
        'M' | 'm' | 'c' | 'n' | 't' => Meaning::Nothing,
        // Where the cursor is: an answer.
        'R' if !matches!(first, "" | "1") => Meaning::Nothing,
        'E' => Meaning::Nothing,
        'Z' => held.on(Code::BackTab),
        '~' if number() == Ok(200) => Meaning::PasteStart,
        '~' if number() == Ok(201) => Meaning::PasteEnd,
        '~' if number() == Ok(27) => {
            // xterm's modifyOtherKeys: the character is the third.
            let code = parts.next().and_then(|n| n.parse().ok());
            code.map_or(Meaning::Unknown, |n| held.on_number(n, None))
        }
        '~' => number().map_or(Meaning::Unknown, |n| held.on_numbered(n)),
        // rxvt: ctrl, and ctrl with shift.
        '^' | '@' => number().map_or(Meaning::Unknown, |n| Held::CTRL.on_numbered(n)),
        'u' => {
            let shifted = first.split(':').nth(1).and_then(|n| n.parse().ok());
            number().map_or(Meaning::Unknown, |n| held.on_number(n, shifted))
        }
        _ => cursor(last)
            .or_else(|| function(last))
            .map_or(Meaning::Unknown, |code| held.on(code)),
    }
}

/// Modifiers that are held, and whether the key goes up.
#[derive(Clone, Copy)]
struct Held {
    shift: bool,
    alt: bool,
    ctrl: bool,
    /// Super, hyper or meta: nothing here uses them.
    other: bool,
    release: bool,
}

impl Held {
    const NONE: Self = Self {
        shift: false,
        alt: false,
        ctrl: false,
        other: false,
        release: false,
    };
    const CTRL: Self = Self {
        ctrl: true,
        ..Self::NONE
    };

    /// Reads `5`, or `5:3` where kinds are told.
    fn parse(text: &str) -> Option<Self> {
        let (mask, kind) = text.split_once(':').unwrap_or((text, ""));
        let mask = if mask.is_empty() {
            0
        } else {
            mask.parse::<u16>().ok()?.saturating_sub(1)
        };
        Some(Self {
            shift: mask & 1 != 0,
            alt: mask & 2 != 0,
            ctrl: mask & 4 != 0,
            other: mask & 0b11_1000 != 0,
            release: kind == "3",
        })
    }

    fn on(self, code: Code) -> Meaning {
        if self.other || self.release {
            return Meaning::Nothing;
        }
        Meaning::Key(Key {
            code,
            ctrl: self.ctrl,
            alt: self.alt,
        })
    }

    /// `11~` and the like.
    fn on_numbered(self, number: u32) -> Meaning {
        let function = |from: u32, to: u32| u8::try_from(number - from + to).map(Code::F).ok();
        let code = match number {
            1 | 7 => Some(Code::Home),
            3 => Some(Code::Delete),
            4 | 8 => Some(Code::End),
            5 => Some(Code::PageUp),
            6 => Some(Code::PageDown),
            11..=15 => function(11, 1),
            17..=21 => function(17, 6),
            23..=24 => function(23, 11),
            // Insert, the menu, and function keys beyond the twelfth.
            2 | 25..=34 => return Meaning::Nothing,
            _ => None,
        };
        code.map_or(Meaning::Unknown, |c| self.on(c))
    }

    /// A character by its number, or a key that the keyboard protocol numbers.
    fn on_number(self, number: u32, shifted: Option<u32>) -> Meaning {
        let code = match number {
            8 | 127 => Code::Backspace,
            9 if self.shift => Code::BackTab,
            9 => Code::Tab,
            13 | 57414 => Code::Enter,
            27 => Code::Esc,
            57399..=57413 | 57415..=57416 => {
                let at = usize::try_from(number - 57399).unwrap_or(usize::MAX);
                match "0123456789./*-+\r=,".chars().nth(at) {
                    Some(c) => Code::Char(c),
                    None => return Meaning::Nothing,
                }
            }
            57417 => Code::Left,
            57418 => Code::Right,
            57419 => Code::Up,
            57420 => Code::Down,
            57421 => Code::PageUp,
            57422 => Code::PageDown,
            57423 => Code::Home,
            57424 => Code::End,
            57426 => Code::Delete,
            // The rest of what the protocol numbers: modifiers, media keys.
            0..=31 | 57344..=63743 => return Meaning::Nothing,
            _ => {
                let plain = char::from_u32(number);
                let shifted = shifted.and_then(char::from_u32).filter(|_| self.shift);
                match shifted.or(plain) {
                    // With ctrl, terminals do not tell a capital letter from a small one.
                    Some(c) if self.shift && !self.ctrl => Code::Char(c.to_ascii_uppercase()),
                    Some(c) => Code::Char(c),
                    None => return Meaning::Unknown,
                }
            }
        };
        self.on(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a sequence as it is written after the ESC.
    fn read(text: &str) -> (Extent, Meaning) {
        let mut chars = text.chars();
        let intro = Intro::of(chars.next().unwrap()).unwrap();
        let body = chars.as_str();
        for length in 1..body.chars().count() {
            let begin: String = body.chars().take(length).collect();
            assert_eq!(extent(intro, &begin), Extent::More, "{text} at {length}");
        }
        (extent(intro, body), meaning(intro, body))
    }

    #[test]
    fn every_form_of_a_key() {
        for (sequence, key) in [
            ("[A", "up"),
            ("[B", "down"),
            ("[C", "right"),
            ("[D", "left"),
            ("[H", "home"),
            ("[F", "end"),
            ("OA", "up"),
            ("OD", "left"),
            ("OH", "home"),
            ("OF", "end"),
            ("[1;5A", "ctrl-up"),
            ("[1;3D", "alt-left"),
            ("[1;7C", "ctrl-alt-right"),
            ("[1;2B", "down"),
            ("[1;69A", "ctrl-up"),
            ("O5C", "ctrl-right"),
            ("O1;5C", "ctrl-right"),
            ("Oa", "ctrl-up"),
            ("[1~", "home"),
            ("[7~", "home"),
            ("[4~", "end"),
            ("[8~", "end"),
            ("[3~", "delete"),
            ("[3;5~", "ctrl-delete"),
            ("[3^", "ctrl-delete"),
            ("[5~", "pageup"),
            ("[6~", "pagedown"),
            ("[6;3~", "alt-pagedown"),
            ("OP", "f1"),
            ("OS", "f4"),
            ("[P", "f1"),
            ("[1;5Q", "ctrl-f2"),
            ("[1;5R", "ctrl-f3"),
            ("[R", "f3"),
            ("[[A", "f1"),
            ("[[E", "f5"),
            ("[11~", "f1"),
            ("[15~", "f5"),
            ("[17~", "f6"),
            ("[21~", "f10"),
            ("[23~", "f11"),
            ("[24;5~", "ctrl-f12"),
            ("[Z", "backtab"),
            ("[27u", "esc"),
            ("[27;1u", "esc"),
            ("[13u", "enter"),
            ("[9u", "tab"),
            ("[9;2u", "backtab"),
            ("[127u", "backspace"),
            ("[97;5u", "ctrl-a"),
            ("[97;6u", "ctrl-a"),
            ("[97;4u", "alt-A"),
            ("[97:65;2u", "A"),
            ("[49:33;2u", "!"),
            ("[32u", "space"),
            ("[115;5:2u", "ctrl-s"),
            ("[27;5;97~", "ctrl-a"),
            ("[57414u", "enter"),
            ("[57419u", "up"),
            ("[57400u", "1"),
            ("[57415u", "="),
            ("OM", "enter"),
            ("Oj", "*"),
            ("Oy", "9"),
        ] {
            let (extent, meaning) = read(sequence);
            assert_eq!(extent, Extent::Whole, "{sequence}");
            let Meaning::Key(found) = meaning else {
                panic!("{sequence}: {meaning:?}");
            };
            assert_eq!(found.to_string(), key, "{sequence}");
        }
    }

    #[test]
    fn what_is_no_key_is_nothing_and_what_is_unknown_is_told() {
        for sequence in [
            "[I",
            "[O",
            "[<35;10;4M",
            "[<0;1;1m",
            "[64;1;1M",
            "[M !!",
            "[12;40R",
            "[?62;4c",
            "[?1u",
            "[2~",
            "[29~",
            "[E",
            "[97;5:3u",
            "[1;1:3A",
            "[97;9u",
            "[57441u",
            "[57358u",
        ] {
            assert_eq!(
                read(sequence),
                (Extent::Whole, Meaning::Nothing),
                "{sequence}"
            );
        }
        for sequence in ["[a", "[e", "[r", "[99~", "[x", "Oz", "[1;xA", "[!p", "OA1"] {
            let mut chars = sequence.chars();
            let intro = Intro::of(chars.next().unwrap()).unwrap();
            let found = meaning(intro, chars.as_str());
            assert_eq!(found, Meaning::Unknown, "{sequence}");
        }
        assert_eq!(read("[200~"), (Extent::Whole, Meaning::PasteStart));
        assert_eq!(read("[201~"), (Extent::Whole, Meaning::PasteEnd));
        assert_eq!(extent(Intro::Csi, "1;é"), Extent::Broken);
        assert_eq!(extent(Intro::Ss3, "!"), Extent::Broken);
    }
}
