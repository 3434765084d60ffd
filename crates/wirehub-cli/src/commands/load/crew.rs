//! Several processes, since each may have only so many files open; here, or at agents on other
//! machines.

mod distant;
mod member;

use std::{
    sync::{
        Arc,
        atomic::Ordering::Relaxed,
        mpsc::{SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use wirehub_load::{Outcome, Row, Share, Stop, Watch, Watching, follow, monotonic, settled};

use self::member::{Caller, Member};
pub(super) use self::{distant::Agents, member::part};
use super::{job::Job, live::Live, part::Call};
use crate::failure::Failure;

/// What a part takes to begin, once it is told when.
const HEAD_START: Duration = Duration::from_millis(300);
const LOOK: Duration = Duration::from_millis(100);
/// Rows on their way.
const ROWS: usize = 4_096;
/// By how much clocks may be apart before a reader has to know.
const DOUBT: Duration = Duration::from_millis(1);

/// Who plays the parts.
pub(super) struct Crew {
    members: Vec<Member>,
    /// How many of them are on one machine.
    here: u32,
    /// The way to those on others.
    agents: Option<Agents>,
}

/// Somebody's name, and what becomes of it.
type Listener = (String, JoinHandle<Result<Box<Outcome>, String>>);

impl Crew {
    /// Processes on this machine.
    pub(super) fn here(processes: u32) -> Result<Self, Failure> {
        let members = (1..=processes).map(|number| {
            let name = format!("process {number} of {processes}");
            Member::here(name).map_err(Failure::outside)
        });
        Ok(Self {
            members: members.collect::<Result<_, _>>()?,
            here: processes,
            agents: None,
        })
    }

    /// So many processes at each of some agents.
    pub(super) fn at(agents: Agents, processes: u32) -> Result<Self, Failure> {
        let members = agents.parts(processes)?;
        let members = members.into_iter();
        Ok(Self {
            members: members
                .map(|(name, end)| Member::behind(name, end))
                .collect(),
            here: processes,
            agents: Some(agents),
        })
    }

    /// Gives everybody a part of the job, and has them begin together.
    fn begin(&mut self, job: &Job) -> Result<Duration, Failure> {
        let processes = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        for (process, member) in (0..processes).zip(&mut self.members) {
            let mut part = job.clone();
            part.share = Share {
                process,
                processes,
                here: self.here,
                ..job.share
            };
            member
                .prepare(&part)
                .map_err(|why| Failure::outside(format!("{}: {why}", member.name)))?;
        }
        let start = monotonic() + HEAD_START;
        for member in &self.members {
            member.begin(start).map_err(Failure::outside)?;
        }
        Ok(start)
    }

    /// How far the clocks of the members may be apart.
    fn doubt(&self) -> Duration {
        self.members
            .iter()
            .map(Member::doubt)
            .max()
            .unwrap_or_default()
    }

    /// Runs a job and puts together what they found.
    pub(super) fn run(
        mut self,
        job: &Job,
        watch: Option<Watch>,
        stop: &Arc<Stop>,
        live: &mut Live,
    ) -> Result<Outcome, Failure> {
        let start = self.begin(job)?;
        let wait = start.saturating_sub(monotonic());
        let watching = watch.map(|watch| Watching::begin(watch, Instant::now() + wait));
        let watching = watching.transpose().map_err(Failure::outside)?;
        let (doubt, parts) = (self.doubt(), self.members.len());
        let (seconds, rows) = sync_channel(ROWS);
        let callers = self.members.iter().map(Member::caller);
        let callers = callers
            .collect::<Result<_, _>>()
            .map_err(Failure::outside)?;
        let told = Arc::clone(stop);
        // It ends with this process at the latest; streams that nobody reads are no trouble.
        thread::spawn(move || pass_on(&told, callers));
        let listeners = self.members.into_iter();
        let listeners = listeners.map(|member| listen(member, seconds.clone()));
        let listeners: Vec<Listener> = listeners.collect::<Result<_, _>>()?;
        drop(seconds);
        let parts = u32::try_from(parts).unwrap_or(u32::MAX);
        let mut show = |progress: &wirehub_load::Progress<'_>| live.show(progress);
        let series = follow(&rows, &job.scenario, parts, watching.as_ref(), &mut show);
        let mut whole = together(listeners)?;
        drop(self.agents);
        if doubt > DOUBT {
            whole.remark(format!(
                "the clocks of the agents agree to {:.1} ms, which is in all times from one \
                 agent's clients to another's",
                doubt.as_secs_f64() * 1e3
            ));
        }
        if let Some(watching) = watching {
            let settle = job.scenario.settle;
            whole.server = Some(settled(watching, settle, stop, &series, &mut show));
        }
        Ok(whole)
    }
}

/// Hears a member on a thread of its own.
fn listen(member: Member, seconds: SyncSender<(u32, Row)>) -> Result<Listener, Failure> {
    let name = member.name.clone();
    let thread = thread::Builder::new().name(name.clone());
    let listener = thread.spawn(move || member.finish(&seconds));
    Ok((name, listener.map_err(Failure::outside)?))
}

/// Adds up what everybody found. Whoever did not come to an end is missing from all of it.
fn together(listeners: Vec<Listener>) -> Result<Outcome, Failure> {
    let (mut whole, mut missing) = (None::<Outcome>, Vec::new());
    for (name, listener) in listeners {
        let found = listener.join();
        match found.unwrap_or_else(|_| Err("its thread panicked".to_owned())) {
            Err(why) => missing.push(format!("{name}: {why}")),
            Ok(outcome) => match &mut whole {
                Some(whole) => whole.merge(*outcome).map_err(Failure::outside)?,
                None => whole = Some(*outcome),
            },
        }
    }
    let mut whole = whole.ok_or_else(|| {
        Failure::outside(format!(
            "no part of the run came to an end: {}",
            missing.join("; ")
        ))
    })?;
    whole.missing = missing;
    Ok(whole)
}

/// Tells the parts when an early end is wanted.
fn pass_on(stop: &Stop, mut callers: Vec<Caller>) {
    let mut has_said = false;
    // Whoever is gone is missed where it is heard.
    let mut say = |call: &Call| {
        for caller in &mut callers {
            let _ = caller.call(call);
        }
    };
    loop {
        thread::sleep(LOOK);
        if stop.soon.load(Relaxed) && !has_said {
            has_said = true;
            say(&Call::Soon);
        }
        if stop.now.load(Relaxed) {
            return say(&Call::Now);
        }
    }
}
