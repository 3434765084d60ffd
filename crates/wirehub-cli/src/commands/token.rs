//! `wirehub token`: tokens for a try, and what a token says.

use std::{
    io::{self, Read},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use wirehub::auth::{self, Authenticator, Inspection, Now, SigningKey, TokenDraft, Verdict};
use wirehub_model::{Moment, Operation, Secret, TopicFilter, UserId};

use crate::{
    cli::{ConfigFile, Token, TokenAction, TokenFlags},
    exit_code::ExitCode,
    failure::Failure,
    layers::Sources,
    output,
    settings::Settings,
};

/// Longer input than this is no token.
const INPUT_MAX: u64 = 1024 * 1024;

pub(crate) fn run(flags: Token) -> Result<ExitCode, Failure> {
    match flags.action {
        Some(TokenAction::Inspect { token, config }) => inspect(token, &config),
        None => make(&flags.draft),
    }
}

/// The time since 1970.
pub(crate) fn unix_time() -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default()
}

fn read_settings(config: &ConfigFile) -> Result<Settings, Failure> {
    let layers = Sources::here(config.file.clone(), Vec::new()).read()?;
    Ok(Settings::new(&layers)?)
}

fn make(flags: &TokenFlags) -> Result<ExitCode, Failure> {
    let settings = read_settings(&flags.config)?;
    let auth = &settings.hub.door.auth;
    let secret = auth.hmac_secrets.first().ok_or_else(|| {
        Failure::usage(
            "no secret to sign with; set `auth.hmac_secret` in the settings file, or \
             WIREHUB_AUTH__HMAC_SECRET, to what the hub has. A hub that runs with development \
             secrets prints a token when it starts",
        )
    })?;
    let user = flags.user.as_deref().unwrap_or_default();
    let user = UserId::parse(user).map_err(|error| wrong("--user", user, &error))?;
    let mut draft = TokenDraft::for_user(&user).expires_in(flags.ttl.0);
    let subscribe = filters("--subscribe", &flags.subscribe, &[])?;
    let lists = [
        (Operation::Subscribe, subscribe.clone()),
        (
            Operation::Publish,
            filters("--publish", &flags.publish, &[])?,
        ),
        (
            Operation::Presence,
            filters("--presence", &flags.presence, &subscribe)?,
        ),
        (
            Operation::History,
            filters("--history", &flags.history, &subscribe)?,
        ),
    ];
    for (operation, filters) in &lists {
        for filter in filters {
            draft = draft.allow(*operation, filter);
        }
    }
    for filter in filters("--auto-subscribe", &flags.auto_subscribe, &subscribe)? {
        draft = draft.auto_subscribe(&filter);
    }
    if let Some(audience) = auth.audience.first() {
        draft = draft.audience(audience);
    }
    if let Some(issuer) = auth.issuer.first() {
        draft = draft.issuer(issuer);
    }
    let key = SigningKey::from_secret(&secret.secret).map_err(Failure::usage)?;
    let key = match &secret.kid {
        Some(kid) => key.with_kid(kid.clone()),
        None => key,
    };
    let token = draft.sign(&key, unix_time()).map_err(Failure::outside)?;
    output::say(token.expose());
    Ok(ExitCode::Fine)
}

/// The filters of a flag; the flag without a value stands for `fallback`.
fn filters(
    flag: &str,
    texts: &[String],
    fallback: &[TopicFilter],
) -> Result<Vec<TopicFilter>, Failure> {
    let mut filters = Vec::new();
    for text in texts {
        if text.is_empty() && !fallback.is_empty() {
            filters.extend_from_slice(fallback);
            continue;
        }
        let filter = TopicFilter::parse(text).map_err(|error| wrong(flag, text, &error))?;
        filters.push(filter);
    }
    Ok(filters)
}

fn wrong(flag: &str, text: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::usage(format!("{flag} {text:?}: {error}"))
}

fn inspect(token: String, config: &ConfigFile) -> Result<ExitCode, Failure> {
    let settings = read_settings(config)?;
    let token = Secret::new(if token == "-" { read_input()? } else { token });
    let seen = auth::inspect(&token).map_err(Failure::refused)?;
    let seen = match settings.has_auth() {
        true => checked(seen, &token, &settings)?,
        false => seen,
    };
    let pretty = |value| serde_json::to_string_pretty(value).unwrap_or_default();
    output::say(&format!(
        "header {}\nclaims {}\n{}\n{}",
        pretty(&seen.header),
        pretty(&seen.claims),
        seen.expiry(unix_time()),
        seen.verdict
    ));
    Ok(match seen.verdict {
        Verdict::Refused(_) => ExitCode::Refused,
        Verdict::Verified(_) | Verdict::NotVerified => ExitCode::Fine,
    })
}

fn checked(seen: Inspection, token: &Secret, settings: &Settings) -> Result<Inspection, Failure> {
    let auth = settings.hub.door.auth.clone();
    let (authenticator, _) = Authenticator::new(auth).map_err(Failure::usage)?;
    let now = Now {
        moment: Moment::ZERO,
        unix: unix_time(),
    };
    Ok(seen.checked_by(&authenticator, token, now))
}

fn read_input() -> Result<String, Failure> {
    let mut text = String::new();
    let mut input = io::stdin().lock().take(INPUT_MAX);
    let read = input.read_to_string(&mut text);
    read.map_err(|error| Failure::outside(format!("failed to read standard input: {error}")))?;
    Ok(text.trim().to_owned())
}
