//! A stage for screen tests: the machine on the demo world, keys in, cells out.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use proofline::{
    app::{App, Effect, Msg, Screen, update},
    decide::Dossier,
    decide::InboxRow,
    formats::logs,
    keys::{Key, Keymap, parse_sequence},
    model::{ChangeId, FilePatch, Host, RepoId, Sha, Timestamp},
    theme::Theme,
    ui::{self, Depth, Look},
};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};

use crate::support::{forge::forge, install::Install};

/// What a sync of the demo world found, loaded once for all tests.
pub struct World {
    pub rows: Vec<InboxRow>,
    pub dossiers: Vec<(ChangeId, Arc<Dossier>)>,
    /// The lines between two commits.
    diffs: HashMap<(Sha, Sha), Arc<Vec<FilePatch>>>,
    /// Number of the change that the story is about.
    pub story: u64,
}

/// The world as written, synced once.
pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        std::thread::spawn(|| {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let forge = forge(0).await;
                let install = Install::new(&forge);
                install.engine.sync_all().await.unwrap();
                let numbers: Vec<u64> = forge.truth().open.iter().map(|c| c.number).collect();
                // The port differs from run to run; a fixed host keeps pictures the same.
                let host = Host::new("forge.test");
                let named = |id: &ChangeId| {
                    let repo = RepoId {
                        host: host.clone(),
                        ..id.repo.clone()
                    };
                    ChangeId {
                        repo,
                        number: id.number,
                    }
                };
                let mut rows = install.engine.inbox().unwrap();
                for row in &mut rows {
                    row.id = named(&row.id);
                }
                let mut diffs = HashMap::new();
                let dossiers = numbers.iter().map(|n| {
                    let mut facts = install.load(*n).evidence.facts;
                    facts.repo.host = host.clone();
                    let id = ChangeId {
                        repo: facts.repo.clone(),
                        number: *n,
                    };
                    for delta in facts.git.deltas.iter().chain(&facts.git.total) {
                        let files = install.engine.diff(&delta.from, &delta.to).unwrap();
                        let ends = (delta.from.clone(), delta.to.clone());
                        diffs.insert(ends, Arc::new(files));
                    }
                    (id, Arc::new(Dossier::of(facts, now())))
                });
                let dossiers = dossiers.collect();
                World {
                    rows,
                    dossiers,
                    diffs,
                    story: forge.truth().story().unwrap().number,
                }
            })
        })
        .join()
        .unwrap()
    })
}

/// The moment at which the tests look.
pub fn now() -> Timestamp {
    Timestamp::parse("2026-11-20T14:00:30Z").unwrap()
}

/// The machine with everything around it that answers effects.
pub struct Stage {
    pub app: App,
    /// Effects that nothing here answers.
    pub effects: Vec<Effect>,
}

impl Stage {
    /// Opens the inbox of the world.
    pub fn new(size: (u16, u16)) -> Self {
        let mut stage = Self::empty(size);
        stage.send(Msg::Inbox(world().rows.clone()));
        stage
    }

    /// Opens before anything is loaded.
    pub fn empty(size: (u16, u16)) -> Self {
        let (keymap, problems) = Keymap::shipped("vim").unwrap();
        assert_eq!(problems, []);
        let mut app = App::new(keymap, vec!["dark".into(), "light".into()], size, now());
        app.status.place = "demo ▸ acme/payments".to_owned();
        app.status.synced_at = Some(now());
        let left = (Some(4_872), Some(5_000));
        app.status.budgets.insert("forge.test".to_owned(), left);
        Self {
            app,
            effects: Vec::new(),
        }
    }

    /// Opens the story's change.
    pub fn story(size: (u16, u16)) -> Self {
        let mut stage = Self::new(size);
        stage.open(world().story);
        stage
    }

    /// Opens a change by its number.
    pub fn open(&mut self, number: u64) {
        let (id, _) = world()
            .dossiers
            .iter()
            .find(|(id, _)| id.number == number)
            .unwrap();
        for effect in self.app.open_change(id.clone()) {
            self.answer(effect);
        }
    }

    /// Loads the change that is open anew, with another head.
    pub fn head_moves(&mut self, number: u64) {
        let (id, dossier) = world()
            .dossiers
            .iter()
            .find(|(id, _)| id.number == number)
            .unwrap();
        let mut facts = dossier.evidence.facts.clone();
        facts.pr.head_sha = Sha::parse(&"ab".repeat(20)).unwrap();
        let generation = self.app.change.as_ref().unwrap().generation;
        self.send(Msg::Loaded {
            id: id.clone(),
            generation,
            result: Ok(Arc::new(Dossier::of(facts, now()))),
        });
    }

