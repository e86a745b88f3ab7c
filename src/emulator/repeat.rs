//! Repeated requests: the same `Repeatability-Request-ID` again gets the answer stored the first time.
//!
//! Only requests that went through are remembered. A refused one has changed nothing, so trying it again is not acting twice.

use std::collections::{BTreeMap, VecDeque};

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::signature::http_date;
use crate::platform::codes::refusal;

/// How long an answer is kept for sure, in milliseconds (virtual).
const KEEP_MS: u64 = 15 * 60 * 1000;
/// How many answers are kept at most.
const MOST: usize = 20_000;

/// What identifies one logical request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repeatability {
    id: String,
    first_sent: String,
    /// Method, path and body: one id must not be used for two different requests.
    request: (String, String, Vec<u8>),
}

impl Repeatability {
    /// Reads the two headers; `None` when neither is there.
    pub(crate) fn read(
        id: Option<&str>,
        first_sent: Option<&str>,
        request: (&str, &str, &[u8]),
    ) -> Result<Option<Repeatability>, Refusal> {
        let (id, first_sent) = match (id, first_sent) {
            (None, None) => return Ok(None),
            (Some(id), Some(first_sent)) => (id, first_sent),
            (Some(_), None) => {
                return Err(Refusal::field("Repeatability-First-Sent", "is missing beside Repeatability-Request-ID"));
            }
            (None, Some(_)) => {
                return Err(Refusal::field("Repeatability-Request-ID", "is missing beside Repeatability-First-Sent"));
            }
        };
        let id = uuid::Uuid::parse_str(id).map_err(|_| Refusal::field("Repeatability-Request-ID", "must be a UUID"))?;
        if http_date(first_sent).is_none() {
            return Err(Refusal::field("Repeatability-First-Sent", "must be an RFC 1123 date"));
        }
        let (method, path, body) = request;
        let request = (method.to_owned(), path.to_owned(), body.to_vec());
        Ok(Some(Repeatability { id: id.to_string(), first_sent: first_sent.to_owned(), request }))
    }
}

/// The answers given before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repeats {
    stored: BTreeMap<String, (Repeatability, Answer)>,
    order: VecDeque<(u64, String)>,
}

impl Repeats {
    /// The stored answer of a repeated request; a refusal when the id was used for something else.
    pub(crate) fn earlier(&self, asked: &Repeatability) -> Result<Option<Answer>, Refusal> {
        match self.stored.get(&asked.id) {
            None => Ok(None),
            Some((before, answer)) if before == asked => Ok(Some(answer.clone())),
            Some(_) => {
                Err(Refusal::new(refusal::CONFLICT, "Repeatability-Request-ID: was used for a different request"))
            }
        }
    }

    /// Remembers an answer, and forgets what is too old or too much.
    pub(crate) fn remember(&mut self, now: u64, asked: Repeatability, answer: &Answer) {
        while let Some((at, id)) = self.order.front()
            && (self.order.len() >= MOST || at + KEEP_MS < now)
        {
            self.stored.remove(id);
            self.order.pop_front();
        }
        self.order.push_back((now, asked.id.clone()));
        self.stored.insert(asked.id.clone(), (asked, answer.clone()));
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::answer::Answer;
    use crate::emulator::repeat::{KEEP_MS, Repeatability, Repeats};

    const DATE: &str = "Fri, 20 Nov 2026 14:00:00 GMT";
    const ID: &str = "5c9f7f3a-0f3c-4f6e-9a59-0e6a3c7f2b10";

    fn asked(id: &str, first_sent: &str, body: &str) -> Repeatability {
        let read = Repeatability::read(Some(id), Some(first_sent), ("POST", "/x", body.as_bytes()));
        read.expect("well formed").expect("present")
    }

    #[test]
    fn headers_come_together_and_well_formed() {
        let read = |id, first| Repeatability::read(id, first, ("POST", "/", b""));
        assert_eq!(read(None, None), Ok(None));
        for (id, first) in [(Some(ID), None), (None, Some(DATE)), (Some("7"), Some(DATE)), (Some(ID), Some("now"))] {
            let refusal = read(id, first).expect_err("malformed");
            assert_eq!((refusal.code.code, refusal.code.sub), (400, 8523));
        }
    }

    #[test]
    fn same_request_same_answer_other_request_conflict() {
        let mut repeats = Repeats::default();
        let answer = Answer::empty(204);
        repeats.remember(0, asked(ID, DATE, "a"), &answer);
        assert_eq!(repeats.earlier(&asked(&ID.to_uppercase(), DATE, "a")), Ok(Some(answer.clone())));
        assert_eq!(repeats.earlier(&asked(ID, DATE, "b")).expect_err("other body").code.sub, 8519);
        assert_eq!(
            repeats.earlier(&asked(ID, "Fri, 20 Nov 2026 14:00:01 GMT", "a")).expect_err("other time").code.code,
            409
        );
        let other = "6c9f7f3a-0f3c-4f6e-9a59-0e6a3c7f2b10";
        repeats.remember(KEEP_MS, asked(other, DATE, "a"), &answer);
        assert!(repeats.earlier(&asked(ID, DATE, "a")).is_ok_and(|found| found.is_some()));
        repeats.remember(KEEP_MS + 1, asked("7c9f7f3a-0f3c-4f6e-9a59-0e6a3c7f2b10", DATE, "a"), &answer);
        assert_eq!(repeats.earlier(&asked(ID, DATE, "a")), Ok(None));
    }
}
