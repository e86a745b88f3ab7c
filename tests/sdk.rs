//! The official SDKs against `flowc emulate`: what people wrote for the platform works here unchanged. The SDKs are installed from
//! their registries at the versions that `tests/sdk` names, once, below the build folder. What they send and are answered is held
//! against the published description.

use crate::harness::listener::Listener;
use crate::harness::recorder::{Exchange, Recorder};
use crate::harness::{Background, Flowc, free_port};
use crate::published::description::Description;
use crate::published::traffic;
use evidence::Evidence;
use flowc::platform::versions::NEWEST_STABLE;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Key of the emulator's resource.
const KEY: &str = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";
/// How long the emulator may take to start.
const START: Duration = Duration::from_secs(20);

mod evidence;
mod mapped;
mod page;

/// An SDK.
#[derive(Clone, Copy, Debug)]
enum Sdk {
    Python,
    JavaScript,
}

impl Sdk {
    fn name(self) -> &'static str {
        match self {
            Sdk::Python => "python",
            Sdk::JavaScript => "javascript",
        }
    }

    /// Its folder among the tests.
    fn sources(self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk").join(self.name())
    }

    /// The file that pins its version.
    fn pinned(self) -> PathBuf {
        self.sources().join(match self {
            Sdk::Python => "requirements.txt",
            Sdk::JavaScript => "package.json",
        })
    }

    /// Installs it, unless this version is there: the folder it is in.
    fn installed(self) -> PathBuf {
        let mut hasher = DefaultHasher::new();
        std::fs::read(self.pinned()).expect("a file of this repository").hash(&mut hasher);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sdk-{}-{:x}", self.name(), hasher.finish()));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk/install.sh");
        let output = Command::new("bash").arg(script).arg(self.name()).arg(&folder).output().expect("bash runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the {} SDK could not be installed: {said}", self.name());
        folder
    }

    /// One of its programs, to be run.
    fn command(self, program: &str) -> Command {
        let folder = self.installed();
        match self {
            Sdk::Python => {
                let mut command = Command::new(folder.join("venv/bin/python"));
                command.arg("-B").arg(self.sources().join(format!("{program}.py")));
                command
            }
            Sdk::JavaScript => {
                // Node looks for packages beside the program.
                for entry in std::fs::read_dir(self.sources()).expect("a folder of this repository") {
                    let path = entry.expect("readable").path();
                    if path.extension().is_some_and(|ending| ending == "mjs") {
                        std::fs::copy(&path, folder.join(path.file_name().expect("a file"))).expect("a copy");
                    }
                }
                let mut command = Command::new("node");
                command.arg(folder.join(format!("{program}.mjs")));
                command
            }
        }
    }

    /// Its package and version, as they are pinned.
    fn package(self) -> String {
        let pinned = std::fs::read_to_string(self.pinned()).expect("a file of this repository");
        let line = pinned.lines().find(|line| line.contains("automation")).expect("it is pinned");
        let quiet = line.replace(['"', ','], "").replace("==", ": ");
        let (name, version) = quiet.split_once(": ").expect("a name and a version");
        format!("{} {version}", name.trim())
    }

    /// Runs one of its programs against an emulator on such a clock; whatever goes over the wire is as published.
    fn run(self, program: &str, clock: &str) -> Run {
        let (emulator, endpoint) = emulator(clock);
        let platform = Recorder::in_front_of(port_of(&endpoint));
        let own = free_port();
        let hooks = Recorder::in_front_of(own);
        let listener = Listener::start();
        let at = |port: u16| format!("http://127.0.0.1:{port}");
        let mut command = self.command(program);
        let command = command.args([&at(platform.port), KEY, &own.to_string(), &at(hooks.port)]);
        let command = command.arg(format!("ws://127.0.0.1:{}", listener.port));
        let output = command.output().expect("the program runs");
        drop(emulator);
        let said = String::from_utf8_lossy(&output.stdout);
        let troubles = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} {program}:\n{said}\n{troubles}", self.name());
        let said = said.lines().map(ToOwned::to_owned).collect();
        let run = Run { said, asked: platform.seen(), sent: hooks.seen(), streamed: listener.heard() };
        let published = Description::of(NEWEST_STABLE);
        let wrong = [traffic::requests(&published, &run.asked), traffic::webhooks(&published, &run.sent)].concat();
        assert!(wrong.is_empty(), "{} {program}:\n{}", self.name(), wrong.join("\n"));
        run
    }
}

/// What came of a program.
struct Run {
    /// The lines it printed.
    said: Vec<String>,
    /// Its requests, and their answers.
    asked: Vec<Exchange>,
    /// The webhooks that came, and what it answered.
    sent: Vec<Exchange>,
    /// What was streamed.
    streamed: Vec<String>,
}

/// An emulator on a port of its own, and where it answers.
fn emulator(clock: &str) -> (Background, String) {
    started(Flowc::new(["emulate", "--listen", "127.0.0.1:0", "--access-key", KEY, "--clock", clock]))
}

