//! One project, read: a [`Located`] folder to texts sorted by what they are, with findings about what could not be read.
//!
//! Knows files and their kinds; what stands in them is the language's business.

pub mod addresses;
pub mod find;
pub mod settings;
pub mod sounds;
pub mod texts;
mod uses;

pub use find::{Located, locate, the_one};

use crate::cli::Failure;
use crate::cli::project::find::{ROUTES_FILE, SETTINGS_FILE, show};
use crate::config::ProjectFile;
use crate::language::compile;
use crate::language::diagnostic::{Code, Diagnostic, Severity, did_you_mean, has_errors, tidy};
use crate::language::source::{FileId, Sources, Span};
use crate::language::syntax;
use crate::language::syntax::ast::{Script, Spelling};
use crate::language::syntax::{FileKind, yaml_file_kind};
use crate::platform::versions::Version;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A project's texts.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its name: that of its folder.
    pub name: String,
    /// Its folder.
    pub root: PathBuf,
    /// All texts.
    pub sources: Sources,
    /// The flows, in order of their paths.
    pub flows: Vec<(FileId, Spelling)>,
    /// Prompt libraries.
    pub libraries: Vec<FileId>,
    /// Calendars.
    pub calendars: Vec<FileId>,
    /// Callers' scripts and scenarios.
    pub scripts: Vec<FileId>,
    /// `routes.yaml`.
    pub routes: Option<FileId>,
    /// The one flow that was asked about, where it was one.
    pub only: Option<FileId>,
    /// Services.
    pub services: Vec<FileId>,
    /// Documents that services import, by their path within the project.
    pub documents: BTreeMap<String, FileId>,
    /// `flowc.toml`; empty when there is none.
    pub file: ProjectFile,
    /// The text of `flowc.toml`.
    pub file_id: Option<FileId>,
    /// What could not be read, and why.
    pub findings: Vec<Diagnostic>,
    /// The api-version that flows are held against; what the project's file says, else the newest, when missing.
    pub api_version: Option<Version>,
}

impl Located {
    /// The project's files, in order of their paths.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn files(&self) -> Result<Vec<PathBuf>, Failure> {
        let Some(only) = &self.only else { return find::files(&self.root) };
        let mut files = find::files_for_one(&self.root)?;
        if !files.contains(only) {
            files.push(only.clone());
        }
        Ok(files)
    }

    /// Reads the project; `read` is told of each file.
    ///
    /// # Errors
    /// When something cannot be read at all; what can be read but not understood is a finding.
    pub fn read(&self, read: impl Fn(&Path)) -> Result<Project, Failure> {
        let mut project = Project {
            name: name_of(&self.root),
            root: self.root.clone(),
            sources: Sources::default(),
            flows: Vec::new(),
            libraries: Vec::new(),
            calendars: Vec::new(),
            scripts: Vec::new(),
            routes: None,
            only: None,
            services: Vec::new(),
            documents: BTreeMap::new(),
            file: ProjectFile::default(),
            file_id: None,
            findings: Vec::new(),
            api_version: None,
        };
        for path in self.files()? {
            let flows = project.flows.len();
            project.take(&path)?;
            if self.only.as_deref() == Some(path.as_path()) && project.flows.len() > flows {
                project.only = project.flows.last().map(|(file, _)| *file);
            }
            read(&path);
        }
        project.take_documents()?;
        if let Some(only) = project.only {
            let wanted = project.run_by(only);
            project.flows.retain(|(file, _)| wanted.contains(file));
        }
        Ok(project)
    }
}

