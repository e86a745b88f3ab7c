//! What the attacks are on: a service behind sockets, with two calls, over a store that counts who looks at it.

use crate::http::{self, Limits, Request as HttpRequest};
use crate::machine::event::{Answer, Facts};
use crate::provider::acs::auth::discovery::Authority;
use crate::provider::acs::auth::forge::bearing;
use crate::provider::{Outcome, Provider, Request};
use crate::runtime::drive::{Runtime, Settings};
use crate::runtime::lines::Lines;
use crate::server::forged_tests::attacks::{Attack, Door};
use crate::server::full_tests::{rings, served};
use crate::server::signed_tests::{AUDIENCE, ISSUER, SECRET, now, signer};
use crate::server::{Server, Settings as ServerSettings};
use crate::store::memory::{Memory, Tables};
use crate::store::{
    Among, Change, Committed, Counts, Erased, Error, Found, HistoryLine, Listed, Prune, Quarantined, Store,
};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The token of the API.
pub(super) const ADMIN: &str = "a-Token-of-whoever-may-ask";

/// A platform that takes every request.
#[derive(Debug)]
struct Takes;

impl Provider for Takes {
    async fn send(&self, _request: Request) -> Outcome {
        Outcome::Definite(Answer::Accepted(Facts { connection: Some("line".to_owned()), ..Facts::default() }))
    }
}

/// Counts how often it is asked for anything.
#[derive(Debug, Default)]
struct Watched {
    store: Memory,
    looks: AtomicUsize,
}

impl Watched {
    fn look(&self) -> &Memory {
        self.looks.fetch_add(1, Ordering::SeqCst);
        &self.store
    }
}

impl Store for Watched {
    async fn load(&self, call: &str, keys: &[String]) -> Result<Found, Error> {
        self.look().load(call, keys).await
    }

    async fn commit(&self, change: Change) -> Result<Committed, Error> {
        self.look().commit(change).await
    }

    async fn due(&self, now: i64, limit: usize) -> Result<Vec<String>, Error> {
        self.look().due(now, limit).await
    }

    async fn counts(&self, now: i64) -> Result<Counts, Error> {
        self.look().counts(now).await
    }

    async fn named(&self, natural_key: &str) -> Result<Option<String>, Error> {
        self.look().named(natural_key).await
    }

    async fn next_due(&self) -> Result<Option<i64>, Error> {
        self.look().next_due().await
    }

    async fn history(&self, call: &str) -> Result<Vec<HistoryLine>, Error> {
        self.look().history(call).await
    }

    async fn list(&self, among: Among, limit: usize) -> Result<Vec<Listed>, Error> {
        self.look().list(among, limit).await
    }

    async fn quarantine(&self, row: Quarantined) -> Result<(), Error> {
        self.look().quarantine(row).await
    }

    async fn prune(&self, prune: Prune) -> Result<usize, Error> {
        self.look().prune(prune).await
    }

    async fn erase(&self, call: &str) -> Result<Erased, Error> {
        self.look().erase(call).await
    }

    async fn probe(&self, now: i64) -> Result<(), Error> {
        self.look().probe(now).await
    }

    async fn put_program(&self, hash: &str, program: &[u8], source_map: &[u8]) -> Result<(), Error> {
        self.look().put_program(hash, program, source_map).await
    }

    async fn program(&self, hash: &str) -> Result<Option<(Vec<u8>, Vec<u8>)>, Error> {
        self.look().program(hash).await
    }

    async fn secret(&self, name: &str, fresh: Vec<u8>) -> Result<Vec<u8>, Error> {
        self.look().secret(name, fresh).await
    }
}

/// A call and the MAC of its address.
pub(super) struct Known {
    pub(super) call: String,
    pub(super) mac: String,
}

pub(super) struct House {
    runtime: Runtime<Watched, Takes>,
    doors: [SocketAddr; 2],
    /// Two calls.
    pub(super) calls: [Known; 2],
    /// A good `Authorization` of whoever signs webhooks.
    pub(super) good: String,
    _stop: watch::Sender<bool>,
}

