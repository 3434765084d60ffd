//! The connections that a request is about.

use serde::{Deserialize, Serialize};

use super::silent_nodes::SilentNodes;
use crate::{cli::Recipient, exit_code::ExitCode, failure::Failure, output};

/// Whom a request names, by one of the two.
#[derive(Serialize)]
pub(super) struct Whom {
    user: Option<String>,
    connection: Option<String>,
}

impl From<Recipient> for Whom {
    fn from(flags: Recipient) -> Self {
        Self {
            user: flags.user,
            connection: flags.connection,
        }
    }
}

/// Says how many there were, in words or as the hub did, and which hubs did not say.
pub(super) fn concerned(what: &str, answer: &str, json: bool) -> Result<ExitCode, Failure> {
    #[derive(Deserialize)]
    struct Concerned {
        connections: u64,
        #[serde(default)]
        silent_nodes: Vec<String>,
    }
    let Concerned {
        connections,
        silent_nodes,
    } = serde_json::from_str(answer).map_err(Failure::outside)?;
    let words = match connections {
        0 => "no connection is there".to_owned(),
        1 => format!("1 connection {what}"),
        _ => format!("{connections} connections {what}"),
    };
    output::say(if json { answer } else { &words });
    let mut silent = SilentNodes::default();
    silent.add(silent_nodes);
    Ok(silent.tell("it may be done there, or not"))
}
