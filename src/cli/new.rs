//! `flowc new`: a first project in an empty folder, one that passes its own check and whose caller gets through.

use crate::cli::project::find::show;
use crate::cli::{Exit, Failure, written};
use crate::language::syntax::fields;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Arguments of `flowc new`.
#[derive(clap::Args)]
pub struct Args {
    /// The project's folder: an empty one, or one that is not there yet
    dir: PathBuf,
    /// Write the flow in YAML
    #[arg(long)]
    yaml: bool,
}

/// Runs the command.
///
/// # Errors
/// When the folder is not empty or cannot be written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let dir = &args.dir;
    empty(dir)?;
    let name = flow_name(dir);
    let files = files(&name, args.yaml);
    fs::create_dir_all(dir).map_err(|error| unwritable(dir, &error))?;
    for (file, text) in &files {
        let path = dir.join(file);
        let write = || File::create_new(&path)?.write_all(text.as_bytes());
        write().map_err(|error| unwritable(&path, &error))?;
    }
    written(tell_next(dir, &name, &files))?;
    Ok(Exit::Fine)
}

/// Refuses a folder with anything in it: nothing of anybody's is written over.
fn empty(dir: &Path) -> Result<(), Failure> {
    match fs::read_dir(dir) {
        Ok(mut entries) => match entries.next() {
            Some(_) => Err(Failure::Usage(format!("`{}` is not empty; name a new folder", show(dir)))),
            None => Ok(()),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(Failure::Usage(format!("`{}` is no folder; name a new one", show(dir))))
        }
        Err(error) => Err(unwritable(dir, &error)),
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::World(format!("cannot write `{}`: {error}", show(path)))
}

/// The folder's name as a flow's: `Front Desk` becomes `front_desk`.
fn flow_name(dir: &Path) -> String {
    let whole = std::path::absolute(dir).unwrap_or_else(|_| dir.to_path_buf());
    let folder = whole.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let mut name = String::new();
    for char in folder.chars().take(40) {
        match char {
            'a'..='z' | '0'..='9' => name.push(char),
            _ if !name.is_empty() && !name.ends_with('_') => name.push('_'),
            _ => {}
        }
    }
    let name = name.trim_end_matches('_');
    match name {
        "" => "hello".to_owned(),
        _ if !fields::is_name(name) || fields::is_reserved(name) => format!("flow_{name}"),
        _ => name.to_owned(),
    }
}

fn files(name: &str, yaml: bool) -> Vec<(String, String)> {
    let (ending, flow) = if yaml { ("flow.yaml", YAML) } else { ("flow", NATIVE) };
    let named = |file: String, text: &str| (file, text.replace("NAME", name).replace("ENDING", ending));
    vec![
        named("flowc.toml".to_owned(), SETTINGS),
        named(format!("{name}.{ending}"), flow),
        named(format!("{name}_words.yaml"), WORDS),
        named(format!("{name}.scenario.yaml"), SCENARIO),
        named("README.md".to_owned(), README),
        named(".gitignore".to_owned(), IGNORED),
    ]
}

fn tell_next(dir: &Path, name: &str, files: &[(String, String)]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let shown = show(dir);
    let folder = if shown.contains([' ', '\'', '"']) { format!("{shown:?}") } else { shown };
    writeln!(out, "{} files in {folder}:", files.len())?;
    for (file, _) in files {
        writeln!(out, "  {file}")?;
    }
    writeln!(out, "\nNext:")?;
    writeln!(out, "  flowc check {folder}")?;
    writeln!(out, "  flowc dev {folder} --call {folder}/{name}.scenario.yaml")?;
    writeln!(out, "  flowc graph {folder}")?;
    out.flush()
}

const NATIVE: &str = r#"// Who calls is asked where to, and put through.
flowc 1
flow NAME inbound
locale en-US
settings { sales_desk: phone; support_desk: phone }
use NAME_words
start pick_up

pick_up: answer -> welcome
welcome: play welcome -> team

team: menu ask ask_team, retry 2, reprompt ask_team_again {
  sales = 1 -> sales
  support = 2 -> support
  exhausted -> nobody
}

// The flow ends when the team has answered.
sales: transfer settings.sales_desk, play connecting(team: "sales") -> return {
  busy | no_answer | declined | unreachable | failed -> nobody
}
support: transfer settings.support_desk, play connecting(team: "support") -> return {
  busy | no_answer | declined | unreachable | failed -> nobody
}
nobody: hangup play nobody_free
"#;

const YAML: &str = r#"# Who calls is asked where to, and put through.
flowc: 1
flow: NAME
call: inbound
locale: en-US
settings: { sales_desk: phone, support_desk: phone }
use: [NAME_words]
start: pick_up
states:
  pick_up: { answer: true, then: welcome }
  welcome: { play: welcome, then: team }
  team:
    menu:
      sales: { key: 1, to: sales }
      support: { key: 2, to: support }
    ask: ask_team
    retry: 2
    reprompt: ask_team_again
    on: { exhausted: nobody }
  # The flow ends when the team has answered.
  sales:
    transfer: =settings.sales_desk
    play: { connecting: { team: sales } }
    then: return
    on: { busy | no_answer | declined | unreachable | failed: nobody }
  support:
    transfer: =settings.support_desk
    play: { connecting: { team: support } }
    then: return
    on: { busy | no_answer | declined | unreachable | failed: nobody }
  nobody: { hangup: true, play: nobody_free }
"#;

const WORDS: &str = r#"prompts: NAME_words
welcome:
  en-US: Welcome.
ask_team:
  en-US: For sales, press {key sales}. For support, press {key support}.
ask_team_again:
  en-US: Please press {key sales} for sales, or {key support} for support.
connecting:
  takes: { team: text }
  en-US: Connecting you to {team}.
nobody_free:
  en-US: Nobody can take your call now. Please try again later.
"#;

const SETTINGS: &str = r#"# Where the teams are. These numbers are set aside for examples: nobody has them.
[settings]
sales_desk = "+18005550101"
support_desk = "+18005550102"
"#;

const SCENARIO: &str = r#"scenario: wants support and is put through
flow: NAME
script:
  - call from +18005550199
  - hear welcome, ask_team
  - press 2
  - hear "Connecting you to support."
"#;

const README: &str = r#"# NAME

| file | what it is |
|---|---|
| `NAME.ENDING` | the flow: what happens in a call |
| `NAME_words.yaml` | what callers hear |
| `flowc.toml` | the numbers of the teams |
| `NAME.scenario.yaml` | a caller to try it with |

Check it: `flowc check`. Hear it: `flowc dev . --call NAME.scenario.yaml`. See it: `flowc graph`. What a finding means:
`flowc explain F0102`.
"#;

const IGNORED: &str = "*.db\n*.db-wal\n*.db-shm\n*.db.lock\n";

#[cfg(test)]
mod tests {
    use crate::cli::new::flow_name;
    use std::path::Path;

    #[test]
    fn folders_name_flows() {
        let names = ["front_desk", "Front Desk!", "24 hours", "hangup", "a/b/ivr/", "ü"];
        let flows: Vec<String> = names.iter().map(|name| flow_name(Path::new(name))).collect();
        assert_eq!(flows, ["front_desk", "front_desk", "flow_24_hours", "flow_hangup", "ivr", "hello"]);
    }
}
