//! The service's settings: flags, then environment, then `flowc.toml`, then defaults, into [`ServiceSettings`].
//!
//! Knows what a usable value is; opens no file, no socket and no store.

use crate::config::values::{
    YES, ai_endpoint, allow_private, api_version, audience, calling_user, connection, discovery_document, endpoint,
    folder, is_loopback, listen, platform_endpoint, public_url, socket_url, store, voice, web_url, yes_or_no,
};
use crate::config::{
    AI_ENDPOINT, ALLOW_PRIVATE, API_VERSION, CALLBACK_AUDIENCE, CALLBACK_OIDC, CALLING_USER, CONNECTION,
    DELETE_RECORDINGS, ENDPOINT, EVENT_GRID_APPLICATION, EVENT_GRID_AUDIENCE, EVENT_GRID_OIDC, Environment, Known,
    LISTEN, PUBLIC_URL, ProjectFile, RECORDINGS, STORE, STREAMING_URL, Secret, TRANSCRIPTION_URL, VOICE, Wrong,
};
use crate::platform::versions::{self, Version};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Prefix of environment variables that set a flow's own setting: `FLOWC_SETTING_CLINIC_LINE` is `clinic_line`.
pub const SETTING_PREFIX: &str = "FLOWC_SETTING_";

/// The service's flags; flattened into the commands that run one.
#[derive(Clone, Default, clap::Args)]
pub struct ServiceFlags {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// Where the platform reaches this service [default for a platform on loopback: the listening address]
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Where calls are kept [default: sqlite:flowc.db]
    #[arg(long, value_name = "STORE")]
    pub store: Option<String>,
    /// Voice of text prompts that name none [default: en-US-NancyNeural]
    #[arg(long, value_name = "VOICE")]
    pub voice: Option<String>,
    /// The AI resource the platform needs for text and speech
    #[arg(long, value_name = "URL")]
    pub ai_endpoint: Option<String>,
    /// Where the platform streams the media of calls to, for flows that want it
    #[arg(long, value_name = "URL")]
    pub streaming_url: Option<String>,
    /// Where the platform sends transcriptions of calls, for flows that want them
    #[arg(long, value_name = "URL")]
    pub transcription_url: Option<String>,
    /// Api-version to speak with the platform [default: the newest stable one]
    #[arg(long, value_name = "VERSION")]
    pub api_version: Option<String>,
    /// Communication user that places calls, in the api-versions of 2021, which ask for one
    #[arg(long, value_name = "ID")]
    pub calling_user: Option<String>,
    /// Address and key of the platform; better given as ACS_CONNECTION_STRING
    #[arg(long, value_name = "TEXT")]
    pub acs_connection_string: Option<String>,
    /// Address of the platform, for requests with tokens of Entra ID
    #[arg(long, value_name = "URL")]
    pub acs_endpoint: Option<String>,
    /// For whom the platform signs its webhooks: the immutable id of the resource; without it they are not looked at for who signed
    #[arg(long, value_name = "ID")]
    pub callback_audience: Option<String>,
    /// Discovery document of whoever signs webhooks [default: the platform's]
    #[arg(long, value_name = "URL")]
    pub callback_oidc: Option<String>,
    /// For whom Event Grid's deliveries are signed, where the subscription is protected by Entra ID
    #[arg(long, value_name = "ID")]
    pub event_grid_audience: Option<String>,
    /// Discovery document of the tenant that signs Event Grid's deliveries
    #[arg(long, value_name = "URL")]
    pub event_grid_oidc: Option<String>,
    /// The application that the tokens of Event Grid's deliveries must have been given to: Event Grid's own [default: any]
    #[arg(long, value_name = "ID")]
    pub event_grid_application: Option<String>,
    /// Fetch the files of recordings into this folder [default: they stay with the platform for its day]
    #[arg(long, value_name = "DIR")]
    pub recordings: Option<String>,
    /// Have the platform delete the files that have been fetched
    #[arg(long)]
    pub delete_recordings: bool,
    /// Private hosts that services may be on, with commas between them [default: none]
    #[arg(long, value_name = "HOSTS")]
    pub allow_private: Option<String>,
}

