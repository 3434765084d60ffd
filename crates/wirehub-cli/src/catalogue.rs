//! What each setting means: the source of `config default`, `config doc` and of hints.

mod admin;
mod broker;
mod events;
mod intake;
mod lists;
mod namespace;
mod pusher;
mod setting;
mod sinks;

use self::{
    broker::BROKER,
    setting::{fixed, live, secret},
};
pub(crate) use self::{
    lists::{LISTS, List},
    setting::Setting,
};

/// Every setting, in the order of the document. Namespaces are beside it: they are a list.
pub(crate) const SETTINGS: &[Setting] =
    &in_order::<{ CLIENTS.len() + BROKER.len() + OPERATION.len() }>([CLIENTS, BROKER, OPERATION]);

const fn in_order<const COUNT: usize>(parts: [&[Setting]; 3]) -> [Setting; COUNT] {
    let mut all = [fixed("", ""); COUNT];
    let (mut part, mut index, mut place) = (0, 0, 0);
    while part < parts.len() {
        if index < parts[part].len() {
            all[place] = parts[part][index];
            (index, place) = (index + 1, place + 1);
        } else {
            (part, index) = (part + 1, 0);
        }
    }
    all
}

/// Who may connect, and what clients may do.
const CLIENTS: &[Setting] = &[
    fixed(
        "listen",
        "Where clients connect. Anything wider than loopback needs keys in `[auth]`.",
    ),
    fixed(
        "shards",
        "Threads with connections of their own, 1 to 64; `auto` is one for each core.",
    ),
    fixed("path", "The path of the WebSocket endpoint."),
    fixed(
        "sse_path",
        "Where clients without a WebSocket hear server-sent events. Empty: nowhere.",
    ),
    fixed(
        "stream_path",
        "Where clients without a WebSocket hear lines of JSON, and where they speak, those of \
         `sse_path` too. Empty: nowhere.",
    ),
    fixed(
        "compression",
        "Clients may ask for permessage-deflate (RFC 7692).",
    ),
    fixed(
        "io_uring",
        "Write to many sockets with one system call, where the kernel lets us (Linux 6.0 or later, \
         and no rule of a container against it); elsewhere nothing changes. Measure it on your \
         machines: on loopback it delivers as much as without.",
    ),
    fixed(
        "proxy_protocol",
        "Every connection begins with a PROXY protocol v2 header. Only behind a proxy that sends it.",
    ),
    fixed(
        "call_timeout",
        "How long the application may take to answer a call.",
    ),
    fixed(
        "leak_check",
        "How often the hub looks through itself for what nothing should keep; 1s or more. Ten \
         looks are for learning what memory and descriptors the load takes, 25 more for finding a \
         leak of them.",
    ),
    fixed(
        "ping.detail",
        "`/ping` tells memory, connections, and how each dependency is. Anybody can read that.",
    ),
    fixed(
        "admin.listen",
        "Where servers and monitoring connect. Keep it off the internet.",
    ),
    secret(
        "admin.api_key",
        "Keys of the application's servers, 16 bytes or more each. Several are for rotation. They may do \
         everything; those of `[[admin.keys]]` do what they are for.",
        true,
    ),
    secret(
        "auth.hmac_secret",
        "Secrets shared with the backend (HS256/384/512), 32 bytes or more each. Several are for \
         rotation, also as `{ kid = \"…\", key = \"…\" }`; the first one signs `wirehub token`.",
        true,
    ),
    live(
        "auth.public_keys",
        "Public keys in PEM (RS, PS, ES, EdDSA), also as `{ kid = \"…\", key = \"…\" }`.",
    ),
    live(
        "auth.jwks_url",
        "Where an identity provider publishes its keys; `https`.",
    ),
    live(
        "auth.jwks_cache_ttl",
        "How long a key set is used when the endpoint does not say.",
    ),
    live(
        "auth.jwks_cache_ttl_bounds",
        "Shortest and longest time the endpoint can ask for.",
    ),
    live(
        "auth.jwks_refresh_interval",
        "Time between two fetches caused by unknown keys.",
    ),
    live(
        "auth.jwks_connect_timeout",
        "How long connecting to the endpoint may take.",
    ),
    live("auth.jwks_timeout", "How long a fetch may take in all."),
    live(
        "auth.jwks_response_bytes",
        "The largest answer of the endpoint.",
    ),
    live("auth.jwks_keys", "The most keys in a key set."),
    live(
        "auth.audience",
        "Who this hub is: a token must name one of these in `aud`.",
    ),
    live(
        "auth.issuer",
        "Whose tokens are accepted: `iss` must be one of these. Empty: anybody's.",
    ),
    live(
        "auth.leeway",
        "How far the clocks of issuer and hub may be apart, up to 10m.",
    ),
    live("auth.require_expiry", "Tokens must have an `exp`."),
    live("auth.require_user", "Tokens must have a `sub`."),
    fixed(
        "auth.expiry_grace",
        "How long a connection may stay after its token expired.",
    ),
    live(
        "auth.cookie",
        "The name of a cookie that may hold the token. Empty: none.",
    ),
    live(
        "auth.allowed_origins",
        "Pages that may connect, like `https://app.example.com`. Empty: none, except pages of this \
         machine while the hub listens on loopback.",
    ),
    live(
        "auth.allow_missing_origin",
        "Clients without `Origin`, which are no browsers, may connect.",
    ),
    live(
        "auth.anonymous.enabled",
        "Clients without a token may connect. They have no user.",
    ),
    live(
        "auth.anonymous.subscribe",
        "What they may subscribe to; any of these four enables them.",
    ),
    live("auth.anonymous.publish", "What they may publish to."),
    live("auth.anonymous.presence", "Whose presence they may see."),
    live("auth.anonymous.history", "Whose history they may read."),
    live("auth.limits.token_bytes", "The longest token."),
    live("auth.limits.info_bytes", "The largest `info` claim."),
    live(
        "auth.limits.filters",
        "The most filters in one list of a token.",
    ),
    live(
        "auth.limits.shared_sets",
        "Sets of capabilities that are shared among connections.",
    ),
    fixed(
        "heartbeat.interval",
        "The pause between two heartbeats of a connection.",
    ),
    fixed(
        "heartbeat.timeout",
        "How long a heartbeat waits for its answer.",
    ),
    fixed("tcp.nodelay", "Send each write at once (`TCP_NODELAY`)."),
    fixed(
        "tcp.backlog",
        "Connections that may wait to be accepted, for each shard.",
    ),
    fixed(
        "tcp.keepalive.time",
        "Silence before the kernel's first probe, or `off`.",
    ),
    fixed("tcp.keepalive.interval", "The pause between two probes."),
    fixed(
        "tcp.keepalive.probes",
        "Probes without answer before the kernel gives up.",
    ),
    fixed(
        "tcp.user_timeout",
        "How long sent bytes may stay unacknowledged, or `off`.",
    ),
    fixed(
        "tcp.receive_buffer",
        "The kernel's receive buffer of a connection; `auto` lets it tune.",
    ),
    fixed(
        "tcp.send_buffer",
        "The kernel's send buffer of a connection; `auto` lets it tune.",
    ),
    live(
        "tls.certificate",
        "A PEM file with the certificate chain, the server's own first. Empty: no TLS. The files' \
         content is read again when it changes.",
    ),
    live("tls.key", "A PEM file with the certificate's private key."),
    fixed(
        "limits.connections",
        "Open connections of the whole process.",
    ),
    fixed(
        "limits.connections_per_ip",
        "Open connections of one IP address.",
    ),
    live(
        "limits.connections_per_user",
        "Open connections of one user on one shard.",
    ),
    fixed(
        "limits.handshakes",
        "Handshakes in flight in the whole process; more wait in the kernel.",
    ),
    fixed(
        "limits.http_connections",
        "Connections of the whole process that were answered over HTTP and may ask again; others are \
         closed behind the answer.",
    ),
    fixed(
        "limits.handshake_timeout",
        "The longest a handshake may take, TLS included; then the body of a request, and its answer.",
    ),
    fixed("limits.header_bytes", "The head of an HTTP request."),
    live(
        "limits.authentication_timeout",
        "How long a connection may stay without a token.",
    ),
    live(
        "limits.close_timeout",
        "How long a closed connection waits for the client's close frame.",
    ),
    live("limits.frame_bytes", "A WebSocket frame from a client."),
    live(
        "limits.message_bytes",
        "A message from a client, after inflating.",
    ),
    live("limits.fragments", "Fragments of a message from a client."),
    live("limits.topics", "Topics that one shard is home to."),
    live("limits.subscriptions", "Subscriptions of one connection."),
    live(
        "limits.remembered_bytes",
        "Bytes of publications that one shard remembers for its topics; past it the oldest are \
         forgotten.",
    ),
    live(
        "limits.recovery",
        "Publications sent to one subscriber that missed them.",
    ),
    live(
        "limits.idempotency_keys",
        "Idempotency keys that one topic remembers.",
    ),
    live(
        "limits.sessions",
        "Sessions whose connection was lost that one shard keeps.",
    ),
    live(
        "limits.session_messages",
        "Direct messages that one session keeps for a client that may have missed them.",
    ),
    live("limits.session_bytes", "Bytes of those."),
    live("limits.members", "Members of one topic with presence."),
    live(
        "limits.members_told",
        "Up to this many members everybody is told who comes and goes; above it, only how many \
         there are.",
    ),
    live("limits.members_listed", "Members in one answer, 1 to 1000."),
    live(
        "limits.state_bytes",
        "What a member says about itself on a topic.",
    ),
    live(
        "limits.calls",
        "Calls of one connection that wait for an answer.",
    ),
    live(
        "limits.outbox_bytes",
        "Bytes that wait for one connection to read them.",
    ),
    live(
        "limits.bad_messages",
        "Invalid messages in a row before a connection is closed.",
    ),
    live(
        "limits.messages_per_second",
        "Messages of any kind from one connection; 0: no bound.",
    ),
    live(
        "limits.publications_per_second",
        "Publications from one connection; 0: no bound.",
    ),
    live(
        "limits.subscriptions_per_second",
        "Subscriptions from one connection; 0: no bound.",
    ),
    live(
        "limits.calls_per_second",
        "Calls from one connection; 0: no bound.",
    ),
    fixed(
        "sessions.resume_within",
        "How long a client whose connection was lost may take to come back to its session, up to 1d, \
         or `off`. It should be twice `drain.deadline` or more.",
    ),
    fixed(
        "sessions.reconnects_per_second",
        "How many clients a shard is to take back in a second after all were cut off. Clients are \
         told over which span to spread: half a second for few, up to 30s or half of \
         `sessions.resume_within` for many; 0: they are told nothing.",
    ),
];

