//! The registry of finding codes. A number is never reused. Ranges: F00 text, F01 names, F02 outcomes, F03 paths,
//! F04 values, F05 prompts and questions, F06 projects, F07 scenarios, F08 services, F09 calendars, F10 api-versions, F11 calls
//! as they stand. Each has its page,
//! `docs/errors/F….md`.

use crate::language::diagnostic::Severity;

macro_rules! codes {
    ($($name:ident $severity:ident $title:literal;)*) => {
        /// A finding's stable code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $name,)*
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The code as people write it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => stringify!($name),)* }
            }

            /// What it is about, in a few words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Code::$name => $title,)* }
            }

            /// Its page, in Markdown.
            #[must_use]
            pub fn page(self) -> &'static str {
                match self {
                    $(Code::$name => include_str!(concat!(
                        env!("CARGO_MANIFEST_DIR"), "/docs/errors/", stringify!($name), ".md"
                    )),)*
                }
            }

            /// How bad it is.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Code::$name => Severity::$severity,)* }
            }
        }
    };
}

codes! {
    F0001 Error "the text does not follow the grammar";
    F0002 Error "the text is not YAML";
    F0003 Error "a YAML feature that flows do not use";
    F0004 Error "a key stands twice in one mapping";
    F0005 Error "a comment begins where none was meant";
    F0006 Error "an empty value where one is required";
    F0007 Error "too deep or too large";
    F0008 Error "a character that cannot stand here";
    F0009 Error "the first line does not name the language version";
    F0010 Error "another shape is required here";
    F0011 Error "a word of the language that this release does not offer yet";
    F0101 Error "unknown field";
    F0102 Error "unknown state";
    F0103 Error "a name is declared twice";
    F0104 Error "unknown kind of state";
    F0105 Error "unknown name in an expression";
    F0106 Error "unknown prompt";
    F0107 Error "unknown or missing prompt argument";
    F0108 Error "not a name";
    F0109 Error "unknown library, flow, service or calendar";
    F0110 Error "a required field is missing";
    F0111 Error "a choice with a reserved name";
    F0112 Error "unknown result";
    F0113 Error "unknown choice in a prompt";
    F0114 Error "unknown type";
    F0115 Error "unknown variable to save to";
    F0116 Error "unknown participant, signal, operation or hours";
    F0201 Error "an outcome is not handled";
    F0202 Error "an outcome that cannot occur";
    F0203 Error "an outcome is routed twice";
    F0204 Note "not-reached outcomes go where `failed` goes";
    F0205 Error "the result of the flow is missing or not wanted";
    F0206 Error "the flow returns while the line is up";
    F0207 Error "the line is not there";
    F0208 Warning "a group catches an outcome nowhere";
    F0209 Error "a flow that cannot be run here";
    F0301 Error "a state that nothing leads to";
    F0302 Error "a cycle that neither waits nor counts";
    F0303 Error "a cycle without a bound";
    F0304 Error "flows that run each other";
    F0305 Note "a policy that is not checked yet";
    F0306 Error "a state that is never left";
    F0401 Error "not a value of its type";
    F0402 Error "not a telephone key";
    F0403 Error "not a duration";
    F0404 Error "out of its range";
    F0405 Error "not a locale";
    F0406 Error "a value of another type is required";
    F0407 Error "read before it is assigned on every path";
    F0408 Error "an operator or function that does not fit";
    F0409 Error "an untrusted value would be dialled";
    F0410 Error "a secret would be told";
    F0411 Error "not a pattern";
    F0501 Error "two choices share a key";
    F0502 Error "phrases on some choices only";
    F0503 Error "keys on some choices only";
    F0504 Error "two choices share a phrase";
    F0505 Error "a placeholder that cannot be filled";
    F0506 Error "a locale without its wording";
    F0507 Error "a prompt with nothing to play";
    F0508 Note "needs an AI resource";
    F0509 Error "a key is a choice and a rule";
    F0510 Error "two keys that begin alike";
    F0511 Warning "a choice that is not spoken";
    F0512 Warning "a key spoken as a digit";
    F0513 Note "a key spoken before what it is for";
    F0514 Error "an option that does not fit what is listened for";
    F0515 Error "not an SSML document";
    F0601 Error "a route that leads nowhere";
    F0602 Error "several inbound flows and no routes";
    F0603 Note "a setting without a value";
    F0604 Error "twins that differ";
    F0605 Error "two flows or libraries with one name";
    F0606 Error "the project file cannot be read";
    F0607 Note "not a file of a project";
    F0608 Error "one setting with two types";
    F0609 Error "a file that lies outside of the project";
    F0610 Warning "a flow that calls itself";
    F0611 Warning "an audio file that is not there, or not as the platform plays it";
    F0612 Note "an address without a value";
    F0613 Warning "a route that changes nothing";
    F0701 Error "a step that no script has";
    F0702 Error "a script that does not fit its flow";
    F0703 Error "a call that went another way than its scenario";
    F0801 Error "not the address of a service";
    F0802 Error "a path that does not fit its arguments";
    F0803 Error "an argument that cannot stand where it would";
    F0804 Error "a secret where others can read it";
    F0805 Error "not a header of a service";
    F0806 Error "an outcome with a reserved name";
    F0807 Error "outcomes that cannot be told apart";
    F0808 Error "types that contain themselves";
    F0809 Error "a constant without a type";
    F0810 Error "an OpenAPI document that cannot be read";
    F0811 Error "something in an OpenAPI document that cannot be imported";
    F0812 Error "a reference in an OpenAPI document that leads nowhere";
    F0813 Error "repeating that contradicts itself";
    F0814 Error "not a method";
    F0815 Warning "a key written into the project";
    F0901 Error "not a range of hours";
    F0902 Error "not a weekday";
    F0903 Error "not a date";
    F0904 Error "unknown time zone";
    F0905 Error "a range that ends when it begins";
    F0906 Warning "a range that runs past midnight for most of a day";
    F0907 Warning "ranges that overlap";
    F0908 Warning "a break of a few minutes between two ranges";
    F0909 Note "a weekday that nothing is said of";
    F0910 Warning "hours that are never open";
    F0911 Error "a day stands twice";
    F0912 Warning "a holiday without a text";
    F0913 Note "no holiday in the coming year";
    F0914 Note "holidays that are all over";
    F0915 Note "hours in time that a clock change skips";
    F0916 Note "hours in time that a clock change repeats";
    F1001 Error "something that the api-version does not have";
    F1101 Error "somebody who is never on the line";
    F1102 Warning "a name that somebody on the line has already";
    F1103 Error "somebody who cannot be muted";
    F1104 Error "a transfer that does not say who";
    F1105 Error "somebody who cannot be transferred to a phone";
    F1106 Error "a message in a call that is recorded";
    F1107 Error "no recording that could pause";
    F1108 Error "a flow is run without what it needs";
    F1109 Warning "somebody on hold is spoken to";
    F1110 Error "a phone is rung and no number shown";
    F1111 Note "recorded before anything was said";
    F1112 Note "people stay on the line";
    F1113 Error "a policy that does not hold";
    F1114 Warning "a secret is recorded";
}

impl Code {
    /// The code of a written name, letter case ignored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(text))
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
