//! Which files of a project one flow needs: those of the flows it runs, and of what these use.

use crate::cli::project::Project;
use crate::language::compile;
use crate::language::source::FileId;
use crate::language::syntax;
use crate::language::syntax::ast::Spelling;
use std::collections::{BTreeMap, BTreeSet};

impl Project {
    /// A flow, and those it uses, and those that these use. Of flows in two spellings the native one counts, but for the one
    /// that was asked about.
    pub(super) fn run_by(&self, flow: FileId) -> BTreeSet<FileId> {
        let mut by_name: BTreeMap<String, (FileId, Vec<String>)> = BTreeMap::new();
        let mut uses = Vec::new();
        for (file, spelling) in &self.flows {
            let read = syntax::read_flow(&self.sources, *file, *spelling).0;
            let used: Vec<String> = read.uses.into_iter().map(|word| word.value).collect();
            if *file == flow {
                uses.clone_from(&used);
            }
            let Some(name) = read.name else { continue };
            if *spelling == Spelling::Native || !by_name.contains_key(&name.value) {
                by_name.insert(name.value, (*file, used));
            }
        }
        let mut found = BTreeSet::from([flow]);
        while let Some(name) = uses.pop() {
            if let Some((file, more)) = by_name.get(&name)
                && found.insert(*file)
            {
                uses.extend(more.iter().cloned());
            }
        }
        found
    }

    /// A flow's own file, those of the flows it runs, and of the libraries, services and calendars they use.
    pub(super) fn files_of(&self, flow: FileId) -> BTreeSet<FileId> {
        let flows = self.run_by(flow);
        let read = self.flows.iter().filter(|(file, _)| flows.contains(file));
        let uses: BTreeSet<String> = read
            .flat_map(|(file, spelling)| syntax::read_flow(&self.sources, *file, *spelling).0.uses)
            .map(|name| name.value)
            .collect();
        let used = |file: &&FileId| {
            let library = syntax::read_library(&self.sources, **file).0;
            library.is_some_and(|library| uses.contains(&library.name.value))
        };
        let asked = |file: &&FileId| {
            let service = syntax::read_service(&self.sources, **file).0;
            service.is_some_and(|service| uses.contains(&service.name.value))
        };
        let told = |file: &&FileId| {
            let calendar = syntax::read_calendar(&self.sources, **file).0;
            calendar.is_some_and(|calendar| uses.contains(&calendar.name.value))
        };
        let calendars = self.calendars.iter().filter(told).copied();
        let services: Vec<FileId> = self.services.iter().filter(asked).copied().collect();
        let documents = services.iter().flat_map(|file| compile::services::documents(&self.sources, *file));
        let documents: Vec<FileId> = documents.filter_map(|path| self.documents.get(&path).copied()).collect();
        let libraries = self.libraries.iter().filter(used).copied();
        libraries.chain(calendars).chain(services).chain(documents).chain(flows).collect()
    }
}
