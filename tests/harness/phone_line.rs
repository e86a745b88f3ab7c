//! A whole phone line on loopback: `flowc emulate` and `flowc serve` as processes of their own, one store that outlives the
//! service, and the human side of the emulator to act as people.

use crate::harness::recorder::{Exchange, Recorder};
use crate::harness::{Background, Flowc, Folder, free_port, http};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The access key of every test line.
pub(crate) const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
/// How long anything on a test line may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A line.
pub(crate) struct PhoneLine {
    emulator: Background,
    service: Option<Background>,
    /// Port of the emulator.
    pub(crate) emulator_port: u16,
    /// Port of the service.
    pub(crate) service_port: u16,
    project: Folder,
    store: Folder,
    /// The api-version of both, where it is not the newest.
    version: Option<&'static str>,
    /// What the service logs.
    log: &'static str,
    /// What else the service is told.
    told: Option<Box<dyn Fn(Flowc) -> Flowc>>,
    /// Between the service and the emulator, and the other way round.
    recorders: Option<(Recorder, Recorder)>,
}

impl PhoneLine {
    /// A line that serves these files; the service stops at the point `hold_at` when one is named.
    pub(crate) fn open(files: &[(&str, &str)], hold_at: Option<&str>) -> PhoneLine {
        PhoneLine::open_on("fast", files, hold_at)
    }

    /// The same on a clock of the emulator's: `real` or `fast`.
    pub(crate) fn open_on(clock: &str, files: &[(&str, &str)], hold_at: Option<&str>) -> PhoneLine {
        PhoneLine::set_up(clock, files, hold_at, "warn", |_, _| None)
    }

    /// A line whose service logs everything it can.
    pub(crate) fn open_chatty(files: &[(&str, &str)]) -> PhoneLine {
        PhoneLine::set_up("fast", files, None, "trace", |_, _| None)
    }

    /// A line that keeps every request to the platform and every webhook.
    pub(crate) fn recorded(files: &[(&str, &str)]) -> PhoneLine {
        let both = |emulator, service| Some((Recorder::in_front_of(emulator), Recorder::in_front_of(service)));
        PhoneLine::set_up("fast", files, None, "warn", both)
    }

    /// The same in one of the first generations of the platform, which want to know who calls.
    pub(crate) fn recorded_in(version: &'static str, files: &[(&str, &str)]) -> PhoneLine {
        let both = |emulator, service| Some((Recorder::in_front_of(emulator), Recorder::in_front_of(service)));
        PhoneLine::told(Some(version), "fast", files, None, "warn", both, None)
    }

    /// A line whose service is told more on its command line or in its environment.
    pub(crate) fn open_with(files: &[(&str, &str)], told: impl Fn(Flowc) -> Flowc + 'static) -> PhoneLine {
        PhoneLine::told(None, "fast", files, None, "warn", |_, _| None, Some(Box::new(told)))
    }

    fn set_up(
        clock: &str,
        files: &[(&str, &str)],
        hold_at: Option<&str>,
        log: &'static str,
        recorders: impl FnOnce(u16, u16) -> Option<(Recorder, Recorder)>,
    ) -> PhoneLine {
        PhoneLine::told(None, clock, files, hold_at, log, recorders, None)
    }

