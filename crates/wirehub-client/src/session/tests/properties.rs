//! Whatever happens, a session is bounded and says what it may say.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any},
    prop_assert, prop_assert_eq, prop_oneof, proptest,
    sample::select,
    test_runner::{Config, TestCaseError},
};
use serde_json::{Value, json};

use crate::session::{Input, Object, Output, Session, SessionOptions, State};

type Checked = Result<(), TestCaseError>;

/// Codes after which a client comes back.
const AGAIN: [u16; 9] = [1001, 1006, 1011, 1012, 1013, 4402, 4408, 4413, 4429];

/// Something that happens after a while, in milliseconds, to one of the links that are open; where
/// it is nothing in particular, the server does what it should.
type Step = (u32, usize, Option<Input>);

fn topic() -> impl Strategy<Value = String> {
    select(vec!["a", "b", "c/+"]).prop_map(ToOwned::to_owned)
}

fn welcome(session: u64) -> Value {
    json!({
        "type": "welcome", "id": 1, "connection": "c", "session": format!("s{session}"),
        "heartbeat": { "interval": 25, "timeout": 7.5 },
    })
}

fn message() -> impl Strategy<Value = Value> {
    let codes = select(vec!["unauthorized", "not_resumable", "rate_limited"]);
    prop_oneof![
        (0..8_u64).prop_map(welcome),
        (0..8_u64, any::<bool>())
            .prop_map(|(id, resumed)| json!({ "type": "ok", "id": id, "resumed": resumed })),
        (0..8_u64, any::<bool>()).prop_map(|(id, recovered)| {
            json!({ "type": "ok", "id": id, "epoch": "e", "offset": id, "recovered": recovered })
        }),
        (0..8_u64, codes, any::<bool>()).prop_map(|(id, code, retry)| {
            json!({ "type": "error", "id": id, "code": code, "message": "no", "retry": retry })
        }),
        (topic(), 0..8_u64).prop_map(
            |(topic, offset)| json!({ "type": "message", "topic": topic, "offset": offset })
        ),
        (topic(), 0..8_u64).prop_map(|(topic, offset)| {
            json!({ "type": "messages", "topic": topic, "messages": [{ "offset": offset }, 1] })
        }),
        (topic(), 0..8_u64).prop_map(|(topic, offset)| {
            json!({ "type": "subscribed", "topic": topic, "epoch": "e", "offset": offset })
        }),
        topic().prop_map(|topic| json!({ "type": "unsubscribed", "topic": topic, "reason": "no" })),
        (0..8_u64)
            .prop_map(|within| json!({ "type": "reconnect", "reason": "drain", "within": within })),
        Just(json!({ "type": "message", "to": "user", "data": 1 })),
        Just(json!({ "type": "pong" })),
        Just(json!({ "type": "welcome" })),
        Just(json!({ "type": "ok", "id": "one" })),
        Just(Value::Null),
    ]
}

/// What comes from the application, the network and the token provider.
fn outside() -> impl Strategy<Value = Input> {
    let statuses = select(vec![Some(200), Some(200), Some(503), None, Some(404)]);
    let kinds = select(vec!["publish", "call"]);
    prop_oneof![
        Just(Input::Start),
        any::<bool>().prop_map(|value| Input::Online { value }),
        any::<bool>().prop_map(|value| Input::Visible { value }),
        Just(Input::Token {
            token: Some("t".to_owned())
        }),
        Just(Input::TokenError {
            error: "no".to_owned()
        }),
        (0..2_usize, statuses).prop_map(|(endpoint, status)| Input::Pinged { endpoint, status }),
        (0..50_u64, kinds).prop_map(|(ticket, kind)| Input::Request {
            ticket,
            request: Object::from_iter([("type".to_owned(), kind.into())]),
            timeout: None,
        }),
        (0..50_u64).prop_map(|ticket| Input::Cancel { ticket }),
        topic().prop_map(|topic| Input::Subscribe {
            topic,
            options: Object::new()
        }),
        topic().prop_map(|topic| Input::Unsubscribe { topic }),
    ]
}

fn closed(code: u16, status: Option<u16>) -> Input {
    Input::Closed {
        link: 0,
        code,
        reason: String::new(),
        status,
        retry_after: None,
    }
}

