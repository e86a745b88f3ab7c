//! `flowc serve`: the service, against the platform or an emulator.

use crate::cli::log::LogFlags;
use crate::cli::project::the_one;
use crate::cli::service::{self, CLOCK_OFF_MS, HOLD_AT, Helpers, NotServed, asked_to_stop};
use crate::cli::services::Services;
use crate::cli::{Exit, Failure, environment, tell};
use crate::config::service::{Platform, Recordings, SignedBy, StoreAddress};
use crate::config::{BoundFlags, Bounds, ServiceFlags, ServiceSettings};
use crate::http::{self, Limits};
use crate::metrics::Metrics;
use crate::provider::acs::auth::ConnectionString;
use crate::provider::acs::auth::discovery::Authority;
use crate::provider::acs::auth::entra::{Entra, Identity};
use crate::provider::acs::client::{self, Client, Credential};
use crate::provider::acs::to_wire::Site;
use crate::recordings::Keeper;
use crate::runtime::drive::keeping::Keep;
use crate::runtime::drive::{self, Runtime};
use crate::runtime::lines::Lines;
use crate::server::{self, Caps, Server};
use crate::store::sqlite::Sqlite;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinError;

/// How long requests to the platform may still take after everything else has stopped.
const SILENCE: Duration = Duration::from_secs(8);

/// Arguments of `flowc serve`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    log: LogFlags,
    /// The project's folder [default: the project stood in]
    dir: Option<PathBuf>,
    #[command(flatten)]
    service: ServiceFlags,
    #[command(flatten)]
    bounds: BoundFlags,
    /// Read the whole store before using it, and do not begin when it is damaged
    #[arg(long)]
    check_store: bool,
    /// A file with the token that requests to /api/ must carry as `Authorization: Bearer TOKEN`
    #[arg(long, value_name = "FILE")]
    admin_token_file: Option<PathBuf>,
    /// A file with the secret that Event Grid deliveries must carry, as the header x-flowc-secret or the query value `secret`
    #[arg(long, value_name = "FILE")]
    event_grid_secret_file: Option<PathBuf>,
}

/// Runs the command until the process is asked to stop.
///
/// # Errors
/// When the project or a setting cannot be used, or the store or the address is taken.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    args.log.begin()?;
    let located = the_one(args.dir.as_deref())?;
    let project = located.read(|_| ())?;
    let settings = ServiceSettings::resolve(&args.service, &environment(), &project.file)?;
    let bounds = Bounds::resolve(&args.bounds, &environment(), &project.file)?;
    let lines = match service::lines(&project, &settings, Helpers::of(&settings)) {
        Ok(lines) => lines,
        Err(NotServed::Findings) => return Ok(Exit::Findings),
        Err(NotServed::Failure(failure)) => return Err(failure),
    };
    settings.platform()?;
    settings.public_url()?;
    let server = server::Settings {
        admin_token: args.admin_token_file.as_deref().map(|file| secret("--admin-token-file", file)).transpose()?,
        event_grid_secret: args
            .event_grid_secret_file
            .as_deref()
            .map(|file| secret("--event-grid-secret-file", file))
            .transpose()?,
        event_grid: settings.event_grid.as_ref().map(authority).transpose()?,
        callbacks: settings.callbacks.as_ref().map(authority).transpose()?,
        caps: Caps { calls: bounds.max_calls, bytes: bounds.in_flight_bytes },
        project: Some(project.root.clone()),
        recordings: None,
    };
    guarded(&settings, &server)?;
    let StoreAddress::Sqlite(path) = &settings.store;
    if args.check_store {
        Sqlite::check(path).map_err(|error| Failure::World(error.to_string()))?;
    }
    service::tokio()?.block_on(serve(&settings, &bounds, lines, server))?;
    Ok(Exit::Fine)
}

fn authority(signed: &SignedBy) -> Result<Arc<Authority>, Failure> {
    let authority = Authority::new(&signed.document, &signed.audience);
    let authority = authority.map(|authority| authority.to_application(signed.application.clone()));
    authority.map(Arc::new).map_err(|error| Failure::Usage(error.to_string()))
}

