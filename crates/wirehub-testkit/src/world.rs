//! The world of a simulation: a clock, a node, a network and its clients.

use std::{rc::Rc, time::Duration};

use wirehub_model::{Command, Moment};

use crate::{
    agenda::{Agenda, Happening},
    client::{Client, Deed, Mind, Wire},
    dice::Dice,
    feature::Feature,
    ground::{Ground, USERS},
    judge::{Judge, Note},
    knobs::Knobs,
    letter::MUTE,
    link::{Link, Up},
    mutant::Mutant,
    node::{Node, Plan},
    promise::{Breach, Promise, Verdict, broken},
    store::Store,
    trace::Trace,
    words,
};

mod broker;
mod network;
mod phases;
mod trouble;
mod turns;

/// Everything there is.
#[derive(Debug)]
pub(crate) struct World {
    now: Moment,
    dice: Dice,
    knobs: Knobs,
    ground: Rc<Ground>,
    agenda: Agenda,
    plan: Plan,
    node: Node,
    store: Store,
    /// Every link there ever was; only those in use are looked at.
    links: Vec<Link>,
    clients: Vec<Client>,
    /// The link that each client uses.
    wires: Vec<Option<usize>>,
    judge: Judge,
    trace: Trace,
    mutant: Option<Mutant>,
    calm: bool,
    next_ticket: u64,
    answers: Vec<(u64, wirehub_core::Answer)>,
    /// How many things have happened.
    pub(crate) steps: u64,
    /// How often shards were woken without the clock going on.
    wakes: u32,
}

impl World {
    pub(crate) fn new(seed: u64, mutant: Option<Mutant>, trace: Trace) -> Self {
        let mut dice = Dice::new(seed);
        let knobs = Knobs::draw(&mut dice);
        trace.line(|| format!("{knobs:?}"));
        let ground = Rc::new(Ground::new(&knobs));
        let users: Vec<usize> = (0..knobs.clients).map(|_| dice.below(USERS)).collect();
        let judge = Judge::new(Rc::clone(&ground), &users, &knobs);
        let plan = Plan::new(&knobs, ground.namespaces(&knobs), mutant);
        let node = plan.start(Moment::ZERO, &mut dice);
        let clients = (0..)
            .zip(users)
            .map(|(number, user)| Client::new(number, user));
        let mut world = Self {
            now: Moment::ZERO,
            agenda: Agenda::default(),
            links: Vec::new(),
            clients: clients.collect(),
            wires: vec![None; knobs.clients],
            calm: false,
            next_ticket: 0,
            answers: Vec::new(),
            steps: 0,
            wakes: 0,
            dice,
            knobs,
            ground,
            plan,
            node,
            store: Store::default(),
            judge,
            trace,
            mutant,
        };
        for client in 0..world.clients.len() {
            let at = world.soon(world.knobs.pause);
            world.agenda.add(at, Happening::Wake(client));
        }
        world
    }

    /// A moment within a span from now.
    fn soon(&mut self, most: Duration) -> Moment {
        self.now + self.dice.span(Duration::ZERO, most)
    }

    /// Lets everything happen up to a moment.
    fn run_until(&mut self, end: Moment) -> Verdict {
        loop {
            let timeout = self.node.next_timeout();
            let happening = self.agenda.next();
            match (timeout, happening) {
                (Some((when, shard)), other)
                    if when.max(self.now) <= end && other.is_none_or(|other| when < other) =>
                {
                    self.pass(when)?;
                    let now = self.now;
                    self.node.member(shard).shard.handle_timeout(now);
                    self.begin_turn(shard);
                }
                (_, Some(when)) if when <= end => {
                    self.pass(when)?;
                    if let Some(happening) = self.agenda.take() {
                        self.happen(happening)?;
                    }
                }
                _ => break,
            }
        }
        self.now = end;
        Ok(())
    }

    fn pass(&mut self, to: Moment) -> Verdict {
        self.steps += 1;
        self.wakes = if to > self.now { 0 } else { self.wakes + 1 };
        if self.wakes > 100_000 {
            return broken(Promise::Sanity, "time stands still and everybody is busy");
        }
        self.now = self.now.max(to);
        self.trace.set_now(self.now);
        Ok(())
    }

