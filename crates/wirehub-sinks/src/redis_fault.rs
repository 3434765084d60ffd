//! What to do when a Redis server does not take something.

use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::{RedisSinkSettings, RedisTarget};

/// The error of the first command that failed, where several went together.
pub(crate) fn of_the_first(error: RedisError) -> RedisError {
    let answers = error.clone().into_server_errors();
    let first = answers.and_then(|answers| answers.first().map(|(_, error)| error.clone()));
    first.map_or(error, RedisError::from)
}

/// What went wrong, in a sentence that says what to do.
pub(crate) fn advice(error: &RedisError, settings: &RedisSinkSettings) -> String {
    let what = match (error.kind(), error.code()) {
        (ErrorKind::AuthenticationFailed, _) | (_, Some("NOAUTH" | "WRONGPASS")) => {
            "correct the user and the password in `url`".to_owned()
        }
        (ErrorKind::Server(ServerErrorKind::NoPerm), _) => {
            format!("allow the user of `url` to write to {}", place(settings))
        }
        (ErrorKind::Server(ServerErrorKind::Moved | ServerErrorKind::Ask), _) => {
            "the server is one of a cluster: name the node that has the stream in `url`".to_owned()
        }
        (ErrorKind::Server(ServerErrorKind::ReadOnly), _) => {
            "the server is a replica: name the master in `url`".to_owned()
        }
        (_, Some("WRONGTYPE")) => {
            format!("{} is something else there: name another", place(settings))
        }
        (_, Some("OOM")) => "the server's memory is full: give it more, or keep less".to_owned(),
        (ErrorKind::Io, _) if settings.trusted.is_some() => {
            "start the server, or correct `url` and `ca`".to_owned()
        }
        (ErrorKind::Io, _) => "start the server, or correct `url`".to_owned(),
        _ => return format!("the Redis server does not take it: {error}"),
    };
    format!("the Redis server does not take it ({error}); {what}")
}

fn place(settings: &RedisSinkSettings) -> String {
    match &settings.target {
        RedisTarget::Channel(channel) => format!("the channel {channel:?}"),
        RedisTarget::Stream { key, .. } => format!("the stream {key:?}"),
    }
}
