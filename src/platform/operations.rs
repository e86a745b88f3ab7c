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
}

/// What the contract says of one operation.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The operation.
    pub operation: Operation,
    /// Its method.
    pub method: Method,
    /// Its path; `{id}` stands for the percent-encoded call connection id.
    pub path: &'static str,
    /// The only status SDKs take as success.
    pub success: u16,
    /// Whether it takes the two repeatability headers.
    pub repeatable: bool,
}

/// The contract's table, api-version 2026-03-12.
pub const TABLE: &[Row] = &[
    Row {
        operation: Operation::CreateCall,
        method: Method::Post,
        path: "/calling/callConnections",
        success: 201,
        repeatable: true,
    },
    Row {
        operation: Operation::AnswerCall,
        method: Method::Post,
        path: "/calling/callConnections:answer",
        success: 200,
        repeatable: true,
    },
    Row {
        operation: Operation::RedirectCall,
        method: Method::Post,
        path: "/calling/callConnections:redirect",
        success: 204,
        repeatable: true,
    },
    Row {
        operation: Operation::RejectCall,
        method: Method::Post,
        path: "/calling/callConnections:reject",
        success: 204,
        repeatable: true,
    },
    Row {
        operation: Operation::GetCall,
        method: Method::Get,
        path: "/calling/callConnections/{id}",
        success: 200,
        repeatable: false,
    },
    Row {
        operation: Operation::HangUp,
        method: Method::Delete,
        path: "/calling/callConnections/{id}",
        success: 204,
        repeatable: false,
    },
    Row {
        operation: Operation::Terminate,
        method: Method::Post,
        path: "/calling/callConnections/{id}:terminate",
        success: 204,
        repeatable: true,
    },
    Row {
        operation: Operation::Transfer,
        method: Method::Post,
        path: "/calling/callConnections/{id}:transferToParticipant",
        success: 202,
        repeatable: true,
    },
    Row {
        operation: Operation::Play,
        method: Method::Post,
        path: "/calling/callConnections/{id}:play",
        success: 202,
        repeatable: false,
    },
    Row {
        operation: Operation::Recognize,
        method: Method::Post,
        path: "/calling/callConnections/{id}:recognize",
        success: 202,
        repeatable: false,
    },
    Row {
        operation: Operation::CancelMedia,
        method: Method::Post,
        path: "/calling/callConnections/{id}:cancelAllMediaOperations",
        success: 202,
        repeatable: false,
    },
];

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