/// How the hub tells of itself and is operated.
const OPERATION: &[Setting] = &[
    fixed(
        "events.source",
        "The hub's name in what it tells of itself: the source of its CloudEvents is \
         `/wirehub/` and this.",
    ),
    fixed(
        "events.dead_letters",
        "A file for what webhooks did not take in time. Empty: it is counted only.",
    ),
    fixed(
        "traces.endpoint",
        "Where an OpenTelemetry collector takes traces by HTTP: `http://HOST:4318/v1/traces`. Empty: \
         nothing is traced.",
    ),
    fixed(
        "traces.sample",
        "Which part of the publications of servers is traced, 0 to 1. One that comes with a \
         `traceparent` is traced as that says.",
    ),
    fixed("traces.service", "What the hub is called in traces."),
    fixed(
        "pusher.activity_timeout",
        "How long a client of Pusher may hear nothing before it asks whether the connection lives.",
    ),
    live(
        "drain.moves_per_second",
        "So many clients are asked to move in a second; `0` asks all at once. What the other hubs \
         bear is the measure, and `drain.deadline` has to be long enough.",
    ),
    live(
        "drain.spread",
        "Clients that are asked all at once move at a random moment within this span. Also how \
         long those who were asked last have before the first one is closed.",
    ),
    live(
        "drain.closes_per_second",
        "After the span, those who stayed are closed at this rate.",
    ),
    live(
        "drain.deadline",
        "After this long, whoever is left is hung up on.",
    ),
    live(
        "drain.reason",
        "What the close frame says: `service_restart` (1012) when another server takes over, \
         `going_away` (1001) when none does.",
    ),
    fixed(
        "centrifugo.enabled",
        "Clients of Centrifugo may connect as they are, with its tokens signed by the keys in \
         `[auth]`.",
    ),
    fixed(
        "centrifugo.transports",
        "How they may connect: `websocket`, `http_stream`, `sse`, and in one direction \
         `uni_websocket`, `uni_http_stream`, `uni_sse`.",
    ),
    fixed(
        "centrifugo.websocket_path",
        "The path of their WebSocket endpoint.",
    ),
    fixed(
        "centrifugo.http_stream_path",
        "Where they hear lines of JSON, or messages in Protobuf.",
    ),
    fixed("centrifugo.sse_path", "Where they hear server-sent events."),
    fixed(
        "centrifugo.emulation_path",
        "Where those who hear a stream send what they say.",
    ),
    fixed(
        "centrifugo.uni_websocket_path",
        "Where they hear over a WebSocket, in one direction.",
    ),
    fixed(
        "centrifugo.uni_http_stream_path",
        "Where they hear lines of JSON, in one direction.",
    ),
    fixed(
        "centrifugo.uni_sse_path",
        "Where they hear server-sent events, in one direction.",
    ),
    fixed(
        "centrifugo.api_prefix",
        "Where Centrifugo's server API is on the admin listener, with keys that may \
         do everything.",
    ),
    fixed(
        "centrifugo.user_limited_channels",
        "Names of channels may say who may subscribe: `chat#42,43` is for the users 42 and 43, and \
         for nobody else.",
    ),
    live(
        "centrifugo.personal_channel",
        "Every user is subscribed to a channel of its own, `#42` for the user `42`.",
    ),
    live(
        "centrifugo.personal_channel_namespace",
        "The namespace of that channel, so that it is `personal:#42`. Empty: none.",
    ),
    fixed(
        "log.level",
        "`error`, `warn`, `info`, `debug` or `trace`, also by part: `info,wirehub::auth=debug`.",
    ),
    fixed(
        "log.format",
        "`text`, `json`, or `auto`: text on a terminal, JSON elsewhere.",
    ),
];

