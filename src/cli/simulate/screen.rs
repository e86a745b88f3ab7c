//! On a terminal: the conversation scrolls, how the call stands is drawn below it, and keys act at once.

use crate::cli::Failure;
use crate::cli::simulate::game::Game;
use crate::cli::simulate::show::{self, Look};
use crate::cli::simulate::terminal::{Key, Terminal};
use crate::cli::written;
use crate::platform::tones::Tone;
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// How often it is drawn.
const TICK: Duration = Duration::from_millis(50);
/// Longest time that passes at once, however long the process stood still: a minute of sleep is not a minute of the call.
const LONGEST: Duration = Duration::from_secs(1);

/// What is at the bottom of the terminal.
#[derive(Default)]
struct Block {
    lines: Vec<String>,
}

/// Lets somebody be on the call until they have seen enough. `speed`: how much faster than life.
pub(super) fn run(game: &mut Game<'_>, look: Look, speed: u32) -> Result<(), Failure> {
    let world = |error: io::Error| Failure::World(format!("cannot use the terminal: {error}"));
    let mut terminal = Terminal::open().map_err(world)?;
    let (mut block, mut line) = (Block::default(), String::new());
    let mut last = Instant::now();
    hint(&mut block, terminal.width())?;
    loop {
        block.draw(game, look, &line, terminal.width())?;
        let Some(keys) = terminal.keys(TICK).map_err(world)? else { return block.leave() };
        let passed = last.elapsed().min(LONGEST);
        last = Instant::now();
        // While a line is being typed, time stands still.
        if line.is_empty() {
            game.pass(u64::try_from(passed.as_millis()).unwrap_or(0) * u64::from(speed));
        }
        for key in keys {
            let goes_on = match key {
                Key::End => false,
                Key::Escape | Key::Clear => {
                    line.clear();
                    true
                }
                Key::Backspace => {
                    line.pop();
                    true
                }
                Key::Enter => game.types(&std::mem::take(&mut line)),
                Key::Char(key)
                    if line.is_empty()
                        && key.is_ascii()
                        && !key.is_ascii_alphabetic()
                        && Tone::from_char(key).is_some() =>
                {
                    game.types(&key.to_string())
                }
                Key::Char(key) if line.is_empty() && !matches!(key, ':' | '"' | '/') => {
                    game.wonders(key);
                    true
                }
                Key::Char(key) => {
                    line.push(key);
                    true
                }
            };
            if !goes_on {
                return block.leave();
            }
        }
    }
}

fn hint(block: &mut Block, width: usize) -> Result<(), Failure> {
    let hint =
        "keys are pressed at once; \" speaks, Enter skips, :undo goes back, :help says more, Ctrl-C ends".to_owned();
    block.put(vec![hint], Vec::new(), width)
}

impl Block {
    /// Draws what is new.
    fn draw(&mut self, game: &mut Game<'_>, look: Look, line: &str, width: usize) -> Result<(), Failure> {
        let mut above: Vec<String> = game.tells().into_iter().map(|line| format!("- {line}")).collect();
        above.extend(game.news().iter().map(|told| show::told(told, look)));
        let mut below: Vec<String> = game.view().iter().flat_map(|view| show::status(view, look)).collect();
        below.push(format!("> {line}"));
        self.put(above, below, width)
    }

    /// Lines that stay, and those that are drawn anew each time.
    fn put(&mut self, above: Vec<String>, below: Vec<String>, width: usize) -> Result<(), Failure> {
        // One character is left free: a full line would wrap.
        let below: Vec<String> = below.iter().map(|line| show::fit(line, width.saturating_sub(1))).collect();
        if above.is_empty() && below == self.lines {
            return Ok(());
        }
        let mut text = String::from("\r");
        if self.lines.len() > 1 {
            text.push_str(&format!("\x1b[{}A", self.lines.len() - 1));
        }
        text.push_str("\x1b[J");
        for line in above {
            text.push_str(&line);
            text.push_str("\r\n");
        }
        text.push_str(&below.join("\r\n"));
        self.lines = below;
        let mut out = io::stdout().lock();
        written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }

    /// The last line is left behind.
    fn leave(&self) -> Result<(), Failure> {
        written(io::stdout().write_all(b"\r\n"))
    }
}