impl House {
    pub(super) async fn open() -> House {
        let settings = Settings::new("https://here.example", "v");
        let runtime = Runtime::new(Watched::default(), Takes, settings).await.expect("a runtime");
        let flows = BTreeMap::from([("hi".to_owned(), served())]);
        let lines = Lines { flows, only_inbound: Some("hi".to_owned()), ..Lines::default() };
        runtime.publish(lines).await.expect("published");
        let (stop, stopped) = watch::channel(false);
        let document = signer(stopped.clone()).await;
        let authority = || Some(Arc::new(Authority::new(&document, AUDIENCE).expect("on loopback")));
        let (admin_token, secret) = (Some(ADMIN.to_owned()), Some(SECRET.to_owned()));
        let settings = ServerSettings { admin_token, callbacks: authority(), ..ServerSettings::default() };
        let by_secret = ServerSettings { event_grid_secret: secret, ..settings.clone() };
        let by_token = ServerSettings { event_grid: authority(), ..settings };
        let serve = async |settings| {
            let (server, stopped) = (Server::new(runtime.clone(), settings), stopped.clone());
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
            let address = listener.local_addr().expect("bound");
            tokio::spawn(http::serve(listener, Limits::default(), stopped, move |request: HttpRequest| {
                let server = server.clone();
                async move { server.answer(request).await }
            }));
            address
        };
        let doors = [serve(by_secret).await, serve(by_token).await];
        let good = bearing(0, "one", ISSUER, AUDIENCE, now());
        let none = || Known { call: String::new(), mac: String::new() };
        let mut house = House { runtime, doors, calls: [none(), none()], good, _stop: stop };
        for (nth, context) in ["first", "second"].into_iter().enumerate() {
            let ring = Attack::event("a call rings").header("x-flowc-secret", SECRET);
            let ring = Attack { body: rings(context).to_string(), ..ring };
            assert_eq!(house.send(&ring).await.0, 200);
            let calls = house.runtime.calls(Among::All, 2).await.expect("the store answers");
            let new = calls.into_iter().find(|row| row.call != house.calls[0].call).expect("a new one");
            let call = new.call;
            let mac = house.runtime.callback_key().mac(&call);
            house.calls[nth] = Known { call, mac };
        }
        house.settle().await;
        house
    }

    /// Waits until nobody looks at the store any more: the answers to what the calls ordered are kept.
    async fn settle(&self) {
        let mut quiet = 0;
        while quiet < 5 {
            let before = self.looks();
            tokio::time::sleep(Duration::from_millis(20)).await;
            quiet = if self.looks() == before { quiet + 1 } else { 0 };
        }
    }

    pub(super) fn looks(&self) -> usize {
        self.runtime.store().looks.load(Ordering::SeqCst)
    }

    pub(super) fn tables(&self) -> Tables {
        self.runtime.store().store.tables().clone()
    }

    /// Sends it as it is; status and the whole answer.
    pub(super) async fn send(&self, attack: &Attack) -> (u16, String) {
        let door = match attack.door {
            Door::Secret => self.doors[0],
            Door::Token => self.doors[1],
        };
        let raw = attack.raw();
        let talk = async {
            let mut stream = TcpStream::connect(door).await.expect("a connection");
            let (mut from, mut to) = stream.split();
            let mut answer = Vec::new();
            // Whoever refuses a head does not read to its end.
            let (_sent, _read) = tokio::join!(to.write_all(&raw), from.read_to_end(&mut answer));
            String::from_utf8_lossy(&answer).into_owned()
        };
        let answer = tokio::time::timeout(Duration::from_secs(30), talk).await;
        let answer = answer.unwrap_or_else(|_| panic!("{}: no answer", attack.name));
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.unwrap_or_else(|| panic!("{}: {answer:?}", attack.name)), answer)
    }
}
