//! Tokens, origins, limits and heartbeats: what clients see.

use toml::Value;
use wirehub::CentrifugoTransport;

use super::{draft::Draft, source::Source};
use crate::span::Span;

/// Options that are spans here and there.
const SPANS: [(&str, &str); 4] = [
    ("client.ping_interval", "heartbeat.interval"),
    ("client.pong_timeout", "heartbeat.timeout"),
    ("client.expired_close_delay", "auth.expiry_grace"),
    ("client.stale_close_delay", "limits.authentication_timeout"),
];

/// Options that are bounds here and there.
const BOUNDS: [(&str, &str); 6] = [
    ("client.channel_limit", "limits.subscriptions"),
    ("client.queue_max_size", "limits.outbox_bytes"),
    ("client.connection_limit", "limits.connections"),
    (
        "client.user_connection_limit",
        "limits.connections_per_user",
    ),
    ("client.recovery_max_publication_limit", "limits.recovery"),
    ("websocket.message_size_limit", "limits.message_bytes"),
];

pub(super) fn translate(source: &mut Source, draft: &mut Draft) {
    tokens(source, draft);
    origins(source, draft);
    for (option, key) in SPANS {
        if let Some(span) = source.span(option) {
            draft.set(key, Span(span).to_string(), option);
        }
    }
    for (option, key) in BOUNDS {
        if let Some(bound) = source.number(option) {
            draft.set(key, bound, option);
        }
    }
    if source.flag("client.allow_anonymous_connect_without_token") {
        let from = "client.allow_anonymous_connect_without_token";
        draft.set("auth.anonymous.enabled", true, from);
    }
    if source.flag("client.disallow_anonymous_connection_tokens") {
        let from = "client.disallow_anonymous_connection_tokens";
        draft.set("auth.require_user", true, from);
    }
    transports(source, draft);
    if source.flag("websocket.compression") {
        draft.set("compression", true, "websocket.compression");
    }
    personal_channel(source, draft);
}

/// Which transports are served, and where. A WebSocket is, unless it was switched off; others are
/// where they were switched on.
fn transports(source: &mut Source, draft: &mut Draft) {
    let mut served = Vec::new();
    let mut usual = true;
    for transport in CentrifugoTransport::ALL {
        let name = transport.name();
        let is_websocket = transport == CentrifugoTransport::WebSocket;
        let is_served = match is_websocket {
            true => !source.flag("websocket.disabled"),
            false => source.flag(&format!("{name}.enabled")),
        };
        usual &= is_served == is_websocket;
        let prefix = format!("{name}.handler_prefix");
        let path = source.text(&prefix);
        if is_served {
            served.push(name.to_owned());
            if let Some(path) = path {
                draft.set(&format!("centrifugo.{name}_path"), path, &prefix);
            }
        }
    }
    if !usual {
        draft.set("centrifugo.transports", served, "….enabled");
    }
    let prefix = "emulation.handler_prefix";
    if let Some(path) = source.text(prefix) {
        draft.set("centrifugo.emulation_path", path, prefix);
    }
}

fn tokens(source: &mut Source, draft: &mut Draft) {
    let names = [
        "client.token.hmac_secret_key",
        "client.token.hmac_previous_secret_key",
    ];
    let secrets: Vec<String> = names.iter().filter_map(|name| source.text(name)).collect();
    set_texts(draft, "auth.hmac_secret", secrets, names[0]);
    let names = [
        "client.token.rsa_public_key",
        "client.token.ecdsa_public_key",
    ];
    let keys: Vec<String> = names.iter().filter_map(|name| source.text(name)).collect();
    set_texts(draft, "auth.public_keys", keys, "client.token");
    if let Some(url) = source.text("client.token.jwks_public_endpoint") {
        let name = "client.token.jwks_public_endpoint";
        if url.contains("{{") {
            source.note(name, "one endpoint for all: name it in `auth.jwks_url`");
        } else {
            draft.set("auth.jwks_url", url, name);
        }
    }
    for (name, key) in [
        ("client.token.audience", "auth.audience"),
        ("client.token.issuer", "auth.issuer"),
    ] {
        if let Some(text) = source.text(name) {
            draft.set(key, vec![text], name);
        }
    }
    // What is as usual there is so here.
    match source.text("client.token.user_id_claim").as_deref() {
        None | Some("sub") => {}
        Some(_) => {
            let name = "client.token.user_id_claim";
            source.note(name, super::advice::of(name));
        }
    }
}

/// One text stands by itself, several are a list.
fn set_texts(draft: &mut Draft, key: &str, mut texts: Vec<String>, from: &str) {
    match texts.len() {
        0 => {}
        1 => draft.set(key, texts.remove(0), from),
        _ => draft.set(key, texts, from),
    }
}

fn origins(source: &mut Source, draft: &mut Draft) {
    let name = "client.allowed_origins";
    let origins = source.list(name);
    let mut allowed = Vec::new();
    for origin in origins {
        let settings = wirehub::auth::OriginSettings {
            allowed: vec![origin.clone()],
            ..wirehub::auth::OriginSettings::default()
        };
        match wirehub::auth::OriginPolicy::new(&settings) {
            Ok(_) => allowed.push(origin),
            Err(error) => draft.note(name, format!("an entry was left out, since {error}")),
        }
    }
    if !allowed.is_empty() {
        draft.set("auth.allowed_origins", Value::from(allowed), name);
    }
}

fn personal_channel(source: &mut Source, draft: &mut Draft) {
    let option = |name| format!("client.subscribe_to_user_personal_channel.{name}");
    let (enabled, namespace) = (option("enabled"), option("personal_channel_namespace"));
    if !source.flag(&enabled) {
        return;
    }
    draft.set("centrifugo.personal_channel", true, &enabled);
    if let Some(name) = source.text(&namespace) {
        draft.set("centrifugo.personal_channel_namespace", name, &namespace);
    }
}
