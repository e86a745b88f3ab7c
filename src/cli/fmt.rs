//! `flowc fmt`: flows in the one way of writing, in place or beside it in the other spelling.
//!
//! A file is replaced as a whole or not at all, and only when its text changes. One with faults stays as it is.

use crate::cli::project::find::show;
use crate::cli::project::{Located, Project, locate};
use crate::cli::render::{Findings, counted, text};
use crate::cli::{Exit, Failure, tell, written};
use crate::language::diagnostic::Diagnostic;
use crate::language::format::{self, Refusal};
use crate::language::source::FileId;
use crate::language::syntax::ast::Spelling;
use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// So many lines of a difference are shown.
const SHOWN_LINES: usize = 40;

/// Arguments of `flowc fmt`.
#[derive(clap::Args)]
pub struct Args {
    /// Flow files, project folders, or folders of projects [default: the project stood in]
    paths: Vec<PathBuf>,
    /// Change nothing; show what would change, and end with 1 if anything would
    #[arg(long, conflicts_with_all = ["to", "stdout"])]
    check: bool,
    /// Write each flow in this spelling too, into a file beside it
    #[arg(long, value_enum, value_name = "SPELLING")]
    to: Option<To>,
    /// Overwrite the file beside it
    #[arg(long, requires = "to")]
    force: bool,
    /// Write one flow to the standard output instead
    #[arg(long)]
    stdout: bool,
}

/// The spelling to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum To {
    /// `*.flow.yaml`
    Yaml,
    /// `*.flow`
    Flow,
}

/// A flow of a project.
struct Asked<'a> {
    project: &'a Project,
    file: FileId,
    spelling: Spelling,
}

/// What came of all flows.
#[derive(Default)]
struct Outcome {
    flows: usize,
    changed: usize,
    faulty: usize,
    defect: bool,
}

/// Runs the command.
///
/// # Errors
/// When a path cannot be used, a file beside a flow is there already, or something cannot be written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let located = locate(&args.paths)?;
    let projects: Vec<Project> = located.iter().map(|located| located.read(|_| ())).collect::<Result<_, _>>()?;
    let mut asked = Vec::new();
    for (located, project) in located.iter().zip(&projects) {
        asked.extend(flows(located, project)?);
    }
    if args.stdout && asked.len() != 1 {
        return Err(Failure::Usage(format!("there are {} flows; name the one to write to the output", asked.len())));
    }
    let mut outcome = Outcome::default();
    for asked in &asked {
        asked.format(args, &mut outcome)?;
    }
    if !args.stdout {
        tell(&outcome.sentence(args));
    }
    Ok(match outcome {
        Outcome { defect: true, .. } => Exit::Defect,
        Outcome { faulty: 1.., .. } => Exit::Findings,
        Outcome { changed: 1.., .. } if args.check => Exit::Findings,
        _ => Exit::Fine,
    })
}

/// The flows that were asked for: of a folder all, of a file that one.
fn flows<'a>(located: &Located, project: &'a Project) -> Result<Vec<Asked<'a>>, Failure> {
    let flows = project.flows.iter().map(|(file, spelling)| Asked { project, file: *file, spelling: *spelling });
    let Some(only) = &located.only else { return Ok(flows.collect()) };
    let flows: Vec<Asked<'a>> = flows.filter(|asked| Some(asked.file) == project.only).collect();
    if flows.is_empty() {
        let message = format!("`{}` is no flow; only flows are formatted (*.flow, *.flow.yaml)", show(only));
        return Err(Failure::Usage(message));
    }
    Ok(flows)
}

impl Outcome {
    fn sentence(&self, args: &Args) -> String {
        let done = match (args.check, args.to.is_some()) {
            (true, _) => "not formatted",
            (false, true) => "written",
            (false, false) => "formatted",
        };
        let faulty = match self.faulty {
            0 => String::new(),
            faulty => format!(", {faulty} left as they are"),
        };
        format!("{}, {} {done}{faulty}", counted(self.flows, "flow"), self.changed)
    }
}

