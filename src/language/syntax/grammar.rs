//! `grammar/flow.pest` as a parser, and its failures in words for people. Knows no syntax tree.

use crate::language::diagnostic::{Code, Diagnostic, near};
use crate::language::source::Span;
use crate::language::syntax::place::Place;
use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};

pub(crate) use rules::Rule;
pub(crate) type Pair<'t> = pest::iterators::Pair<'t, Rule>;

#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
mod rules {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/flow.pest"]
    pub struct Grammar;
}

/// What is expected where a piece could end.
pub(crate) const END: &str = "the end of the line";

/// How deep brackets, conditions and signs may nest.
pub(crate) const MAX_DEPTH: usize = 64;

/// How long one clause, expression or type may be.
const MAX_PIECE: usize = 64 * 1024;

/// Why a piece of text does not follow its rule.
#[derive(Debug)]
pub(crate) enum Mismatch {
    /// Something else was expected at a byte of the text.
    Unexpected { at: usize, expected: Vec<&'static str> },
    /// It nests deeper than anybody reads.
    TooDeep { at: usize },
    /// It is longer than anybody writes.
    TooLong,
}

/// Reads the whole of `text` by a rule that ends with the end of input.
pub(crate) fn parse(rule: Rule, text: &str) -> Result<Pair<'_>, Mismatch> {
    if text.len() > MAX_PIECE {
        return Err(Mismatch::TooLong);
    }
    if let Some(at) = too_deep(text) {
        return Err(Mismatch::TooDeep { at });
    }
    let error = match rules::Grammar::parse(rule, text) {
        Ok(mut pairs) => match pairs.next() {
            Some(pair) => return Ok(pair),
            None => return Err(Mismatch::Unexpected { at: 0, expected: Vec::new() }),
        },
        Err(error) => error,
    };
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    match error.variant {
        ErrorVariant::ParsingError { positives, .. } => {
            Err(Mismatch::Unexpected { at, expected: worth_saying(positives.into_iter().map(symbol).collect()) })
        }
        ErrorVariant::CustomError { .. } => Err(Mismatch::TooDeep { at }),
    }
}

/// What was expected, without what could go on anywhere.
fn worth_saying(mut expected: Vec<&'static str>) -> Vec<&'static str> {
    const ANYWHERE: &[&str] = &["`(`", "`.`", "`?`", "`[`", "an operator"];
    expected.sort_unstable();
    expected.dedup();
    expected.retain(|symbol| !symbol.is_empty());
    if expected.contains(&"`digits`") {
        let of_types = ["`digits`", "`enum`", "`list`", "`secret`", "`{`", "a name"];
        expected.retain(|symbol| !of_types.contains(symbol));
        expected.push("a type");
    }
    if expected.iter().any(|symbol| !ANYWHERE.contains(symbol)) {
        expected.retain(|symbol| !ANYWHERE.contains(symbol));
    }
    expected
}

/// The byte at which brackets, conditions or signs nest too deep.
fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut brackets, mut conditions, mut signs, mut at) = (0_usize, 0, 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' | b'\'' => at = end_of_text(bytes, at),
            b'(' | b'[' | b'{' => brackets += 1,
            b')' | b']' | b'}' => brackets = brackets.saturating_sub(1),
            b'?' if opens_condition(&bytes[at + 1..]) => conditions += 1,
            _ => {}
        }
        signs = match bytes.get(at) {
            Some(b'!' | b'-') => signs + 1,
            Some(b' ' | b'\n' | b'\t' | b'\r') => signs,
            _ => 0,
        };
        if brackets > MAX_DEPTH || conditions > MAX_DEPTH || signs > MAX_DEPTH {
            return Some(at);
        }
        at += 1;
    }
    None
}

fn opens_condition(rest: &[u8]) -> bool {
    let next = rest.iter().find(|b| !matches!(b, b' ' | b'\n' | b'\t' | b'\r'));
    !matches!(next, None | Some(b'.' | b',' | b';' | b'}' | b')' | b'='))
}

