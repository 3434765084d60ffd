//! What the server says.

use serde_json::{Value, json};

use super::{
    Cause, Core, Ending, Failure, Heartbeat, How, Link, Object, Output, Progress, Purpose, Refusal,
    Refused, ServerMessage, Stage, Standing, State, Welcome,
    connecting::{PREFER, STABLE},
    message::text,
};

/// How often `/ping` of the preferred endpoint is asked while another one is in use, in
/// milliseconds.
const PRIMARY: f64 = 15_000.0;

/// Within which another token is asked for, when the server had no time to look at the last one, in
/// milliseconds.
const RENEW: f64 = 10_000.0;

/// Milliseconds in a second, in which the server counts.
const SECOND: f64 = 1_000.0;

impl Core {
    /// A message came on a connection.
    pub(crate) fn hear(&mut self, now: f64, link: u64, message: Value) {
        if let Some(heartbeat) = self
            .links
            .get_mut(&link)
            .and_then(|on| on.heartbeat.as_mut())
        {
            heartbeat.heard(now);
        }
        let is_main = self.main == Some(link);
        match ServerMessage::read(message) {
            Err(error) => self.garbage(now, link, error),
            Ok(ServerMessage::Welcome(welcome)) => self.welcome(now, link, welcome),
            Ok(ServerMessage::Ok { id, fields }) => self.answered(now, link, id, fields),
            Ok(ServerMessage::Error(error)) => self.refused(now, link, error),
            Ok(ServerMessage::Message(message)) => {
                if !message.contains_key("topic") {
                    self.direct(link, message);
                } else if is_main {
                    self.publication(link, message);
                }
            }
            Ok(ServerMessage::Spread { within }) => self.backoff.told(Some(within)),
            Ok(message) => {
                if is_main {
                    self.told(now, link, message);
                }
            }
        }
    }

    fn welcome(&mut self, now: f64, link: u64, welcome: Welcome) {
        let Some(on) = self.links.get_mut(&link) else {
            return;
        };
        if on.stage != Stage::Authenticating {
            self.garbage(now, link, "a second welcome".to_owned());
            return;
        }
        let silence = self.options.heartbeat_interval;
        let silence = silence.or(self.options.article.then_some(5_000.0));
        let interval = silence.unwrap_or(welcome.interval * SECOND);
        on.heartbeat = Some(Heartbeat::new(now, interval, welcome.timeout * SECOND));
        on.session = welcome.session;
        self.backoff.told(welcome.spread);
        on.take(1);
        let (resumes, transport) = (on.resumes, on.transport);
        if resumes {
            on.stage = Stage::Resuming;
            on.expect_first(Purpose::Resume);
        }
        let random = &mut self.random;
        self.credentials.accepted(now, welcome.expires_in, random);
        if self.transports.works(transport) {
            self.say(Output::Remember { transport });
        }
        if resumes {
            self.tell(State::Resuming, self.cause);
        } else if self.main.is_some() {
            self.await_old(now, link);
            self.move_over(now);
        } else {
            self.resume(now, link);
        }
    }

    fn take(&mut self, link: u64, id: u64) -> Option<Purpose> {
        self.links.get_mut(&link)?.take(id)
    }

    fn answered(&mut self, now: f64, link: u64, id: u64, mut fields: Object) {
        match self.take(link, id) {
            Some(Purpose::Resume) => {
                let resumed = fields.get("resumed") == Some(&Value::Bool(true));
                let lost = fields.get("lost").and_then(Value::as_u64);
                self.live(now, link, resumed, lost.unwrap_or(0));
            }
            Some(Purpose::Refresh) => {
                let expires_in = fields.get("expires_in").and_then(Value::as_f64);
                let random = &mut self.random;
                self.credentials.accepted(now, expires_in, random);
            }
            Some(Purpose::Subscribe { topic, number }) => {
                if self.subscriptions.is_wanted(&topic, number) {
                    self.stands(&topic, Standing::read(fields));
                }
            }
            Some(Purpose::Request { ticket }) => {
                if self.requests.take(ticket) {
                    fields.remove("type");
                    fields.remove("id");
                    self.answer(ticket, Ok(fields));
                }
                self.move_over(now);
            }
            Some(Purpose::Connect | Purpose::Ignore) | None => {}
        }
    }