    /// Sends a message and answers what can be answered.
    pub fn send(&mut self, msg: Msg) {
        for effect in update(&mut self.app, msg, now()) {
            self.answer(effect);
        }
    }

    fn answer(&mut self, effect: Effect) {
        match effect {
            Effect::LoadChange(id, generation) => {
                let found = world().dossiers.iter().find(|(other, _)| *other == id);
                let result = found
                    .map(|(_, d)| Arc::clone(d))
                    .ok_or_else(|| "not in the cache".to_owned());
                self.send(Msg::Loaded {
                    id,
                    generation,
                    result,
                });
            }
            Effect::LoadDiff {
                from,
                to,
                generation,
                ..
            } => {
                let found = world().diffs.get(&(from, to)).map(Arc::clone);
                let result = found.ok_or_else(|| "not in the cache".to_owned());
                self.send(Msg::Diff { generation, result });
            }
            Effect::LoadJobLog {
                id,
                job,
                generation,
            } => {
                let mut dossiers = world().dossiers.iter();
                let dossier = dossiers.find(|(other, _)| *other == id);
                let logs = dossier.map_or(&[][..], |(_, d)| &d.evidence.facts.logs);
                // The logs of the world are shorter than what is kept of an end.
                let found = logs.iter().find(|log| log.job == job);
                let read = found.map(|log| Arc::new(logs::whole(log.tail.as_bytes())));
                let result = read.ok_or_else(|| "not in the cache".to_owned());
                self.send(Msg::JobLog { generation, result });
            }
            other => self.effects.push(other),
        }
    }

    /// Presses keys, written as in a keymap file, as a person does who looks at each.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        for key in parse_sequence(keys).unwrap() {
            self.send(Msg::Key(key));
            self.rest();
        }
        self
    }

    /// Presses keys in one burst: nothing is drawn in between.
    pub fn burst(&mut self, keys: &str) -> &mut Self {
        for key in parse_sequence(keys).unwrap() {
            self.send(Msg::Key(key));
        }
        self
    }

    /// What is the case is drawn, and the keyboard is quiet.
    pub fn rest(&mut self) -> &mut Self {
        self.send(Msg::Drawn);
        self.send(Msg::Quiet);
        self
    }

    /// Types a text.
    pub fn type_text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.send(Msg::Key(Key::char(c)));
        }
        self
    }

    pub fn screen(&self) -> Screen {
        self.app.screen
    }

    /// Draws with a theme.
    pub fn draw(&self, theme: &str) -> Buffer {
        let (theme, _) = Theme::shipped(theme).unwrap();
        let look = Look {
            theme,
            depth: Depth::True,
        };
        let (width, height) = self.app.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let view = self.app.view();
        terminal
            .draw(|frame| ui::draw(frame, &view, &look))
            .unwrap();
        terminal.backend().buffer().clone()
    }

    /// Returns the glyphs of the screen, row by row.
    pub fn text(&self) -> String {
        glyphs(&self.draw("dark"))
    }
}

/// The glyphs of a buffer.
pub fn glyphs(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut skip = 0;
        let mut row = String::new();
        for x in 0..buffer.area.width {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
            row.push_str(symbol);
        }
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

/// A screen with its styles as text: the glyphs, then for each row the runs of styles, by letters
/// of a legend.
pub fn styled(buffer: &Buffer) -> String {
    let mut legend: Vec<String> = Vec::new();
    let mut runs = String::new();
    for y in 0..buffer.area.height {
        let mut row = String::new();
        let mut from = 0;
        for x in 0..buffer.area.width {
            let style = buffer[(x, y)].style();
            let last = x + 1 == buffer.area.width;
            if last || buffer[(x + 1, y)].style() != style {
                let modifiers = format!("{:?}", style.add_modifier);
                let words = format!(
                    "{:?} on {:?} {modifiers}",
                    style.fg.unwrap_or_default(),
                    style.bg.unwrap_or_default()
                );
                let at = legend.iter().position(|l| *l == words).unwrap_or_else(|| {
                    legend.push(words);
                    legend.len() - 1
                });
                let letter = char::from_u32(u32::from('a') + u32::try_from(at).unwrap()).unwrap();
                row.push_str(&format!(" {from}-{x}{letter}"));
                from = x + 1;
            }
        }
        runs.push_str(&format!("{y}:{row}\n"));
    }
    let mut out = glyphs(buffer);
    out.push_str("--\n");
    out.push_str(&runs);
    for (at, words) in legend.iter().enumerate() {
        let letter = char::from_u32(u32::from('a') + u32::try_from(at).unwrap()).unwrap();
        out.push_str(&format!("{letter} = {words}\n"));
    }
    out
}
