//! What is said before a question is asked again, where the flow has no words of its own for it: in the call's language where
//! it is known here, in English otherwise.

use crate::machine::question::Again;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asking {
    /// One of several.
    Choice,
    /// Something to be entered or said.
    Free,
}

/// Sentences of one language.
struct Sentences {
    /// Its code, the first part of a locale.
    language: &'static str,
    no_input: &'static str,
    no_choice: &'static str,
    no_match: &'static str,
}

const ENGLISH: Sentences = Sentences {
    language: "en",
    no_input: "I did not hear you.",
    no_choice: "That is not one of the choices.",
    no_match: "I did not understand that.",
};

const OTHERS: [Sentences; 5] = [
    Sentences {
        language: "de",
        no_input: "Ich habe Sie nicht gehört.",
        no_choice: "Das steht nicht zur Auswahl.",
        no_match: "Das habe ich nicht verstanden.",
    },
    Sentences {
        language: "es",
        no_input: "No le he oído.",
        no_choice: "Esa no es una de las opciones.",
        no_match: "No lo he entendido.",
    },
    Sentences {
        language: "fr",
        no_input: "Je ne vous ai pas entendu.",
        no_choice: "Ce choix n'est pas proposé.",
        no_match: "Je n'ai pas compris.",
    },
    Sentences {
        language: "it",
        no_input: "Non l'ho sentita.",
        no_choice: "Questa scelta non è disponibile.",
        no_match: "Non ho capito.",
    },
    Sentences {
        language: "nl",
        no_input: "Ik heb u niet gehoord.",
        no_choice: "Dat is geen van de keuzes.",
        no_match: "Dat heb ik niet begrepen.",
    },
];

/// The sentence for a reason, in the language of a locale.
pub(crate) fn wording(locale: &str, why: Again, asking: Asking) -> &'static str {
    let language = locale.split('-').next().unwrap_or_default();
    let sentences = OTHERS.iter().find(|sentences| sentences.language == language).unwrap_or(&ENGLISH);
    match (why, asking) {
        (Again::NoInput, _) => sentences.no_input,
        (Again::NoMatch, Asking::Choice) => sentences.no_choice,
        (Again::NoMatch, Asking::Free) => sentences.no_match,
    }
}