/// The setting with a key.
pub(crate) fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// The key that looks most like a wrong one, if any looks like it.
pub(crate) fn nearest<'a>(wrong: &str, keys: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = keys.map(|key| (closeness(wrong, key), key));
    let best = scored.max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.filter(|(score, _)| *score > 0.75).map(|(_, key)| key)
}

/// Compares whole keys, and the last parts for those who put a right name into a wrong table.
fn closeness(wrong: &str, key: &str) -> f64 {
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    let whole = strsim::jaro_winkler(wrong, key);
    whole.max(strsim::jaro_winkler(&last(wrong), &last(key)) * 0.98)
}

#[cfg(test)]
mod tests {
    use toml::{Table, Value};

    use super::*;

    fn keys(prefix: &str, table: &Table, found: &mut Vec<String>) {
        for (name, value) in table {
            match value {
                Value::Table(inner) => keys(&format!("{prefix}{name}."), inner, found),
                _ => found.push(format!("{prefix}{name}")),
            }
        }
    }

    #[test]
    fn every_key_that_is_read_has_a_meaning() {
        let mut read = Vec::new();
        keys("", &crate::layers::defaults(), &mut read);
        read.retain(|key| LISTS.iter().all(|list| list.key != key));
        let mut known: Vec<_> = SETTINGS
            .iter()
            .map(|setting| setting.key.to_owned())
            .collect();
        read.sort();
        known.sort();
        assert_eq!(read, known);
    }

    #[test]
    fn the_nearest_key_is_found_in_other_tables_too() {
        let keys = || SETTINGS.iter().map(|setting| setting.key);
        assert_eq!(nearest("hmac_secret", keys()), Some("auth.hmac_secret"));
        assert_eq!(
            nearest("limit.outbox_byte", keys()),
            Some("limits.outbox_bytes")
        );
        assert_eq!(nearest("zzz", keys()), None);
    }
}
