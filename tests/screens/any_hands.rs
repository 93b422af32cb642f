//! A hundred thousand keys with any delays between them, whole and in pieces, on the whole machine:
//! nothing is decided but by a key for it, in a form that its own key opened after a quiet moment and
//! that was seen; and nothing that was typed is lost.

use std::collections::BTreeMap;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use proofline::{
    app::{App, Effect, Msg, OverlayState},
    decide::{DecisionId, Kind},
    model::PrNumber,
    ui::Keyboard,
};

use super::stage::Stage;

const KEYS: usize = 100_000;
/// What the machine takes for a quiet moment, and how long a draw may take.
const QUIET: u64 = 600;
const FRAME: u64 = 16;
/// Sequences that terminals send for one key or one report.
const SEQUENCES: &[&str] = &[
    "[A",
    "[B",
    "[C",
    "[D",
    "[H",
    "[F",
    "OA",
    "OB",
    "OC",
    "OD",
    "OP",
    "OQ",
    "OR",
    "OS",
    "[1;5A",
    "[1;2B",
    "[1;5D",
    "[5~",
    "[6~",
    "[11~",
    "[15~",
    "[24~",
    "[[A",
    "[[E",
    "[Z",
    "[27u",
    "[97;5u",
    "[I",
    "[O",
    "[<35;10;4M",
];

/// Where the event comes from that is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cause {
    Person(KeyCode, KeyModifiers),
    /// A piece of a key, so many milliseconds after the one before.
    Piece(u64),
    Paste,
    Time,
}

/// A form as it was opened.
#[derive(Clone, Debug)]
struct Opened {
    kind: Kind,
    at: u64,
    drawn: Option<u64>,
    /// The end of a quiet moment after it was drawn.
    quiet: Option<u64>,
}

struct Machine {
    stage: Stage,
    keyboard: Keyboard,
    seed: u64,
    now: u64,
    cause: Cause,
    /// When the last key came.
    typed: u64,
    dirty: Option<u64>,
    opened: Option<Opened>,
    /// A form closed, and it was not quiet since.
    restless: bool,
    keys: usize,
    decided: BTreeMap<&'static str, usize>,
    /// A text that was kept came back.
    back: usize,
    refused: usize,
}

/// What was typed, by change and kind, in the form or kept.
fn texts(app: &App) -> BTreeMap<(PrNumber, String), usize> {
    let kept = app
        .kept
        .iter()
        .map(|k| (&k.change, k.kind, k.texts.clone()));
    let open = app
        .decide
        .iter()
        .map(|s| (&s.change, s.draft.kind, s.typed()));
    kept.chain(open)
        .map(|(change, kind, texts)| {
            // The short sha is no text: for another head it is not given back.
            let texts = texts.iter().filter(|(name, _)| *name != "sha");
            let length = texts.map(|(_, text)| text.chars().count()).sum();
            ((change.number, format!("{kind:?}")), length)
        })
        .collect()
}

impl Machine {
    fn new(seed: u64) -> Self {
        let mut stage = Stage::new((120, 40));
        stage.open(479);
        Self {
            stage,
            keyboard: Keyboard::default(),
            seed,
            now: 10_000,
            cause: Cause::Time,
            typed: 0,
            dirty: Some(10_000),
            opened: None,
            restless: false,
            keys: 0,
            decided: BTreeMap::new(),
            back: 0,
            refused: 0,
        }
    }

