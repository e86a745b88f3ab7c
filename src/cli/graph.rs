//! `flowc graph`: one flow as a picture, or as JSON, Mermaid or DOT. A flow with errors has no graph; its findings are printed instead.

use crate::cli::project::{Located, Project, the_one};
use crate::cli::render::{Findings, text};
use crate::cli::{Exit, Failure, written};
use crate::language::compile;
use crate::language::flow::state::State;
use crate::language::graph::{Program, show, svg};
use crate::language::syntax::ast::Spelling;
use petgraph::graph::NodeIndex;
use serde_json::Value;
use std::io::{self, Write};
use std::path::PathBuf;

/// What stands in a state that no call comes to.
const NO_CALL: &str = "no call comes here";

/// Arguments of `flowc graph`.
#[derive(clap::Args)]
pub struct Args {
    /// A flow file, or a project folder with one flow [default: the project stood in]
    file: Option<PathBuf>,
    /// How the graph is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Show in each state what a call may be like there
    #[arg(long)]
    conditions: bool,
}

/// How a graph is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A picture that needs nothing else.
    #[default]
    Svg,
    /// For programs.
    Json,
    /// For Markdown pages.
    Mermaid,
    /// For Graphviz.
    Dot,
}

/// Runs the command.
///
/// # Errors
/// When the path means no flow or several, or the output cannot be written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let located = the_one(args.file.as_deref())?;
    let project = located.read(|_| ())?;
    let compiled = project.compile();
    let flow = the_flow(&located, &project, &compiled)?;
    let Some(program) = &flow.program else {
        return print_findings(&project, &compiled);
    };
    let captions = captions(flow, program, args.conditions);
    let picture = match args.format {
        Format::Svg => svg::with_conditions(program, &flow.source_map, &captions),
        Format::Json => format!("{:#}", json(flow, program, args.conditions)),
        Format::Mermaid => show::mermaid_with(program, &captions),
        Format::Dot => show::dot_with(program, &captions),
    };
    written(writeln!(io::stdout(), "{}", picture.trim_end()))?;
    Ok(Exit::Fine)
}

/// What a call may be like, by state and on one line.
fn captions(flow: &compile::CompiledFlow, program: &Program, conditions: bool) -> show::Captions {
    let states = program.states().filter(|_| conditions);
    let caption = |(node, state): (NodeIndex, &State)| {
        let caption = match flow.conditions.get(node.index()).and_then(Option::as_ref) {
            Some(condition) => condition.caption(&program.participants),
            None => NO_CALL.to_owned(),
        };
        (state.name.clone(), caption)
    };
    states.map(caption).collect()
}

/// The graph as scripts read it; with conditions each state has one, of what there is to say: `{ "line": "up", … }`.
fn json(flow: &compile::CompiledFlow, program: &Program, conditions: bool) -> Value {
    let mut graph = show::json(program, &flow.source_map);
    let states = graph.get_mut("states").and_then(Value::as_array_mut).filter(|_| conditions);
    for state in states.into_iter().flatten() {
        let node = state.get("name").and_then(Value::as_str).and_then(|name| program.node(name));
        let condition = node.and_then(|node| flow.conditions.get(node.index())?.as_ref());
        let facts = condition.map(|condition| condition.facts(&program.participants));
        if let Some(state) = state.as_object_mut() {
            state.insert("condition".to_owned(), facts.map_or(Value::Null, |facts| facts.into_iter().collect()));
        }
    }
    graph
}

/// The flow that was asked for. Of twins it is the native one: both are the same program.
fn the_flow<'a>(
    located: &Located,
    project: &Project,
    compiled: &'a compile::Project,
) -> Result<&'a compile::CompiledFlow, Failure> {
    // The flows that the one asked for runs have been read with it.
    let asked = |flow: &&compile::CompiledFlow| project.only.is_none_or(|only| flow.file == only);
    let mut flows: Vec<&compile::CompiledFlow> = compiled.flows.iter().filter(asked).collect();
    flows.sort_by_key(|flow| flow.spelling == Spelling::Yaml);
    let different = |other: &&compile::CompiledFlow| other.name != flows[0].name;
    match flows.first() {
        None if located.only.is_some() => Err(Failure::Usage("this file is not a flow; name a *.flow file".to_owned())),
        None => Err(Failure::Usage("there is no flow in this project; name a flow file".to_owned())),
        Some(first) if !flows.iter().any(different) => Ok(first),
        Some(_) => {
            let names: Vec<&str> = flows.iter().map(|flow| project.sources.source(flow.file).path()).collect();
            Err(Failure::Usage(format!("there are several flows: {}; name one of them", names.join(", "))))
        }
    }
}

/// To standard error: standard output is for the graph.
fn print_findings(project: &Project, compiled: &compile::Project) -> Result<Exit, Failure> {
    let mut out = io::stderr().lock();
    let mut writer = text::Writer::new(text::Look::of_stderr());
    let findings = Findings { sources: &project.sources, all: &compiled.diagnostics };
    written(writer.write(findings, &mut out).and_then(|()| writer.finish(&mut out)))?;
    Ok(Exit::Findings)
}
