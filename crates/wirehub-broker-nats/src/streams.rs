//! The streams that everything is kept in.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{ConnectError, failure::Failure, server::Server};

/// A stream as it has to be.
struct Wanted {
    name: String,
    subjects: Vec<String>,
    republish: (String, String),
    per_subject: i64,
    storage: &'static str,
}

/// What a stream is set up like.
#[derive(Debug, Deserialize)]
#[serde(default)]
struct Config {
    subjects: Vec<String>,
    max_msgs: i64,
    max_bytes: i64,
    max_age: i64,
    max_msgs_per_subject: i64,
    retention: String,
    allow_direct: bool,
    allow_atomic: bool,
    allow_msg_ttl: bool,
    allow_rollup_hdrs: bool,
    sealed: bool,
    deny_purge: bool,
    deny_delete: bool,
    republish: Option<Republish>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Republish {
    src: String,
    dest: String,
    headers_only: bool,
}

#[derive(Deserialize)]
struct Info {
    config: Config,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            subjects: Vec::new(),
            max_msgs: -1,
            max_bytes: -1,
            max_age: 0,
            max_msgs_per_subject: -1,
            retention: "limits".to_owned(),
            allow_direct: false,
            allow_atomic: false,
            allow_msg_ttl: false,
            allow_rollup_hdrs: false,
            sealed: false,
            deny_purge: false,
            deny_delete: false,
            republish: None,
        }
    }
}

/// Makes the streams that are not there, and looks at those that are.
pub(crate) async fn prepare(server: &Server) -> Result<(), ConnectError> {
    // This says why there is no connection, when there is none.
    drop(server.connector.open().await?);
    let (subjects, republish) = server.subjects.topics();
    let topics = Wanted {
        name: server.subjects.topics_stream(),
        subjects: subjects.into(),
        republish,
        per_subject: -1,
        storage: "file",
    };
    let (subjects, republish) = server.subjects.crowds();
    let crowds = Wanted {
        name: server.subjects.crowds_stream(),
        subjects: subjects.into(),
        republish,
        per_subject: 1,
        // A batch in a file takes a server a hundred times as long, and what lasts as long as a
        // lease need not outlive it.
        storage: "memory",
    };
    for wanted in [topics, crowds] {
        wanted.prepare(server).await?;
    }
    let learned = server.nodes.learn_time().await;
    let learned = learned.map_err(|error| ConnectError::Unreachable(error.to_string()));
    learned.map(|_| ())
}

impl Wanted {
    async fn prepare(&self, server: &Server) -> Result<(), ConnectError> {
        let mut found = self.call(server, "STREAM.INFO", &json!({})).await?;
        if found.is_none() {
            let config = self.config(server);
            found = self.call(server, "STREAM.CREATE", &config).await?;
        }
        if found.is_none() {
            // Another hub has made it meanwhile.
            found = self.call(server, "STREAM.INFO", &json!({})).await?;
        }
        let Some(info) = found else {
            let reason = "it is not there".to_owned();
            return Err(ConnectError::Stream(self.name.clone(), reason));
        };
        match self.difference(&info.config) {
            None => Ok(()),
            Some(what) => Err(ConnectError::OtherStream(self.name.clone(), what)),
        }
    }

    async fn call(
        &self,
        server: &Server,
        verb: &str,
        ask: &Value,
    ) -> Result<Option<Info>, ConnectError> {
        /// There is no such stream, or there is one already.
        const OTHERWISE: [u64; 2] = [10_059, 10_058];
        let refused = |reason| ConnectError::Stream(self.name.clone(), reason);
        match server.js.call::<Info>(verb, &self.name, ask).await {
            Ok(Ok(info)) => Ok(Some(info)),
            Ok(Err(error)) if OTHERWISE.contains(&error.err_code) => Ok(None),
            Ok(Err(error)) => match error.into() {
                Failure::Nobody => Err(ConnectError::NoJetStream("the API says so".to_owned())),
                Failure::Refused(reason) => Err(refused(reason)),
                other => Err(refused(format!("{other:?}"))),
            },
            Err(Failure::Nobody) => Err(ConnectError::NoJetStream(
                "nobody answers its API".to_owned(),
            )),
            Err(Failure::Away(reason) | Failure::Cut(reason)) => {
                Err(ConnectError::Unreachable(reason))
            }
            Err(Failure::Refused(reason)) => Err(ConnectError::Refused(reason)),
            Err(Failure::Busy | Failure::Stopped) => Err(refused("too much is asked".to_owned())),
        }
    }

    fn config(&self, server: &Server) -> Value {
        let (source, destination) = &self.republish;
        // A stream that is made anew goes on behind the former one, so that no number is given
        // twice.
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let first = u64::try_from(now.as_micros()).unwrap_or_default();
        json!({
            "name": self.name,
            "description": "kept by Wirehub; do not write to it",
            "subjects": self.subjects,
            "retention": "limits",
            "storage": self.storage,
            "num_replicas": server.settings.replicas,
            "max_msgs_per_subject": self.per_subject,
            "discard": "old",
            "first_seq": first,
            "allow_direct": true,
            "allow_atomic": true,
            "allow_msg_ttl": true,
            "allow_rollup_hdrs": true,
            "republish": { "src": source, "dest": destination },
        })
    }

    /// What is not as it has to be, so that nothing is lost or said to nobody.
    fn difference(&self, found: &Config) -> Option<&'static str> {
        let republish = found.republish.as_ref().map(|one| (&one.src, &one.dest));
        let subjects = |subjects: &[String]| {
            let mut subjects = subjects.to_vec();
            subjects.sort();
            subjects
        };
        let checks = [
            (
                subjects(&found.subjects) == subjects(&self.subjects),
                "its subjects",
            ),
            (
                republish == Some((&self.republish.0, &self.republish.1))
                    && !found.republish.as_ref().is_some_and(|one| one.headers_only),
                "its republishing",
            ),
            (found.retention == "limits", "its retention"),
            (found.max_msgs < 0 && found.max_age == 0, "its limits"),
            (
                found.max_msgs_per_subject == self.per_subject,
                "its messages per subject",
            ),
            (found.allow_direct && found.allow_atomic, "what it allows"),
            (
                found.allow_msg_ttl && found.allow_rollup_hdrs,
                "what it allows",
            ),
            (
                !found.sealed && !found.deny_purge && !found.deny_delete,
                "what it denies",
            ),
        ];
        let wrong = checks.iter().find(|(is_fine, _)| !is_fine);
        wrong.map(|(_, what)| *what)
    }
}