    fn told(
        version: Option<&'static str>,
        clock: &str,
        files: &[(&str, &str)],
        hold_at: Option<&str>,
        log: &'static str,
        recorders: impl FnOnce(u16, u16) -> Option<(Recorder, Recorder)>,
        told: Option<Box<dyn Fn(Flowc) -> Flowc>>,
    ) -> PhoneLine {
        let project = files.iter().fold(Folder::new(), |folder, (name, text)| folder.with(name, text));
        let store = Folder::new();
        let (emulator_port, service_port) = (free_port(), free_port());
        let spoken = version.unwrap_or(flowc::platform::versions::NEWEST_STABLE);
        let mut emulator = Flowc::new(["emulate", "--clock", clock, "--access-key", KEY, "--api-version", spoken])
            // For web sockets of streams; all else is plain.
            .env("SSL_CERT_FILE", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls/localhost.pem"))
            .arg("--listen")
            .arg(format!("127.0.0.1:{emulator_port}"))
            .arg("--event-grid")
            .arg(format!("http://127.0.0.1:{service_port}/events/incoming"))
            .start();
        emulator.wait_for("ready", PATIENCE);
        let recorders = recorders(emulator_port, service_port);
        let mut line = PhoneLine {
            emulator,
            service: None,
            emulator_port,
            service_port,
            project,
            store,
            version,
            log,
            told,
            recorders,
        };
        line.start_service(hold_at);
        line
    }

    /// Starts the service, over the store of the one before.
    pub(crate) fn start_service(&mut self, hold_at: Option<&str>) {
        let (platform, public) = match &self.recorders {
            Some((platform, service)) => (platform.port, service.port),
            None => (self.emulator_port, self.service_port),
        };
        let mut service = Flowc::new(["serve"])
            .arg(self.project.path().as_os_str())
            .arg("--listen")
            .arg(format!("127.0.0.1:{}", self.service_port))
            .arg("--public-url")
            .arg(format!("http://127.0.0.1:{public}"))
            .arg("--store")
            .arg(format!("sqlite:{}", self.store.path().join("calls.db").display()))
            .arg("--ai-endpoint")
            .arg("https://ai.example/")
            .env("FLOWC_LOG", self.log)
            .env("ACS_CONNECTION_STRING", &format!("endpoint=http://127.0.0.1:{platform}/;accesskey={KEY}"));
        if let Some(version) = self.version {
            service = service.arg("--api-version").arg(version).arg("--calling-user").arg("8:acs:app_me");
        }
        if let Some(told) = &self.told {
            service = told(service);
        }
        if let Some(point) = hold_at {
            service = service.env("FLOWC_HOLD_AT", point);
        }
        let mut service = service.start();
        service.wait_for("serving", PATIENCE);
        self.service = Some(service);
    }

    /// The file of the service's store.
    pub(crate) fn database(&self) -> PathBuf {
        self.store.path().join("calls.db")
    }

    /// What went to the platform, and what came from it; of a recorded line.
    pub(crate) fn recorded_traffic(&self) -> (Vec<Exchange>, Vec<Exchange>) {
        let (platform, service) = self.recorders.as_ref().expect("the line is recorded");
        (platform.seen(), service.seen())
    }

    /// The running service.
    pub(crate) fn service(&mut self) -> &mut Background {
        self.service.as_mut().expect("the service was started")
    }

    /// Kills the service as `kill -9` does.
    pub(crate) fn kill_service(&mut self) {
        self.service().kill();
    }

    /// Waits until the service holds at its named point, kills it there, and starts it again without one.
    pub(crate) fn kill_at_hold(&mut self) {
        self.service().wait_for("holding at", PATIENCE);
        self.kill_service();
        self.start_service(None);
    }

    /// Somebody calls; the emulator's id of the call.
    pub(crate) fn dial(&self) -> String {
        let body = json!({ "from": "+441632960100", "to": "+18005550100" });
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer =
                http::json(self.emulator_port, "POST", "/emulator/calls", &body).expect("the emulator answers");
            if answer.status == 201 {
                return answer.json()["call"].as_str().expect("a call id").to_owned();
            }
            assert!(Instant::now() < deadline, "nobody may call: {:?}", answer.json());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The call as the emulator shows it.
    pub(crate) fn call(&self, call: &str) -> Value {
        http::get(self.emulator_port, &format!("/emulator/calls/{call}")).expect("the emulator answers").json()
    }

    /// Waits until the call looks as wanted.
    pub(crate) fn wait(&self, call: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.call(call);
            if wanted(&seen) {
                return seen;
            }
            assert!(Instant::now() < deadline, "the call never {what}: {seen:#}\nrequests: {:#?}", self.requests());
            std::thread::sleep(Duration::from_millis(15));
        }
    }

    /// Waits until something that contains these words plays.
    pub(crate) fn wait_playing(&self, call: &str, words: &str) {
        self.wait(call, &format!("plays `{words}`"), |seen| {
            seen["playing"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|item| item["text"].as_str().unwrap_or("").contains(words))
        });
    }

    /// Waits for the end of the call.
    pub(crate) fn wait_end(&self, call: &str) -> Value {
        self.wait(call, "ends", |seen| seen["state"] == "ended")
    }

    /// Somebody on the call does something.
    pub(crate) fn act(&self, call: &str, what: &str, body: &Value) -> u16 {
        let target = format!("/emulator/calls/{call}/{what}");
        http::json(self.emulator_port, "POST", &target, body).expect("the emulator answers").status
    }

    /// Every REST request the emulator has received.
    pub(crate) fn requests(&self) -> Vec<Value> {
        let all = http::get(self.emulator_port, "/emulator/requests").expect("the emulator answers").json();
        all["requests"].as_array().cloned().unwrap_or_default()
    }

    /// Requests whose address ends so, without the query.
    pub(crate) fn requests_to(&self, ending: &str) -> Vec<Value> {
        let path =
            |request: &Value| request["target"].as_str().unwrap_or("").split('?').next().unwrap_or("").to_owned();
        self.requests().into_iter().filter(|request| path(request).ends_with(ending)).collect()
    }

    /// Waits until the service's newest call is over, and gives it.
    pub(crate) fn wait_result(&self) -> Value {
        self.wait_newest("ends", |call| call["phase"] == "ended")
    }

    /// Waits until something is so of the service's newest call, and gives it.
    pub(crate) fn wait_newest(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let calls = http::get(self.service_port, "/api/calls").map(|answer| answer.json()).unwrap_or(Value::Null);
            let newest = &calls["calls"][0];
            if is_so(newest) {
                return newest.clone();
            }
            assert!(
                Instant::now() < deadline,
                "the service's call never {what}: {calls:#}\nrequests: {:#?}",
                self.requests()
            );
            std::thread::sleep(Duration::from_millis(15));
        }
    }
}

impl Drop for PhoneLine {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- emulator\n{}", self.emulator.said());
            if let Some(service) = &mut self.service {
                eprintln!("--- service\n{}", service.said());
            }
        }
    }
}
