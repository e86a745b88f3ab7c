//! `flowc simulate`: somebody is the caller of a flow, in the terminal, in virtual time that they may go back in.

mod commands;

mod game;

mod lines;

mod save;

#[cfg(unix)]
mod screen;

mod show;

#[cfg(unix)]
mod terminal;

use crate::cli::simulate::game::{About, Game};
use crate::cli::simulate::show::Look;
use crate::cli::test::house::{self, House};
use crate::cli::{Exit, Failure};
use crate::language::syntax::ast::Script;
use crate::rehearsal::session::opening::Said;
use std::cell::OnceCell;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

/// Arguments of `flowc simulate`.
#[derive(clap::Args)]
pub struct Args {
    /// A flow file, or a project with one flow [default: the project stood in]
    file: Option<PathBuf>,
    /// Play this scenario first, then hand the call over
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "to", "params", "clock"])]
    script: Option<PathBuf>,
    /// Who calls
    #[arg(long, value_name = "NUMBER")]
    from: Option<String>,
    /// The number that is called
    #[arg(long, value_name = "NUMBER")]
    to: Option<String>,
    /// A parameter of the flow; those that are left out are made by their types
    #[arg(long = "param", value_name = "NAME=JSON")]
    params: Vec<String>,
    /// When the call begins: 2026-12-24T18:00Z
    #[arg(long, value_name = "INSTANT")]
    clock: Option<String>,
    /// Jump to the next thing that waits for the caller
    #[arg(long)]
    fast: bool,
    /// How many times faster than life time passes
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000), conflicts_with = "fast")]
    speed: u32,
}

/// Runs the command.
///
/// # Errors
/// When the flow cannot be read or begun, or the terminal cannot be used.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let paths: Vec<PathBuf> = args.script.iter().chain(&args.file).take(1).cloned().collect();
    let Some(houses) = house::read(&paths, None)? else { return Ok(Exit::Findings) };
    let [house] = &houses[..] else {
        return Err(Failure::Usage("name one flow: there are several projects here".to_owned()));
    };
    let script = args.script.as_ref().map(|file| scenario(house, file)).transpose()?;
    let flow = flow(house, script)?;
    let Some(served) = house.lines.flows.get(&flow) else {
        return Err(Failure::Usage(format!("the flow {flow} cannot be called")));
    };
    let said = said(args)?;
    let (opening, places) = (OnceCell::new(), house.places_of(&flow));
    let on_terminal = io::stdin().is_terminal() && io::stdout().is_terminal() && cfg!(unix);
    let about =
        About { house, served, places: &places, opening: &opening, said: &said, fast: args.fast || !on_terminal };
    let mut game = Game::new(about, script).map_err(Failure::Usage)?;
    let plain = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let look = Look { colour: io::stdout().is_terminal() && !plain("NO_COLOR") && !dumb };
    #[cfg(unix)]
    if on_terminal {
        screen::run(&mut game, look, args.speed)?;
        return Ok(Exit::Fine);
    }
    lines::run(&mut game, look)?;
    Ok(Exit::Fine)
}

/// The one scenario that was named.
fn scenario<'h>(house: &'h House, file: &std::path::Path) -> Result<&'h Script, Failure> {
    let found = house.scenarios.first().map(|scenario| &scenario.script);
    found.ok_or_else(|| Failure::Usage(format!("{} is no scenario", file.display())))
}

/// The flow that is called.
fn flow(house: &House, script: Option<&Script>) -> Result<String, Failure> {
    let named = script.and_then(|script| script.flow.as_ref()).map(|flow| flow.value.clone());
    if let Some(flow) = named.or_else(|| house.about.clone()) {
        return Ok(flow);
    }
    let names: Vec<&String> = house.lines.flows.keys().collect();
    match &names[..] {
        [only] => Ok((*only).clone()),
        _ => {
            let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
            Err(Failure::Usage(format!("which flow? Name its file; there are {}", names.join(", "))))
        }
    }
}

fn said(args: &Args) -> Result<Said, Failure> {
    let params = args.params.iter().map(|param| {
        let (name, value) = param.split_once('=').ok_or_else(|| format!("`{param}` is not NAME=JSON"))?;
        // A word that is no JSON is a text: `--param to=+441632960100`.
        let value = serde_json::from_str(value).unwrap_or_else(|_| serde_json::Value::from(value));
        Ok((name.to_owned(), value))
    });
    let params = params.collect::<Result<_, String>>().map_err(Failure::Usage)?;
    let clock = args.clock.as_ref().map(|clock| {
        crate::language::syntax::literal::instant_ms(clock)
            .ok_or_else(|| Failure::Usage(format!("`{clock}` is no instant; write it as 2026-12-24T18:00Z")))
    });
    Ok(Said { from: args.from.clone(), to: args.to.clone(), params, clock: clock.transpose()? })
}
