//! proofline: a terminal workbench for reviewing changes in AI-native development.
//!
//! Agents make a plausible change cheap, so a green check is too coarse. This crate pulls pull
//! requests, specs, check results, findings and decisions from the forge into a local cache, joins
//! them to an evidence graph, and shows each change as a keyboard-driven evidence timeline. From a
//! failed test one key leads to the requirement it protects, another to how each attempt answered
//! the failure; a decision is bound to what was on the screen and goes back to the forge.
//!
//! # A functional core and an imperative shell
//!
//! ```text
//!   terminal ──keys──▶ shell ──Msg──▶ app::update ──Effect──▶ shell ──▶ sync · store · forge · repo
//!       ▲                                 │                                      │
//!       └──────── ui::draw ◀── View ──────┘            Msg ◀── Dossier ◀─────────┘
//!
//!   bytes ─▶ formats ─▶ model ─▶ evidence ─▶ contract ─▶ decide ─▶ app        (pure, no clock)
//!   forge ─▶ sync ─▶ store                     repo: git2 reads, `git` fetches (the world)
//! ```
//!
//! Who may import whom; a test keeps this table (`tests/tidy/layers.rs`).
//!
//! | module | holds | may import |
//! |---|---|---|
//! | [`model`], [`text`] | ids, records, stages, verdicts · sanitising, widths, ages | each other |
//! | [`formats`] | bytes to model: specs, results, tests and annotations of sources, annotations of checks, gates, the contract file, logs | model, text |
//! | [`evidence`] | the graph and what is derived from it | model, text, formats |
//! | [`contract`] | terms (file and branch rules), risk classes, stage verdicts, gaps | and evidence |
//! | [`decide`] | records, reading them back, the outbox machine | and contract |
//! | [`keys`], [`theme`] | chords, keymaps · roles, palettes | model, text |
//! | [`app`] | `update(&mut App, Msg, now) -> Vec<Effect>`; views as plain data | all above |
//! | [`ui`] | draws views with ratatui | app, keys, theme, text |
//! | [`forge`] | octocrab, tower stack, budget and manners, proxies; `github`: addresses, wire types | model, text, formats, decide |
//! | [`store`] | rusqlite: cache and ledger | model, text, decide |
//! | [`repo`] | git2 for reading, the installed `git` for transfer | model, text |
//! | [`query`] | the read side: cache, ledger and repository to dossiers and rows | pure modules but app, store, repo |
//! | [`sync`] | planner and engine: fills the cache; knows no address and no wire type | all but app, ui, shell, cli |
//! | [`demo`] | the loopback forge and its world | model, formats, decide |
//! | [`shell`], [`cli`] | terminal, event loop, effects · arguments, printing | everything |
//!
//! What a fact is about is told by one type, [`model::Subject`]: node ids, joins, jumps and the
//! evidence digest use it. Facts and reasons are values; [`app::words`] makes the words for them, for
//! the workbench and the command line alike, and nothing reads them back. What a part lacks is told by
//! [`model::Hole`]s, each with its kind.
//!
//! Contents are read once. What a reader makes of a file, a report or a commit is kept by the id of its
//! content with the reader's version ([`model::Reader`], `store::Cache::derived`); so is what lies between
//! two commits for tests and gates ([`model::HeadDelta`]), and what it did to the tests that pass again
//! ([`model::Touched`]). A second sync of an unchanged change opens no file, loading one runs no reader,
//! and raising a version reads again only what that reader read. Facts hold ids, paths, statuses and
//! counts; the lines of a difference are read from git when somebody looks at them.
//!
//! # A second forge
//!
//! [`sync`] asks a [`forge::Forge`] for lists and objects of records ([`forge::List`], [`forge::One`]), by
//! what it wants to know: the jobs of a try, the reviews of a change. GitHub is one folder,
//! [`forge::github`], where an endpoint is one function and one wire type; client, budget, manners and
//! proxies stand beside it. Another forge is another such folder, with functions of the same names over its
//! own wire types; the client then holds which one it is, and each function chooses. What a forge cannot
//! tell ends as [`forge::Kind::NotFound`]: the part is absent, and what rests on it is unknown.
//!
//! # Pulled and not yet shown
//!
//! Logs and artifacts expire and histories are cut, so these are kept from the first sync on.
//!
//! | record | screen that will show it |
//! |---|---|
//! | review threads with their resolution | diff |
//! | logs of failed jobs | log, trace |
//! | approvals of runs that waited for a person | timeline, stage Verify |
//! | dependency changes; dependency alerts, secrets and alerts of the repository | timeline, stage Secure |
//! | rulesets with their history, rule suites | decide |
//! | agent tasks, the agent's configuration | attempts |
//! | attestations of artifacts | provenance |
//! | deployments, environments, releases | delivery |
//!
//! Ways in: [`app::update`] is the one function through which everything that happens goes;
//! [`evidence::begin`] says what of its contents a change depends on, and finishes its evidence;
//! [`sync::Engine`] fills the cache, [`query`] reads it;
//! [`decide::Delivery`] is the machine that delivers a decision effectively once.

pub mod app;
pub mod cli;
pub mod contract;
pub mod decide;
pub mod demo;
pub mod evidence;
pub mod forge;
pub mod formats;
pub mod keys;
pub mod model;
pub mod query;
pub mod repo;
pub mod shell;
pub mod store;
pub mod sync;
pub mod text;
pub mod theme;
pub mod ui;