/// Which store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreAddress {
    /// An SQLite file.
    Sqlite(PathBuf),
}

/// The platform, and how requests to it say who sends them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Signed with the key of this connection string.
    Connection(Secret),
    /// With tokens of Entra ID, at this address.
    Endpoint(String),
}

/// Who signs what comes in, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBy {
    /// The discovery document.
    pub document: String,
    /// The audience.
    pub audience: String,
    /// The application that tokens must have been given to, where that is asked.
    pub application: Option<String>,
}

/// What becomes of the files of recordings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recordings {
    /// The folder they are fetched into.
    pub folder: PathBuf,
    /// Whether the platform is told to delete what has been fetched.
    pub delete: bool,
}

/// The service's settings, each usable as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceSettings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where calls are kept.
    pub store: StoreAddress,
    /// Voice of text prompts that name none.
    pub voice: String,
    /// The AI resource, where one is set.
    pub ai_endpoint: Option<String>,
    /// Where media is streamed to, where that is set.
    pub streaming_url: Option<String>,
    /// Where transcriptions go, where that is set.
    pub transcription_url: Option<String>,
    /// Api-version to speak: one of [`versions::SPOKEN`].
    pub api_version: String,
    /// The communication user that places calls; set where the api-version asks for one.
    pub calling_user: Option<String>,
    /// Private hosts that services may be on, as [`crate::invoke::reach::Reach::new`] reads them.
    pub allow_private: String,
    /// Who signs the platform's webhooks, where that is asked.
    pub callbacks: Option<SignedBy>,
    /// Who signs Event Grid's deliveries, where that is asked.
    pub event_grid: Option<SignedBy>,
    /// Where the files of recordings are kept, where they are.
    pub recordings: Option<Recordings>,
    /// The flows' own settings, untyped: each flow declares the types of those it reads.
    pub flow_settings: BTreeMap<String, Json>,
    public_url: Option<String>,
    platform: Option<Platform>,
}

/// A value with where it came from, for the message when it cannot be used.
struct Given {
    value: String,
    origin: String,
}

