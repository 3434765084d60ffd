//! `wirehub stay`: a hub that drains takes clients again.

use serde_json::json;

use super::{
    draining::{Draining, Node},
    server_api::ServerApi,
};
use crate::{cli::Stay, exit_code::ExitCode, failure::Failure, output};

pub(crate) fn run(flags: &Stay) -> Result<ExitCode, Failure> {
    let node = Node::meant(flags.node.as_deref(), &flags.server)?;
    ServerApi::find(&node.server)?.run(async |server| {
        let text = node.ask(server, "/api/stay", json!({})).await?;
        match flags.json {
            true => output::say(text.trim()),
            false => output::say(&Draining::read(&text)?.line()),
        }
        Ok(ExitCode::Fine)
    })
}
