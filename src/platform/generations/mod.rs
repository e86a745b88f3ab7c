//! The first generations of the platform (2021), as data: which operations each of them has under which method and path, what they
//! answer, what members of bodies and events are called, and the names of states and tones. They differ from the later versions in
//! form throughout, so nothing of `operations` and `versions::MEMBERS` speaks of them.
//!
//! Source: the published REST descriptions of 2021-04-15-preview1, 2021-06-15-preview and 2021-08-30-preview; the text of the private
//! preview for the bare form without a version.

mod events;
mod names;
mod routes;

pub use crate::platform::generations::events::{EventName, FirstEvent, state, state_of, status, tone, tone_of};
pub use crate::platform::generations::names::{Dress, Names};
pub use crate::platform::generations::routes::{By, Form, Means, Member};

use crate::platform::operations::Operation;
use crate::platform::versions::Version;

/// A form that several api-versions may share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Generation {
    /// Bare `/calls`, no version: the private preview.
    Private,
    /// Call legs and conversations: 2021-04-15-preview1.
    CallLegs,
    /// Call connections and server calls: 2021-06-15-preview.
    CallConnections,
    /// The same with the format of a recording: 2021-08-30-preview.
    RecordingFormats,
}

/// They, oldest first.
pub const GENERATIONS: &[Generation] =
    &[Generation::Private, Generation::CallLegs, Generation::CallConnections, Generation::RecordingFormats];

impl Generation {
    /// What it offers.
    #[must_use]
    pub fn forms(self) -> &'static [Form] {
        match self {
            Generation::Private => routes::PRIVATE,
            Generation::CallLegs => routes::CALL_LEGS,
            Generation::CallConnections => routes::CALL_CONNECTIONS,
            Generation::RecordingFormats => routes::RECORDING_FORMATS,
        }
    }

    /// An operation in its form: by the application's leg where it can be named so, by the whole call otherwise.
    #[must_use]
    pub fn form(self, operation: Operation) -> Option<&'static Form> {
        let of = |by: By| self.forms().iter().find(|form| form.operation == operation && form.by == by);
        [By::Nothing, By::Leg, By::Call].into_iter().find_map(of)
    }

    /// What things are called.
    #[must_use]
    pub fn names(self) -> &'static Names {
        match self {
            Generation::Private => &names::PRIVATE,
            Generation::CallLegs => &names::CALL_LEGS,
            Generation::CallConnections | Generation::RecordingFormats => &names::CALL_CONNECTIONS,
        }
    }
}

impl Version {
    /// The generation whose form it has; `None` for the versions since, which share one.
    #[must_use]
    pub fn generation(self) -> Option<Generation> {
        match self {
            Version::PrivatePreview => Some(Generation::Private),
            Version::V2021_04_15Preview1 => Some(Generation::CallLegs),
            Version::V2021_06_15Preview => Some(Generation::CallConnections),
            Version::V2021_08_30Preview => Some(Generation::RecordingFormats),
            Version::V2023_03_06
            | Version::V2023_06_15Preview
            | Version::V2023_10_15
            | Version::V2024_04_15
            | Version::V2024_06_15Preview
            | Version::V2024_09_15
            | Version::V2024_11_15Preview
            | Version::V2025_05_15
            | Version::V2025_06_15
            | Version::V2026_03_12 => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::platform::generations::{By, GENERATIONS, Generation, Means};
    use crate::platform::operations::Operation;
    use crate::platform::versions::Version;

    #[test]
    fn as_many_operations_as_are_published() {
        let counts: Vec<usize> = GENERATIONS.iter().map(|generation| generation.forms().len()).collect();
        assert_eq!(counts, [6, 16, 15, 15]);
    }

    #[test]
    fn paths_name_what_the_operation_is_about() {
        for generation in GENERATIONS {
            for form in generation.forms() {
                let by = match form.by {
                    By::Nothing => !form.path.contains('{'),
                    By::Leg => form.path.contains("{id}"),
                    By::Call => form.path.contains("{call}"),
                };
                assert!(by, "{generation:?} {form:?}");
                let others =
                    generation.forms().iter().filter(|other| (other.method, other.path) == (form.method, form.path));
                assert_eq!(others.count(), 1, "{generation:?} {}", form.path);
                let mut means: Vec<Means> = form.body.iter().map(|member| member.means).collect();
                means.dedup();
                assert_eq!(means.len(), form.body.len(), "{generation:?} {}", form.path);
            }
        }
    }

    #[test]
    fn operations_are_found_by_leg_first() {
        let play = Generation::CallConnections.form(Operation::Play).expect("it plays");
        assert_eq!((play.by, play.path), (By::Leg, "/calling/callConnections/{id}/:playAudio"));
        let record = Generation::CallLegs.form(Operation::StartRecording).expect("it records");
        assert_eq!(record.path, "/calling/conversations/{call}/recordings");
        assert!(Generation::Private.form(Operation::StartRecording).is_none());
        for generation in GENERATIONS {
            assert!(
                generation.form(Operation::Recognize).is_none() && generation.form(Operation::AnswerCall).is_none()
            );
        }
        assert_eq!(Version::NEWEST.generation(), None);
    }
}
