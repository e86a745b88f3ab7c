//! Requests in the form of the first generations: commands to the members that a generation's table names. What the table does not
//! have is refused, unless nothing depends on it. Which operation looks how stands in `platform::generations`.

use crate::language::flow::state::Locator;
use crate::machine::command::{Command, Listen, Media};
use crate::platform::generations::{Form, Generation, Means};
use crate::platform::identifier::Identifier;
use crate::platform::operations::Operation;
use crate::platform::versions::Version;
use crate::provider::Request;
use crate::provider::acs::party;
use crate::provider::acs::segment;
use crate::provider::acs::to_wire::{Error, Site, WireRequest, connection, media_url};
use serde_json::{Map, Value, json};

/// A body before its members have names.
type Meant = Vec<(Means, Value)>;

/// Turns a request into what is sent to one of the first generations.
pub(crate) fn to_wire(
    request: &Request,
    site: &Site,
    version: Version,
    generation: Generation,
) -> Result<WireRequest, Error> {
    let lacks = || Error::NotInVersion(version.name());
    let context = || (Means::Context, Value::String(request.op.to_string()));
    let (operation, meant) = match &request.command {
        Command::Add { headers, .. } if !headers.is_empty() => return Err(lacks()),
        Command::Add { who, from, .. } => {
            let who = identifier(who).ok_or_else(lacks)?;
            let mut meant = vec![(Means::One, who.clone()), (Means::Several, json!([who])), context()];
            meant.extend(from.as_ref().map(|from| caller_id(from)));
            (Operation::AddParticipant, meant)
        }
        Command::CancelMedia => (Operation::CancelMedia, vec![context()]),
        Command::Connect { by: Locator::ServerCall, .. } => (Operation::Connect, begun(request, site)?),
        Command::Create { to, from } => {
            let targets: Option<Vec<Value>> = to.iter().map(|target| identifier(target)).collect();
            let mut meant = begun(request, site)?;
            meant.push((Means::Targets, Value::Array(targets.ok_or_else(lacks)?)));
            meant.extend(from.as_ref().map(|from| caller_id(from)));
            (Operation::CreateCall, meant)
        }
        Command::HangUp => (Operation::HangUp, Vec::new()),
        Command::PauseRecording { .. } => (Operation::PauseRecording, Vec::new()),
        Command::Play { to, .. } if !to.is_empty() => return Err(lacks()),
        Command::Play { media, looped, .. } => {
            let file = played(media, site).ok_or_else(lacks)?;
            (Operation::Play, vec![(Means::File, file), (Means::Loop, json!(looped)), context()])
        }
        // The question is played; the keys come of themselves.
        Command::Recognize { media, listen: Listen::Dtmf { .. }, .. } if media.is_empty() => {
            return Err(Error::HoldsAlready);
        }
        Command::Recognize { media, listen: Listen::Dtmf { .. }, .. } => {
            let file = played(media, site).ok_or_else(lacks)?;
            (Operation::Play, vec![(Means::File, file), (Means::Loop, json!(false)), context()])
        }
        Command::Remove { .. } => (Operation::RemoveParticipant, Vec::new()),
        Command::ResumeRecording { .. } => (Operation::ResumeRecording, Vec::new()),
        Command::StartKeys { .. } | Command::StopKeys { .. } => return Err(Error::HoldsAlready),
        Command::StartRecording => (Operation::StartRecording, recorded(request)),
        Command::StopRecording { .. } => (Operation::StopRecording, Vec::new()),
        Command::Terminate => (Operation::Terminate, Vec::new()),
        Command::Invoke { .. } | Command::Signal { .. } => {
            return Err(Error::NotForThePlatform(request.command.name()));
        }
        Command::Answer { .. }
        | Command::CancelAdd { .. }
        | Command::Connect { .. }
        | Command::GetCall
        | Command::GetParticipant { .. }
        | Command::Hold { .. }
        | Command::ListParticipants
        | Command::Move { .. }
        | Command::Mute { .. }
        | Command::Recognize { .. }
        | Command::Redirect { .. }
        | Command::Reject { .. }
        | Command::SendKeys { .. }
        | Command::StartStreaming
        | Command::StartTranscription { .. }
        | Command::StopStreaming
        | Command::StopTranscription
        | Command::Transfer { .. }
        | Command::Unhold { .. }
        | Command::UpdateTranscription { .. } => return Err(lacks()),
    };
    let form = generation.form(operation).ok_or_else(lacks)?;
    let mut path_and_query = path(form, request)?;
    if generation.names().versioned {
        path_and_query.push_str(&format!("?api-version={}", version.name()));
    }
    Ok(WireRequest { operation, version, form: Some(form), path_and_query, body: body(form, meant)? })
}

