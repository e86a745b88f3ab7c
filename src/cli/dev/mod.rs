//! `flowc dev`: emulator and service in one process on one port, over an embedded store. With `--call FILE` it plays a
//! caller's script, prints the conversation as it happens, and ends with its verdict.

mod beginning;
mod looking;
mod player;
mod refusing;
mod rehearsed;
mod reload;

use crate::cli::dev::beginning::Others;
use crate::cli::dev::refusing::Refusing;
use crate::cli::emulate::fresh_key;
use crate::cli::log::LogFlags;
use crate::cli::project::{Located, Project, the_one};
use crate::cli::service::{self, Helpers, NotServed, asked_to_stop};
use crate::cli::services::Services;
use crate::cli::{Exit, Failure, environment, tell};
use crate::config::{CALLING_USER, ServiceFlags, ServiceSettings};
use crate::emulator::{self, Emulator};
use crate::http::{self, Limits, Request};
use crate::language::syntax::ast::Script;
use crate::provider::acs::auth::ConnectionString;
use crate::provider::acs::client::{self, Client, Credential};
use crate::provider::acs::to_wire::Site;
use crate::rehearsal::carried::Carried;
use crate::rehearsal::given;
use crate::runtime::drive::{self, Runtime};
use crate::runtime::invoker::Invoker;
use crate::runtime::lines::Lines;
use crate::server::{self, Server};
use crate::store::sqlite::Sqlite;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The AI resource named to the emulator, which accepts any.
const AI_ENDPOINT: &str = "https://ai.emulator.invalid/";
/// Stands for addresses of streams: those of rehearsals go nowhere, whatever the project's settings say.
const SOCKET: &str = "wss://media.emulator.invalid/";

/// What flows need, all of it there: nobody has to set anything to rehearse.
const HELPERS: Helpers<'_> = Helpers { ai: Some(AI_ENDPOINT), streaming: Some(SOCKET), transcription: Some(SOCKET) };

/// Arguments of `flowc dev`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    log: LogFlags,
    /// The project's folder [default: the folder of the script, or the project stood in]
    dir: Option<PathBuf>,
    /// Play this caller's script and end
    #[arg(long, value_name = "FILE")]
    call: Option<PathBuf>,
    /// Play it twenty times as fast as it would go
    #[arg(long, requires = "call")]
    fast: bool,
    /// Address and port to listen on [default: 127.0.0.1:8080; for a script one of the system's choice]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Voice of text prompts that name none [default: en-US-NancyNeural]
    #[arg(long, value_name = "VOICE")]
    voice: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// When the project, the script or a setting cannot be used, or the address is taken.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    args.log.begin()?;
    let dir = args.dir.clone().or_else(|| args.call.as_deref().map(folder_of));
    let located = the_one(dir.as_deref())?;
    let seen = reload::look(&located);
    let mut project = located.read(|_| ())?;
    let script = match &args.call {
        Some(file) => match player::script(&mut project, file)? {
            Some(script) => Some(script),
            None => return Ok(Exit::Findings),
        },
        None => None,
    };
    let settings = settings(args, &project)?;
    let lines = match service::lines(&project, &settings, HELPERS) {
        Ok(lines) => lines,
        Err(NotServed::Findings) => return Ok(Exit::Findings),
        Err(NotServed::Failure(failure)) => return Err(failure),
    };
    let carried = script.as_ref().and_then(|script| Carried::of(&lines, script));
    let lines = carried.as_ref().map_or(lines, |carried| carried.lines.clone());
    let about = About { script, carried };
    service::tokio()?.block_on(dev(&located, seen, project, &settings, lines, about, args.fast))
}

/// The settings. A script is played on a port of the system's choice unless one is named, so that several can run.
fn settings(args: &Args, project: &Project) -> Result<ServiceSettings, Failure> {
    let mut flags = ServiceFlags { listen: args.listen.clone(), voice: args.voice.clone(), ..ServiceFlags::default() };
    if args.call.is_some() && flags.listen.is_none() {
        flags.listen = Some("127.0.0.1:0".to_owned());
    }
    let settings = ServiceSettings::resolve(&flags, &environment(), &project.file)?;
    if !settings.listen.ip().is_loopback() {
        return Err(Failure::Usage(format!(
            "--listen {}: `dev` serves this machine only; give a loopback address such as 127.0.0.1:8080",
            settings.listen
        )));
    }
    Ok(settings)
}

fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if parent != Path::new("") => parent.to_path_buf(),
        Some(_) | None => PathBuf::from("."),
    }
}

/// The two sides on one port.
#[derive(Clone)]
struct Both {
    emulator: Emulator,
    server: Server<Sqlite, Refusing>,
}

impl Both {
    async fn answer(self, request: Request) -> http::Response {
        if self.emulator.takes(&request.path) {
            self.emulator.answer(request).await
        } else {
            self.server.answer(request).await
        }
    }
}

/// What is played.
struct About {
    script: Option<Script>,
    /// Its flow on a line, where another flow would run it.
    carried: Option<Carried>,
}