impl ServiceSettings {
    /// Resolves the settings.
    ///
    /// # Errors
    /// The first setting that cannot be used, in one line.
    pub fn resolve(
        flags: &ServiceFlags,
        environment: &Environment,
        file: &ProjectFile,
    ) -> Result<ServiceSettings, Wrong> {
        let given = |known: Known, flag: &Option<String>| {
            let of = |value: &str, origin: String| Given { value: value.to_owned(), origin };
            flag.as_deref()
                .map(|value| of(value, format!("from {}", known.flag)))
                .or_else(|| environment.get(known.variable).map(|v| of(v, format!("from {}", known.variable))))
                .or_else(|| file.service(known.key).map(|value| of(value, "from flowc.toml".to_owned())))
        };
        let usable = |known: Known, flag: &Option<String>, read: fn(&str) -> Result<String, String>| {
            given(known, flag).map(|given| known.read(&given, read)).transpose()
        };
        let listen = given(LISTEN, &flags.listen).map(|given| LISTEN.read(&given, listen)).transpose()?;
        let store = given(STORE, &flags.store).map(|given| STORE.read(&given, store)).transpose()?;
        let callbacks = signed_by(
            usable(CALLBACK_OIDC, &flags.callback_oidc, discovery_document)?,
            usable(CALLBACK_AUDIENCE, &flags.callback_audience, audience)?.ok_or(Wrong::Missing(CALLBACK_AUDIENCE)),
            Ok(CALLBACK_OIDC.example.to_owned()),
        )?;
        let event_grid = signed_by(
            usable(EVENT_GRID_OIDC, &flags.event_grid_oidc, discovery_document)?,
            usable(EVENT_GRID_AUDIENCE, &flags.event_grid_audience, audience)?
                .ok_or(Wrong::Missing(EVENT_GRID_AUDIENCE)),
            Err(Wrong::Missing(EVENT_GRID_OIDC)),
        )?;
        let api_version =
            usable(API_VERSION, &flags.api_version, api_version)?.unwrap_or_else(|| versions::NEWEST_STABLE.to_owned());
        let application = usable(EVENT_GRID_APPLICATION, &flags.event_grid_application, audience)?;
        let event_grid = match (event_grid, application) {
            (None, Some(_)) => return Err(Wrong::Missing(EVENT_GRID_AUDIENCE)),
            (event_grid, application) => event_grid.map(|signed| SignedBy { application, ..signed }),
        };
        Ok(ServiceSettings {
            callbacks,
            event_grid,
            listen: listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080))),
            store: store.unwrap_or_else(|| StoreAddress::Sqlite(PathBuf::from("flowc.db"))),
            voice: usable(VOICE, &flags.voice, voice)?.unwrap_or_else(|| VOICE.example.to_owned()),
            ai_endpoint: usable(AI_ENDPOINT, &flags.ai_endpoint, ai_endpoint)?,
            streaming_url: usable(STREAMING_URL, &flags.streaming_url, socket_url)?,
            transcription_url: usable(TRANSCRIPTION_URL, &flags.transcription_url, socket_url)?,
            api_version,
            calling_user: usable(CALLING_USER, &flags.calling_user, calling_user)?,
            public_url: usable(PUBLIC_URL, &flags.public_url, public_url)?,
            platform: match (
                usable(CONNECTION, &flags.acs_connection_string, connection)?,
                usable(ENDPOINT, &flags.acs_endpoint, platform_endpoint)?,
            ) {
                (Some(_), Some(_)) => return Err(Wrong::Both(CONNECTION, ENDPOINT)),
                (Some(connection), None) => Some(Platform::Connection(Secret::new(connection))),
                (None, endpoint) => endpoint.map(Platform::Endpoint),
            },
            recordings: recordings(
                usable(RECORDINGS, &flags.recordings, folder)?,
                usable(DELETE_RECORDINGS, &flags.delete_recordings.then(|| YES.to_owned()), yes_or_no)?,
            )?,
            allow_private: usable(ALLOW_PRIVATE, &flags.allow_private, allow_private)?.unwrap_or_default(),
            flow_settings: flow_settings(environment, file),
        })
    }

    /// The platform.
    ///
    /// # Errors
    /// When nobody set it.
    pub fn platform(&self) -> Result<&Platform, Wrong> {
        self.platform.as_ref().ok_or(Wrong::Missing(CONNECTION))
    }

    /// The communication user that places calls, where the api-version asks for one.
    ///
    /// # Errors
    /// When it does and nobody set it.
    pub fn caller(&self) -> Result<Option<&str>, Wrong> {
        let asks = Version::parse(&self.api_version).is_some_and(|version| version.generation().is_some());
        match &self.calling_user {
            None if asks => Err(Wrong::Missing(CALLING_USER)),
            user => Ok(user.as_deref()),
        }
    }

    /// Where the platform reaches this service, without a slash at the end.
    ///
    /// # Errors
    /// When nobody set it and the platform is not on this machine: it could not call back.
    pub fn public_url(&self) -> Result<String, Wrong> {
        self.public_url_at(self.listen)
    }

    /// The same for a service that listens there.
    ///
    /// # Errors
    /// As [`ServiceSettings::public_url`].
    pub fn public_url_at(&self, address: SocketAddr) -> Result<String, Wrong> {
        let platform_is_here = || match &self.platform {
            Some(Platform::Connection(connection)) => {
                endpoint(connection.reveal()).is_some_and(|url| is_loopback(&url))
            }
            Some(Platform::Endpoint(endpoint)) => web_url(endpoint).is_ok_and(|url| is_loopback(&url)),
            None => true,
        };
        match &self.public_url {
            Some(url) => Ok(url.clone()),
            None if platform_is_here() => Ok(format!("http://{address}")),
            None => Err(Wrong::Missing(PUBLIC_URL)),
        }
    }
}