/// What comes from a link, whose number is put in later.
fn transport() -> impl Strategy<Value = Input> {
    let again = select(AGAIN.to_vec());
    let final_ones = select(vec![1000, 4401, 4409, 4410]);
    let statuses = select(vec![401, 404, 429, 503]);
    prop_oneof![
        4 => Just(Input::Opened { link: 0 }),
        1 => Just(Input::Activity { link: 0 }),
        2 => again.prop_map(|code| closed(code, None)),
        1 => final_ones.prop_map(|code| closed(code, None)),
        1 => statuses.prop_map(|status| closed(1006, Some(status))),
        1 => Just(Input::Garbage { link: 0, error: "no".to_owned() }),
        8 => message().prop_map(|message| Input::Message { link: 0, message }),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let input = prop_oneof![
        2 => outside().prop_map(Some),
        3 => transport().prop_map(Some),
        6 => Just(None),
    ];
    vec((0..3_000_u32, any::<usize>(), input), 1..200)
}

/// Puts the number of a link into what comes from one.
fn on_link(input: Input, number: u64) -> Input {
    match input {
        Input::Opened { .. } => Input::Opened { link: number },
        Input::Activity { .. } => Input::Activity { link: number },
        Input::Message { message, .. } => Input::Message {
            link: number,
            message,
        },
        Input::Garbage { error, .. } => Input::Garbage {
            link: number,
            error,
        },
        Input::Closed {
            code,
            reason,
            status,
            retry_after,
            ..
        } => Input::Closed {
            link: number,
            code,
            reason,
            status,
            retry_after,
        },
        other => other,
    }
}

/// What a server that does what it should knows of a link.
#[derive(Default)]
struct Served {
    opened: bool,
    welcomed: bool,
    asked: VecDeque<u64>,
}

impl Served {
    fn next(&mut self) -> Option<Input> {
        let link = 0;
        if !std::mem::replace(&mut self.opened, true) {
            return Some(Input::Opened { link });
        }
        let Some(id) = self.asked.front().copied() else {
            // With nothing else to do, it sends the client elsewhere.
            let message = json!({ "type": "reconnect", "reason": "drain", "within": 4 });
            return Some(Input::Message { link, message });
        };
        let message = if !std::mem::replace(&mut self.welcomed, true) {
            welcome(id)
        } else {
            self.asked.pop_front();
            json!({ "type": "ok", "id": id, "resumed": true, "epoch": "e", "offset": 1 })
        };
        Some(Input::Message { link, message })
    }
}

/// A session, and what may be expected of it.
struct Watched {
    session: Session,
    open: BTreeMap<u64, Served>,
    tickets: BTreeSet<u64>,
    state: State,
    now: f64,
}

impl Watched {
    fn new(provider: bool, random: Vec<f64>) -> Self {
        let options = SessionOptions {
            endpoints: Some(2),
            transports: Some(3),
            idempotency: Some("k".to_owned()),
            ping_interval: Some(10_000.0),
            provider,
            token: (!provider).then(|| "t".to_owned()),
            ..SessionOptions::default()
        };
        let mut random = random.into_iter().cycle();
        Self {
            session: Session::new(options, move || random.next().unwrap_or(0.5)),
            open: BTreeMap::new(),
            tickets: BTreeSet::new(),
            state: State::Idle,
            now: 0.0,
        }
    }

    /// Time passes, and then something happens; timers that are due come first.
    fn step(&mut self, (gap, link, input): Step) -> Checked {
        self.now += f64::from(gap);
        if self
            .session
            .poll_timeout()
            .is_some_and(|due| due <= self.now)
        {
            self.session.handle_timeout(self.now);
            self.outputs()?;
        }
        // Now and then of one that there is not.
        let link = self.open.keys().nth(link % 3).copied().unwrap_or(999);
        let served = self.open.get_mut(&link);
        match input.or_else(|| served?.next()) {
            Some(input) => self.input(on_link(input, link)),
            None => Ok(()),
        }
    }

    fn input(&mut self, input: Input) -> Checked {
        match &input {
            Input::Closed { link, .. } => {
                self.open.remove(link);
            }
            Input::Request { ticket, .. } => {
                self.tickets.insert(*ticket);
            }
            _ => {}
        }
        let starts = matches!(input, Input::Start);
        let was_stopped = self.state == State::Stopped;
        self.session.handle_input(self.now, input);
        self.outputs()?;
        if was_stopped && !starts {
            prop_assert_eq!(self.state, State::Stopped);
            prop_assert_eq!(self.session.poll_timeout(), None);
        }
        Ok(())
    }

    fn outputs(&mut self) -> Checked {
        while let Some(output) = self.session.poll_output() {
            self.output(output)?;
        }
        if matches!(self.state, State::Stopped | State::AuthFailed) {
            prop_assert!(self.open.is_empty());
            prop_assert!(self.tickets.is_empty());
        }
        Ok(())
    }

    fn output(&mut self, output: Output) -> Checked {
        match output {
            Output::Open { link, .. } => {
                let before = self.open.insert(link, Served::default());
                prop_assert!(before.is_none(), "link {} twice", link);
                prop_assert!(self.open.len() <= 2);
            }
            Output::Close { link, .. } => prop_assert!(self.open.remove(&link).is_some()),
            Output::Send { link, message } => {
                let served = self.open.get_mut(&link);
                prop_assert!(served.is_some(), "{:?} on {}", message, link);
                let id = message.get("id").and_then(Value::as_u64);
                served
                    .into_iter()
                    .for_each(|served| served.asked.extend(id));
            }
            Output::Answer { ticket, .. } => {
                self.tickets.remove(&ticket);
            }
            Output::State(change) => self.state = change.state,
            Output::Token { .. }
            | Output::Ping { .. }
            | Output::Event(_)
            | Output::Remember { .. } => {}
        }
        Ok(())
    }
}

/// How a server treats a connection that opens.
#[derive(Clone, Debug)]
struct Treatment {
    opens: bool,
    welcomes: bool,
    sends_on: bool,
    code: u16,
    ping: Option<u16>,
}

fn treatment() -> impl Strategy<Value = Treatment> {
    let code = select(AGAIN.to_vec());
    let ping = select(vec![Some(200), Some(500), None]);
    let answers = (any::<bool>(), any::<bool>(), any::<bool>());
    (answers, code, ping).prop_map(|((opens, welcomes, sends_on), code, ping)| Treatment {
        opens,
        welcomes,
        sends_on,
        code,
        ping,
    })
}

/// Runs a session by its own timers against servers that end every connection; says when it opened
/// connections, in milliseconds.
fn driven(provider: bool, random: Vec<f64>, treatments: Vec<Treatment>, until: f64) -> Vec<f64> {
    let mut watched = Watched::new(provider, random);
    let session = &mut watched.session;
    let mut treatments = treatments.into_iter().cycle();
    let mut opens = Vec::new();
    let mut now = 0.0;
    session.handle_input(now, Input::Start);
    while now < until && opens.len() < 10_000 {
        while let Some(output) = session.poll_output() {
            match output {
                Output::Token { .. } => {
                    let token = Some("t".to_owned());
                    session.handle_input(now, Input::Token { token });
                }
                Output::Ping { endpoint } => {
                    let status = treatments.next().and_then(|it| it.ping);
                    session.handle_input(now, Input::Pinged { endpoint, status });
                }
                Output::Open { link, .. } => {
                    opens.push(now);
                    let treatment = treatments.next();
                    for input in treatment.iter().flat_map(treated) {
                        session.handle_input(now, on_link(input, link));
                    }
                }
                _ => {}
            }
        }
        let Some(due) = session.poll_timeout() else {
            break;
        };
        assert!(due >= now, "woken for the past");
        now = due;
        session.handle_timeout(now);
    }
    opens
}

fn treated(treatment: &Treatment) -> Vec<Input> {
    let hears = |message| Input::Message { link: 0, message };
    let mut inputs = Vec::new();
    if treatment.opens {
        inputs.push(Input::Opened { link: 0 });
        if treatment.welcomes {
            inputs.push(hears(welcome(1)));
            // The answer to `resume`, which may have been asked in `connect`.
            inputs.push(hears(json!({ "type": "ok", "id": 1, "resumed": true })));
        }
        if treatment.sends_on {
            inputs.push(hears(json!({ "type": "reconnect", "reason": "drain" })));
        }
    }
    inputs.push(closed(treatment.code, None));
    inputs
}

fn chances() -> impl Strategy<Value = Vec<f64>> {
    vec(0.0..1.0_f64, 31)
}

proptest! {
    #![proptest_config(Config::with_cases(128))]

    #[test]
    fn it_is_bounded_whatever_happens(
        provider: bool,
        random in chances(),
        steps in steps(),
        after in steps(),
    ) {
        let mut watched = Watched::new(provider, random);
        watched.input(Input::Start)?;
        for step in steps {
            watched.step(step)?;
        }
        watched.input(Input::Stop)?;
        prop_assert_eq!(watched.state, State::Stopped);
        for step in after {
            if !matches!(step.2, Some(Input::Start)) {
                watched.step(step)?;
                prop_assert_eq!(watched.state, State::Stopped);
            }
        }
    }

    /// Delays of up to half a minute: a few quick attempts, then about four a minute.
    #[test]
    fn it_never_loops_however_its_connections_end(
        provider: bool,
        random in chances(),
        treatments in vec(treatment(), 1..40),
    ) {
        // Numbers that are too small on the whole are no chance: they would never wait.
        let mean = random.iter().sum::<f64>() / 31.0;
        proptest::prop_assume!(mean > 0.4);
        let opens = driven(provider, random, treatments, 600_000.0);
        prop_assert!(opens.len() < 80, "{} in ten minutes", opens.len());
        let quick = opens.iter().filter(|at| **at < 5_000.0).count();
        prop_assert!(quick < 20, "{} in five seconds", quick);
    }
}
