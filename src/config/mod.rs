//! Settings: from flags, then the environment, then `flowc.toml`, into values that are known to be usable.
//!
//! Parsing is pure: the environment and the file's text are handed in. A wrong or missing setting is one line that names the
//! setting, where its value came from, and an example that would do.

pub mod bounds;
pub mod project_file;
pub mod service;
mod values;

pub use bounds::{BoundFlags, Bounds};
pub use project_file::ProjectFile;
pub use service::{ServiceFlags, ServiceSettings};

use std::collections::BTreeMap;

/// The process environment, as handed in by the command line.
pub type Environment = BTreeMap<String, String>;

/// A setting of the service: its names in the three places it may come from, and an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The key in `flowc.toml`.
    pub key: &'static str,
    /// The flag.
    pub flag: &'static str,
    /// The environment variable.
    pub variable: &'static str,
    /// A value that would do.
    pub example: &'static str,
}

/// Where the service listens.
pub const LISTEN: Known =
    Known { key: "listen", flag: "--listen", variable: "FLOWC_LISTEN", example: "127.0.0.1:8080" };
/// Where the platform reaches the service.
pub const PUBLIC_URL: Known = Known {
    key: "public_url",
    flag: "--public-url",
    variable: "FLOWC_PUBLIC_URL",
    example: "https://calls.example.com",
};
/// Where calls are kept.
pub const STORE: Known = Known { key: "store", flag: "--store", variable: "FLOWC_STORE", example: "sqlite:flowc.db" };
/// The voice of text prompts that name none.
pub const VOICE: Known = Known { key: "voice", flag: "--voice", variable: "FLOWC_VOICE", example: "en-US-NancyNeural" };
/// The AI resource behind text and speech.
pub const AI_ENDPOINT: Known = Known {
    key: "ai_endpoint",
    flag: "--ai-endpoint",
    variable: "FLOWC_AI_ENDPOINT",
    example: "https://my-ai.cognitiveservices.azure.com/",
};
/// The platform's api-version.
pub const API_VERSION: Known = Known {
    key: "api_version",
    flag: "--api-version",
    variable: "FLOWC_API_VERSION",
    example: crate::platform::versions::NEWEST_STABLE,
};
/// The communication user that places calls.
pub const CALLING_USER: Known = Known {
    key: "calling_user",
    flag: "--calling-user",
    variable: "FLOWC_CALLING_USER",
    example: "8:acs:8e60c7f5-3fef-411f-8cf3-0000cb8e60c7_00000011-8e60-c7f5-8ef0-084822000000",
};
/// The platform's address and key.
pub const CONNECTION: Known = Known {
    key: "acs_connection_string",
    flag: "--acs-connection-string",
    variable: "ACS_CONNECTION_STRING",
    example: "endpoint=https://my-resource.communication.azure.com/;accesskey=<key>",
};

/// The platform's address, for requests with tokens of Entra ID.
pub const ENDPOINT: Known = Known {
    key: "acs_endpoint",
    flag: "--acs-endpoint",
    variable: "ACS_ENDPOINT",
    example: "https://my-resource.communication.azure.com/",
};
/// For whom the platform signs its webhooks.
pub const CALLBACK_AUDIENCE: Known = Known {
    key: "callback_audience",
    flag: "--callback-audience",
    variable: "FLOWC_CALLBACK_AUDIENCE",
    example: "0f3f4e5d-1111-4222-8333-444455556666",
};
/// Who signs the platform's webhooks.
pub const CALLBACK_OIDC: Known = Known {
    key: "callback_oidc",
    flag: "--callback-oidc",
    variable: "FLOWC_CALLBACK_OIDC",
    example: crate::provider::acs::auth::discovery::PLATFORM,
};
/// For whom Event Grid's deliveries are signed.
pub const EVENT_GRID_AUDIENCE: Known = Known {
    key: "event_grid_audience",
    flag: "--event-grid-audience",
    variable: "FLOWC_EVENT_GRID_AUDIENCE",
    example: "api://my-webhooks",
};
/// Who signs Event Grid's deliveries: the tenant.
pub const EVENT_GRID_OIDC: Known = Known {
    key: "event_grid_oidc",
    flag: "--event-grid-oidc",
    variable: "FLOWC_EVENT_GRID_OIDC",
    example: "https://login.microsoftonline.com/<tenant>/.well-known/openid-configuration",
};