    fn random(&mut self, below: usize) -> usize {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.seed >> 33).unwrap() % below
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.random(of.len())]
    }

    /// Lets time pass: what is due comes, and what changed is drawn.
    fn pass(&mut self, ms: u64) {
        let to = self.now + ms;
        self.cause = Cause::Time;
        loop {
            let draw = self.dirty.map(|since| since + FRAME);
            let due = self.keyboard.due();
            let Some(next) = draw.into_iter().chain(due).min().filter(|next| *next <= to) else {
                break;
            };
            self.now = self.now.max(next);
            if draw == Some(next) {
                self.dirty = None;
                if let Some(opened) = &mut self.opened {
                    opened.drawn.get_or_insert(next);
                }
                self.send(Msg::Drawn);
                self.dirty = None;
            } else {
                for message in self.keyboard.expire(next) {
                    self.send(message);
                }
            }
        }
        self.now = to;
    }

    /// Takes an event after a delay; keeps a record of its own of what was quiet when.
    fn event(&mut self, gap: u64, event: Event, cause: Cause) {
        self.pass(gap);
        self.cause = cause;
        self.keys += 1;
        if self.now - self.typed >= QUIET {
            self.restless = false;
            if let Some(opened) = &mut self.opened {
                let seen = opened.drawn.is_some_and(|drawn| drawn <= self.now);
                if seen && self.typed >= opened.at {
                    opened.quiet.get_or_insert(self.now);
                }
            }
        }
        self.typed = self.now;
        for message in self.keyboard.take(event, self.now) {
            self.send(message);
        }
    }

    fn send(&mut self, message: Msg) {
        let before = texts(&self.stage.app);
        let was_open = self.stage.app.decide.is_some();
        let in_help = matches!(self.stage.app.overlay, Some(OverlayState::Help(_)));
        let name = match &message {
            Msg::Key(key) => key.to_string(),
            Msg::Recorded { .. } => "recorded".to_owned(),
            other => format!("{other:?}"),
        };
        let edits = [
            "backspace",
            "delete",
            "ctrl-u",
            "ctrl-w",
            "ctrl-x",
            "recorded",
        ];
        let edits = edits.contains(&name.as_str());
        self.stage.send(message);
        self.dirty.get_or_insert(self.now);
        let after = texts(&self.stage.app);
        for (of, length) in before.iter().filter(|_| !edits) {
            let left = after.get(of).copied().unwrap_or(0);
            assert!(left >= *length, "{of:?} lost {length} to {left} by {name}");
        }
        match (&self.stage.app.decide, was_open) {
            (Some(state), false) => {
                let (kind, has_text) = (state.draft.kind, !state.typed().is_empty());
                self.opens(kind, in_help);
                self.back += usize::from(has_text);
            }
            (None, true) => {
                self.opened = None;
                self.restless = true;
            }
            _ => {}
        }
        for effect in std::mem::take(&mut self.stage.effects) {
            if let Effect::Decide(draft, change) = effect {
                self.decides(draft.kind);
                let answer = if self.random(3) == 0 {
                    Msg::NotRecorded("the disk is full".into())
                } else {
                    let id = DecisionId(format!("{:026}", self.keys));
                    Msg::Recorded { id, change }
                };
                self.cause = Cause::Time;
                self.send(answer);
            }
        }
        let words = self.stage.app.message.as_ref();
        self.refused += usize::from(words.is_some_and(|(_, w)| w.starts_with("too soon")));
    }

    fn opens(&mut self, kind: Kind, in_help: bool) {
        let own = match kind {
            Kind::Approve => 'A',
            Kind::RequestChanges => 'X',
            _ => 'E',
        };
        let by_its_key = match self.cause {
            Cause::Person(KeyCode::Char(c), _) => c == own,
            // What is selected in the help runs.
            Cause::Person(KeyCode::Enter, _) => in_help,
            // Nobody can tell a key whose pieces come after seconds.
            Cause::Piece(gap) => gap > 400,
            _ => false,
        };
        assert!(by_its_key, "{kind:?} opened by {:?}", self.cause);
        assert!(
            !self.restless,
            "{kind:?} opened in the burst that closed another"
        );
        self.opened = Some(Opened {
            kind,
            at: self.now,
            drawn: None,
            quiet: None,
        });
    }

    fn decides(&mut self, kind: Kind) {
        let ctrl_s = Cause::Person(KeyCode::Char('s'), KeyModifiers::CONTROL);
        assert_eq!(self.cause, ctrl_s, "decided by another key");
        let form = self.opened.clone().expect("decided in a form that is open");
        assert_eq!(form.kind, kind);
        assert!(
            form.drawn.is_some(),
            "decided in a form that nobody saw: {form:?}"
        );
        assert!(
            form.quiet.is_some(),
            "decided in the burst that opened the form: {form:?}"
        );
        let name = match kind {
            Kind::Approve => "approve",
            Kind::RequestChanges => "request changes",
            _ => "exception",
        };
        *self.decided.entry(name).or_default() += 1;
    }

    fn person(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        let gap = self.one(&[15, 30, 30, 90, 90, 250, 599, 601, 700]);
        let key = Event::Key(KeyEvent::new(code, modifiers));
        self.event(gap, key, Cause::Person(code, modifiers));
    }

    /// Characters as the terminal's reader tells them, one by one.
    fn pieces(&mut self, text: &str, gap: u64, cause: Cause) {
        for c in text.chars() {
            let key = match c {
                '\u{1b}' => KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE),
                '\r' => KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE),
                '\u{13}' => KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL),
                c if c.is_ascii_uppercase() => KeyEvent::new(KeyCode::Char(c), KeyModifiers::SHIFT),
                c => KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE),
            };
            self.event(gap, Event::Key(key), cause);
        }
    }

    fn step(&mut self) {
        let (none, ctrl) = (KeyModifiers::NONE, KeyModifiers::CONTROL);
        match self.random(100) {
            0..15 => {
                let c = self.one(&['A', 'X', 'E']);
                self.person(KeyCode::Char(c), KeyModifiers::SHIFT);
            }
            15..30 => self.person(KeyCode::Char('s'), ctrl),
            30..45 => {
                let sequence = self.one(SEQUENCES);
                let gap = self.one(&[0, 1, 5, 20, 49, 50, 51, 100, 150, 199, 201, 300, 400, 900]);
                let first = self.one(&[15, 90, 700]);
                self.pieces("\u{1b}", first, Cause::Piece(gap));
                // An ESC before it may have closed the form.
                let was_open = self.stage.app.decide.is_some();
                self.pieces(sequence, gap, Cause::Piece(gap));
                let is_open = self.stage.app.decide.is_some();
                let in_time = gap < 50 && sequence != "[27u";
                assert!(
                    is_open || !was_open || !in_time,
                    "{sequence} every {gap} ms closed the form"
                );
            }
            45..65 => {
                let c = self.one(&['n', 'e', 'x', 't', 'a', 'k', 'q', 'G']);
                self.person(KeyCode::Char(c), none);
            }
            65..72 => self.person(KeyCode::Esc, none),
            72..82 => {
                let code = self.one(&[KeyCode::Enter, KeyCode::Tab, KeyCode::Down, KeyCode::Up]);
                self.person(code, none);
            }
            82..90 => {
                let c = self.one(&['[', ']', 'g', '?', '/', ':', 'j', 'O', 'd', 't']);
                self.person(KeyCode::Char(c), none);
            }
            90..93 => {
                let c = self.one(&['u', 'w', 'x', 'o', 'c']);
                self.person(KeyCode::Char(c), ctrl);
            }
            93..95 => self.person(KeyCode::Backspace, none),
            95..97 => {
                let c = self.one(&['j', 'k', 'A', 'X']);
                self.person(KeyCode::Char(c), KeyModifiers::ALT);
            }
            97..98 => {
                let text = "A\u{13}X\n".to_owned();
                self.event(30, Event::Paste(text), Cause::Paste);
            }
            98..99 => {
                let gap = self.one(&[0, 5, 20, 50, 150]);
                self.pieces(
                    "\u{1b}[200~A\u{13}\rX\u{13}[A\u{1b}[201~",
                    gap,
                    Cause::Paste,
                );
            }
            // The person looks at something else.
            _ => {
                let number = self.one(&[479, 482]);
                if self.stage.app.decide.is_none() {
                    self.stage.app.overlay = None;
                    self.stage.app.prompt = None;
                    self.stage.open(number);
                }
            }
        }
    }
}

// [verifies PL-DEC-1]
#[test]
fn no_key_decides_that_was_not_pressed_for_it_and_no_text_is_lost() {
    let mut machine = Machine::new(20_261_120);
    while machine.keys < KEYS {
        machine.step();
    }
    // It was put to the test.
    let count = |name: &str| machine.decided.get(name).copied().unwrap_or(0);
    let seen = format!(
        "{:?}, {} back, {} refused",
        machine.decided, machine.back, machine.refused
    );
    assert!(
        count("approve") > 100 && count("request changes") > 100,
        "{seen}"
    );
    assert!(machine.back > 500 && machine.refused > 1_000, "{seen}");
}
