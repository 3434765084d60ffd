//! What to do where an option has no counterpart.

/// Beginnings of names and what to do; the longest that fits is the one that counts.
const ADVICE: &[(&str, &str)] = &[
    (
        "http_server.tls.",
        "only a certificate and its key are set here; leave the rest to a proxy in front",
    ),
    (
        "http_server.tls_autocert",
        "have certificates made by a proxy or an ACME client, and name their files in `tls.certificate` and `tls.key`",
    ),
    (
        "http_server.tls_external",
        "`tls` is for the listener of clients alone; the admin listener speaks plain HTTP and belongs on a network of its own",
    ),
    (
        "http_server.internal_tls",
        "the admin listener speaks plain HTTP; put a proxy in front of it",
    ),
    (
        "http_server.http3",
        "HTTP/3 is not spoken; put a proxy in front",
    ),
    (
        "http_server.h2c_external",
        "HTTP/2 is not spoken; put a proxy in front",
    ),
    (
        "log.file",
        "the log goes to standard error; let the supervisor keep it",
    ),
    (
        "engine.redis",
        "nothing of Centrifugo's keys is used; `broker.kind = \"redis\"` and `broker.redis.url` let several hubs meet on a Redis server",
    ),
    (
        "broker",
        "nothing is kept in another broker; `broker.kind = \"redb\"` keeps history in a file when it must outlive the process",
    ),
    ("presence_manager", "presence is kept by the hub itself"),
    (
        "map_broker",
        "map channels have no counterpart; the last value of each `key` of a topic (`keys` of a namespace) is near",
    ),
    ("controller", "there is one node, so nothing to control"),
    (
        "shared_poll",
        "shared poll channels have no counterpart; publish what changed",
    ),
    (
        "client.proxy",
        "the hub asks no backend when clients connect; put what they may do into the token",
    ),
    (
        "client.subscription_token",
        "subscription tokens are checked with the keys of connection tokens; sign them with those",
    ),
    (
        "client.token.hmac_previous_secret_key_valid_until",
        "take the second of `auth.hmac_secret` out when that time has come",
    ),
    (
        "client.token.audience_regex",
        "list what is accepted in `auth.audience`; until then tokens for anybody are",
    ),
    (
        "client.token.issuer_regex",
        "list what is accepted in `auth.issuer`; until then tokens of anybody with the key are",
    ),
    (
        "client.token.user_id_claim",
        "the user is taken from the claim `sub`",
    ),
    (
        "client.token.insecure_skip_jwks_endpoint_safety_check",
        "`auth.jwks_url` is always `https`",
    ),
    (
        "client.expired_sub_close_delay",
        "`auth.expiry_grace` holds for subscriptions too",
    ),
    (
        "client.presence_update_interval",
        "not needed: a member is there as long as its connection",
    ),
    (
        "client.concurrency",
        "not needed: one shard serves many clients without waiting for any",
    ),
    (
        "client.channel_position",
        "not needed: the hub does not lose track of where a subscriber is",
    ),
    (
        "client.connection_rate_limit",
        "`limits.handshakes` bounds those under way; leave rates to a proxy in front",
    ),
    (
        "client.connect_include_server_time",
        "clients are not told the time",
    ),
    (
        "client.history_max_publication_limit",
        "a page of history has at most 1000 publications",
    ),
    (
        "client.insecure",
        "there is no insecure mode; `auth.anonymous` says what clients without a token may do",
    ),
    (
        "client.user_id_http_header",
        "users come from tokens; have the proxy in front make them",
    ),
    (
        "client.subscribe_to_user_personal_channel.single_connection",
        "`limits.connections_per_user = 1` refuses a second connection, where Centrifugo closes the first",
    ),
    (
        "client.connect_code_to_unidirectional_disconnect",
        "unidirectional clients are not served",
    ),
    (
        "channel.proxy",
        "the hub asks no backend about channels; put what clients may do into tokens",
    ),
    (
        "channel.history_meta_ttl",
        "a topic knows where it stands as long as it is used or remembers something",
    ),
    (
        "channel.publication_data_format",
        "data is JSON, or bytes of clients that speak Protobuf",
    ),
    (
        "channel.max_length",
        "names of topics have at most 255 bytes",
    ),
    (
        "channel.private_prefix",
        "channels are topics by one rule, which knows `$` only",
    ),
    (
        "channel.namespace_boundary",
        "channels are topics by one rule, which knows `:` only",
    ),
    (
        "channel.user_boundary",
        "channels are topics by one rule, which knows `#` only",
    ),
    ("channel.user_separator", "channels are topics by one rule"),
    (
        "channel.without_namespace.map",
        "map channels have no counterpart; `keys` of a namespace keeps the last value of each key",
    ),
    (
        "channel.without_namespace.shared_poll",
        "shared poll channels have no counterpart; publish what changed",
    ),
    (
        "channel.without_namespace.subscription_type",
        "channels are streams; map and shared poll channels have no counterpart",
    ),
    (
        "channel.without_namespace.history_meta_ttl",
        "a topic knows where it stands as long as it is used or remembers something",
    ),
    (
        "channel.without_namespace.channel_regex",
        "names are not checked beyond the patterns of namespaces",
    ),
    (
        "channel.without_namespace.publication_data_format",
        "data is JSON, or bytes of clients that speak Protobuf",
    ),
    (
        "channel.without_namespace.subscribe_",
        "the hub asks no backend; give clients tokens for what they may subscribe to",
    ),
    (
        "channel.without_namespace.publish_",
        "the hub asks no backend; let clients publish through it, or by `publish` of the namespace",
    ),
    (
        "channel.without_namespace.sub_refresh_",
        "clients bring new tokens by themselves",
    ),
    (
        "rpc",
        "calls are answered by handlers in the program that embeds the hub (`Hub::builder`)",
    ),
    (
        "proxies",
        "the hub asks no backend; tokens say what clients may do",
    ),
    (
        "http_api.error_mode",
        "send `X-Centrifugo-Error-Mode: transport` with each request",
    ),
    (
        "http_api.external",
        "the server API is on the admin listener alone",
    ),
    (
        "http_api.insecure",
        "the server API always wants a key: `admin.api_key`",
    ),
    (
        "http_api.disabled",
        "the server API is on the admin listener; keep that to those who may use it",
    ),
    (
        "grpc_api",
        "there is no gRPC; the same methods are there over HTTP",
    ),
    (
        "consumers",
        "have a worker of yours read the queue and publish over the server API, with `idempotency_key`",
    ),
    (
        "websocket.compression",
        "`compression` is one switch; small messages are never compressed",
    ),
    (
        "websocket.decompressed_message_size_limit",
        "`limits.message_bytes` holds for what was decompressed, too",
    ),
    (
        "websocket",
        "not needed: buffers are shared, and slow clients are bounded by `limits.outbox_bytes`",
    ),
    (
        "sse",
        "`limits.message_bytes` bounds what is sent in one request",
    ),
    (
        "http_stream",
        "`limits.message_bytes` bounds what is sent in one request",
    ),
    (
        "emulation",
        "`limits.message_bytes` bounds what is sent in one request",
    ),
    (
        "webtransport",
        "WebTransport is not spoken; clients fall back to WebSocket",
    ),
    (
        "uni_grpc",
        "there is no gRPC; clients in one direction connect over HTTP or a WebSocket",
    ),
    (
        "uni_",
        "what is set for all transports holds for those in one direction as well",
    ),
    (
        "admin",
        "there is no web interface yet; `wirehub publish`, the server API and `/metrics` are there",
    ),
    (
        "prometheus",
        "metrics are always there, at `/metrics` of the admin listener",
    ),
    (
        "health",
        "always there: `/ping` for clients, `/healthz` and `/readyz` on the admin listener",
    ),
    ("swagger", "there is no Swagger"),
    ("debug", "there is no such endpoint"),
    ("init", "not needed"),
    ("opentelemetry", "scrape `/metrics` instead"),
    ("graphite", "scrape `/metrics` instead"),
    ("usage_stats", "nothing is reported to anybody"),
    ("node", "there is one node and it has no name"),
    (
        "pid_file",
        "use `--ready-file` of `wirehub serve`, or the supervisor",
    ),
    ("enable_unreleased_features", "there are none"),
];

/// What to do about an option that has no counterpart.
pub(super) fn of(name: &str) -> &'static str {
    let alike = name.replacen("channel.namespaces[].", "channel.without_namespace.", 1);
    let fitting = ADVICE.iter().filter(|(start, _)| alike.starts_with(start));
    let longest = fitting.max_by_key(|(start, _)| start.len());
    longest.map_or("it has no counterpart", |(_, text)| text)
}