impl Known {
    fn read<T>(self, given: &Given, read: impl Fn(&str) -> Result<T, String>) -> Result<T, Wrong> {
        read(given.value.trim()).map_err(|problem| Wrong::Unusable {
            setting: self,
            origin: given.origin.clone(),
            problem,
        })
    }
}

/// The flows' own settings: the file's, with the environment's on top. A variable's text is JSON where it reads as JSON,
/// else a text, so that neither `+44…` nor `true` needs quotes.
fn flow_settings(environment: &Environment, file: &ProjectFile) -> BTreeMap<String, Json> {
    let mut settings = file.settings.clone();
    for (variable, text) in environment {
        if let Some(name) = variable.strip_prefix(SETTING_PREFIX).filter(|name| !name.is_empty()) {
            let value = serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.clone()));
            settings.insert(name.to_ascii_lowercase(), value);
        }
    }
    settings
}

/// Both or neither; a document alone lacks its audience.
fn signed_by(
    document: Option<String>,
    audience: Result<String, Wrong>,
    otherwise: Result<String, Wrong>,
) -> Result<Option<SignedBy>, Wrong> {
    match (document, audience) {
        (None, Err(_)) => Ok(None),
        (Some(_), Err(missing)) => Err(missing),
        (Some(document), Ok(audience)) => Ok(Some(SignedBy { document, audience, application: None })),
        (None, Ok(audience)) => Ok(Some(SignedBy { document: otherwise?, audience, application: None })),
    }
}

