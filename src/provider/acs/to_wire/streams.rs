//! Requests about what is made of a call beside it: recordings, streams, transcriptions.

use crate::provider::Request;
use crate::provider::acs::to_wire::{Error, connection};
use crate::provider::acs::wire;

/// One file of everybody's voices. What the platform would choose by default is not documented, so everything is said.
pub(crate) fn start_recording(request: &Request) -> Result<wire::StartRecording, Error> {
    Ok(wire::StartRecording {
        call_connection_id: Some(connection(request)?.to_owned()),
        recording_state_callback_uri: Some(request.callback_uri.clone()),
        recording_content_type: Some("audio".to_owned()),
        recording_channel_type: Some("mixed".to_owned()),
        recording_format_type: Some("wav".to_owned()),
        pause_on_start: Some(false),
        ..wire::StartRecording::default()
    })
}

/// Of streaming, and of the end of a transcription.
pub(crate) fn streaming(context: String) -> wire::Streaming {
    wire::Streaming { operation_context: Some(context), operation_callback_uri: None }
}

pub(crate) fn transcription(locale: &str, context: String) -> wire::Transcription {
    wire::Transcription { locale: Some(locale.to_owned()), operation_context: Some(context), ..Default::default() }
}
