//! What goes over the links.

use std::time::Duration;

use wirehub_core::{Flavour, Input};
use wirehub_model::{CloseCause, ConnectionId, ErrorCode, Moment, Refusal};

use super::{World, seen_by};
use crate::{
    agenda::Happening,
    feature::Feature,
    ground::{USERS, principal},
    letter::MUTE,
    link::{Down, Link, Up},
    promise::{Breach, Promise, Verdict},
    words,
};

/// Bytes that a socket takes where nobody is slow.
pub(super) const ROOM: usize = 64 * 1024;

impl World {
    /// A client opens a connection to some shard.
    pub(super) fn dial(&mut self, client: usize, presents: bool) {
        let shard = self.dice.below(usize::from(self.knobs.shards)) as u16;
        let slow = self.has(Feature::SlowReaders)
            && !self.calm
            && self.dice.chance(self.knobs.slow_percent);
        let room = if slow { self.knobs.slow_room } else { ROOM };
        let flavour = match self.dice.chance(self.knobs.mute_percent) {
            true => MUTE,
            false => [0, 2][self.dice.below(2)],
        };
        let mut link = Link::new(client, shard, room);
        link.slow = slow;
        link.flavour = flavour;
        link.presents = presents;
        self.links.push(link);
        let number = self.links.len() - 1;
        self.wires[client] = Some(number);
        self.trace.line(|| {
            let speed = if slow { ", reads slowly" } else { "" };
            format!("c{client} dials s{shard} on l{number}{speed}, flavour {flavour}")
        });
        self.send_up(number, Up::Hello);
    }

    /// A client's end sends something.
    pub(super) fn send_up(&mut self, link: usize, up: Up) {
        let arrives = self.soon(self.knobs.latency);
        let entry = &mut self.links[link];
        if entry.cut {
            return;
        }
        entry.up_until = arrives.max(entry.up_until);
        entry.up.push_back(up);
        self.agenda.add(entry.up_until, Happening::Up(link));
    }

    /// A shard's end sends something.
    pub(super) fn send_down(&mut self, link: usize, down: Down) {
        let entry = &self.links[link];
        let most = if entry.slow {
            self.knobs.slow_read
        } else {
            self.knobs.latency
        };
        let arrives = self.soon(most);
        let entry = &mut self.links[link];
        if !entry.cut {
            entry.down_until = arrives.max(entry.down_until);
            entry.down.push_back(down);
            self.agenda.add(entry.down_until, Happening::Down(link));
        }
    }

    /// What a client sent reaches its shard.
    pub(super) fn arrive_up(&mut self, link: usize) {
        let entry = &mut self.links[link];
        let Some(up) = entry.up.pop_front() else {
            return;
        };
        let shard = entry.shard;
        if matches!(up, Up::Hello) {
            self.accept(link);
            return;
        }
        let Some(connection) = entry.seat else {
            return;
        };
        let now = self.now;
        if !matches!(up, Up::End) {
            self.node.member(shard).shard.seen(now, connection);
        }
        match up {
            Up::Hello | Up::Alive => {}
            Up::Say { id, command } => {
                let input = Input::Command {
                    connection,
                    id,
                    command,
                };
                self.input(shard, input);
            }
            Up::Ping => {
                let payload = Box::new([7; 4]);
                self.input(
                    shard,
                    Input::Ping {
                        connection,
                        payload,
                    },
                );
            }
            Up::Goodbye => self.input(
                shard,
                Input::CloseReceived {
                    connection,
                    cause: CloseCause::Client,
                },
            ),
            Up::End => self.lose(link, connection),
        }
    }

    /// A shard's runtime finds a connection gone.
    pub(super) fn lose(&mut self, link: usize, connection: ConnectionId) {
        let shard = self.links[link].seat.take().map(ConnectionId::shard);
        let Some(shard) = shard else {
            return;
        };
        self.trace
            .line(|| format!("s{shard} loses {connection} on l{link}"));
        self.node.member(shard).seats.remove(&connection.slot());
        let cause = CloseCause::Lost;
        self.input(shard, Input::Gone { connection, cause });
    }

    fn accept(&mut self, link: usize) {
        let entry = &self.links[link];
        let (shard, client) = (entry.shard, entry.client);
        let user = self.clients[client].user;
        let presented = entry.presents.then(|| principal(user));
        let flavour = Flavour::new(entry.flavour).unwrap_or_default();
        // A slot that was hung up on may be used again.
        self.take_outputs(shard);
        let secret = u128::from(self.dice.bits());
        let now = self.now;
        let shard_state = &mut self.node.member(shard).shard;
        match shard_state.open(now, flavour, presented, secret) {
            Ok(connection) => {
                self.trace
                    .line(|| format!("s{shard} takes l{link} in as {connection}"));
                self.links[link].seat = Some(connection);
                self.node
                    .member(shard)
                    .seats
                    .insert(connection.slot(), link);
                self.begin_turn(shard);
            }
            Err(_) => self.send_down(link, Down::End),
        }
    }

    /// A client reads what its shard sent.
    pub(super) fn arrive_down(&mut self, link: usize) -> Verdict {
        let entry = &mut self.links[link];
        let (client, shard) = (entry.client, entry.shard);
        match entry.down.pop_front() {
            None => {}
            Some(Down::End) if entry.heard_by_client => {
                self.trace
                    .line(|| format!("c{client} sees the end of l{link}"));
                self.part(client);
            }
            Some(Down::End) => {}
            Some(Down::Bytes(bytes)) => {
                entry.room += bytes.len();
                if entry.heard_by_client {
                    entry.received.extend(bytes);
                }
                if entry.blocked
                    && let Some(connection) = entry.seat
                {
                    entry.blocked = false;
                    self.node.member(shard).shard.writable(connection.slot());
                    self.begin_turn(shard);
                }
                self.read_letters(link)?;
            }
        }
        Ok(())
    }

    fn read_letters(&mut self, link: usize) -> Verdict {
        let client = self.links[link].client;
        while self.links[link].heard_by_client {
            let received = &mut self.links[link].received;
            let letter = self.plan.post.read(received).map_err(|found| Breach {
                promise: Promise::Framing,
                found: format!("c{client} on l{link}: {found}"),
            })?;
            let Some(letter) = letter else {
                break;
            };
            if !letter.is_routine() {
                self.trace
                    .line(|| format!("c{client} <- {}", words::letter(&letter)));
            }
            let verdict = self.judge.hears(client, self.now, &letter);
            verdict.map_err(seen_by(client))?;
            let deeds = self.think(client, |client, mind| client.hear(mind, &letter));
            self.do_deeds(client, deeds);
        }
        Ok(())
    }

    /// The runtime checks credentials: the secret is the user's name.
    pub(super) fn check_later(&mut self, connection: ConnectionId, id: Option<u64>, token: &str) {
        let user = token.trim_start_matches('u').parse().unwrap_or(USERS);
        let at: Moment = self.soon(Duration::from_millis(300));
        let happening = Happening::Checked {
            connection,
            id,
            user,
        };
        self.agenda.add(at, happening);
    }

    pub(super) fn checked(&mut self, connection: ConnectionId, id: Option<u64>, user: usize) {
        let result = if user < USERS {
            Ok(principal(user))
        } else {
            Err(Refusal::new(ErrorCode::Unauthorized, "nobody knows you"))
        };
        let input = Input::Authenticated {
            connection,
            id,
            result,
        };
        self.input(connection.shard(), input);
    }
}
