//! Files of recordings over HTTP: fetched whole or in part, described, deleted.

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::files;
use crate::emulator::server::Emulator;
use crate::http::{Request, Response};
use crate::platform::codes::{Code, refusal};

/// What an answer becomes on the wire.
pub(crate) fn response(answer: Answer) -> Response {
    let response = Response::empty(answer.status);
    match answer.body {
        None => response,
        Some(body) => {
            response.with_header("content-type", "application/json; charset=utf-8").with_body(body.into_bytes())
        }
    }
}

impl Emulator {
    /// Answers a request about a file.
    pub(crate) fn file(&self, request: &Request) -> Response {
        self.fetched(request).unwrap_or_else(|refusal| response(refusal.answer()))
    }

    fn fetched(&self, request: &Request) -> Result<Response, Refusal> {
        self.is_signed(request)?;
        let document = request.path.strip_prefix(files::PATH).unwrap_or_default();
        let nothing = || Refusal::new(refusal::NOT_FOUND, "there is no such file, or it is older than a day");
        match (request.method.as_str(), document.strip_suffix("/metadata")) {
            ("GET", Some(document)) => {
                let metadata = self.act(|cloud, now| {
                    cloud.advance(now);
                    cloud.metadata(document)
                });
                Ok(Response::json(200, &metadata.ok_or_else(nothing)?))
            }
            ("GET", None) => {
                let sound = self.act(|cloud, now| {
                    cloud.advance(now);
                    cloud.sound(document)
                });
                part(sound.ok_or_else(nothing)?, request.header("range"))
            }
            ("DELETE", None) if self.act(|cloud, _| cloud.delete_file(document)) => Ok(Response::empty(200)),
            ("DELETE", None) => Err(nothing()),
            (method, _) => Err(Refusal::new(Code::new(405, 8520), format!("{method} is not offered there"))),
        }
    }
}

/// All of it, or the bytes of a range.
fn part(bytes: Vec<u8>, range: Option<&str>) -> Result<Response, Refusal> {
    let whole = bytes.len();
    let sound =
        |status: u16, bytes: Vec<u8>| Response::empty(status).with_header("content-type", "audio/wav").with_body(bytes);
    let Some(range) = range else { return Ok(sound(200, bytes)) };
    let (first, last) =
        bounds(range, whole).ok_or_else(|| Refusal::new(Code::new(416, 8523), "Range: is not within the file"))?;
    let part = bytes[first..=last].to_vec();
    Ok(sound(206, part).with_header("content-range", format!("bytes {first}-{last}/{whole}")))
}

/// First and last byte of `bytes=a-b` or `bytes=a-`, within a length.
fn bounds(range: &str, length: usize) -> Option<(usize, usize)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let first: usize = first.parse().ok()?;
    let last =
        if last.is_empty() { length.checked_sub(1)? } else { last.parse::<usize>().ok()?.min(length.checked_sub(1)?) };
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use crate::emulator::server::download::bounds;

    #[test]
    fn ranges() {
        for (range, expected) in [
            ("bytes=0-3", Some((0, 3))),
            ("bytes=4-", Some((4, 9))),
            ("bytes=4-99", Some((4, 9))),
            ("bytes=10-", None),
            ("bytes=3-2", None),
            ("bytes=-3", None),
            ("lines=1-2", None),
            ("bytes=a-b", None),
        ] {
            assert_eq!(bounds(range, 10), expected, "{range}");
        }
        assert_eq!(bounds("bytes=0-", 0), None);
    }
}
