//! What one run is: how many calls, how many processes, and what goes wrong how often. Drawn from the seed, so that each seed has
//! its own troubles and some have none of a kind; a found failure is made smaller by taking troubles away.

use crate::simulator::dice::Dice;
use serde::{Deserialize, Serialize};

/// Everything that decides a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// The seed.
    pub seed: u64,
    /// Calls that come or are placed.
    pub calls: u32,
    /// Processes over the one store.
    pub processes: u32,
    /// How long things go wrong, in milliseconds of virtual time; then all is well.
    pub troubled_ms: u64,
    /// What goes wrong.
    pub faults: Faults,
}

/// What goes wrong, in times out of a thousand where nothing else is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faults {
    /// A webhook never arrives.
    pub lose_webhook: u32,
    /// A webhook arrives twice.
    pub duplicate_webhook: u32,
    /// A webhook takes up to 10 s.
    pub delay_webhook: u32,
    /// Our answer to a webhook is lost.
    pub lose_acknowledgement: u32,
    /// The platform tries webhooks again that were not acknowledged: 1 if so.
    pub redeliver: u32,
    /// A request never arrives.
    pub lose_request: u32,
    /// The answer to a request never arrives.
    pub lose_answer: u32,
    /// The answer to a request comes after the webhooks it causes.
    pub hold_answer: u32,
    /// Too many requests.
    pub throttle: u32,
    /// 5xx, nothing done.
    pub fail_before: u32,
    /// 5xx, and done all the same.
    pub fail_after: u32,
    /// No connection to the platform.
    pub refuse: u32,
    /// The store cannot do it.
    pub store_error: u32,
    /// The store does not say whether a change was made.
    pub store_unknown: u32,
    /// The store takes up to a second.
    pub store_slow: u32,
    /// Times the store is away for some seconds.
    pub outages: u32,
    /// A process dies at a step.
    pub crash: u32,
    /// Times a process stands still for up to a minute.
    pub pauses: u32,
    /// Clocks of processes differ by up to so many milliseconds.
    pub skew_ms: u64,
    /// A service does not answer.
    pub deaf_service: u32,
    /// The platform says of a call that is over that it is there.
    pub stale_look: u32,
    /// Times a process is told to stop, finishes what it does, and is started again.
    pub drains: u32,
    /// Times the flows are replaced by others while calls are up.
    pub reloads: u32,
    /// All calls come within two seconds: 1 if so.
    pub burst: u32,
}

impl Setup {
    /// The run of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Setup {
        let mut dice = Dice::new(seed, 1);
        let processes = [1, 1, 1, 2, 3];
        let calls = u32::try_from(dice.between(1, 4)).unwrap_or(1);
        let processes = dice.pick(&processes).copied().unwrap_or(1);
        let troubled_ms = dice.between(20, 90) * 1_000;
        let faults = Faults::draw(&mut dice);
        let calls = if faults.burst > 0 { calls * 5 } else { calls };
        Setup { seed, calls, processes, troubled_ms, faults }
    }

    /// Runs with less trouble, the boldest first: for finding the smallest that still fails.
    #[must_use]
    pub fn smaller(&self) -> Vec<Setup> {
        let mut found = Vec::new();
        let mut with = |change: &dyn Fn(&mut Setup)| {
            let mut setup = self.clone();
            change(&mut setup);
            if setup != *self {
                found.push(setup);
            }
        };
        with(&|setup| setup.faults = Faults::default());
        with(&|setup| setup.calls = 1);
        with(&|setup| setup.processes = 1);
        for at in 0..Faults::KINDS {
            with(&|setup| {
                if let Some(fault) = setup.faults.kinds().into_iter().nth(at) {
                    *fault = 0;
                }
            });
        }
        with(&|setup| setup.faults.skew_ms = 0);
        with(&|setup| setup.calls = setup.calls.saturating_sub(1).max(1));
        with(&|setup| setup.processes = setup.processes.saturating_sub(1).max(1));
        with(&|setup| setup.troubled_ms /= 2);
        found
    }
}

impl Faults {
    const KINDS: usize = 23;

    fn kinds(&mut self) -> [&mut u32; Faults::KINDS] {
        [
            &mut self.lose_webhook,
            &mut self.duplicate_webhook,
            &mut self.delay_webhook,
            &mut self.lose_acknowledgement,
            &mut self.redeliver,
            &mut self.lose_request,
            &mut self.lose_answer,
            &mut self.hold_answer,
            &mut self.throttle,
            &mut self.fail_before,
            &mut self.fail_after,
            &mut self.refuse,
            &mut self.store_error,
            &mut self.store_unknown,
            &mut self.store_slow,
            &mut self.outages,
            &mut self.crash,
            &mut self.pauses,
            &mut self.deaf_service,
            &mut self.stale_look,
            &mut self.drains,
            &mut self.reloads,
            &mut self.burst,
        ]
    }

    /// Each kind is there in about half of the seeds, and then more or less of it.
    fn draw(dice: &mut Dice) -> Faults {
        let mut draw =
            |most: u64| -> u32 { if dice.chance(500) { u32::try_from(dice.between(1, most)).unwrap_or(0) } else { 0 } };
        Faults {
            lose_webhook: draw(60),
            duplicate_webhook: draw(250),
            delay_webhook: draw(200),
            lose_acknowledgement: draw(100),
            redeliver: draw(1),
            lose_request: draw(60),
            lose_answer: draw(80),
            hold_answer: draw(300),
            throttle: draw(120),
            fail_before: draw(60),
            fail_after: draw(60),
            refuse: draw(60),
            store_error: draw(40),
            store_unknown: draw(50),
            store_slow: draw(150),
            outages: draw(2),
            crash: draw(12),
            pauses: draw(2),
            skew_ms: u64::from(draw(600)) * 1_000,
            deaf_service: draw(300),
            stale_look: draw(200),
            drains: draw(2),
            reloads: draw(2),
            burst: u32::from(dice.chance(50)),
        }
    }
}
