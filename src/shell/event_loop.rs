//! The loop: everything that is queued is taken in, then drawn once, at most sixty times a second.

use std::time::{Duration, Instant};

use crossterm::{
    event::Event,
    execute,
    terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate},
};
use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::{
    outside,
    runner::World,
    terminal::{Guard, ShellError},
};
use crate::{
    app::{App, Effect, Msg, beat, update},
    model::Timestamp,
    theme::Theme,
    ui::{self, Keyboard, Look},
};

/// Shortest time between two draws.
const FRAME: Duration = Duration::from_millis(16);
/// Ages on the screen move this often.
const TICK: Duration = Duration::from_mins(1);
/// What is asked of the forge unasked is decided this often.
const BEAT: Duration = Duration::from_secs(10);
/// Events that are taken in before a draw.
const BURST: usize = 512;

/// Runs the workbench until it is quit.
pub async fn run(
    mut app: App,
    world: World,
    mut messages: UnboundedReceiver<Msg>,
    mut look: Look,
    first: Vec<Effect>,
) -> Result<(), ShellError> {
    let mut guard = Guard::take()?;
    let mut signals = Signals::new()?;
    let mut typed = Typed::start();
    let size = guard.screen.size()?;
    app.size = (size.width, size.height);
    let mut quit = false;
    for effect in first {
        quit |= perform(&world, &mut app, &mut look, effect);
    }
    let mut tick = tokio::time::interval(TICK);
    tick.tick().await;
    let mut heart = tokio::time::interval(BEAT);
    heart.tick().await;
    draw(&mut guard, &mut app, &look, world.now())?;
    let mut drawn = Instant::now();
    let mut dirty = false;
    while !quit {
        let wait = FRAME.saturating_sub(drawn.elapsed());
        let mut batch: Vec<Msg> = Vec::new();
        let due = typed.due();
        tokio::select! {
            biased;
            event = typed.events.recv() => match event {
                Some(event) => batch.extend(typed.take(event)),
                // The terminal is gone.
                None => break,
            },
            () = due => batch.extend(typed.expire()),
            message = messages.recv() => batch.extend(message),
            signal = signals.next() => match signal {
                Signal::End => break,
                Signal::Resize => {
                    let (width, height) = crossterm::terminal::size()?;
                    batch.push(Msg::Resize(width, height));
                }
                Signal::Stop => {
                    suspend(&mut guard)?;
                    dirty = true;
                }
            },
            _ = tick.tick() => batch.push(Msg::Tick),
            _ = heart.tick() => {
                for effect in beat(&mut app, world.now()) {
                    quit |= perform(&world, &mut app, &mut look, effect);
                }
                continue;
            }
            () = tokio::time::sleep(wait), if dirty => {
                draw(&mut guard, &mut app, &look, world.now())?;
                drawn = Instant::now();
                dirty = false;
                continue;
            }
        }
        drain(&mut typed, &mut messages, &mut batch);
        let now = world.now();
        for message in batch {
            // A quiet moment that nothing waited for is not seen.
            dirty |= !matches!(message, Msg::Quiet) || app.waits_for_quiet();
            for effect in update(&mut app, message, now) {
                if effect == Effect::Suspend {
                    suspend(&mut guard)?;
                } else {
                    quit |= perform(&world, &mut app, &mut look, effect);
                }
            }
        }
        if dirty && drawn.elapsed() >= FRAME {
            draw(&mut guard, &mut app, &look, world.now())?;
            drawn = Instant::now();
            dirty = false;
        }
    }
    Ok(())
}

/// What comes from the terminal, each event with the moment at which it was read: how far apart two
/// keys are does not depend on what the loop does meanwhile.
struct Typed {
    events: UnboundedReceiver<(Instant, Event)>,
    keyboard: Keyboard,
    start: Instant,
}

impl Typed {
    /// Reads the terminal in a thread of its own: an event that is there is never waited for twice.
    /// The channel closes when the terminal is gone.
    fn start() -> Self {
        let (sender, events) = mpsc::unbounded_channel();
        std::thread::spawn(move || read(&sender));
        Self {
            events,
            keyboard: Keyboard::default(),
            start: Instant::now(),
        }
    }

    fn ms(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.start);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    fn take(&mut self, (at, event): (Instant, Event)) -> Vec<Msg> {
        let at = self.ms(at);
        self.keyboard.take(event, at)
    }

