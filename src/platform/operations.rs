//! The operations of the REST API that this build speaks: method, path, success status, repeatability.

/// An HTTP method of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Method {
    Delete,
    Get,
    Post,
}

impl Method {
    /// The method as it stands on the request line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Delete => "DELETE",
            Method::Get => "GET",
            Method::Post => "POST",
        }
    }
}

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Operation {
    CreateCall,
    AnswerCall,
    RedirectCall,
    RejectCall,
    GetCall,
    HangUp,
    Terminate,
    Transfer,
    Play,
    Recognize,
    CancelMedia,
    Connect,
    StartKeys,
    StopKeys,
    SendKeys,
    Hold,
    Unhold,
    StartStreaming,
    StopStreaming,
    StartTranscription,
    StopTranscription,
    UpdateTranscription,
    ListParticipants,
    GetParticipant,
    AddParticipant,
    RemoveParticipant,
    MuteParticipant,
    CancelAddParticipant,
    MoveParticipants,
    StartRecording,
    StopRecording,
    PauseRecording,
    ResumeRecording,
    GetRecording,
}

/// What the contract says of one operation.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The operation.
    pub operation: Operation,
    /// Its method.
    pub method: Method,
    /// Its path; `{id}` stands for the percent-encoded call connection id, `{who}` for a raw id, `{recording}` for a recording's.
    pub path: &'static str,
    /// The status SDKs take as success.
    pub success: u16,
    /// Whether it takes the two repeatability headers.
    pub repeatable: bool,
}

/// The contract's table, api-version 2026-03-12.
pub const TABLE: &[Row] = &[
    row(Operation::CreateCall, Method::Post, "/calling/callConnections", 201, Repeat::Recognised),
    row(Operation::AnswerCall, Method::Post, "/calling/callConnections:answer", 200, Repeat::Recognised),
    row(Operation::RedirectCall, Method::Post, "/calling/callConnections:redirect", 204, Repeat::Recognised),
    row(Operation::RejectCall, Method::Post, "/calling/callConnections:reject", 204, Repeat::Recognised),
    row(Operation::GetCall, Method::Get, "/calling/callConnections/{id}", 200, Repeat::Anew),
    row(Operation::HangUp, Method::Delete, "/calling/callConnections/{id}", 204, Repeat::Anew),
    row(Operation::Terminate, Method::Post, "/calling/callConnections/{id}:terminate", 204, Repeat::Recognised),
    row(
        Operation::Transfer,
        Method::Post,
        "/calling/callConnections/{id}:transferToParticipant",
        202,
        Repeat::Recognised,
    ),
    row(Operation::Play, Method::Post, "/calling/callConnections/{id}:play", 202, Repeat::Anew),
    row(Operation::Recognize, Method::Post, "/calling/callConnections/{id}:recognize", 202, Repeat::Anew),
    row(
        Operation::CancelMedia,
        Method::Post,
        "/calling/callConnections/{id}:cancelAllMediaOperations",
        202,
        Repeat::Anew,
    ),
    row(Operation::Connect, Method::Post, "/calling/callConnections:connect", 200, Repeat::Recognised),
    row(
        Operation::StartKeys,
        Method::Post,
        "/calling/callConnections/{id}:startContinuousDtmfRecognition",
        200,
        Repeat::Anew,
    ),
    row(
        Operation::StopKeys,
        Method::Post,
        "/calling/callConnections/{id}:stopContinuousDtmfRecognition",
        200,
        Repeat::Anew,
    ),
    row(Operation::SendKeys, Method::Post, "/calling/callConnections/{id}:sendDtmfTones", 202, Repeat::Recognised),
    row(Operation::Hold, Method::Post, "/calling/callConnections/{id}:hold", 200, Repeat::Anew),
    row(Operation::Unhold, Method::Post, "/calling/callConnections/{id}:unhold", 200, Repeat::Anew),
    row(
        Operation::StartStreaming,
        Method::Post,
        "/calling/callConnections/{id}:startMediaStreaming",
        202,
        Repeat::Anew,
    ),
    row(Operation::StopStreaming, Method::Post, "/calling/callConnections/{id}:stopMediaStreaming", 202, Repeat::Anew),
    row(
        Operation::StartTranscription,
        Method::Post,
        "/calling/callConnections/{id}:startTranscription",
        202,
        Repeat::Anew,
    ),
    row(
        Operation::StopTranscription,
        Method::Post,
        "/calling/callConnections/{id}:stopTranscription",
        202,
        Repeat::Anew,
    ),
    row(
        Operation::UpdateTranscription,
        Method::Post,
        "/calling/callConnections/{id}:updateTranscription",
        202,
        Repeat::Anew,
    ),
    row(Operation::ListParticipants, Method::Get, "/calling/callConnections/{id}/participants", 200, Repeat::Anew),
    row(Operation::GetParticipant, Method::Get, "/calling/callConnections/{id}/participants/{who}", 200, Repeat::Anew),
    row(
        Operation::AddParticipant,
        Method::Post,
        "/calling/callConnections/{id}/participants:add",
        202,
        Repeat::Recognised,
    ),
    row(
        Operation::RemoveParticipant,
        Method::Post,
        "/calling/callConnections/{id}/participants:remove",
        202,
        Repeat::Recognised,
    ),
    row(
        Operation::MuteParticipant,
        Method::Post,
        "/calling/callConnections/{id}/participants:mute",
        200,
        Repeat::Recognised,
    ),
    row(
        Operation::CancelAddParticipant,
        Method::Post,
        "/calling/callConnections/{id}/participants:cancelAddParticipant",
        202,
        Repeat::Recognised,
    ),
    row(
        Operation::MoveParticipants,
        Method::Post,
        "/calling/callConnections/{id}/participants:moveHere",
        202,
        Repeat::Recognised,
    ),
    row(Operation::StartRecording, Method::Post, "/calling/recordings", 200, Repeat::Recognised),
    row(Operation::StopRecording, Method::Delete, "/calling/recordings/{recording}", 204, Repeat::Anew),
    row(Operation::PauseRecording, Method::Post, "/calling/recordings/{recording}:pause", 202, Repeat::Anew),
    row(Operation::ResumeRecording, Method::Post, "/calling/recordings/{recording}:resume", 202, Repeat::Anew),
    row(Operation::GetRecording, Method::Get, "/calling/recordings/{recording}", 200, Repeat::Anew),
];

/// What the platform makes of the same request made twice.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeat {
    /// Carried out once, if it carries the same id.
    Recognised,
    /// Carried out again.
    Anew,
}

const fn row(operation: Operation, method: Method, path: &'static str, success: u16, repeat: Repeat) -> Row {
    Row { operation, method, path, success, repeatable: matches!(repeat, Repeat::Recognised) }
}

impl Operation {
    /// The operation's row.
    #[must_use]
    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use crate::platform::operations::TABLE;

    #[test]
    fn table_order_is_the_enum_order() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.operation as usize, index);
            assert_eq!(row.operation.row().path, row.path);
        }
    }
}