/// Who listens where others can reach it asks everybody who they are.
fn guarded(settings: &ServiceSettings, server: &server::Settings) -> Result<(), Failure> {
    if settings.listen.ip().is_loopback() {
        return Ok(());
    }
    let missing: Vec<&str> = [
        ("--admin-token-file", server.admin_token.is_some()),
        (
            "--event-grid-secret-file or --event-grid-audience",
            server.event_grid_secret.is_some() || server.event_grid.is_some(),
        ),
        ("--callback-audience", server.callbacks.is_some()),
    ]
    .into_iter()
    .filter_map(|(flag, given)| (!given).then_some(flag))
    .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "--listen {}: a service that others can reach must tell who calls it: give {}, or listen on 127.0.0.1",
        settings.listen,
        missing.join(", ")
    )))
}

/// The one line of a file that holds a secret.
fn secret(flag: &str, file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("{flag} {}: it cannot be read: {error}", file.display())))?;
    let secret = text.trim();
    if secret.len() < 16 || secret.lines().count() != 1 {
        return Err(Failure::Usage(format!(
            "{flag} {}: one line of at least 16 characters is wanted, such as `openssl rand -hex 32` prints",
            file.display()
        )));
    }
    Ok(secret.to_owned())
}

fn client(settings: &ServiceSettings, helpers: Helpers<'_>, public_url: String) -> Result<Client, Failure> {
    let usage = |error: &dyn std::fmt::Display| Failure::Usage(error.to_string());
    let (endpoint, credential) = match settings.platform()? {
        Platform::Connection(text) => {
            let connection =
                ConnectionString::parse("acs_connection_string", text.reveal()).map_err(|error| usage(&error))?;
            (connection.endpoint, Credential::Key(Box::new(connection.access_key)))
        }
        Platform::Endpoint(endpoint) => {
            let identity = Identity::of(&environment()).map_err(|error| usage(&error))?;
            (endpoint.clone(), Credential::Entra(Entra::new(identity).map_err(|error| usage(&error))?))
        }
    };
    let site = Site {
        api_version: settings.api_version.clone(),
        ai_endpoint: helpers.ai.map(str::to_owned),
        streaming_url: helpers.streaming.map(str::to_owned),
        transcription_url: helpers.transcription.map(str::to_owned),
        public_url,
        calling_user: settings.caller()?.map(str::to_owned),
    };
    Client::new(client::Settings { endpoint, credential, site }).map_err(|error| usage(&error))
}

