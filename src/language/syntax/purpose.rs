//! What each kind of state, option and field is for, in a line: for schemas, `explain` and editors.

/// A word with what it is for.
type Row = (&'static str, &'static str);

/// Kinds of states.
pub const KINDS: &[Row] = &[
    ("answer", "Picks the call up."),
    ("reject", "Refuses the call: `none`, `busy` or `forbidden`."),
    ("redirect", "Sends the call, unanswered, to another number."),
    ("dial", "Calls one or several endpoints and waits for the first to answer."),
    ("connect", "Joins an ongoing call."),
    ("play", "Plays a prompt."),
    ("menu", "Asks for one of several choices, by key or by word."),
    ("collect", "Asks for a value and saves it to this variable."),
    ("recognize", "Listens once for keys (`dtmf`), words (`speech`) or both (`speech_or_dtmf`), without retries."),
    ("decide", "Takes the first branch whose condition holds."),
    ("transfer", "Hands the call over to this endpoint and leaves."),
    ("hangup", "Ends the call and the flow, with this result where the flow has results."),
    ("add", "Brings this participant into the call."),
    ("remove", "Puts this participant out of the call."),
    ("move", "Moves this participant here from another call."),
    ("mute", "Mutes this participant."),
    ("send_keys", "Sends keys down the line."),
    ("wait", "Waits so long; rules may end it earlier."),
    ("take_message", "Records a message and saves it to this variable."),
    ("invoke", "Calls an operation of a service, or an address."),
    ("query", "Asks the platform about the call."),
    ("signal", "Sends this signal to another call."),
    ("run", "Runs another flow on this line."),
    ("hours", "Goes on by whether these hours are open."),
    ("set", "Gives variables, or the locale, values."),
];

/// Options of states.
pub const OPTIONS: &[Row] = &[
    ("ask", "The question."),
    ("between_keys", "How long to wait for the next key; 3 s when not said."),
    ("by", "How it is done: what is listened for (`dtmf`, `speech`, `speech_or_dtmf`), or what the call is known by."),
    ("end", "The key that ends the entry."),
    ("end_silence", "How long a silence ends what is said."),
    ("everyone", "Ends the call for everybody on the line."),
    ("first_key", "How long to wait for the first key; 6 s when not said."),
    ("from", "The number that is shown to whom is called; for `move`, the call to move from."),
    ("headers", "Headers that are sent along."),
    ("hear", "Who hears it."),
    ("interrupt", "Interrupts what is being played."),
    ("locale", "The locale from here on."),
    ("loop", "Plays again and again until a rule leaves the state."),
    ("max", "The longest message."),
    ("max_tones", "At most so many keys."),
    ("meanwhile", "What is played while the service works."),
    ("min", "The shortest message that counts as one."),
    ("must_hear", "The prompt cannot be interrupted by an answer."),
    ("once", "The key that makes the operation happen once only."),
    ("play", "What is said first."),
    ("reprompt", "The wording of the second, third … time."),
    ("retry", "How often the question is asked again; 2 when not said."),
    ("ring_for", "How long it rings; 30 s when not said."),
    ("silence", "How long a silence ends the message."),
    ("stop", "Keys that end the entry."),
    ("target", "Whom to call."),
    ("timeout", "How long the service may take; 5 s when not said."),
    ("to", "To whom it is sent."),
    ("who", "Which participant is handed over."),
];

/// What a state of any kind may say.
pub const COMMON: &[Row] = &[
    ("then", "Where the kind's success leads."),
    ("on", "Where other outcomes and events lead."),
    ("save", "The variable that the outcome's value is saved to."),
    ("args", "Values that are passed, by name."),
];

/// What stands at the top of a flow.
pub const TOP: &[Row] = &[
    ("allow", "What is refused or warned of unless it is allowed here."),
    ("always", "Rules that hold in every state."),
    ("call", "How the flow begins."),
    ("defaults", "What holds where a state does not say."),
    ("flow", "The flow's name."),
    ("flowc", "The version of the language."),
    ("groups", "States that share rules, perhaps under a condition of the line."),
    ("locale", "The locale at first; `en-US` when not said."),
    ("needs", "How the line must stand when the flow begins."),
    ("params", "What whoever starts the flow gives, with types."),
    ("participants", "Who may be on the line beside the party."),
    ("policy", "Promises about the flow that are proven by the checker."),
    ("returns", "The results the flow may end with."),
    ("settings", "What `flowc.toml` gives, with types; read as `settings.NAME`."),
    ("signals", "Signals the flow takes, with the types of what comes along."),
    ("start", "The first state."),
    ("states", "The states by name."),
    ("use", "Prompt libraries, services, calendars and flows of the project, by name."),
    ("vars", "What is learned during the call, with types."),
];

/// What a group may say.
pub const GROUP: &[Row] = &[
    ("while", "What holds of the line while a call is in one of the states."),
    ("else", "Where to when that cannot be brought about."),
    ("on", "Rules of the group, and outcomes its states do not route."),
    ("states", "Its states by name."),
];

/// Conditions of the line.
pub const CONDITIONS: &[Row] = &[
    ("recording", "`active` or `paused`."),
    ("hold", "Who is held."),
    ("music", "What they hear meanwhile."),
    ("streaming", "`on`: media is streamed."),
    ("transcription", "The locale in which the call is transcribed."),
];

/// What a word is for, in one of the tables above.
#[must_use]
pub fn of(table: &'static [Row], word: &str) -> Option<&'static str> {
    table.iter().find(|(name, _)| *name == word).map(|(_, purpose)| *purpose)
}

#[cfg(test)]
mod tests {
    use crate::language::syntax::fields::KINDS;
    use crate::language::syntax::purpose;
    use crate::language::syntax::yaml;

    #[test]
    fn every_word_has_its_purpose() {
        for row in KINDS {
            assert!(purpose::of(purpose::KINDS, row.name).is_some(), "{}", row.name);
            for option in row.options {
                assert!(purpose::of(purpose::OPTIONS, option.name).is_some(), "{} {}", row.name, option.name);
            }
        }
        let words = |table: &[(&'static str, &'static str)]| table.iter().map(|(word, _)| *word).collect::<Vec<_>>();
        assert_eq!(words(purpose::TOP), yaml::FIELDS);
        assert_eq!(words(purpose::GROUP), yaml::groups::FIELDS);
        assert_eq!(words(purpose::CONDITIONS), yaml::groups::CONDITIONS);
        assert_eq!(words(purpose::COMMON), yaml::states::COMMON);
        for (word, _) in purpose::OPTIONS {
            assert!(KINDS.iter().any(|row| row.option(word).is_some()), "no kind has {word}");
        }
        assert_eq!(purpose::KINDS.len(), KINDS.len());
    }
}