impl Project {
    /// Compiles the flows. All findings are there, those about reading included, sorted by place.
    #[must_use]
    pub fn compile(&self) -> compile::Project {
        let input = compile::Input {
            flows: self.flows.clone(),
            libraries: self.libraries.clone(),
            calendars: self.calendars.clone(),
            today: Some(jiff::Zoned::now().date()),
            routes: self.routes,
            services: self.services.clone(),
            documents: self.documents.clone(),
            api_version: self.api_version.or_else(|| self.file.service("api_version").and_then(Version::parse)),
            ..compile::Input::default()
        };
        let mut compiled = compile::project(&self.sources, &input);
        let settings = settings::findings(self, &compiled);
        let scripts: Vec<Diagnostic> = self.scripts.iter().flat_map(|file| self.script(*file, &compiled).1).collect();
        let addresses = addresses::findings(self, &compiled);
        let found = self.findings.iter().cloned().chain(settings).chain(addresses);
        let found = found.chain(sounds::findings(self)).chain(scripts);
        compiled.diagnostics.extend(found);
        if let Some(flow) = self.only {
            // Asked about one flow: what stands in files it does not use is not its business.
            let about = self.files_of(flow);
            compiled.diagnostics.retain(|finding| about.contains(&finding.primary.span.file));
        }
        tidy(&mut compiled.diagnostics);
        compiled
    }

    /// The same project with other texts in some of its files. What each file is stays as it was.
    #[must_use]
    pub fn with_texts(&self, texts: &BTreeMap<FileId, String>) -> Project {
        let mut sources = Sources::default();
        for (file, source) in self.sources.iter() {
            match texts.get(&file) {
                Some(text) => sources.add(source.path(), text.as_str()),
                None => sources.add(source.path(), source.shared()),
            };
        }
        Project { sources, ..self.clone() }
    }

    /// A caller's script, held against the flow it is for; `None` when it has errors.
    #[must_use]
    pub fn script(&self, file: FileId, compiled: &compile::Project) -> (Option<Script>, Vec<Diagnostic>) {
        let (script, mut found) = syntax::read_script(&self.sources, file);
        if let Some(script) = &script {
            found.extend(compile::scripts::check(script, compiled));
        }
        (script.filter(|_| !has_errors(&found)), found)
    }

    fn take(&mut self, path: &Path) -> Result<(), Failure> {
        let findings = self.findings.len();
        let file = self.add(path)?;
        let unread = self.findings[findings..].iter().any(|found| matches!(found.code, Code::F0007 | Code::F0609));
        if !unread {
            self.sort(path, file);
        }
        Ok(())
    }

    fn add(&mut self, path: &Path) -> Result<FileId, Failure> {
        let (file, finding) = texts::add(&mut self.sources, &self.root, path)?;
        self.findings.extend(finding);
        Ok(file)
    }

    fn sort(&mut self, path: &Path, file: FileId) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let at_root = path.parent() == Some(self.root.as_path()) || path.parent() == Some(Path::new(""));
        match name.as_str() {
            SETTINGS_FILE => self.take_settings(file),
            ROUTES_FILE if at_root => self.routes = Some(file),
            _ if name.ends_with(".flow") => self.flows.push((file, Spelling::Native)),
            _ if name.ends_with(".flow.yaml") => self.flows.push((file, Spelling::Yaml)),
            _ if name.ends_with(".yml") => self.find_in_yml(file, &name),
            _ => self.sort_by_first_key(path, file),
        }
    }

    fn sort_by_first_key(&mut self, path: &Path, file: FileId) {
        match yaml_file_kind(self.sources.source(file).text()) {
            Some(FileKind::Flow) => self.flows.push((file, Spelling::Yaml)),
            Some(FileKind::Library) => self.libraries.push(file),
            Some(FileKind::Script) => self.scripts.push(file),
            Some(FileKind::Service) => self.services.push(file),
            // Read where a service names it.
            Some(FileKind::OpenApi) => {
                let path = path.strip_prefix(&self.root).unwrap_or(path);
                self.documents.insert(show(path), file);
            }
            Some(FileKind::Calendar) => self.calendars.push(file),
            None => self.find(unknown_kind(self.sources.source(file).text(), file)),
        }
    }

    /// Files of other tools may end so; what would be ours must not be passed over.
    fn find_in_yml(&mut self, file: FileId, name: &str) {
        let ours = name.ends_with(".flow.yml") || name == "routes.yml";
        let ours = ours || yaml_file_kind(self.sources.source(file).text()).is_some();
        self.find(Diagnostic { severity: if ours { Severity::Error } else { Severity::Note }, ..other_ending(file) });
    }

    /// The documents that services name, from wherever in the project they lie. One that is not there is the service's finding.
    fn take_documents(&mut self) -> Result<(), Failure> {
        let named = |file: &FileId| compile::services::documents(&self.sources, *file);
        let named: BTreeSet<String> = self.services.iter().flat_map(named).collect();
        for name in named {
            let path = self.root.join(&name);
            let shown = show(if self.root == Path::new(".") { Path::new(&name) } else { &path });
            let known = self.sources.iter().find(|(_, source)| source.path() == shown).map(|(file, _)| file);
            let file = match known {
                Some(file) => file,
                None if !path.is_file() => continue,
                None => self.add(&path)?,
            };
            self.documents.insert(name, file);
        }
        Ok(())
    }

    fn take_settings(&mut self, file: FileId) {
        self.file_id = Some(file);
        let (settings, faults) = ProjectFile::parse(self.sources.source(file).text());
        self.file = settings;
        for fault in faults {
            let span = Span::new(file, fault.span.start, fault.span.end);
            self.find(Diagnostic::new(Code::F0606, fault.message, span, fault.label).maybe_help(fault.help));
        }
    }

    fn find(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }
}