async fn dev(
    located: &Located,
    seen: reload::Seen,
    project: Project,
    settings: &ServiceSettings,
    lines: Lines,
    about: About,
    fast: bool,
) -> Result<Exit, Failure> {
    let About { script, carried } = about;
    let world = |error: &dyn std::fmt::Display| Failure::World(error.to_string());
    let scratch = Scratch::new()?;
    let store = Sqlite::open(scratch.0.join("dev.db")).map_err(|error| world(&error))?;
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|error| Failure::World(format!("cannot listen on {}: {error}", settings.listen)))?;
    let base = format!("http://{}", listener.local_addr().map_err(|error| world(&error))?);
    let emulator = Emulator::new(emulator::Settings {
        access_key: fresh_key(),
        event_grid: Some(format!("{base}/events/incoming")),
        api_version: settings.api_version.clone(),
        seed: 0,
        pace: if fast { emulator::Pace::Fast } else { emulator::Pace::Real },
        faults: emulator::Faults::default(),
        base_url: Some(base.clone()),
        // The service in this process is not asked who signs.
        callback_audience: None,
        swallows: Some(SOCKET.to_owned()),
    })
    .map_err(|error| world(&error))?;
    let speed = if fast { emulator::FAST } else { 1 };
    // The script's other calls begin before its own does at the time that is given.
    let lead = script.as_ref().map_or(0, given::lead);
    let clock = script.as_ref().and_then(|script| script.clock.as_ref()).map(|clock| clock.value);
    let clock = clock.map(|clock| clock.saturating_sub_unsigned(lead));
    let clock_off_ms = clock.map_or(0, |clock| clock - jiff::Timestamp::now().as_millisecond());
    let others = Others::default();
    let refusing = script.as_ref().map(|script| refusing::of(script, &lines)).unwrap_or_default();
    let client = Refusing::new(client(&emulator, &base, settings)?, refusing, others.clone());
    let runtime_settings =
        drive::Settings { public_url: base.clone(), voice: settings.voice.clone(), hold_at: None, clock_off_ms, speed };
    let services = Arc::new(Services::of(&lines, settings)?);
    let invoker: Arc<dyn Invoker> = match &script {
        Some(script) => Arc::new(rehearsed::Rehearsed::new(Arc::clone(&services), script, others.clone(), speed)),
        None => Arc::clone(&services) as Arc<dyn Invoker>,
    };
    let runtime = Runtime::asking(store, client, runtime_settings, invoker).await.map_err(|error| world(&error))?;
    runtime.publish(lines.clone()).await.map_err(|error| world(&error))?;
    runtime.provider().watch(runtime.watch());
    let server_settings = server::Settings { project: Some(project.root.clone()), ..server::Settings::default() };
    let both = Both { emulator: emulator.clone(), server: Server::new(runtime.clone(), server_settings) };

    let (stop, stopped) = watch::channel(false);
    let answers = tokio::spawn(http::serve(listener, Limits::default(), stopped.clone(), move |request| {
        both.clone().answer(request)
    }));
    let cloud = tokio::spawn({
        let stopped = stopped.clone();
        async move { emulator.run(stopped).await }
    });
    let timers = tokio::spawn({
        let (runtime, stopped) = (runtime.clone(), stopped.clone());
        async move { runtime.run(stopped).await }
    });
    let recovering = tokio::spawn({
        let runtime = runtime.clone();
        async move { runtime.recover().await }
    });
    let exit = match script {
        Some(script) => tokio::select! {
            () = asked_to_stop() => Err(Failure::World("stopped before the script's end".to_owned())),
            exit = player::play(&base, &runtime, &lines, &project, (&script, carried.as_ref()), others, fast) => exit,
        },
        None => {
            announce(&base, &lines);
            tokio::select! {
                () = asked_to_stop() => {}
                () = reload::on_save(located, seen, settings, &runtime, &services, HELPERS) => {}
            }
            Ok(Exit::Fine)
        }
    };
    let _ = stop.send(true);
    recovering.abort();
    // The accept loop would wait for kept connections; nothing here needs its last answers.
    answers.abort();
    let _ = cloud.await;
    let _ = timers.await;
    exit
}

fn client(emulator: &Emulator, base: &str, settings: &ServiceSettings) -> Result<Client, Failure> {
    let connection = ConnectionString::parse("emulator", &emulator.connection_string(base))
        .map_err(|error| Failure::World(error.to_string()))?;
    let site = Site {
        api_version: settings.api_version.clone(),
        ai_endpoint: Some(AI_ENDPOINT.to_owned()),
        streaming_url: Some(SOCKET.to_owned()),
        transcription_url: Some(SOCKET.to_owned()),
        public_url: base.to_owned(),
        calling_user: Some(settings.calling_user.clone().unwrap_or_else(|| CALLING_USER.example.to_owned())),
    };
    let (endpoint, credential) = (connection.endpoint, Credential::Key(Box::new(connection.access_key)));
    Client::new(client::Settings { endpoint, credential, site }).map_err(|error| Failure::World(error.to_string()))
}

fn announce(base: &str, lines: &Lines) {
    let flows: Vec<&str> = lines.flows.keys().map(String::as_str).collect();
    tell(&format!(
        "flowc: serving {} on {base}, with an emulated platform; flows are reloaded when saved",
        flows.join(", ")
    ));
    tell(&format!(
        "flowc: somebody calls: curl -d '{{\"from\":\"+441632960100\",\"to\":\"+18005550100\"}}' {base}/emulator/calls"
    ));
}

/// A folder that goes away with the command.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Scratch, Failure> {
        let path = std::env::temp_dir().join(format!("flowc-dev-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&path)
            .map_err(|error| Failure::World(format!("cannot make a folder for the store: {error}")))?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder of scratch data left behind harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
