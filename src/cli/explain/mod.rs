//! `flowc explain`: the page of a finding, or one state of a flow: what catches which outcome there, what its options are, and
//! the requests it becomes.

mod options;
mod page;
mod state;
mod text;
mod wire;

use crate::cli::project::{Project, the_one};
use crate::cli::render::text::Look;
use crate::cli::render::{Findings, text as findings};
use crate::cli::{Exit, Failure, environment, written};
use crate::config::{ServiceFlags, ServiceSettings};
use crate::language::compile::{self, CompiledFlow};
use crate::language::diagnostic::{did_you_mean, some_of};
use crate::language::flow::state::State;
use crate::language::graph::Program;
use std::io::{self, Write};
use std::path::Path;

/// Arguments of `flowc explain`.
#[derive(clap::Args)]
pub struct Args {
    /// Code of a finding, such as F0102; or a flow file or a project folder [default: list all codes]
    #[arg(value_name = "CODE|FILE")]
    what: Option<String>,
    /// A state of that flow; FLOW.STATE where several flows have one of this name
    state: Option<String>,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How an explanation is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object; a page in Markdown.
    Json,
}

/// Runs the command.
///
/// # Errors
/// When there is no such code, file or state, or the output cannot be written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    match (&args.what, &args.state) {
        (Some(file), Some(state)) => explain(Path::new(file), state, args.format),
        (Some(file), None) if is_path(file) => Err(Failure::Usage(without_state(Path::new(file))?)),
        (code, _) => page::print(code.as_deref(), args.format),
    }
}

/// Whether it names something of a project rather than a code.
fn is_path(text: &str) -> bool {
    text.ends_with(".flow") || text.ends_with(".yaml") || text.contains('/') || Path::new(text).is_dir()
}

/// A flow and one of its states.
struct Found<'a> {
    flow: &'a CompiledFlow,
    program: &'a Program,
    state: &'a State,
}

fn explain(file: &Path, state: &str, format: Format) -> Result<Exit, Failure> {
    let project = the_one(Some(file))?.read(|_| ())?;
    let compiled = project.compile();
    let flows = flows(&project, &compiled)?;
    if flows.iter().all(|flow| flow.program.is_none()) {
        return print_findings(&project, &compiled);
    }
    let found = match find(&flows, state) {
        Ok(found) => found,
        // The state may stand in a flow of which nothing came.
        Err(_) if flows.iter().any(|flow| flow.program.is_none()) => return print_findings(&project, &compiled),
        Err(failure) => return Err(failure),
    };
    let settings = ServiceSettings::resolve(&ServiceFlags::default(), &environment(), &project.file)?;
    let explained = state::Explained::of(&project, &found, &settings);
    let shown = match format {
        Format::Text => text::show(&explained, Look::of_stdout().colour),
        Format::Json => format!("{:#}\n", serde_json::json!(explained)),
    };
    written(io::stdout().lock().write_all(shown.as_bytes()))?;
    Ok(Exit::Fine)
}

/// The flows that were asked about: the one file, or all of the project.
fn flows<'a>(project: &Project, compiled: &'a compile::Project) -> Result<Vec<&'a CompiledFlow>, Failure> {
    let asked = |flow: &&CompiledFlow| project.only.is_none_or(|only| flow.file == only || flow.twin == Some(only));
    let flows: Vec<&CompiledFlow> = compiled.flows.iter().filter(asked).collect();
    if flows.is_empty() {
        return Err(Failure::Usage("there is no flow here; name a *.flow file".to_owned()));
    }
    Ok(flows)
}

/// The state of a name, in the one flow that has it.
fn find<'a>(flows: &[&'a CompiledFlow], asked: &str) -> Result<Found<'a>, Failure> {
    let (of, name) = match asked.split_once('.') {
        Some((flow, state)) => (Some(flow), state),
        None => (None, asked),
    };
    let mut found: Vec<Found<'a>> = Vec::new();
    let mut names = Vec::new();
    for flow in flows.iter().filter(|flow| of.is_none_or(|of| flow.name == of)) {
        let Some(program) = &flow.program else { continue };
        names.extend(program.states().map(|(_, state)| state.name.as_str()));
        if let Some(state) = program.state(name)
            && !found.iter().any(|known| known.flow.name == flow.name)
        {
            found.push(Found { flow, program, state });
        }
    }
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(Failure::Usage(unknown(flows, of, name, &names))),
        _ => {
            let all: Vec<String> =
                found.iter().map(|found| format!("{}.{}", found.flow.name, found.state.name)).collect();
            Err(Failure::Usage(format!("several flows have a state `{name}`; name one: {}", all.join(", "))))
        }
    }
}