    fn refused(&mut self, now: f64, link: u64, error: Refusal) {
        let purpose = error.id.and_then(|id| self.take(link, id));
        let Refusal {
            code,
            message,
            retry,
            ..
        } = error;
        match purpose {
            Some(Purpose::Connect) => {
                if let Some(on) = self.links.get_mut(&link) {
                    on.refused = Some(Refused { code, message });
                }
            }
            Some(Purpose::Resume) if retry => {
                // A server that cannot tell yet may still keep the session.
                self.give_up(
                    now,
                    link,
                    Ending::new(How::Again, Cause::ServerError, message),
                );
            }
            Some(Purpose::Resume) => self.live(now, link, false, 0),
            Some(Purpose::Subscribe { topic, number }) => {
                if self.subscriptions.is_wanted(&topic, number) {
                    self.not_subscribed(now, &topic, &code, &message, retry);
                }
            }
            Some(Purpose::Request { ticket }) => {
                if self.requests.take(ticket) {
                    let failure = Failure {
                        code,
                        message,
                        retry,
                    };
                    self.answer(ticket, Err(failure));
                }
                self.move_over(now);
            }
            Some(Purpose::Ignore) => {}
            purpose @ (Some(Purpose::Refresh) | None) => {
                if purpose.is_some() && retry {
                    self.credentials.renew_at = Some(now + self.random.within(RENEW));
                }
                self.event(json!({ "type": "error", "code": code, "message": message }));
            }
        }
    }

    fn not_subscribed(&mut self, now: f64, topic: &str, code: &str, message: &str, retry: bool) {
        let Some(wanted) = self.subscriptions.get_mut(topic) else {
            return;
        };
        if code == "already_subscribed" {
            wanted.progress = Progress::Live;
        } else if retry {
            let random = &mut self.random;
            self.subscriptions.later(now, topic, random);
        } else {
            self.subscriptions.remove(topic);
            self.positions.forget(topic);
            self.event(json!({
                "type": "unsubscribed", "topic": topic, "reason": code, "message": message,
            }));
        }
    }

    /// The connection is the live one from here on. `lost` counts direct messages.
    pub(crate) fn live(&mut self, now: f64, link: u64, resumed: bool, lost: u64) {
        let Some(on) = self.links.get_mut(&link) else {
            return;
        };
        on.stage = Stage::Live;
        on.deadline = None;
        on.live_since = Some(now);
        let endpoint = on.endpoint;
        let aside = std::mem::take(&mut on.aside);
        self.positions.session.clone_from(&on.session);
        let old = self.main.replace(link).filter(|old| *old != link);
        self.next = None;
        self.nonsense = 0;
        self.failed_pings = 0;
        self.good_pings = 0;
        self.must_move = false;
        self.move_backoff.reset();
        if !resumed {
            self.positions.received = aside.len() as u64;
        }
        if let Some(old) = old.and_then(|old| self.links.get_mut(&old)) {
            let (old, aside) = (old.number, old.take_only_here());
            self.replace(old, aside, resumed);
        }
        let state = if endpoint == 0 {
            State::Live
        } else {
            State::Standby
        };
        self.tell(state, self.cause);
        // What came before the answer comes again when the session goes on.
        let held_back = std::mem::take(&mut self.held_back);
        if !resumed {
            held_back
                .into_iter()
                .for_each(|message| self.event(message));
            aside.into_iter().for_each(|message| self.event(message));
        }
        if lost > 0 {
            self.alert("lost", &format!("{lost} direct messages are lost"));
        }
        self.schedule(now, endpoint);
        let ended = self.subscriptions.take_ended();
        for topic in ended.iter().filter(|_| resumed) {
            self.end(link, topic);
        }
        for topic in self.subscriptions.take_wanted(resumed) {
            self.ask_for(link, &topic);
        }
        self.flush(link);
    }

    /// The old connection has done its part.
    fn replace(&mut self, old: u64, aside: Vec<Value>, resumed: bool) {
        if !resumed {
            aside.into_iter().for_each(|message| self.event(message));
        }
        if let Some(old) = self.drop(old, 1000, "") {
            self.lost_requests(&old);
        }
    }