async fn serve(
    settings: &ServiceSettings,
    bounds: &Bounds,
    lines: Lines,
    server: server::Settings,
) -> Result<(), Failure> {
    let world = |error: &dyn std::fmt::Display| Failure::World(error.to_string());
    let StoreAddress::Sqlite(path) = &settings.store;
    let metrics = Arc::new(Metrics::default());
    let store = Sqlite::measured(path, bounds.store_ballast, Arc::clone(&metrics)).map_err(|error| world(&error))?;
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|error| Failure::World(format!("cannot listen on {}: {error}", settings.listen)))?;
    let address = listener.local_addr().map_err(|error| world(&error))?;
    let public_url = settings.public_url_at(address)?;
    let client = client(settings, Helpers::of(settings).wanted(&lines), public_url.clone())?;
    let server = server::Settings { recordings: keeper(settings, &client)?, ..server };
    let runtime_settings = drive::Settings {
        public_url,
        voice: settings.voice.clone(),
        hold_at: hold_at(),
        clock_off_ms: clock_off_ms(),
        speed: 1,
    };
    let services = Arc::new(Services::of(&lines, settings)?);
    let runtime = Runtime::measured(store, client, runtime_settings, services, metrics).await;
    let runtime = runtime.map_err(|error| world(&error))?;
    runtime.most_calls_per_number(bounds.calls_per_number);
    let flows = lines.flows.keys().cloned().collect::<Vec<_>>().join(", ");
    runtime.publish(lines).await.map_err(|error| world(&error))?;
    tell(&format!("flowc: serving {flows} on http://{address}"));
    let server = Server::new(runtime.clone(), server);
    let (stop, stopped) = watch::channel(false);
    let mut timers = tokio::spawn({
        let (runtime, stopped) = (runtime.clone(), stopped.clone());
        async move { runtime.run(stopped).await }
    });
    let mut pruning = tokio::spawn({
        let (runtime, stopped) = (runtime.clone(), stopped.clone());
        let keep = Keep { history_ms: bounds.keep_history_ms, calls_ms: bounds.keep_calls_ms };
        async move { runtime.keep(keep, stopped).await }
    });
    let recovering = tokio::spawn({
        let runtime = runtime.clone();
        async move { runtime.recover().await }
    });
    let mut answers = tokio::spawn({
        let server = server.clone();
        let gate = Arc::new(server.clone());
        http::serve_gated(listener, limits(bounds), gate, stopped, move |request| {
            let server = server.clone();
            async move { server.answer(request).await }
        })
    });
    tokio::select! {
        () = asked_to_stop() => {}
        // None of them ends by itself: calls would stand still behind a service that looks alive.
        ended = &mut timers => return Err(broke_off("the timers", ended)),
        ended = &mut pruning => return Err(broke_off("taking away what is no longer kept", ended)),
        ended = &mut answers => return Err(broke_off("answering", ended)),
    }
    recovering.abort();
    server.drain();
    tokio::time::sleep(bounds.stop_delay).await;
    let _ = stop.send(true);
    // All end by themselves: the accept loop within its drain time, the others at once.
    let _ = answers.await;
    let _ = timers.await;
    let _ = pruning.await;
    runtime.fall_silent(SILENCE).await;
    Ok(())
}

fn broke_off<T>(what: &str, ended: Result<T, JoinError>) -> Failure {
    let why = ended.err().map_or_else(|| "it ended".to_owned(), |error| error.to_string());
    Failure::World(format!("a defect of flowc: {what} broke off ({why}); start it again, calls go on where they are"))
}

/// Whoever keeps the files of recordings, where that is wanted; goes on where an earlier process stopped.
fn keeper(settings: &ServiceSettings, client: &Client) -> Result<Option<Keeper>, Failure> {
    let Some(Recordings { folder, delete }) = &settings.recordings else { return Ok(None) };
    let keeper = Keeper::open(client.clone(), folder, *delete);
    keeper
        .map(Some)
        .map_err(|error| Failure::World(format!("recordings cannot be kept in {}: {error}", folder.display())))
}

/// What the accept loop allows, no more than the system has sockets for.
fn limits(bounds: &Bounds) -> Limits {
    let system = std::fs::read_to_string("/proc/self/limits").ok();
    let open_files = system.as_deref().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("Max open files"))?;
        line.split_whitespace().next()?.parse::<usize>().ok()
    });
    // Left over: the store, requests out, and some.
    let most = open_files.map_or(usize::MAX, |most| (most / 2).max(most.saturating_sub(512)).max(16));
    let connections = bounds.connections.min(most);
    if connections < bounds.connections {
        tracing::warn!(connections, wanted = bounds.connections, "the system allows fewer open files (ulimit -n)");
    }
    Limits { connections, per_address: bounds.connections_per_address, ..Limits::default() }
}

/// The named point of a crash test; only builds for tests look.
fn hold_at() -> Option<String> {
    if cfg!(debug_assertions) { std::env::var(HOLD_AT).ok() } else { None }
}

/// How wrong a test wants the clock to be; only builds for tests look.
fn clock_off_ms() -> i64 {
    let off = std::env::var(CLOCK_OFF_MS).ok().filter(|_| cfg!(debug_assertions));
    off.and_then(|ms| ms.parse().ok()).unwrap_or(0)
}