impl Asked<'_> {
    fn path(&self) -> &str {
        self.project.sources.source(self.file).path()
    }

    fn text(&self) -> &str {
        self.project.sources.source(self.file).text()
    }

    fn format(&self, args: &Args, outcome: &mut Outcome) -> Result<(), Failure> {
        let to = match args.to {
            Some(To::Flow) => Spelling::Native,
            Some(To::Yaml) => Spelling::Yaml,
            None => self.spelling,
        };
        if args.to.is_some() && to == self.spelling && !args.stdout {
            return Ok(());
        }
        outcome.flows += 1;
        let unreadable: Vec<Diagnostic> =
            self.project.findings.iter().filter(|finding| finding.primary.span.file == self.file).cloned().collect();
        let formatted = match unreadable.is_empty() {
            true => format::flow(&self.project.sources, self.file, self.spelling, to),
            false => Err(Refusal::Faults(unreadable)),
        };
        match formatted {
            Ok(text) => self.deliver(&text, to, args, outcome),
            Err(refusal) => self.leave(&refusal, to, outcome),
        }
    }

    fn deliver(&self, text: &str, to: Spelling, args: &Args, outcome: &mut Outcome) -> Result<(), Failure> {
        if args.stdout {
            return written(io::stdout().write_all(text.as_bytes()));
        }
        if args.to.is_some() {
            let twin = twin(Path::new(self.path()), to);
            match fs::read(&twin) {
                Ok(bytes) if bytes == text.as_bytes() => return Ok(()),
                Ok(_) if !args.force => {
                    return Err(Failure::Usage(format!("`{}` is there already; `--force` overwrites it", show(&twin))));
                }
                _ => {}
            }
            outcome.changed += 1;
            return replace(&twin, text);
        }
        if text == self.text() {
            return Ok(());
        }
        outcome.changed += 1;
        if args.check {
            return written(difference(self.path(), self.text(), text, &mut BufWriter::new(io::stdout().lock())));
        }
        replace(Path::new(self.path()), text)
    }

    /// Says why a flow stays as it is.
    fn leave(&self, refusal: &Refusal, to: Spelling, outcome: &mut Outcome) -> Result<(), Failure> {
        outcome.faulty += 1;
        let path = self.path();
        match refusal {
            Refusal::Faults(found) => {
                let mut out = BufWriter::new(io::stdout().lock());
                let mut writer = text::Writer::new(text::Look::of_stdout());
                let findings = Findings { sources: &self.project.sources, all: found };
                let shown = writer.write(findings, &mut out).and_then(|()| writer.finish(&mut out));
                return written(shown.and_then(|()| out.flush()));
            }
            Refusal::Unsayable(piece) => {
                let spelling = if to == Spelling::Yaml { "YAML" } else { "the native spelling" };
                tell(&format!("{path}: {spelling} cannot say this flow as it is: {piece}"));
            }
            Refusal::Changed(piece) => {
                outcome.defect = true;
                let version = env!("CARGO_PKG_VERSION");
                tell(&format!(
                    "flowc: a defect of flowc {version}: {path} would be changed by its formatting: {piece}"
                ));
            }
        }
        Ok(())
    }
}

/// The name of a flow's file in the other spelling.
fn twin(path: &Path, to: Spelling) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = [".flow.yaml", ".flow", ".yaml"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    let ending = match to {
        Spelling::Native => "flow",
        Spelling::Yaml => "flow.yaml",
    };
    path.with_file_name(format!("{stem}.{ending}"))
}

/// Puts a text in a file's place: into a file beside it first, then under its name.
fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let name = real.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = real.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let put = || {
        let mut file = OpenOptions::new().write(true).create_new(true).open(&beside)?;
        file.write_all(text.as_bytes())?;
        if let Ok(facts) = fs::metadata(&real) {
            fs::set_permissions(&beside, facts.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&beside, &real)
    };
    put().map_err(|error: io::Error| {
        // What was begun is of no use to anybody.
        let _ = fs::remove_file(&beside);
        Failure::World(format!("cannot write `{}`: {error}", show(path)))
    })
}

/// What would change: the lines between the first and the last that differ.
fn difference(path: &str, old: &str, new: &str, out: &mut impl Write) -> io::Result<()> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split('\n').collect(), new.split('\n').collect());
    let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(old, new)| old == new).count();
    let above = same(&mut old.iter().zip(&new));
    let most = old.len().min(new.len()) - above;
    let below = same(&mut old.iter().rev().zip(new.iter().rev())).min(most);
    writeln!(out, "{path}:{}", above + 1)?;
    for (sign, lines) in [('-', &old[above..old.len() - below]), ('+', &new[above..new.len() - below])] {
        for line in lines.iter().take(SHOWN_LINES) {
            writeln!(out, "{sign} {}", line.trim_end_matches('\r'))?;
        }
        if lines.len() > SHOWN_LINES {
            writeln!(out, "{sign} … {} more lines", lines.len() - SHOWN_LINES)?;
        }
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use crate::cli::fmt::{difference, replace, twin};
    use crate::language::syntax::ast::Spelling;
    use std::path::Path;

    #[test]
    fn twins_have_the_other_ending() {
        for (path, to, name) in [
            ("a/b.flow", Spelling::Yaml, "a/b.flow.yaml"),
            ("a/b.flow.yaml", Spelling::Native, "a/b.flow"),
            ("b.yaml", Spelling::Native, "b.flow"),
        ] {
            assert_eq!(twin(Path::new(path), to), Path::new(name));
        }
    }

    #[test]
    fn a_difference_is_the_lines_between() {
        let shown = |old: &str, new: &str| {
            let mut out = Vec::new();
            difference("x", old, new, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(shown("a\nb\nc\n", "a\nB\nc\n"), "x:2\n- b\n+ B\n");
        assert_eq!(shown("a", "a\n"), "x:2\n+ \n");
        assert_eq!(shown("a\na\n", "a\n"), "x:2\n- a\n");
    }

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.flow");
        replace(&path, "one").unwrap();
        replace(&path, "two").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(replace(&folder.path().join("no/a.flow"), "x").is_err());
    }
}