/// Nothing is deleted that is not kept.
fn recordings(folder: Option<String>, delete: Option<String>) -> Result<Option<Recordings>, Wrong> {
    let delete = delete.as_deref() == Some(YES);
    match folder {
        None if delete => Err(Wrong::Missing(RECORDINGS)),
        None => Ok(None),
        Some(folder) => Ok(Some(Recordings { folder: PathBuf::from(folder), delete })),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::service::{Platform, ServiceFlags, ServiceSettings, SignedBy, StoreAddress};
    use crate::config::{Environment, ProjectFile};
    use serde_json::json;
    use std::path::PathBuf;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn resolve(flags: &ServiceFlags, pairs: &[(&str, &str)], toml: &str) -> Result<ServiceSettings, String> {
        let (file, faults) = ProjectFile::parse(toml);
        assert_eq!(faults, []);
        ServiceSettings::resolve(flags, &environment(pairs), &file).map_err(|wrong| wrong.to_string())
    }

    fn wrong(pairs: &[(&str, &str)]) -> String {
        let line = resolve(&ServiceFlags::default(), pairs, "").expect_err("must be refused");
        assert_eq!(line.lines().count(), 1, "{line}");
        line
    }

    #[test]
    fn defaults() {
        let settings = resolve(&ServiceFlags::default(), &[], "").unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.store, StoreAddress::Sqlite(PathBuf::from("flowc.db")));
        assert_eq!(settings.voice, "en-US-NancyNeural");
        assert_eq!(settings.public_url().unwrap(), "http://127.0.0.1:8080");
        assert_eq!(
            settings.platform().unwrap_err().to_string(),
            "`acs_connection_string` is not set: give --acs-connection-string, ACS_CONNECTION_STRING in the environment, or \
             acs_connection_string in flowc.toml, for example \
             `endpoint=https://my-resource.communication.azure.com/;accesskey=<key>`"
        );
    }

    #[test]
    fn flags_win_over_environment_wins_over_file() {
        let toml = "listen = \"127.0.0.1:1\"\nvoice = \"a\"\nstore = \"sqlite:file.db\"";
        let flags = ServiceFlags { listen: Some("[::1]:3".to_owned()), ..ServiceFlags::default() };
        let settings = resolve(&flags, &[("FLOWC_LISTEN", "127.0.0.1:2"), ("FLOWC_VOICE", "b")], toml).unwrap();
        assert_eq!(settings.listen.to_string(), "[::1]:3");
        assert_eq!(settings.voice, "b");
        assert_eq!(settings.store, StoreAddress::Sqlite(PathBuf::from("file.db")));
    }

    #[test]
    fn a_wrong_setting_is_one_line_with_its_origin_and_an_example() {
        assert_eq!(
            wrong(&[("FLOWC_LISTEN", "8080")]),
            "`listen` (from FLOWC_LISTEN) cannot be used: `8080` is not an address and a port; a value that would do: \
             `127.0.0.1:8080`"
        );
        assert!(wrong(&[("FLOWC_STORE", "postgres://db/flowc")]).contains("SQLite only"));
        assert!(wrong(&[("FLOWC_STORE", "sqlite::memory:")]).contains("survive a restart"));
        assert!(wrong(&[("FLOWC_API_VERSION", "2020-01-01")]).contains("2026-03-12"));
        assert!(wrong(&[("FLOWC_PUBLIC_URL", "http://calls.example.com")]).contains("https"));
        assert!(wrong(&[("FLOWC_AI_ENDPOINT", "not a url")]).contains("web address"));
        assert!(wrong(&[("FLOWC_VOICE", "a\"><b")]).contains("voice"));
        assert!(wrong(&[("FLOWC_STREAMING_URL", "https://media.example.com/")]).contains("web socket"));
        assert!(wrong(&[("FLOWC_TRANSCRIPTION_URL", "ws://media.example.com/")]).contains("wss"));
        assert!(wrong(&[("FLOWC_ALLOW_PRIVATE", "169.254.169.254")]).contains("no service may have"));
    }

    #[test]
    fn the_platform_is_reached_by_key_or_by_token() {
        let settings = resolve(&ServiceFlags::default(), &[("ACS_ENDPOINT", "https://x.example/")], "").unwrap();
        assert_eq!(settings.platform(), Ok(&Platform::Endpoint("https://x.example".to_owned())));
        assert!(settings.public_url().unwrap_err().to_string().starts_with("`public_url` is not set"));
        let connection = ("ACS_CONNECTION_STRING", "endpoint=https://x.example;accesskey=aGk=");
        let both = wrong(&[connection, ("ACS_ENDPOINT", "https://x.example/")]);
        assert!(both.contains("`acs_connection_string` and `acs_endpoint`") && !both.contains("aGk="), "{both}");
        assert!(wrong(&[("ACS_ENDPOINT", "http://x.example/")]).contains("is not an https address"));
    }

    #[test]
    fn recordings_are_deleted_only_where_they_are_kept() {
        assert_eq!(resolve(&ServiceFlags::default(), &[], "").unwrap().recordings, None);
        let kept = |pairs: &[(&str, &str)], flags: ServiceFlags| {
            let kept = resolve(&flags, pairs, "recordings = \"calls\"").unwrap().recordings.unwrap();
            assert_eq!(kept.folder, PathBuf::from("calls"));
            kept.delete
        };
        assert!(!kept(&[], ServiceFlags::default()));
        assert!(kept(&[("FLOWC_DELETE_RECORDINGS", "yes")], ServiceFlags::default()));
        assert!(!kept(&[("FLOWC_DELETE_RECORDINGS", "no")], ServiceFlags::default()));
        assert!(kept(&[], ServiceFlags { delete_recordings: true, ..ServiceFlags::default() }));
        assert!(wrong(&[("FLOWC_DELETE_RECORDINGS", "yes")]).starts_with("`recordings` is not set"));
        assert!(wrong(&[("FLOWC_DELETE_RECORDINGS", "1"), ("FLOWC_RECORDINGS", "x")]).contains("neither yes nor no"));
        assert!(wrong(&[("FLOWC_RECORDINGS", "")]).contains("names no folder"));
    }

    #[test]
    fn who_signs_is_named_with_for_whom() {
        let settings = resolve(&ServiceFlags::default(), &[], "").unwrap();
        assert_eq!((settings.callbacks, settings.event_grid), (None, None));
        let settings = resolve(&ServiceFlags::default(), &[("FLOWC_CALLBACK_AUDIENCE", "0f3f")], "").unwrap();
        let platform = "https://acscallautomation.communication.azure.com/calling/.well-known/acsopenidconfiguration";
        let signed = |document: &str| {
            Some(SignedBy { document: document.to_owned(), audience: "0f3f".to_owned(), application: None })
        };
        assert_eq!((settings.callbacks, settings.event_grid), (signed(platform), None));
        let emulator = "http://127.0.0.1:9000/calling/.well-known/acsopenidconfiguration";
        let pairs = [("FLOWC_CALLBACK_AUDIENCE", "0f3f"), ("FLOWC_CALLBACK_OIDC", emulator)];
        assert_eq!(resolve(&ServiceFlags::default(), &pairs, "").unwrap().callbacks, signed(emulator));
        assert!(wrong(&[("FLOWC_CALLBACK_OIDC", emulator)]).starts_with("`callback_audience` is not set"));
        assert!(wrong(&[("FLOWC_EVENT_GRID_OIDC", platform)]).starts_with("`event_grid_audience` is not set"));
        assert!(wrong(&[("FLOWC_EVENT_GRID_AUDIENCE", "0f3f")]).starts_with("`event_grid_oidc` is not set"));
        assert!(wrong(&[("FLOWC_EVENT_GRID_APPLICATION", "4962")]).starts_with("`event_grid_audience` is not set"));
        let of_one = [
            ("FLOWC_EVENT_GRID_APPLICATION", "4962"),
            ("FLOWC_EVENT_GRID_AUDIENCE", "0f3f"),
            ("FLOWC_EVENT_GRID_OIDC", platform),
        ];
        let of_one = resolve(&ServiceFlags::default(), &of_one, "").unwrap().event_grid.unwrap();
        assert_eq!(of_one.application.as_deref(), Some("4962"));
        assert!(wrong(&[("FLOWC_CALLBACK_OIDC", "http://keys.example/x")]).contains("is not an https address"));
        assert!(wrong(&[("FLOWC_CALLBACK_AUDIENCE", "a b")]).contains("spaces"));
    }

    #[test]
    fn a_wrong_connection_string_is_not_repeated() {
        for text in ["hush", "endpoint=https://hush.example;accesskey=", "endpoint=http://hush.example/;accesskey=aGk="]
        {
            let line = wrong(&[("ACS_CONNECTION_STRING", text)]);
            assert!(!line.contains("hush"), "{line}");
            assert!(line.contains("accesskey=<key>"), "{line}");
        }
    }

    #[test]
    fn a_distant_platform_needs_a_public_url() {
        let distant = [("ACS_CONNECTION_STRING", "endpoint=https://x.communication.azure.com/;accesskey=aGk=")];
        let settings = resolve(&ServiceFlags::default(), &distant, "").unwrap();
        assert!(settings.public_url().unwrap_err().to_string().starts_with("`public_url` is not set"));
        let settings =
            resolve(&ServiceFlags::default(), &distant, "public_url = \"https://c.example/flowc/\"").unwrap();
        assert_eq!(settings.public_url().unwrap(), "https://c.example/flowc");
        assert!(!format!("{settings:?}").contains("aGk="));
        let near = [("ACS_CONNECTION_STRING", "Endpoint=http://127.0.0.1:9000;AccessKey=aGk=")];
        let settings = resolve(&ServiceFlags::default(), &near, "listen = \"localhost:81\"").unwrap();
        assert_eq!(settings.public_url().unwrap(), "http://127.0.0.1:81");
    }

    #[test]
    fn flow_settings_come_from_the_environment_too() {
        let pairs = [("FLOWC_SETTING_CLINIC_LINE", "+441632960100"), ("FLOWC_SETTING_OPEN", "true")];
        let settings =
            resolve(&ServiceFlags::default(), &pairs, "[settings]\nclinic_line = \"x\"\nname = \"n\"").unwrap();
        assert_eq!(settings.flow_settings["clinic_line"], json!("+441632960100"));
        assert_eq!(settings.flow_settings["open"], json!(true));
        assert_eq!(settings.flow_settings["name"], json!("n"));
    }
}