/// To whom the tenant gives the tokens of Event Grid's deliveries.
pub const EVENT_GRID_APPLICATION: Known = Known {
    key: "event_grid_application",
    flag: "--event-grid-application",
    variable: "FLOWC_EVENT_GRID_APPLICATION",
    example: "4962773b-9cdb-44cf-a8bf-237846a00ab7",
};

/// Where the files of recordings are kept.
pub const RECORDINGS: Known =
    Known { key: "recordings", flag: "--recordings", variable: "FLOWC_RECORDINGS", example: "recordings" };
/// Whether the platform is told to delete them then.
pub const DELETE_RECORDINGS: Known = Known {
    key: "delete_recordings",
    flag: "--delete-recordings",
    variable: "FLOWC_DELETE_RECORDINGS",
    example: "yes",
};

/// Private hosts that services may be on.
pub const ALLOW_PRIVATE: Known = Known {
    key: "allow_private",
    flag: "--allow-private",
    variable: "FLOWC_ALLOW_PRIVATE",
    example: "127.0.0.1, crm.internal",
};

/// Where the media of calls is streamed to.
pub const STREAMING_URL: Known = Known {
    key: "streaming_url",
    flag: "--streaming-url",
    variable: "FLOWC_STREAMING_URL",
    example: "wss://media.example.com/calls",
};

/// Where transcriptions of calls go.
pub const TRANSCRIPTION_URL: Known = Known {
    key: "transcription_url",
    flag: "--transcription-url",
    variable: "FLOWC_TRANSCRIPTION_URL",
    example: "wss://media.example.com/words",
};

/// Settings that `flowc.toml` may also have as a list of texts.
pub const LISTS: &[Known] = &[ALLOW_PRIVATE];

/// Settings that `flowc.toml` may also have as a number.
pub const NUMBERS: &[Known] = &[
    bounds::MAX_CALLS,
    bounds::MAX_PER_NUMBER,
    bounds::MAX_IN_FLIGHT,
    bounds::MAX_CONNECTIONS,
    bounds::MAX_PER_ADDRESS,
    bounds::STORE_BALLAST,
];

/// Every setting of the service, in the order of the documentation.
pub const KNOWN: &[Known] = &[
    LISTEN,
    PUBLIC_URL,
    STORE,
    VOICE,
    AI_ENDPOINT,
    STREAMING_URL,
    TRANSCRIPTION_URL,
    API_VERSION,
    CALLING_USER,
    CONNECTION,
    ENDPOINT,
    CALLBACK_AUDIENCE,
    CALLBACK_OIDC,
    EVENT_GRID_AUDIENCE,
    EVENT_GRID_OIDC,
    EVENT_GRID_APPLICATION,
    RECORDINGS,
    DELETE_RECORDINGS,
    ALLOW_PRIVATE,
    bounds::MAX_CALLS,
    bounds::MAX_PER_NUMBER,
    bounds::MAX_IN_FLIGHT,
    bounds::MAX_CONNECTIONS,
    bounds::MAX_PER_ADDRESS,
    bounds::STORE_BALLAST,
    bounds::STOP_DELAY,
    bounds::KEEP_HISTORY,
    bounds::KEEP_CALLS,
];

/// A setting that is missing or cannot be used: one line for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Nobody set it.
    #[error(
        "`{}` is not set: give {}, {} in the environment, or {} in flowc.toml, for example `{}`",
        .0.key, .0.flag, .0.variable, .0.key, .0.example
    )]
    Missing(Known),
    /// Two are set of which only one can count.
    #[error("`{}` and `{}` are both set: the platform is reached with a key or with tokens; take one away", .0.key, .1.key)]
    Both(Known, Known),
    /// Somebody set it to something that cannot be used. The value is not in the text when it may be a secret.
    #[error("`{}` ({origin}) cannot be used: {problem}; a value that would do: `{}`", .setting.key, .setting.example)]
    Unusable {
        /// The setting.
        setting: Known,
        /// Where its value came from.
        origin: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// A text that must not be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a text into custody.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text, for the one place that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}