    fn happen(&mut self, happening: Happening) -> Verdict {
        match happening {
            Happening::Wake(client) => self.wake(client),
            Happening::Up(link) => self.arrive_up(link),
            Happening::Down(link) => self.arrive_down(link)?,
            Happening::Relay(from, to) => self.arrive_relay(from, to),
            Happening::Store => self.work_store(),
            Happening::Told(shard) => self.arrive_told(shard),
            Happening::BrokerTrouble => self.broker_trouble(),
            Happening::Guest => self.guest(),
            Happening::Missed => self.tell_missed(),
            Happening::ForgetMembers => self.forget_members(),
            Happening::EndTurn(shard) => self.end_turn(shard)?,
            Happening::Checked {
                connection,
                id,
                user,
            } => self.checked(connection, id, user),
            Happening::Trouble => self.trouble(),
            Happening::Crash => self.crash(),
        }
        Ok(())
    }

    /// A client looks up, and will do so again.
    fn wake(&mut self, client: usize) {
        if self.clients[client].is_gone() {
            return;
        }
        let at = self.soon(self.knobs.pause * 2);
        self.agenda.add(at, Happening::Wake(client));
        let deeds = self.think(client, |client, mind| client.wake(mind));
        self.do_deeds(client, deeds);
    }

    /// Has a client make up its mind.
    fn think(
        &mut self,
        client: usize,
        make_up: impl FnOnce(&mut Client, &mut Mind<'_>) -> Vec<Deed>,
    ) -> Vec<Deed> {
        let peers: Vec<_> = self
            .clients
            .iter()
            .map(|client| client.connection)
            .collect();
        let wire = self.wires[client].and_then(|link| self.links.get(link));
        let wire = wire.map_or_else(Wire::default, |link| Wire {
            mute: link.flavour == MUTE,
            cut: link.cut,
        });
        let mut mind = Mind {
            now: self.now,
            dice: &mut self.dice,
            knobs: &self.knobs,
            ground: &self.ground,
            judge: &mut self.judge,
            peers: &peers,
            calm: self.calm,
            wire,
        };
        make_up(&mut self.clients[client], &mut mind)
    }

    fn do_deeds(&mut self, client: usize, deeds: Vec<Deed>) {
        for deed in deeds {
            if let Deed::Dial { presents } = deed {
                self.dial(client, presents);
                continue;
            }
            let Some(link) = self.wires[client] else {
                return;
            };
            if !is_routine(&deed) {
                self.trace.line(|| format!("c{client} -> {}", show(&deed)));
            }
            match deed {
                Deed::Dial { .. } => {}
                Deed::Say { id, command } => {
                    self.judge.says(client, id, &command);
                    self.send_up(link, Up::Say { id, command });
                }
                Deed::Ping => self.send_up(link, Up::Ping),
                Deed::Alive => self.send_up(link, Up::Alive),
                Deed::Goodbye => self.send_up(link, Up::Goodbye),
                Deed::HangUp => {
                    self.send_up(link, Up::End);
                    self.part(client);
                }
            }
        }
    }

    /// A client's connection is over on its side.
    fn part(&mut self, client: usize) {
        if let Some(link) = self.wires[client].take() {
            self.links[link].heard_by_client = false;
            self.judge.note(client, Note::Parts);
            let (now, dice) = (self.now, &mut self.dice);
            self.clients[client].lost(now, dice);
        }
    }

    fn has(&self, feature: Feature) -> bool {
        self.knobs.has(feature)
    }
}

/// Signs of life, which would fill every trace.
const fn is_routine(deed: &Deed) -> bool {
    matches!(
        deed,
        Deed::Alive
            | Deed::Ping
            | Deed::Say {
                command: Command::Ping,
                ..
            }
    )
}

fn show(deed: &Deed) -> String {
    match deed {
        Deed::Say { id, command } => {
            let id = id.map(|id| format!("#{id} ")).unwrap_or_default();
            format!("{id}{}", words::command(command))
        }
        other => format!("{other:?}"),
    }
}

/// Adds who it was to a breach that a client saw.
fn seen_by(client: usize) -> impl FnOnce(Breach) -> Breach {
    move |breach| Breach {
        promise: breach.promise,
        found: format!("c{client}: {}", breach.found),
    }
}