    /// Ends when something of the keyboard is due.
    fn due(&self) -> impl Future<Output = ()> + use<> {
        let due = self.keyboard.due();
        let at = due.map(|ms| self.start + Duration::from_millis(ms));
        async move {
            match at {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        }
    }

    fn expire(&mut self) -> Vec<Msg> {
        let now = self.ms(Instant::now());
        self.keyboard.expire(now)
    }
}

/// Reads keys as single bytes, so that nothing waits for the end of a sequence that may never come.
#[cfg(unix)]
fn read(sender: &mpsc::UnboundedSender<(Instant, Event)>) {
    use std::io::Read as _;
    let mut bytes = ui::Bytes::default();
    let mut some = [0; 4_096];
    let mut terminal = std::io::stdin().lock();
    loop {
        let count = match terminal.read(&mut some) {
            // The terminal is gone.
            Ok(0) => return,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        let at = Instant::now();
        for event in bytes.take(some.get(..count).unwrap_or(&[])) {
            if sender.send((at, event)).is_err() {
                return;
            }
        }
    }
}

#[cfg(not(unix))]
fn read(sender: &mpsc::UnboundedSender<(Instant, Event)>) {
    while let Ok(event) = crossterm::event::read() {
        if sender.send((Instant::now(), event)).is_err() {
            return;
        }
    }
}

/// Takes in what else is there already, without waiting.
fn drain(typed: &mut Typed, messages: &mut UnboundedReceiver<Msg>, batch: &mut Vec<Msg>) {
    while batch.len() < BURST {
        let Ok(event) = typed.events.try_recv() else {
            break;
        };
        batch.extend(typed.take(event));
    }
    while batch.len() < BURST {
        let Ok(message) = messages.try_recv() else {
            break;
        };
        batch.push(message);
    }
}

/// Draws, and tells that what is now the case was shown.
fn draw(guard: &mut Guard, app: &mut App, look: &Look, now: Timestamp) -> Result<(), ShellError> {
    let view = app.view();
    let mut out = std::io::stdout();
    execute!(out, BeginSynchronizedUpdate)?;
    guard.screen.draw(|frame| ui::draw(frame, &view, look))?;
    execute!(out, EndSynchronizedUpdate)?;
    update(app, Msg::Drawn, now);
    Ok(())
}

/// Carries out an effect; tells whether the program ends.
fn perform(world: &World, app: &mut App, look: &mut Look, effect: Effect) -> bool {
    let now = app.now;
    let mut say = |role: &'static str, words: String| drop(update(app, Msg::Say(role, words), now));
    match effect {
        Effect::Quit => return true,
        Effect::Theme(name) => {
            if let Some((theme, _)) = Theme::shipped(&name) {
                look.theme = theme;
            }
        }
        Effect::Copy(text) => match outside::copy(&text, std::env::var_os("TMUX").is_some()) {
            Ok(()) => say("message.info", format!("copied: {text}")),
            Err(error) => say("message.warning", format!("not copied ({error}): {text}")),
        },
        Effect::Browse(url) => match outside::open_in_browser(&url) {
            Ok(()) => say("message.info", format!("opened {url}")),
            Err(why) => say("message.warning", why),
        },
        other => world.perform(other),
    }
    false
}

/// A signal that the loop answers.
enum Signal {
    /// End in good order.
    End,
    /// Stop, and go on when continued.
    Stop,
    /// The window has another size.
    Resize,
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    stop: tokio::signal::unix::Signal,
    resize: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Result<Self, ShellError> {
        use tokio::signal::unix::{SignalKind, signal};
        // SIGTSTP has no name in tokio; its number is the same on Linux, macOS is 18.
        let stop = if cfg!(target_os = "macos") { 18 } else { 20 };
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            stop: signal(SignalKind::from_raw(stop))?,
            resize: signal(SignalKind::window_change())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::End,
            _ = self.hangup.recv() => Signal::End,
            _ = self.interrupt.recv() => Signal::End,
            _ = self.stop.recv() => Signal::Stop,
            _ = self.resize.recv() => Signal::Resize,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Result<Self, ShellError> {
        Ok(Self)
    }
    async fn next(&mut self) -> Signal {
        std::future::pending().await
    }
}

/// Gives the terminal back, stops, and takes the terminal again when continued.
fn suspend(guard: &mut Guard) -> Result<(), ShellError> {
    super::terminal::restore();
    stop_self();
    guard.retake()
}

/// Stops this process until it is continued, as job control would have.
fn stop_self() {
    let pid = std::process::id().to_string();
    let _ = std::process::Command::new("kill")
        .args(["-STOP", &pid])
        .status();
}
