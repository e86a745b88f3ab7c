//! `flowc dev` without a script: serves a project with an emulated platform beside it, takes up what is saved, plays its audio
//! files, and stops when asked to.

use crate::harness::phone_line::PATIENCE;
use crate::harness::{Background, Flowc, Folder, free_port, http};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const HELLO: &str = "flowc 1\nflow hello inbound\nstart a\na: answer -> b\nb: play \"Hi.\" -> c\nc: hangup\n";

/// A running `flowc dev`, its project and its port.
struct Dev {
    process: Background,
    project: Folder,
    port: u16,
}

impl Dev {
    fn start(project: Folder) -> Dev {
        let port = free_port();
        let listen = format!("127.0.0.1:{port}");
        let mut process = Flowc::new(["dev", "--listen", &listen]).in_folder(project.path()).start();
        let line = process.wait_for("serving", PATIENCE);
        assert!(line.contains(&format!("serving hello on http://{listen}")), "{line}");
        Dev { process, project, port }
    }

    /// Puts a file in place of another in one move, so that nobody sees half of it.
    fn save(&self, path: &str, text: &str) {
        let draft = self.project.join(".draft");
        std::fs::write(&draft, text).expect("the draft is written");
        std::fs::rename(draft, self.project.join(path)).expect("the draft is moved");
    }

    /// Somebody calls and listens until the call is over: the call as the emulator shows it.
    fn call(&self) -> Value {
        let body = json!({ "from": "+441632960100", "to": "+18005550100" });
        let deadline = Instant::now() + PATIENCE;
        let placed = loop {
            let answer = http::json(self.port, "POST", "/emulator/calls", &body).expect("the emulator answers");
            if answer.status == 201 {
                break answer.json();
            }
            assert!(Instant::now() < deadline, "nobody may call: {:?}", answer.json());
            std::thread::sleep(Duration::from_millis(20));
        };
        let target = format!("/emulator/calls/{}", placed["call"].as_str().expect("a call id"));
        loop {
            let seen = http::get(self.port, &target).expect("the emulator answers").json();
            if seen["state"] == "ended" {
                return seen;
            }
            assert!(Instant::now() < deadline, "the call never ends: {seen:#}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn hears(&self, words: &str) {
        let call = self.call();
        assert!(call["transcript"].to_string().contains(words), "`{words}` in {call:#}");
    }

    /// Sends a signal and waits for the end.
    fn stop(mut self, signal: &str) {
        self.process.signal(signal);
        let status = self.process.wait(PATIENCE);
        assert_eq!(status.code(), Some(0), "after {signal}: {}", self.process.said());
    }
}

#[test]
fn it_says_where_it_serves_and_stops_when_asked_to() {
    for signal in ["TERM", "INT"] {
        let dev = Dev::start(Folder::new().with("hello.flow", HELLO));
        for target in ["/healthz", "/readyz"] {
            assert_eq!(http::get(dev.port, target).map(|answer| answer.status), Some(200), "{target}");
        }
        dev.hears("Hi.");
        dev.stop(signal);
    }
}

#[test]
fn what_is_saved_is_heard_by_the_next_call_unless_it_has_errors() {
    let mut dev = Dev::start(Folder::new().with("hello.flow", HELLO));
    dev.save("hello.flow", &HELLO.replace("Hi.", "Good morning."));
    dev.process.wait_for("reloaded", PATIENCE);
    dev.hears("Good morning.");
    dev.save("hello.flow", &HELLO.replace("Hi.", "Good night.").replace("-> c", "-> d"));
    dev.process.wait_for("F0102", PATIENCE);
    dev.process.wait_for("not reloaded", PATIENCE);
    dev.hears("Good morning.");
    dev.save("hello.flow", &HELLO.replace("Hi.", "Good night."));
    dev.process.wait_for("flowc: reloaded", PATIENCE);
    dev.hears("Good night.");
}

#[test]
fn an_audio_file_is_served_and_played() {
    let flow = HELLO.replace("play \"Hi.\"", "play file \"words/hi there.wav\"");
    let sound = silence(Duration::from_millis(300));
    let folder = Folder::new().with("hello.flow", flow).with("words/hi there.wav", &sound);
    let dev = Dev::start(folder);
    let media = http::get(dev.port, "/media/words/hi%20there.wav").expect("an answer");
    assert_eq!((media.status, media.body), (200, sound));
    assert_eq!(http::get(dev.port, "/media/hello.flow").map(|answer| answer.status), Some(404), "audio only");
    dev.hears(&format!("http://127.0.0.1:{}/media/words/hi%20there.wav", dev.port));
    dev.stop("TERM");
}

/// A recording of nothing: one channel of 16 bits, 8,000 times a second.
fn silence(lasts: Duration) -> Vec<u8> {
    let bytes = u32::try_from(lasts.as_millis()).expect("short") * 16;
    let mut wav = Vec::new();
    wav.extend(b"RIFF");
    wav.extend((36 + bytes).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16u32.to_le_bytes());
    for field in [1u16, 1] {
        wav.extend(field.to_le_bytes());
    }
    for field in [8_000u32, 16_000] {
        wav.extend(field.to_le_bytes());
    }
    for field in [2u16, 16] {
        wav.extend(field.to_le_bytes());
    }
    wav.extend(b"data");
    wav.extend(bytes.to_le_bytes());
    wav.resize(wav.len() + bytes as usize, 0);
    wav
}
