//! The real binary in a real pseudo-terminal, read through a terminal emulator; and as a command.

use std::{
    io::{Read, Write},
    path::Path,
    process::{Command, Output},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use proofline::demo::DemoForge;
use tempfile::TempDir;

/// Path of the binary under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_proofline");

/// How long a screen may take to show something before the test says what it shows instead. No
/// test asserts a time; this only ends one that would never end.
const PATIENCE: Duration = Duration::from_mins(1);

/// Folders of an installation, and the environment that points the binary at a forge.
pub struct Home {
    pub folder: TempDir,
    pub environment: Vec<(String, String)>,
}

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let environment = vec![
            ("PATH".into(), std::env::var("PATH").unwrap()),
            ("HOME".into(), path("home")),
            ("TERM".into(), "xterm-256color".into()),
            ("COLORTERM".into(), "truecolor".into()),
            ("LANG".into(), "C.UTF-8".into()),
            ("PROOFLINE_CACHE_DIR".into(), path("cache")),
            ("PROOFLINE_DATA_DIR".into(), path("data")),
        ];
        Self {
            folder,
            environment,
        }
    }

    /// Points at a forge as one of its people.
    pub fn on(forge: &DemoForge) -> Self {
        Self::as_person(forge, forge.token())
    }

    pub fn as_person(forge: &DemoForge, token: &str) -> Self {
        let (owner, name) = forge.repo();
        Self::new()
            .with("PROOFLINE_API_URL", forge.base())
            .with("PROOFLINE_REPO", &format!("{owner}/{name}"))
            .with("PROOFLINE_TOKEN", token)
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Puts a program of our own before those of the same name.
    #[cfg(unix)]
    pub fn with_program(self, name: &str, script: &str) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let bin = self.folder.path().join("bin");
        std::fs::create_dir_all(&bin).unwrap();
        let file = bin.join(name);
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o700)).unwrap();
        let path = std::env::var("PATH").unwrap();
        self.with("PATH", &format!("{}:{path}", bin.display()))
    }

    /// Syncs until there is nothing left to ask for.
    pub fn settle(&self) {
        for _ in 0..3 {
            self.run(&["sync"]).ended(0);
        }
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_in(self.folder.path(), arguments)
    }

    pub fn run_in(&self, folder: &Path, arguments: &[&str]) -> Ran {
        self.ran(Command::new(BINARY).args(arguments).current_dir(folder))
    }

    /// Runs another program in this environment to its end.
    pub fn ran(&self, command: &mut Command) -> Ran {
        let output: Output = command
            .env_clear()
            .envs(self.environment.iter().cloned())
            .output()
            .unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// What a command left.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Asserts the exit code.
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:#?}"))
    }
}

/// A program in a pseudo-terminal.
pub struct Pty {
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    bytes: Receiver<Vec<u8>>,
    parser: vt100::Parser,
    /// Everything that came, for looking at escape sequences.
    pub raw: Vec<u8>,
}

impl Pty {
    /// Starts the binary in a terminal of this size.
    pub fn start(home: &Home, arguments: &[&str], (columns, rows): (u16, u16)) -> Self {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(BINARY);
        command.args(arguments);
        command.env_clear();
        for (name, value) in &home.environment {
            command.env(name, value);
        }
        command.cwd(home.folder.path());
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(n) = reader.read(&mut buffer) {
                if n == 0 || sender.send(buffer[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            writer: pair.master.take_writer().unwrap(),
            master: pair.master,
            bytes,
            parser: vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0),
            raw: Vec::new(),
        }
    }

    pub fn screen(&self) -> String {
        self.parser.screen().contents()
    }

    /// Reads until the screen satisfies a condition.
    #[track_caller]
    pub fn until(&mut self, what: &str, holds: impl Fn(&str) -> bool) -> &mut Self {
        let start = Instant::now();
        while !holds(&self.screen()) {
            match self.bytes.recv_timeout(Duration::from_millis(200)) {
                Ok(bytes) => {
                    self.parser.process(&bytes);
                    self.raw.extend(bytes);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("ended before {what}:\n{}", self.screen())
                }
            }
            assert!(
                start.elapsed() < PATIENCE,
                "never {what}:\n{}",
                self.screen()
            );
        }
        self
    }

    /// Reads until a text is on the screen.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> &mut Self {
        self.until(&format!("“{text}”"), |s| s.contains(text))
    }

    /// Sends bytes as typed.
    pub fn type_bytes(&mut self, bytes: &str) -> &mut Self {
        self.writer.write_all(bytes.as_bytes()).unwrap();
        self.writer.flush().unwrap();
        self
    }

    pub fn resize(&mut self, (columns, rows): (u16, u16)) -> &mut Self {
        self.master
            .resize(PtySize {
                rows,
                cols: columns,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        self.parser
            .screen_mut()
            .set_size(rows.try_into().unwrap(), columns.try_into().unwrap());
        self
    }

    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Waits for the end; returns the exit code. What came is in `raw`.
    pub fn end(&mut self) -> u32 {
        let code = self.child.wait().unwrap().exit_code();
        while let Ok(bytes) = self.bytes.recv_timeout(Duration::from_millis(500)) {
            self.parser.process(&bytes);
            self.raw.extend(bytes);
        }
        code
    }

    /// Asserts that the terminal was given back: main screen, cursor, no paste or mouse mode.
    #[track_caller]
    pub fn assert_restored(&self) {
        assert!(
            !self.parser.screen().alternate_screen(),
            "the alternate screen was left"
        );
        assert!(!self.parser.screen().hide_cursor(), "the cursor is shown");
        assert!(
            !self.parser.screen().bracketed_paste(),
            "bracketed paste is off"
        );
        assert_eq!(
            self.parser.screen().mouse_protocol_mode(),
            vt100::MouseProtocolMode::None
        );
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}
