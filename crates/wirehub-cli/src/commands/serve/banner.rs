//! What the hub says about itself when it starts.

use std::fmt::Write as _;

use super::{Addresses, development::Development, open_files};
use crate::{settings::Settings, size::Size};

/// One block for people: addresses, who is let in, bounds, and what to try.
pub(super) fn text(settings: &Settings, addresses: &Addresses, made: &Development) -> String {
    let hub = &settings.hub;
    let endpoint = format!(
        "ws{}{}",
        addresses.public.trim_start_matches("http"),
        hub.path
    );
    let mut text = format!("wirehub {} is running\n\n", env!("CARGO_PKG_VERSION"));
    let mut line = |name: &str, value: &str| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {name:<9} {value}");
    };
    line("clients", &endpoint);
    line("health", &format!("{}/ping", addresses.public));
    line("admin", &addresses.admin);
    line("console", &format!("{}/console/", addresses.admin));
    line("auth", &auth(settings, made));
    line("origins", &origins(settings));
    line("shards", &hub.shards.to_string());
    line("limits", &limits(settings));
    line("memory", &settings.broker.to_string());
    if let Some(key) = &made.api_key {
        line("api key", &format!("{} (for this run)", key.expose()));
    }
    if let Some(token) = &made.token {
        line("token", &format!("{} (for this run)", token.expose()));
        let _ = write!(
            text,
            "\n  Paste this into a browser's console, on a page of this machine:\n\n  \
             ws = new WebSocket(\"{endpoint}?token={}\"); \
             ws.onmessage = m => console.log(m.data); \
             ws.onopen = () => ws.send('{{\"type\":\"subscribe\",\"id\":1,\"topic\":\"hello\"}}')\n",
            token.expose()
        );
    }
    text
}

fn auth(settings: &Settings, made: &Development) -> String {
    if made.token.is_some() {
        return "development secrets, made for this run; set `auth.hmac_secret` to keep them"
            .to_owned();
    }
    let auth = &settings.hub.door.auth;
    let mut ways = Vec::new();
    if !auth.hmac_secrets.is_empty() {
        ways.push(format!("{} shared secret(s)", auth.hmac_secrets.len()));
    }
    if !auth.public_keys.is_empty() {
        ways.push(format!("{} public key(s)", auth.public_keys.len()));
    }
    if let Some(jwks) = &auth.jwks {
        ways.push(format!("key set {}", jwks.url));
    }
    if auth.anonymous.is_some() {
        ways.push("anonymous clients".to_owned());
    }
    ways.join(", ")
}

fn origins(settings: &Settings) -> String {
    let origins = &settings.hub.door.origins;
    match (origins.allowed.as_slice(), origins.listens_on_loopback) {
        ([], true) if origins.own_files => "pages of this machine, and files".to_owned(),
        ([], true) => "pages of this machine".to_owned(),
        ([], false) => "no page; set `auth.allowed_origins`".to_owned(),
        (list, _) => list.join(", "),
    }
}

fn limits(settings: &Settings) -> String {
    let limits = &settings.hub.limits;
    let files = open_files::limit();
    let files = files.map_or_else(|| "any number of".to_owned(), |files| files.to_string());
    format!(
        "{} connections, {} of one address, {} a message, {files} open files",
        limits.connections,
        limits.connections_per_ip,
        Size(limits.message_bytes),
    )
}