/// What has to happen before a request, because its generation cannot say it in one: a play that cuts off what plays.
#[must_use]
pub(crate) fn before(request: &Request, site: &Site) -> Option<Request> {
    Version::parse(&site.api_version)?.generation()?;
    match &request.command {
        Command::Play { interrupt: true, .. } | Command::Recognize { interrupt: true, .. } => {
            Some(Request { command: Command::CancelMedia, ..request.clone() })
        }
        _ => None,
    }
}

/// The one file that can be played at a time.
fn played(media: &[Media], site: &Site) -> Option<Value> {
    match media {
        [Media::File { file }] => Some(Value::String(media_url(file, &site.public_url))),
        _ => None,
    }
}

/// Create and join: who calls, where events go, and which. Keys are asked for here, as nothing else can.
fn begun(request: &Request, site: &Site) -> Result<Meant, Error> {
    let source = site.calling_user.as_deref().and_then(identifier).ok_or(Error::NobodyCalls)?;
    Ok(vec![
        (Means::Source, source),
        (Means::Callback, Value::String(request.callback_uri.clone())),
        (Means::MediaTypes, json!(["audio"])),
        (Means::Events, json!(["participantsUpdated", "dtmfReceived"])),
    ])
}

/// One file of everybody's voices, where that can be said.
fn recorded(request: &Request) -> Meant {
    vec![
        (Means::Callback, Value::String(request.callback_uri.clone())),
        (Means::Content, json!("audio")),
        (Means::Channels, json!("mixed")),
        (Means::Format, json!("wav")),
    ]
}

fn caller_id(number: &str) -> (Means, Value) {
    (Means::CallerId, json!({ "value": Identifier::parse(number).plain() }))
}

/// An identifier object without the kind, which came later; `None` for the kinds of people that came later too.
fn identifier(id: &str) -> Option<Value> {
    match Identifier::parse(id) {
        Identifier::TeamsApp(_) => None,
        Identifier::AcsUser(_) | Identifier::Phone(_) | Identifier::TeamsUser(_) | Identifier::Unknown(_) => {
            let mut written = serde_json::to_value(party::to_wire(id)).ok()?;
            let members = written.as_object_mut()?;
            members.remove("kind");
            members.get_mut("phoneNumber").and_then(Value::as_object_mut).and_then(|phone| phone.remove("assertedId"));
            Some(written)
        }
    }
}

/// The members under the names that the form has for them. Those it has no name for are left out.
fn body(form: &Form, meant: Meant) -> Result<Option<Vec<u8>>, Error> {
    if form.body.is_empty() {
        return Ok(None);
    }
    let mut members = Map::new();
    for member in form.body {
        if let Some((_, value)) = meant.iter().find(|(means, _)| *means == member.means) {
            members.insert(member.name.to_owned(), value.clone());
        }
    }
    serde_json::to_vec(&members).map(Some).map_err(|error| Error::Body(error.to_string()))
}

/// The path with its ids in their places.
fn path(form: &Form, request: &Request) -> Result<String, Error> {
    let mut path = form.path.to_owned();
    let mut put = |place: &str, id: Result<&str, Error>| -> Result<(), Error> {
        if path.contains(place) {
            path = path.replace(place, &segment::encoded(id?));
        }
        Ok(())
    };
    put("{id}", connection(request))?;
    let call = match &request.command {
        Command::Connect { to, .. } => Some(to.as_str()),
        _ => request.server_call.as_deref(),
    };
    put("{call}", usable(call).ok_or(Error::NoConnection))?;
    let (participant, recording) = match &request.command {
        Command::Remove { participant, .. } => (participant.as_deref(), None),
        Command::PauseRecording { recording }
        | Command::ResumeRecording { recording }
        | Command::StopRecording { recording } => (None, Some(recording.as_str())),
        _ => (None, None),
    };
    put("{who}", usable(participant).ok_or(Error::NobodyThere))?;
    put("{recording}", usable(recording).ok_or(Error::NobodyThere))?;
    Ok(path)
}

/// An id that a URL would read as a step up is no id.
fn usable(id: Option<&str>) -> Option<&str> {
    id.filter(|id| !["", ".", ".."].contains(id))
}