/// The last byte of the text that opens at `start`; of its line when it is never closed.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let block = bytes[start..].starts_with(b"\"\"\"");
    let mut at = start + if block { 3 } else { 1 };
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'"' if block && bytes[at..].starts_with(b"\"\"\"") => return at + 2,
            b if b == bytes[start] && !block => return at,
            b'\n' if !block => return at - 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len() - 1
}

impl Mismatch {
    /// The same, seen from a text in which the piece begins at `by`.
    pub(crate) fn shifted(self, by: usize) -> Mismatch {
        match self {
            Mismatch::Unexpected { at, expected } => Mismatch::Unexpected { at: at + by, expected },
            Mismatch::TooDeep { at } => Mismatch::TooDeep { at: at + by },
            Mismatch::TooLong => Mismatch::TooLong,
        }
    }

    /// The finding about `text`, which lies at `place`.
    pub(crate) fn finding(&self, text: &str, place: &Place) -> Diagnostic {
        match self {
            Mismatch::TooLong => {
                let message = format!("a piece of more than {MAX_PIECE} bytes");
                let span = place.all().at_start();
                Diagnostic::new(Code::F0007, message, span, "it begins here, and is left unread")
            }
            Mismatch::TooDeep { at } => too_deep_finding(place.span(*at, *at + 1)),
            Mismatch::Unexpected { at, expected } => {
                if let Some(finding) = misread(text, *at, place) {
                    return finding;
                }
                let found = token_at(text, *at);
                let span = if found.is_empty() {
                    let end = text[..*at].trim_end().len();
                    place.span(end, end)
                } else {
                    place.span(*at, *at + found.len())
                };
                let label =
                    if found.is_empty() { "it ends here".to_owned() } else { format!("found {}", quoted(found)) };
                let after = token_before(text, *at);
                let after = if after.is_empty() { String::new() } else { format!(" after {}", quoted(after)) };
                let message = format!("expected {}{after}", either(expected));
                let compares = (found == "=").then(|| "`==` compares two values".to_owned());
                Diagnostic::new(Code::F0001, message, span, label).maybe_help(compares)
            }
        }
    }
}

/// What is another sign of the language with a slip in it: `=>`, `digts(4)`.
fn misread(text: &str, at: usize, place: &Place) -> Option<Diagnostic> {
    let rest = text.get(at..)?;
    if rest.starts_with("=>") {
        let span = place.span(at, at + 2);
        let finding = Diagnostic::new(Code::F0001, "expected `->`", span, "found `=>`");
        return Some(finding.help("write `->`").instead(span, "->"));
    }
    let word = token_before(text, at);
    let near = near(word, TYPES_WITH_BRACKETS.iter().copied()).filter(|_| rest.starts_with('('))?;
    let end = text[..at].trim_end().len();
    let span = place.span(end - word.len(), end);
    let finding = Diagnostic::new(Code::F0114, format!("unknown type `{word}`"), span, "no type has this name");
    Some(finding.misspelt_for(word, Some(near)))
}

/// The types that say more of themselves.
const TYPES_WITH_BRACKETS: &[&str] = &["digits", "enum"];

/// What is too deep, and how deep it may be.
pub(crate) fn too_deep_finding(span: Span) -> Diagnostic {
    let message = format!("nested deeper than {MAX_DEPTH} levels");
    Diagnostic::new(Code::F0007, message, span, "too deep from here on")
}

fn quoted(token: &str) -> String {
    let mut chars = token.chars();
    let head: String = chars.by_ref().take(24).collect();
    if chars.next().is_some() { format!("`{head}…`") } else { format!("`{head}`") }
}