fn unknown(flows: &[&CompiledFlow], of: Option<&str>, name: &str, names: &[&str]) -> String {
    let known: Vec<&str> = flows.iter().map(|flow| flow.name.as_str()).collect();
    if let Some(of) = of.filter(|of| !known.contains(of)) {
        let near = did_you_mean(of, known.iter().copied());
        return format!(
            "no flow here is called `{of}`; {}",
            near.unwrap_or_else(|| format!("there is {}", some_of(known.iter().copied())))
        );
    }
    let flow = match of.or(if known.len() == 1 { known.first().copied() } else { None }) {
        Some(flow) => format!("flow `{flow}` has no state `{name}`"),
        None => format!("no flow here has a state `{name}`"),
    };
    let near = did_you_mean(name, names.iter().copied());
    format!("{flow}; {}", near.unwrap_or_else(|| format!("the states are {}", some_of(names.iter().copied()))))
}

fn without_state(file: &Path) -> Result<String, Failure> {
    let project = the_one(Some(file))?.read(|_| ())?;
    let compiled = project.compile();
    let flows = flows(&project, &compiled)?;
    let states = |flow: &&CompiledFlow| -> Vec<String> {
        let states = flow.program.iter().flat_map(|program| program.states().map(|(_, state)| state.name.clone()));
        states.map(|state| if flows.len() == 1 { state } else { format!("{}.{state}", flow.name) }).collect()
    };
    let all: Vec<String> = flows.iter().flat_map(states).collect();
    Ok(match all.is_empty() {
        true => "name a state; `flowc check` says what is wrong with the flow".to_owned(),
        false => format!("name one of its states: {}", some_of(all.iter().map(String::as_str))),
    })
}

/// To standard error: standard output is for the explanation.
fn print_findings(project: &Project, compiled: &compile::Project) -> Result<Exit, Failure> {
    let mut out = io::stderr().lock();
    let mut writer = findings::Writer::new(Look::of_stderr());
    let all = Findings { sources: &project.sources, all: &compiled.diagnostics };
    written(writer.write(all, &mut out).and_then(|()| writer.finish(&mut out)))?;
    Ok(Exit::Findings)
}

#[cfg(test)]
mod tests {
    use crate::cli::explain::state::Explained;
    use crate::cli::explain::{Found, flows};
    use crate::cli::project::locate;
    use crate::config::{Environment, ServiceFlags, ServiceSettings};
    use crate::language::syntax::fields;
    use crate::machine::preview::preview;
    use std::path::Path;

    /// Options that mean nothing where no keys, or no words, are listened for.
    const SOMETIMES: [&str; 5] = ["between_keys", "end", "end_silence", "max_tones", "stop"];

    #[test]
    fn every_state_of_the_examples_is_explained_whole() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows");
        let mut states = 0;
        for located in locate(&[root]).unwrap() {
            let project = located.read(|_| ()).unwrap();
            let compiled = project.compile();
            let settings =
                ServiceSettings::resolve(&ServiceFlags::default(), &Environment::new(), &project.file).unwrap();
            for flow in flows(&project, &compiled).unwrap() {
                let program = flow.program.as_ref().unwrap();
                for (_, state) in program.states() {
                    let explained = Explained::of(&project, &Found { flow, program, state }, &settings);
                    let ordered = preview(program, &state.name, "voice").unwrap();
                    // Each command has its request: none is lost on the way to the wire.
                    assert_eq!(explained.requests.len(), ordered.own.len(), "{} {:?}", state.name, ordered.own);
                    let scope = explained.scope.as_ref().map_or((0, 0), |s| (s.entering.len(), s.leaving.len()));
                    assert_eq!(scope, (ordered.entering.len(), ordered.leaving.len()), "{}", state.name);
                    let asks = state.kind.needs_line() && !matches!(explained.kind, "wait");
                    assert!(!asks || !explained.requests.is_empty(), "{} sends nothing", state.name);
                    for option in fields::kind(explained.word()).unwrap().options {
                        let told = explained.options.iter().any(|told| told.name == option.name);
                        assert!(told || SOMETIMES.contains(&option.name), "{}: {}", state.name, option.name);
                    }
                    states += 1;
                }
            }
        }
        assert!(states > 60, "{states}");
    }
}
