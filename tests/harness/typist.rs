//! `flowc` on a pseudo-terminal, and somebody who types there.

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long something may take to be shown.
const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody at a terminal.
pub(crate) struct Typist {
    child: Child,
    keyboard: File,
    /// Our hold on the other side, to look at its settings.
    screen: File,
    /// How the terminal was set before.
    pub(crate) before: String,
    shows: Receiver<Vec<u8>>,
    seen: Vec<u8>,
    /// What has been seen up to here is behind us.
    behind: usize,
}

impl Typist {
    /// Sits down in a folder, and starts `flowc`.
    pub(crate) fn start(folder: &Path, args: &[&str]) -> Typist {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("there are pseudo-terminals");
        grantpt(&master).expect("it is ours");
        unlockpt(&master).expect("it is ours");
        let name = ptsname(&master, Vec::new()).expect("it has a name");
        let name = name.to_str().expect("a path").to_owned();
        let screen = OpenOptions::new().read(true).write(true).open(name).expect("its other side opens");
        tcsetwinsize(&master, Winsize { ws_row: 50, ws_col: 240, ws_xpixel: 0, ws_ypixel: 0 }).expect("it has a size");
        let before = modes(&screen);
        let side = || Stdio::from(screen.try_clone().expect("a file can be held twice"));
        let child = Command::new(env!("CARGO_BIN_EXE_flowc"))
            .args(args)
            .current_dir(folder)
            .env_clear()
            .envs([("NO_COLOR", "1"), ("TERM", "xterm"), ("HOME", folder.to_str().expect("a path"))])
            .stdin(side())
            .stdout(side())
            .stderr(side())
            .spawn()
            .expect("flowc starts");
        let keyboard = File::from(master);
        let mut shown = keyboard.try_clone().expect("a file can be held twice");
        let (tell, shows) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = shown.read(&mut bytes) {
                if tell.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Typist { child, keyboard, screen, before, shows, seen: Vec::new(), behind: 0 }
    }

    /// Types.
    pub(crate) fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("keys can be typed");
    }

    /// Waits until this is shown, behind what was waited for before.
    pub(crate) fn sees(&mut self, words: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let rest = &self.seen[self.behind..];
            if let Some(at) = rest.windows(words.len()).position(|window| window == words.as_bytes()) {
                self.behind += at + words.len();
                return;
            }
            match self.shows.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.seen.extend(bytes),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("`{words}` is not shown:\n{}", String::from_utf8_lossy(&self.seen))
                }
            }
        }
    }

    /// How the terminal is set: lines, their echo, signals.
    pub(crate) fn modes(&self) -> String {
        modes(&self.screen)
    }

    /// Waits until `flowc` has ended: its exit code.
    pub(crate) fn ends(&mut self) -> Option<i32> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().expect("a child of ours") {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it does not end:\n{}", String::from_utf8_lossy(&self.seen))
    }
}

fn modes(screen: &File) -> String {
    format!("{:?}", tcgetattr(screen).expect("a terminal").local_modes)
}

impl Drop for Typist {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
