//! Without a terminal: one command a line, text out.

use crate::cli::simulate::game::Game;
use crate::cli::simulate::show::{self, Look};
use crate::cli::{Failure, written};
use std::io::{self, BufRead, Write};

/// Most bytes of a line.
const LONGEST: u64 = 64 * 1024;

/// Reads commands until there are no more.
pub(super) fn run(game: &mut Game<'_>, look: Look) -> Result<(), Failure> {
    let mut input = io::stdin().lock();
    let mut out = io::stdout().lock();
    let mut status = Vec::new();
    loop {
        written(tell(game, look, &mut status, &mut out).and_then(|()| out.flush()))?;
        let mut line = Vec::new();
        let mut limited = io::Read::take(&mut input, LONGEST);
        let read = limited
            .read_until(b'\n', &mut line)
            .map_err(|error| Failure::World(format!("cannot read the input: {error}")))?;
        if read == 0 || !game.types(&String::from_utf8_lossy(&line)) {
            return Ok(());
        }
    }
}

/// Says what is new; how the call stands, when that has changed.
fn tell(game: &mut Game<'_>, look: Look, status: &mut Vec<String>, out: &mut impl Write) -> io::Result<()> {
    // What was taken back is said before what came instead.
    for line in game.tells() {
        writeln!(out, "- {line}")?;
    }
    for told in game.news() {
        writeln!(out, "{}", show::told(&told, look))?;
    }
    let now: Vec<String> = game.view().iter().flat_map(|view| show::status(view, look)).collect();
    if now != *status {
        for line in &now {
            writeln!(out, "    {line}")?;
        }
        *status = now;
    }
    Ok(())
}