/// `a, b or c`.
pub(crate) fn either(words: &[&str]) -> String {
    match words {
        [] => "something else".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// Signs of two characters.
const SIGNS: &[&str] = &["->", "||", "&&", "==", "!=", "<=", ">=", "?.", ".."];

/// The token that begins at `at`: a word, a number, a text, or a sign.
pub(crate) fn token_at(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or("");
    let Some(first) = rest.chars().next() else { return "" };
    if first.is_whitespace() {
        return "";
    }
    if matches!(first, '"' | '\'') {
        let end = end_of_text(rest.as_bytes(), 0);
        return rest.get(..=end).unwrap_or(rest);
    }
    if is_word(first) {
        return &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
    }
    let pair = SIGNS.iter().find(|sign| rest.starts_with(**sign));
    pair.map_or(&rest[..first.len_utf8()], |sign| &rest[..sign.len()])
}

/// The token that ends before `at`.
fn token_before(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or("").trim_end();
    let Some(last) = before.chars().next_back() else { return "" };
    if is_word(last) {
        let start =
            before.rfind(|c| !is_word(c)).map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        return &before[start..];
    }
    if let Some(sign) = SIGNS.iter().find(|sign| before.ends_with(**sign)) {
        return sign;
    }
    if matches!(last, '"' | '\'') {
        return "the text";
    }
    &before[before.len() - last.len_utf8()..]
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What an author calls a rule; empty where saying it would only confuse.
fn symbol(rule: Rule) -> &'static str {
    match rule {
        Rule::EOI => END,
        Rule::letter | Rule::word_char | Rule::escape | Rule::typed | Rule::prefix_of_type | Rule::base_type => "",
        Rule::route | Rule::locale | Rule::operator | Rule::operand | Rule::sign | Rule::primary => "",
        Rule::suffix | Rule::arguments | Rule::prompt_part | Rule::WHITESPACE => "",
        Rule::name | Rule::word | Rule::dotted => "a name",
        Rule::whole => "a number",
        Rule::amount | Rule::count_value => "a number",
        Rule::key | Rule::keys_value => "a key",
        Rule::string | Rule::block_string | Rule::quoted | Rule::apostrophed => "a text in quotes",
        Rule::locale_tag | Rule::locale_value => "a locale",
        Rule::kw_after | Rule::after_rule => "`after`",
        Rule::kw_always => "`always`",
        Rule::kw_by => "`by`",
        Rule::kw_default => "`default`",
        Rule::kw_digits => "`digits`",
        Rule::kw_else => "`else`",
        Rule::kw_enum => "`enum`",
        Rule::kw_file | Rule::audio => "`file`",
        Rule::kw_flow => "`flow`",
        Rule::kw_flowc => "`flowc`",
        Rule::kw_if => "`if`",
        Rule::kw_key | Rule::key_rule => "`key`",
        Rule::kw_left => "`left`",
        Rule::kw_limit | Rule::limit => "`limit`",
        Rule::kw_list => "`list`",
        Rule::kw_locale => "`locale`",
        Rule::kw_allow => "`allow`",
        Rule::kw_and => "`and`",
        Rule::kw_group => "`group`",
        Rule::kw_hold => "`hold`",
        Rule::kw_needs => "`needs`",
        Rule::kw_on => "`on`",
        Rule::kw_participant => "`participant`",
        Rule::kw_policy => "`policy`",
        Rule::kw_recording | Rule::recording_condition => "`recording`",
        Rule::kw_streaming | Rule::streaming_condition => "`streaming`",
        Rule::kw_transcription | Rule::transcription_condition => "`transcription`",
        Rule::kw_while => "`while`",
        Rule::participant_clause | Rule::needs_clause | Rule::signal_clause | Rule::allow_clause => "a declaration",
        Rule::need | Rule::allowed | Rule::policy_clause => "a declaration",
        Rule::policy
        | Rule::policy_only
        | Rule::never_policy
        | Rule::nobody_policy
        | Rule::reach_policy
        | Rule::silent_policy
        | Rule::every_policy
        | Rule::silence_policy
        | Rule::menus_policy => "a policy",
        Rule::group_head => "a group",
        Rule::condition | Rule::hold_condition => "a condition of the line",
        Rule::tag => "a locale",
        Rule::dotted_value => "a name",
        Rule::expr_value => "an expression",
        Rule::tones_value | Rule::tone => "keys",
        Rule::call_value | Rule::request | Rule::method => "a name",
        Rule::call_arguments | Rule::event_word => "",
        Rule::headers_value | Rule::header => "headers",
        Rule::assignment => "`NAME = value`",
        Rule::kw_param => "`param`",
        Rule::kw_retry => "`retry`",
        Rule::kw_return | Rule::returning => "`return`",
        Rule::kw_returns => "`returns`",
        Rule::kw_secret => "`secret`",
        Rule::kw_signal | Rule::signal_rule => "`signal`",
        Rule::kw_ssml | Rule::ssml => "`ssml`",
        Rule::kw_start => "`start`",
        Rule::kw_text | Rule::spoken => "`text`",
        Rule::kw_use => "`use`",
        Rule::kw_var => "`var`",
        Rule::reason => "`no_input` or `no_match`",
        Rule::arrow => "`->`",
        Rule::bar => "`|`",
        Rule::close => "`)`",
        Rule::close_brace => "`}`",
        Rule::close_list => "`]`",
        Rule::colon => "`:`",
        Rule::comma => "`,`",
        Rule::dots => "`..`",
        Rule::equals => "`=`",
        Rule::open => "`(`",
        Rule::open_brace => "`{`",
        Rule::open_list => "`[`",
        Rule::semicolon => "`;`",
        Rule::version_clause => "`flowc 1`",
        Rule::beginning => "how it begins",
        Rule::flow_clause | Rule::returns_clause | Rule::use_clause | Rule::start_clause | Rule::locale_clause => {
            "a declaration"
        }
        Rule::param_clause | Rule::var_clause | Rule::setting_clause | Rule::declaration => "a declaration",
        Rule::default_retry_clause | Rule::default_route_clause | Rule::always_clause => "a declaration",
        Rule::kind_of_value | Rule::digits_type | Rule::enum_type | Rule::record_type | Rule::type_only => "a type",
        Rule::typed_only => "a type",
        Rule::record_field => "a field",
        Rule::optional | Rule::question => "`?`",
        Rule::no_operand => "an expression",
        Rule::state_head | Rule::saving_head => "a state",
        Rule::state_kind => "a kind of state",
        Rule::route_clause | Rule::trigger | Rule::happening => "an outcome",
        Rule::choice_clause => "a choice",
        Rule::branch_clause => "a branch",
        Rule::target_clause | Rule::target | Rule::destination => "a target",
        Rule::duration_value => "a duration",
        Rule::endpoint_value => "an endpoint",
        Rule::endpoints_value | Rule::endpoint_list => "an endpoint",
        Rule::name_value => "a name",
        Rule::prompt_value | Rule::prompt | Rule::wordings | Rule::reprompt_value => "a prompt",
        Rule::prompt_list => "`[`",
        Rule::named_prompt => "the name of a prompt",
        Rule::retry_value | Rule::retry => "a number",
        Rule::argument => "an argument",
        Rule::expression_only | Rule::expression | Rule::group | Rule::list | Rule::named => "an expression",
        Rule::field | Rule::optional_field => "`.`",
        Rule::or | Rule::and | Rule::eq | Rule::ne | Rule::le | Rule::ge | Rule::lt | Rule::gt => "an operator",
        Rule::within | Rule::add | Rule::sub | Rule::mul | Rule::div => "an operator",
        Rule::triggers_only => "an outcome",
        Rule::destination_only => "a target",
        Rule::step | Rule::act => "a step",
        Rule::call_from | Rule::kw_call => "`call from NUMBER`",
        Rule::answer_step | Rule::kw_answer => "`answer`",
        Rule::no_answer | Rule::kw_no => "`no answer`",
        Rule::hang_up | Rule::kw_hang => "`hang up`",
        Rule::hear_start | Rule::hear | Rule::kw_hear => "`hear`",
        Rule::heard => "the name of a prompt or words in quotes",
        Rule::press | Rule::kw_press => "`press`",
        Rule::silence | Rule::kw_silence => "`silence`",
        Rule::kw_busy => "`busy`",
        Rule::kw_decline => "`decline`",
        Rule::kw_from => "`from`",
        Rule::kw_of => "`of`",
        Rule::kw_to => "`to`",
        Rule::kw_up => "`up`",
        Rule::number => "a phone number",
        Rule::not | Rule::neg => "an expression",
    }
}
