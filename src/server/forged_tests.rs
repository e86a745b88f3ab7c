//! Forged requests, made by hand: whatever is wrong with one, it is refused before anything is looked at, changes nothing, and
//! leaves nothing of itself in the log. Each is sent over a socket, as somebody would.

mod attacks;
mod house;
mod tokens;

use crate::server::forged_tests::attacks::{Attack, Door, MARK};
use crate::server::forged_tests::house::{ADMIN, House};
use crate::server::signed_tests::SECRET;
use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Everything that is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("nobody panics here")).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panics here").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Log;

    fn make_writer(&'w self) -> Log {
        self.clone()
    }
}

#[tokio::test]
async fn two_hundred_forged_requests_change_nothing_and_leave_no_trace() {
    let log = Log::default();
    // Where there is but one subscriber, whether a line is logged is decided by the thread that comes to it first; other tests'
    // threads have none. With two all are asked.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    // All that the service logs at its most talkative.
    let all = tracing_subscriber::fmt().with_env_filter(EnvFilter::new("warn,flowc=trace"));
    let _logged = tracing::subscriber::set_default(all.with_writer(log.clone()).finish());
    let house = House::open().await;
    let [known, other] = &house.calls;
    let attacks = attacks::all(&house);
    let (mut names, mut requests) = (BTreeSet::new(), BTreeSet::new());
    let repeats =
        |attack: &&Attack| !names.insert(attack.name.clone()) | !requests.insert((attack.door as u8, attack.raw()));
    let again: Vec<&str> = attacks.iter().filter(repeats).map(|attack| attack.name.as_str()).collect();
    assert!(again.is_empty(), "the same once more: {again:?}");
    assert!(attacks.len() >= 200, "{}", attacks.len());

    let (before, looks) = (house.tables(), house.looks());
    let mut wrong = Vec::new();
    for attack in &attacks {
        assert!(attack.body.contains(MARK), "{}", attack.name);
        let (status, answer) = house.send(attack).await;
        if !attack.wanted.contains(&status) {
            wrong.push(format!("{}: {status} instead of {:?}", attack.name, attack.wanted));
        }
        if answer.contains(MARK) {
            wrong.push(format!("{}: it is answered with what it said", attack.name));
        }
        if house.looks() != looks {
            wrong.push(format!("{}: it had somebody look at the store", attack.name));
            break;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(house.tables() == before, "something was kept");

    let text = log.text();
    assert!(text.contains("a request is not let in"), "what is logged is seen here");
    // A part of any token begins with an encoded `{"`.
    let secrets = [MARK, SECRET, ADMIN, &known.mac, &other.mac, &known.call, "eyJ"];
    let lines = text.lines().filter(|line| line.contains("not let in") || line.contains(MARK));
    let told: Vec<&str> = lines.filter(|line| secrets.iter().any(|secret| line.contains(secret))).collect();
    assert!(told.is_empty(), "{told:#?}");
    for secret in [MARK, SECRET, ADMIN, &known.mac, &other.mac, "eyJ"] {
        assert!(!text.contains(secret), "{secret} is in the log");
    }

    // The same by those who may: each changes something.
    let hang_up = Attack { target: format!("/api/calls/{}/hangup", other.call), ..Attack::event("an operator") };
    for (right, status) in [
        (Attack::callback("a webhook", known).header("authorization", &house.good), 200),
        (Attack::event("an event by its secret").header("x-flowc-secret", SECRET), 200),
        (hang_up.header("authorization", &format!("Bearer {ADMIN}")), 202),
    ] {
        let before = house.tables();
        let (given, answer) = house.send(&right).await;
        assert_eq!(given, status, "{}: {answer}", right.name);
        assert!(house.tables() != before, "{} changes nothing", right.name);
    }
    let by_token = Attack { door: Door::Token, ..Attack::event("an event by its token") };
    let (given, answer) = house.send(&by_token.header("authorization", &house.good)).await;
    assert_eq!(given, 200, "{answer}");
}
