//! Listeners, certificates, logs, the server API: what operators and servers see.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use wirehub_http::ApiPrefix;

use super::{draft::Draft, source::Source};
use crate::span::Span;

pub(super) fn translate(source: &mut Source, draft: &mut Draft) {
    draft.set("centrifugo.enabled", true, "for its clients and servers");
    listeners(source, draft);
    certificate(source, draft);
    log(source, draft);
    api(source, draft);
    if let Some(engine) = source.text("engine.type")
        && engine != "memory"
    {
        source.note("engine.type", super::advice::of("engine.redis"));
    }
    if let Some(deadline) = source.span("shutdown.timeout") {
        draft.set(
            "drain.deadline",
            Span(deadline).to_string(),
            "shutdown.timeout",
        );
    }
}

fn listeners(source: &mut Source, draft: &mut Draft) {
    // Centrifugo listens on every address when nobody says.
    let everywhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    if let Some(listen) = address(
        source,
        "http_server.address",
        "http_server.port",
        everywhere,
        8000,
    ) {
        let from = "http_server.address";
        if listen.ip().is_loopback() || has_keys(source) {
            draft.set("listen", listen.to_string(), from);
        } else {
            let local = SocketAddr::from((Ipv4Addr::LOCALHOST, listen.port()));
            draft.set("listen", local.to_string(), from);
            let text = format!(
                "there is no key to check tokens with, so `listen` is {local}; with one, {listen} \
                 is allowed"
            );
            draft.note("http_server.address", text);
        }
    }
    let inside =
        source.has("http_server.internal_address") || source.has("http_server.internal_port");
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let (name, port) = ("http_server.internal_address", "http_server.internal_port");
    if inside && let Some(admin) = address(source, name, port, loopback, 8001) {
        draft.set(
            "admin.listen",
            admin.to_string(),
            "http_server.internal_port",
        );
    }
}

/// Whether clients could be let in.
fn has_keys(source: &Source) -> bool {
    let keys = [
        "client.token.hmac_secret_key",
        "client.token.rsa_public_key",
        "client.token.ecdsa_public_key",
        "client.token.jwks_public_endpoint",
        "client.allow_anonymous_connect_without_token",
    ];
    keys.iter().any(|key| source.has(key))
}

fn address(
    source: &mut Source,
    name: &str,
    port_name: &str,
    host: IpAddr,
    port: u16,
) -> Option<SocketAddr> {
    let host = match source
        .text(name)
        .map(|text| text.trim_matches(['[', ']']).parse())
    {
        None => host,
        Some(Ok(host)) => host,
        Some(Err(_)) => {
            source.note(
                name,
                "an address is wanted, such as 0.0.0.0, and no name of a host",
            );
            host
        }
    };
    let port = match source.text(port_name).map(|text| text.parse()) {
        None => port,
        Some(Ok(port)) => port,
        Some(Err(_)) => {
            source.note(port_name, "is no port");
            return None;
        }
    };
    Some(SocketAddr::from((host, port)))
}

fn certificate(source: &mut Source, draft: &mut Draft) {
    if !source.flag("http_server.tls.enabled") {
        return;
    }
    for (option, key) in [
        ("http_server.tls.cert_pem", "tls.certificate"),
        ("http_server.tls.key_pem", "tls.key"),
    ] {
        match source.text(option) {
            // Text, or base64 of it, is no path.
            Some(text) if text.contains("-----BEGIN") || text.len() > 512 => {
                let text = format!("write it to a file, and name that in `{key}`");
                source.note(option, text);
            }
            Some(path) => draft.set(key, path, option),
            None => source.note(option, format!("is needed; name its file in `{key}`")),
        }
    }
}

fn log(source: &mut Source, draft: &mut Draft) {
    let Some(level) = source.text("log.level") else {
        return;
    };
    let level = level.to_lowercase();
    match level.as_str() {
        "trace" | "debug" | "info" | "warn" | "error" => {
            draft.set("log.level", level, "log.level");
        }
        _ => source.note(
            "log.level",
            "is `error`, `warn`, `info`, `debug` or `trace` here",
        ),
    }
}

fn api(source: &mut Source, draft: &mut Draft) {
    if let Some(key) = source.text("http_api.key") {
        draft.set("admin.api_key", key, "http_api.key");
    }
    let Some(prefix) = source.text("http_api.handler_prefix") else {
        return;
    };
    if ApiPrefix::parse(&prefix).is_ok() {
        draft.set("centrifugo.api_prefix", prefix, "http_api.handler_prefix");
    } else {
        let text = "the admin listener has an API of its own at `/api`; Centrifugo's is at \
                    `centrifugo.api_prefix`, which is `/centrifugo/api` when nobody says";
        source.note("http_api.handler_prefix", text);
    }
}