    fn schedule(&mut self, now: f64, endpoint: usize) {
        self.timers = super::Timers::default();
        if self.transports.is_fallback() {
            self.timers.prefer = Some(now + PREFER);
        }
        self.timers.ping = self.options.ping_interval.map(|span| now + span);
        if endpoint != 0 {
            self.timers.primary = Some(self.next_primary(now));
        }
    }

    /// When `/ping` of the preferred endpoint is asked the next time.
    pub(crate) fn next_primary(&mut self, now: f64) -> f64 {
        now + PRIMARY * (0.8 + 0.4 * self.random.draw())
    }

    fn stands(&mut self, topic: &str, standing: Standing) {
        let Some(subscription) = self.subscriptions.get_mut(topic) else {
            return;
        };
        subscription.progress = Progress::Live;
        subscription.refusals = 0;
        let is_gap = self.positions.stands(topic, &standing);
        let mut event = standing.fields;
        let reason = event.get("reason").cloned();
        event.insert("type".to_owned(), "subscribed".into());
        event.insert("topic".to_owned(), topic.into());
        self.event(event.into());
        if is_gap {
            let mut gap = json!({ "type": "gap", "topic": topic });
            if let (Some(fields), Some(reason)) = (gap.as_object_mut(), reason) {
                fields.insert("reason".to_owned(), reason);
            }
            self.event(gap);
        }
    }

    fn direct(&mut self, link: u64, message: Object) {
        let is_main = self.main == Some(link);
        if text(&message, "to") == Some("everyone") {
            if is_main {
                self.event(message.into());
            }
            return;
        }
        let moves = self.next_stage() == Some(Stage::Resuming);
        if !is_main || moves {
            let on: Option<&mut Link> = self.links.get_mut(&link);
            if let Some(on) = on {
                on.aside.push(message.into());
            }
            return;
        }
        self.positions.received += 1;
        self.event(message.into());
    }

    fn publication(&mut self, link: u64, message: Object) {
        let Some(topic) = text(&message, "topic") else {
            return;
        };
        let offset = message.get("offset").and_then(Value::as_u64);
        let retained = message.get("retained") == Some(&Value::Bool(true));
        if let Some(offset) = offset.filter(|_| !retained)
            && !self.positions.advance(topic, offset)
        {
            return;
        }
        let subscription = self.subscriptions.get(topic);
        let ack = offset
            .filter(|_| subscription.is_some_and(super::Subscription::acks))
            .map(|offset| {
                Object::from_iter([
                    ("type".to_owned(), "ack".into()),
                    ("topic".to_owned(), topic.into()),
                    ("offset".to_owned(), offset.into()),
                ])
            });
        self.event(message.into());
        if let Some(ack) = ack {
            self.send(link, ack);
        }
    }

    fn told(&mut self, now: f64, link: u64, message: ServerMessage) {
        match message {
            ServerMessage::Messages { topic, messages } => {
                for one in messages {
                    let Value::Object(mut one) = one else {
                        continue;
                    };
                    one.insert("type".to_owned(), "message".into());
                    one.entry("topic").or_insert_with(|| topic.clone());
                    self.publication(link, one);
                }
            }
            ServerMessage::Subscribed { topic, standing } => {
                if self.subscriptions.get(&topic).is_none() {
                    self.subscriptions.add(&topic, Object::new(), true);
                }
                self.stands(&topic, standing);
            }
            ServerMessage::Unsubscribed { topic, event } => {
                self.subscriptions.remove(&topic);
                self.positions.forget(&topic);
                self.event(event.into());
            }
            ServerMessage::Presence(event) => self.event(event.into()),
            ServerMessage::Reconnect { within } => {
                self.must_move = true;
                let at = now + self.random.draw() * within * SECOND;
                self.timers.moving = Some(at + self.haste(now));
            }
            _ => {}
        }
    }

    /// The delay of a session that is sent on before it settled: the first time none, then growing
    /// ones. Milliseconds.
    fn haste(&mut self, now: f64) -> f64 {
        let main = self.main.and_then(|main| self.links.get(&main));
        let since = main.and_then(|main| main.live_since).unwrap_or(now);
        let is_stable = now - since >= self.options.stable_after.unwrap_or(STABLE);
        let random = &mut self.random;
        let delay = if self.hasty && !is_stable {
            self.backoff.next(random, false).unwrap_or(30_000.0)
        } else {
            0.0
        };
        self.hasty = true;
        delay
    }
}
