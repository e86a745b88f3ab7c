//! Requests in the words of other api-versions than the newest: what a version does not have is left out where nothing depends on it, said
//! in its own way where it has one, and refused otherwise. Which is which stands in `platform::versions`.

use crate::machine::command::{Command, Listen, Media};
use crate::platform::operations::Operation;
use crate::platform::versions::{Feature, Loss, Message, Version, wording};
use crate::provider::acs::to_wire::Error;
use serde_json::Value;

/// Whether a version has an operation.
pub(crate) fn has(operation: Operation, version: Version) -> Result<(), Error> {
    if version.has(operation) { Ok(()) } else { Err(Error::NotInVersion(version.name())) }
}

/// Refuses media and questions that a version does not know.
pub(crate) fn understands(command: &Command, version: Version) -> Result<(), Error> {
    let (media, listens) = match command {
        Command::Play { media, .. } => (media.as_slice(), false),
        Command::Recognize { media, listen, .. } => (media.as_slice(), !matches!(listen, Listen::Dtmf { .. })),
        Command::Hold { music, .. } => (music.as_slice(), false),
        _ => return Ok(()),
    };
    let speaks = media.iter().any(|one| !matches!(one, Media::File { .. }));
    let lacks = |needed: bool, feature: Feature| needed && !feature.is_in(version);
    if lacks(speaks, Feature::Words) || lacks(listens, Feature::Speech) {
        return Err(Error::NotInVersion(version.name()));
    }
    Ok(())
}

/// What a version can say of several sources: all of them, or one.
pub(crate) fn sources(media: &[Media], version: Version) -> Result<Vec<Media>, Error> {
    if Feature::SeveralSources.is_in(version) {
        return Ok(media.to_vec());
    }
    let mut joined: Vec<Media> = Vec::new();
    for one in media {
        match (joined.last_mut(), one) {
            (Some(Media::Text { text, voice }), Media::Text { text: more, voice: same }) if voice == same => {
                text.push(' ');
                text.push_str(more);
            }
            _ => joined.push(one.clone()),
        }
    }
    if joined.len() > 1 { Err(Error::NotInVersion(version.name())) } else { Ok(joined) }
}

/// The body in the version's words, without the members that it does not have.
pub(crate) fn body(operation: Operation, body: Vec<u8>, version: Version) -> Result<Vec<u8>, Error> {
    let message = Message::Request(operation);
    if !wording::differs(version, message) {
        return Ok(body);
    }
    let broken = |error: serde_json::Error| Error::Body(error.to_string());
    let mut whole: Value = serde_json::from_slice(&body).map_err(broken)?;
    if wording::said(version, message, &mut whole).iter().any(|left| left.loss == Loss::Meaning) {
        return Err(Error::NotInVersion(version.name()));
    }
    serde_json::to_vec(&whole).map_err(broken)
}
