//! `flowc emulate`: the platform's REST API on this machine, for any client.

use crate::cli::log::LogFlags;
use crate::cli::{Exit, Failure, service, written};
use crate::emulator::{self, Emulator};
use crate::http::{self, Limits, Tls};
use crate::platform::versions;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The id of the emulated resource.
const AUDIENCE: &str = "00000000-0000-4000-8000-00000000f10c";

/// Arguments of `flowc emulate`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    log: LogFlags,
    /// Address and port to listen on: a loopback address
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9000")]
    listen: SocketAddr,
    /// The access key requests are signed with, base64 [default: one made for this run]
    #[arg(long, value_name = "BASE64")]
    access_key: Option<String>,
    /// Deliver incoming calls to this address
    #[arg(long, value_name = "URL")]
    event_grid: Option<String>,
    /// For whom webhooks are signed: the `--callback-audience` of the service
    #[arg(long, value_name = "ID", default_value = AUDIENCE)]
    callback_audience: String,
    /// Api-version to speak
    #[arg(long, value_name = "VERSION", default_value = versions::NEWEST_STABLE)]
    api_version: String,
    /// Ids follow from it; faults have a seed of their own
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// How time passes: `fast` is twenty times as fast, `manual` only when told
    #[arg(long, value_enum, default_value_t)]
    clock: Clock,
    /// A JSON file that says what goes wrong, as `PUT /emulator/faults` takes it
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Serve https with this certificate, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

/// How time passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Clock {
    /// As it does.
    #[default]
    Real,
    /// Twenty times as fast.
    Fast,
    /// When `POST /emulator/clock` says so.
    Manual,
}

impl Clock {
    fn pace(self) -> emulator::Pace {
        match self {
            Clock::Real => emulator::Pace::Real,
            Clock::Fast => emulator::Pace::Fast,
            Clock::Manual => emulator::Pace::Manual,
        }
    }
}

/// Runs the command until the process is asked to stop.
///
/// # Errors
/// When a setting cannot be used or the address is taken.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    args.log.begin()?;
    if !args.listen.ip().is_loopback() {
        return Err(Failure::Usage(format!(
            "--listen {}: the emulator serves this machine only; give a loopback address such as 127.0.0.1:9000",
            args.listen
        )));
    }
    if !versions::is_spoken(&args.api_version) {
        let spoken = versions::SPOKEN.join(", ");
        return Err(Failure::Usage(format!("--api-version {}: this release speaks {spoken}", args.api_version)));
    }
    service::tokio()?.block_on(emulate(args))?;
    Ok(Exit::Fine)
}

/// A key for one run.
#[must_use]
pub fn fresh_key() -> String {
    STANDARD.encode([uuid::Uuid::new_v4().into_bytes(), uuid::Uuid::new_v4().into_bytes()].concat())
}

/// Faults from a file.
fn faults(file: &Path) -> Result<emulator::Faults, Failure> {
    let unusable = |problem: String| Failure::Usage(format!("--faults {}: {problem}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| unusable(format!("it cannot be read: {error}")))?;
    serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))
}

/// TLS from the files of a certificate and its key.
fn tls(args: &Args) -> Result<Option<Tls>, Failure> {
    let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) else { return Ok(None) };
    let read = |flag: &str, file: &Path| {
        let unusable = |error| Failure::Usage(format!("{flag} {}: it cannot be read: {error}", file.display()));
        std::fs::read(file).map_err(unusable)
    };
    let tls = Tls::new(&read("--tls-cert", certificate)?, &read("--tls-key", key)?);
    tls.map(Some).map_err(|problem| {
        Failure::Usage(format!("--tls-cert {}, --tls-key {}: {problem}", certificate.display(), key.display()))
    })
}

async fn emulate(args: &Args) -> Result<(), Failure> {
    let access_key = args.access_key.clone().unwrap_or_else(fresh_key);
    if STANDARD.decode(&access_key).map_or(true, |key| key.is_empty()) {
        return Err(Failure::Usage("--access-key is not base64; for example `MDEyMzQ1Njc4OWFiY2RlZg==`".to_owned()));
    }
    let faults = args.faults.as_deref().map(faults).transpose()?.unwrap_or_default();
    let tls = tls(args)?;
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|error| Failure::World(format!("cannot listen on {}: {error}", args.listen)))?;
    let address = listener.local_addr().map_err(|error| Failure::World(error.to_string()))?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let base = format!("{scheme}://{address}");
    let settings = emulator::Settings {
        access_key: access_key.clone(),
        event_grid: args.event_grid.clone(),
        api_version: args.api_version.clone(),
        seed: args.seed,
        pace: args.clock.pace(),
        faults,
        base_url: Some(base.clone()),
        callback_audience: Some(args.callback_audience.clone()),
        swallows: None,
    };
    let emulator = Emulator::new(settings).map_err(|error| match error {
        emulator::Error::AccessKey | emulator::Error::EventGrid(_) | emulator::Error::Faults(_) => {
            Failure::Usage(error.to_string())
        }
        emulator::Error::Client(_) | emulator::Error::SigningKey => Failure::World(error.to_string()),
    })?;
    written(writeln!(
        io::stdout(),
        "connection string: {}\nendpoint:          {base}/\naccess key:        {access_key}\n\
         callback oidc:     {base}/calling/.well-known/acsopenidconfiguration\ncallback audience: {}\n\
         entra tokens:      {base}/emulator/token\nready",
        emulator.connection_string(&base),
        args.callback_audience
    ))?;
    let (stop, stopped) = watch::channel(false);
    let world = tokio::spawn({
        let (emulator, stopped) = (emulator.clone(), stopped.clone());
        async move { emulator.run(stopped).await }
    });
    let answers = tokio::spawn(http::serve_over(listener, tls, Limits::default(), stopped, move |request| {
        let emulator = emulator.clone();
        async move { emulator.answer(request).await }
    }));
    service::asked_to_stop().await;
    let _ = stop.send(true);
    let _ = answers.await;
    let _ = world.await;
    Ok(())
}