/// One that speaks https.
fn secure_emulator() -> (Background, String) {
    let emulator = Flowc::new(["emulate", "--listen", "127.0.0.1:0", "--access-key", KEY, "--clock", "fast"]);
    started(emulator.arg("--tls-cert").arg(tls("localhost.pem")).arg("--tls-key").arg(tls("localhost.key.pem")))
}

/// A file of the tests' certificate.
fn tls(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(file)
}

fn started(emulator: Flowc) -> (Background, String) {
    let mut emulator = emulator.start();
    let line = emulator.wait_for("endpoint:", START);
    let from = line.find("http").expect("an address");
    let endpoint: String = line[from..].chars().take_while(|c| !c.is_whitespace() && *c != ';').collect();
    (emulator, endpoint.trim_end_matches('/').to_owned())
}

fn port_of(endpoint: &str) -> u16 {
    endpoint.rsplit(':').next().and_then(|port| port.parse().ok()).expect("an endpoint with a port")
}

fn completes_a_call(sdk: Sdk) {
    // A caller who listens before pressing a key has as long for it as people have.
    let said = sdk.run("app", "real").said;
    assert_eq!(said.last().map(String::as_str), Some("ok application"), "{said:#?}");
    assert!(said.iter().any(|line| line.ends_with("heard Connecting you to sales.")), "{said:#?}");
}

#[test]
fn an_application_of_the_python_sdk_completes_a_call() {
    completes_a_call(Sdk::Python);
}

#[test]
fn an_application_of_the_javascript_sdk_completes_a_call() {
    completes_a_call(Sdk::JavaScript);
}

/// Frames of web sockets are such that the SDK's parser knows every kind there is. (Only the JavaScript SDK has one.)
fn are_read_by_the_sdk(frames: &[String]) {
    let folder = Sdk::JavaScript.installed();
    let mut command = Command::new("node");
    let command = command.arg(folder.join("frames.mjs")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut node = command.spawn().expect("node runs");
    let mut stdin = node.stdin.take().expect("piped");
    stdin.write_all(frames.join("\n").as_bytes()).expect("it reads");
    drop(stdin);
    let output = node.wait_with_output().expect("it ends");
    let kinds = String::from_utf8_lossy(&output.stdout);
    let kinds: Vec<&str> = kinds.lines().collect();
    assert_eq!(kinds, ["AudioData", "AudioMetadata", "DtmfData", "TranscriptionData", "TranscriptionMetadata"]);
}

/// Over https, with a credential that has its tokens from the emulator.
fn takes_tokens(sdk: Sdk) {
    let (_emulator, endpoint) = secure_emulator();
    let certificate = tls("localhost.pem");
    let mut command = sdk.command("tokens");
    for trusted in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
        command.env(trusted, &certificate);
    }
    let output = command.arg(&endpoint).output().expect("the program runs");
    let (said, troubles) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.trim_end(), "ok tokens", "{}:\n{troubles}", sdk.name());
}

#[test]
fn the_python_sdk_takes_tokens() {
    takes_tokens(Sdk::Python);
}

#[test]
fn the_javascript_sdk_takes_tokens() {
    takes_tokens(Sdk::JavaScript);
}

/// Every webhook means something to some call, or a reason says why not.
#[test]
fn every_webhook_means_something() {
    let meanings = mapped::meanings();
    let cells: Vec<String> = meanings
        .iter()
        .map(|(name, meaning)| format!("{name}: {}", meaning.cell(name).unwrap_or_else(|wrong| format!("?? {wrong}"))))
        .collect();
    let wrong: Vec<&String> = cells.iter().filter(|cell| cell.contains("??")).collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{cells:#?}");
    let has = |name: &str, words: &str| {
        let cell = cells.iter().find(|cell| cell.starts_with(&format!("{name}: "))).expect("a cell");
        assert!(cell.contains(words), "{cell} has no {words}");
    };
    has("CallTransferAccepted", "`transfer`: accepted");
    has("RecognizeCompleted", "`menu`: a choice");
    has("CreateCallFailed", "`dial`: busy, declined, failed, no_answer, unreachable");
    has("CallDisconnected", "`play`: party left");
    has("RecognizeFailed", "`collect`: exhausted");
    has("RemoveParticipantFailed", "`remove`: failed");
    has("ContinuousDtmfRecognitionToneReceived", "`wait`: key");
    has("SendDtmfTonesCompleted", "`send_keys`: done");
    has("MoveParticipantSucceeded", "`move`: done");
    has("RecordingStateChanged", "`while recording active`: holds");
}

/// Both SDKs drive every operation and read every webhook; `docs/conformance.md` says what was seen of each. Where it says
/// something else, run the test with `FLOWC_UPDATE=1` and look at the difference.
#[test]
fn the_page_of_conformance_says_what_was_seen() {
    let runs = [Sdk::Python, Sdk::JavaScript].map(|sdk| sdk.run("conform", "fast"));
    are_read_by_the_sdk(&runs[1].streamed);
    let page = page::page(&Evidence::of(&runs)).unwrap_or_else(|wrong| panic!("{wrong}"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/conformance.md");
    if std::env::var_os("FLOWC_UPDATE").is_some() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(page, written, "docs/conformance.md says something else");
}