fn name_of(root: &Path) -> String {
    let real = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
    real.file_name().map_or_else(|| show(root), |name| name.to_string_lossy().into_owned())
}

fn other_ending(file: FileId) -> Diagnostic {
    Diagnostic::new(
        Code::F0607,
        "a file that ends in `.yml` is not read",
        Span::new(file, 0, 0),
        "flowc reads *.flow, *.flow.yaml and *.yaml",
    )
    .help("end its name in `.yaml`")
}

/// A file of another tool, which is only noted; or one of ours with a misspelt first key, whose value is a name.
fn unknown_kind(text: &str, file: FileId) -> Diagnostic {
    let finding = Diagnostic::new(
        Code::F0607,
        "not a file of a project",
        Span::new(file, 0, 0),
        "its first key is none of `flowc`, `prompts`, `service`, `calendar`, `scenario`",
    )
    .help("move the file out of the project's folder, or begin it with the key that says what it is");
    let mut named = text.lines().filter_map(|line| line.split_once(": ")).map(|(key, _)| key);
    let kinds = ["calendar", "flowc", "prompts", "scenario", "service"];
    match named.find_map(|key| did_you_mean(key, kinds)) {
        Some(help) => Diagnostic { severity: Severity::Error, ..finding.help(help) },
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::project::Project;
    use crate::cli::project::find::{Located, around, locate, the_one};
    use crate::cli::project::texts::LARGEST_FILE;
    use crate::language::diagnostic::{Code, Severity};
    use std::fs;
    use std::path::{Path, PathBuf};

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn roots(found: &[Located], base: &Path) -> Vec<String> {
        found.iter().map(|l| l.root.strip_prefix(base).unwrap().to_string_lossy().into_owned()).collect()
    }

    fn read(folder: &Path) -> Project {
        the_one(Some(folder)).unwrap().read(|_| ()).unwrap()
    }

    const PROMPTS: &[u8] = b"# words\nprompts: words\n";

    #[test]
    fn a_folder_with_flows_is_a_project_and_a_folder_of_folders_has_several() {
        let base = folder(&[
            ("flows/b/b.flow", b""),
            ("flows/a/a.flow.yaml", b""),
            ("flows/a/prompts/words.yaml", PROMPTS),
            ("flows/.hidden/x.flow", b""),
            ("flows/target/x.flow", b""),
            ("flows/empty/readme.md", b""),
        ]);
        let base = base.path();
        for start in [base.to_path_buf(), base.join("flows")] {
            assert_eq!(roots(&locate(&[start]).unwrap(), base), ["flows/a", "flows/b"]);
        }
        let error = the_one(Some(base)).unwrap_err().to_string();
        assert!(error.starts_with("there are 2 projects: ") && error.contains("flows/b; name one"), "{error}");
    }

    #[test]
    fn a_file_brings_its_project() {
        let base = folder(&[
            ("p/flowc.toml", b"[settings]\na = 1\n"),
            ("p/one.flow", b""),
            ("p/inner/two.flow", b""),
            ("p/inner/words.yaml", PROMPTS),
        ]);
        let two = base.path().join("p/inner/two.flow");
        assert_eq!(around(&two), base.path().join("p"));
        let project = locate(&[two]).unwrap()[0].read(|_| ()).unwrap();
        assert_eq!(project.name, "p");
        assert_eq!((project.flows.len(), project.libraries.len()), (1, 1));
        assert!(project.sources.source(project.flows[0].0).path().ends_with("p/inner/two.flow"));
        assert_eq!(project.file.settings["a"], 1);
    }

    #[test]
    fn what_is_not_there_is_told_with_the_next_move() {
        let base = folder(&[("menu.flow", b""), ("notes.txt", b"")]);
        let error = locate(&[base.path().join("mneu.flow")]).unwrap_err().to_string();
        assert!(error.ends_with("did you mean `menu.flow`?"), "{error}");
        let error = locate(&[base.path().join("notes.txt")]).unwrap_err().to_string();
        assert!(error.contains("no file of a project"), "{error}");
        let empty = tempfile::tempdir().unwrap();
        let error = locate(&[empty.path().to_path_buf()]).unwrap_err().to_string();
        assert!(error.starts_with("no project in"), "{error}");
    }

    #[test]
    fn unreadable_texts_are_findings_with_places() {
        let large = vec![b'a'; usize::try_from(LARGEST_FILE).unwrap() + 1];
        let base = folder(&[
            ("a.flow", b"flowc 1\nflow caf\xe9"),
            ("b.flow", &large),
            ("c.yml", b"prompts: c"),
            ("d.yaml", b"services: {}"),
            ("e.yaml", b"calendar: e"),
            ("flowc.toml", b"voice = 3\n"),
        ]);
        let project = read(base.path());
        let seen: Vec<(Code, usize, usize)> = project
            .findings
            .iter()
            .map(|f| (f.code, project.sources.position(f.primary.span), f))
            .map(|(code, at, _)| (code, at.line, at.column))
            .collect();
        assert_eq!(
            seen,
            [(Code::F0008, 2, 9), (Code::F0007, 1, 1), (Code::F0607, 1, 1), (Code::F0607, 1, 1), (Code::F0606, 1, 9),]
        );
        assert_eq!(project.flows.len(), 1);
    }

    #[test]
    fn files_of_other_tools_do_not_stop_a_project() {
        let base = folder(&[
            ("p/a.flow", b"flowc 1\nflow a inbound\nstart a\n\na: answer -> b\nb: hangup\n"),
            ("p/docker-compose.yaml", b"services:\n  web:\n    image: nginx\n"),
            ("p/docker-compose.yml", b"version: \"3\"\nservices:\n  web:\n    image: nginx\n"),
            ("p/empty.yaml", b""),
            ("p/misspelt.yaml", b"promts: words\n"),
            ("p/words.yml", PROMPTS),
        ]);
        let project = read(&base.path().join("p"));
        let found = project.compile().diagnostics;
        let said = found.iter().map(|found| {
            let path = project.sources.source(found.primary.span.file).path();
            let name = path.rsplit('/').next().unwrap_or_default();
            (name, found.code, found.severity, found.help.as_deref().unwrap_or_default())
        });
        let bad: Vec<_> = said.filter(|(_, _, severity, _)| *severity != Severity::Note).collect();
        assert_eq!(
            bad,
            [
                ("misspelt.yaml", Code::F0607, Severity::Error, "did you mean `prompts`?"),
                ("words.yml", Code::F0607, Severity::Error, "end its name in `.yaml`"),
            ]
        );
        assert_eq!(found.len(), 5, "{found:?}");
    }

    #[test]
    fn a_file_in_another_encoding_is_one_finding() {
        let text = "flowc 1\nflow a inbound\nstart a\n\na: answer -> b\nb: hangup\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked: Vec<u8> = [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        for bytes in [little, marked] {
            let base = folder(&[("p/a.flow", &bytes)]);
            let project = read(&base.path().join("p"));
            let said: Vec<String> = project.compile().diagnostics.into_iter().map(|found| found.message).collect();
            assert_eq!(said, ["the file is UTF-16, not UTF-8"]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_out_of_a_project_are_not_followed() {
        let flow: &[u8] = b"flowc 1\nflow a inbound\nstart a\n\na: answer -> b\nb: hangup\n";
        let base = folder(&[("p/a.flow", flow), ("secret", b"root:x:0:0\n"), ("inside/words.yaml", PROMPTS)]);
        let link =
            |to: &str, name: &str| std::os::unix::fs::symlink(base.path().join(to), base.path().join(name)).unwrap();
        link("secret", "p/b.flow");
        link("secret", "p/flowc.toml");
        link("inside", "p/inside");
        link("p/a.flow", "p/within.yaml");
        for start in ["p", "p/b.flow"] {
            let project = read(&base.path().join(start));
            let found: Vec<Code> = project.compile().diagnostics.iter().map(|found| found.code).collect();
            assert!(found.contains(&Code::F0609) && !found.contains(&Code::F0606), "{start}: {found:?}");
            let told = project.sources.iter().any(|(_, source)| source.text().contains("root:x"));
            assert!(!told && project.libraries.is_empty(), "{start}");
        }
    }

    #[test]
    fn a_service_brings_its_document() {
        let api: &[u8] = include_bytes!("../../../tests/services/crm_api.json");
        let hello = b"flowc 1\nflow hello inbound\nuse crm\nstart a\n\na: answer -> b\nb: hangup\n";
        let other = b"service: other\nurl: ftp://x\n";
        let crm = b"service: crm\nurl: =settings.crm_url\nopenapi: ./api/crm.json\noperations: { erse: true }\n";
        let base = folder(&[
            ("p/hello.flow", hello),
            ("p/crm.yaml", crm),
            ("p/other.yaml", other),
            ("p/api/crm.json", api),
            ("p/api/unused.json", b"{"),
            ("p/unused_api.yaml", b"openapi: 3.0.3\npaths: {}\n"),
        ]);
        let codes = |path: &Path| {
            let project = the_one(Some(path)).unwrap().read(|_| ()).unwrap();
            let names: Vec<String> = project.documents.keys().cloned().collect();
            let found = project.compile().diagnostics.iter().map(|finding| finding.code).collect::<Vec<_>>();
            (names, found)
        };
        let both = vec!["api/crm.json".to_owned(), "unused_api.yaml".to_owned()];
        assert_eq!(codes(&base.path().join("p")), (both.clone(), vec![Code::F0801]));
        assert_eq!(codes(&base.path().join("p/hello.flow")), (both, vec![]));
        fs::remove_file(base.path().join("p/api/crm.json")).unwrap();
        assert_eq!(codes(&base.path().join("p/hello.flow")).1, [Code::F0810]);
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_end() {
        let base = folder(&[("p/a.flow", b""), ("p/inner/b.flow", b"")]);
        std::os::unix::fs::symlink(base.path().join("p"), base.path().join("p/inner/up")).unwrap();
        assert_eq!(read(&base.path().join("p")).flows.len(), 2);
        std::os::unix::fs::symlink(base.path(), base.path().join("p/inner/top")).unwrap();
        let files = locate(&[base.path().to_path_buf()]).unwrap()[0].files().unwrap();
        assert_eq!(files.iter().filter(|f| f.ends_with("a.flow")).count(), 1, "{files:?}");
    }

    #[test]
    fn shown_paths_have_no_leading_dot() {
        assert_eq!(crate::cli::project::find::show(&PathBuf::from("./a/b.flow")), "a/b.flow");
        assert_eq!(crate::cli::project::find::show(&PathBuf::from(".")), ".");
    }
}
