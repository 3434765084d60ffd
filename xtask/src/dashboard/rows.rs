//! What the dashboard shows.

/// Panels that belong together.
pub(super) struct Row {
    pub(super) title: &'static str,
    pub(super) panels: &'static [Panel],
}

/// One graph.
pub(super) struct Panel {
    pub(super) title: &'static str,
    /// Grafana's name of the unit.
    pub(super) unit: &'static str,
    /// What is drawn, and what each line is called.
    pub(super) lines: &'static [(&'static str, &'static str)],
}

const fn panel(
    title: &'static str,
    unit: &'static str,
    lines: &'static [(&'static str, &'static str)],
) -> Panel {
    Panel { title, unit, lines }
}

const PER_SECOND: &str = "ops";
const COUNT: &str = "short";
const SECONDS: &str = "s";
const BYTES: &str = "bytes";

/// `$h` stands for the hubs that were chosen, `$r` for the span of rates.
pub(super) const ROWS: &[Row] = &[
    Row {
        title: "Health",
        panels: &[
            panel(
                "Version",
                COUNT,
                &[("wirehub_build_info{$h}", "{{instance}} {{version}}")],
            ),
            panel(
                "Uptime",
                SECONDS,
                &[("wirehub_uptime_seconds{$h}", "{{instance}}")],
            ),
            panel(
                "Shards that answer",
                COUNT,
                &[
                    (
                        "sum by (instance) (wirehub_shard_up{$h})",
                        "{{instance}} up",
                    ),
                    ("wirehub_shards{$h}", "{{instance}} of"),
                    ("wirehub_draining{$h}", "{{instance}} drains"),
                ],
            ),
            panel(
                "Shards that stall",
                COUNT,
                &[
                    ("wirehub_shard_stalled{$h}", "{{instance}} shard {{shard}}"),
                    (
                        "increase(wirehub_shard_stalls_total{$h}[$r])",
                        "{{instance}} shard {{shard}}, how often",
                    ),
                ],
            ),
            panel(
                "Answers to the watchdog",
                SECONDS,
                &[(
                    "wirehub_shard_answer_seconds{$h}",
                    "{{instance}} shard {{shard}}",
                )],
            ),
            panel(
                "What is left over",
                COUNT,
                &[
                    ("wirehub_leaks{$h}", "{{instance}} {{kind}}"),
                    (
                        "increase(wirehub_leaks_found_total{$h}[$r])",
                        "{{instance}} {{kind}}, found",
                    ),
                    (
                        "increase(wirehub_leak_checks_total{$h}[$r])",
                        "{{instance}} looks",
                    ),
                ],
            ),
            panel(
                "Dependencies",
                COUNT,
                &[("wirehub_dependency_up{$h}", "{{instance}} {{name}}")],
            ),
            panel(
                "Broker",
                SECONDS,
                &[
                    (
                        "histogram_quantile(0.99, sum by (instance, le) \
                         (rate(wirehub_broker_duration_seconds_bucket{$h}$r)))",
                        "{{instance}} p99",
                    ),
                    ("wirehub_broker_waiting{$h}", "{{instance}} requests wait"),
                ],
            ),
            panel(
                "Spans of traces",
                PER_SECOND,
                &[(
                    "sum by (result) (rate(wirehub_trace_spans_total{$h}$r))",
                    "{{result}}",
                )],
            ),
            panel(
                "Wrong API keys",
                PER_SECOND,
                &[("rate(wirehub_api_keys_refused_total{$h}$r)", "{{instance}}")],
            ),
            panel(
                "Checks of dependencies",
                SECONDS,
                &[(
                    "wirehub_dependency_check_seconds{$h}",
                    "{{instance}} {{name}}",
                )],
            ),
            panel(
                "Time until the certificate expires",
                SECONDS,
                &[(
                    "wirehub_certificate_expiry_timestamp_seconds{$h} - time()",
                    "{{instance}}",
                )],
            ),
        ],
    },
    Row {
        title: "Connections",
        panels: &[
            panel(
                "Connections by state",
                COUNT,
                &[("sum by (state) (wirehub_connections{$h})", "{{state}}")],
            ),
            panel(
                "Connections by transport",
                COUNT,
                &[(
                    "sum by (transport) (wirehub_transport_connections{$h})",
                    "{{transport}}",
                )],
            ),
            panel(
                "Connections by shard",
                COUNT,
                &[("wirehub_shard_connections{$h}", "{{instance}} {{shard}}")],
            ),
            panel(
                "Opened",
                PER_SECOND,
                &[
                    ("sum (rate(wirehub_connections_opened_total{$h}$r))", "all"),
                    (
                        "sum by (transport) \
                         (rate(wirehub_transport_connections_opened_total{$h}$r))",
                        "{{transport}}",
                    ),
                ],
            ),
            panel(
                "Closed by cause",
                PER_SECOND,
                &[(
                    "sum by (cause) (rate(wirehub_connections_closed_total{$h}$r)) > 0",
                    "{{cause}}",
                )],
            ),
            panel(
                "Handshakes by result",
                PER_SECOND,
                &[(
                    "sum by (result) (rate(wirehub_handshakes_total{$h}$r)) > 0",
                    "{{result}}",
                )],
            ),
            panel(
                "Handshakes, how long",
                SECONDS,
                &[
                    (
                        "histogram_quantile(0.5, sum by (le) \
                         (rate(wirehub_handshake_duration_seconds_bucket{$h}$r)))",
                        "p50",
                    ),
                    (
                        "histogram_quantile(0.99, sum by (le) \
                         (rate(wirehub_handshake_duration_seconds_bucket{$h}$r)))",
                        "p99",
                    ),
                ],
            ),
            panel(
                "Heartbeats",
                PER_SECOND,
                &[("sum (rate(wirehub_heartbeats_total{$h}$r))", "sent")],
            ),
            panel(
                "Round-trip times",
                SECONDS,
                &[
                    (
                        "histogram_quantile(0.5, sum by (le) \
                         (rate(wirehub_heartbeat_round_trip_seconds_bucket{$h}$r)))",
                        "heartbeats p50",
                    ),
                    (
                        "histogram_quantile(0.99, sum by (le) \
                         (rate(wirehub_heartbeat_round_trip_seconds_bucket{$h}$r)))",
                        "heartbeats p99",
                    ),
                    (
                        "wirehub_tcp_round_trip_seconds{$h}",
                        "{{instance}} TCP {{quantile}}",
                    ),
                ],
            ),
            panel(
                "Sent again",
                "percentunit",
                &[("wirehub_tcp_retransmitted_ratio{$h}", "{{instance}}")],
            ),
            panel(
                "Accept queues",
                COUNT,
                &[
                    ("wirehub_accept_queue_connections{$h}", "{{instance}} wait"),
                    ("wirehub_accept_queue_room{$h}", "{{instance}} may wait"),
                    (
                        "rate(wirehub_accept_queue_overflows_total{$h}$r)",
                        "{{instance}} no room, a second",
                    ),
                    (
                        "rate(wirehub_accept_drops_total{$h}$r)",
                        "{{instance}} dropped a second",
                    ),
                    (
                        "wirehub_tcp_sampled_connections{$h}",
                        "{{instance}} looked at",
                    ),
                ],
            ),
            panel(
                "Sessions",
                COUNT,
                &[
                    ("sum (wirehub_sessions_parked{$h})", "wait"),
                    (
                        "sum by (result) (rate(wirehub_sessions_ended_total{$h}$r))",
                        "{{result}} a second",
                    ),
                ],
            ),
        ],
    },
    Row {
        title: "Messages",
        panels: &[
            panel(
                "Delivery, from arrival to socket",
                SECONDS,
                &[
                    (
                        "histogram_quantile(0.5, sum by (le) \
                         (rate(wirehub_delivery_duration_seconds_bucket{$h}$r)))",
                        "p50",
                    ),
                    (
                        "histogram_quantile(0.99, sum by (le) \
                         (rate(wirehub_delivery_duration_seconds_bucket{$h}$r)))",
                        "p99",
                    ),
                ],
            ),
            panel(
                "Publications and deliveries",
                PER_SECOND,
                &[
                    (
                        "sum (rate(wirehub_publications_total{$h}$r))",
                        "publications",
                    ),
                    ("sum (rate(wirehub_deliveries_total{$h}$r))", "deliveries"),
                    (
                        "sum (rate(wirehub_frames_encoded_total{$h}$r))",
                        "frames encoded",
                    ),
                ],
            ),
            panel(
                "Requests of clients",
                PER_SECOND,
                &[
                    (
                        "sum by (type) (rate(wirehub_commands_total{$h}$r)) > 0",
                        "{{type}}",
                    ),
                    (
                        "sum (rate(wirehub_messages_received_total{$h}$r))",
                        "messages",
                    ),
                    (
                        "sum by (result) (rate(wirehub_posts_total{$h}$r)) > 0",
                        "post {{result}}",
                    ),
                ],
            ),
            panel(
                "Refusals by code",
                PER_SECOND,
                &[(
                    "sum by (code) (rate(wirehub_errors_total{$h}$r)) > 0",
                    "{{code}}",
                )],
            ),
            panel(
                "Slow readers",
                BYTES,
                &[(
                    "sum by (instance) (wirehub_queue_bytes{$h})",
                    "{{instance}} waits",
                )],
            ),
            panel(
                "Not delivered",
                PER_SECOND,
                &[
                    ("sum (rate(wirehub_frames_dropped_total{$h}$r))", "dropped"),
                    ("sum (rate(wirehub_frames_expired_total{$h}$r))", "expired"),
                    (
                        "sum (rate(wirehub_publications_conflated_total{$h}$r))",
                        "conflated",
                    ),
                    (
                        "sum (rate(wirehub_publications_duplicate_total{$h}$r))",
                        "duplicates",
                    ),
                    (
                        "sum (rate(wirehub_publications_not_stored_total{$h}$r))",
                        "not stored",
                    ),
                ],
            ),
            panel(
                "Windows and acknowledgements",
                PER_SECOND,
                &[
                    ("sum (rate(wirehub_windows_flushed_total{$h}$r))", "windows"),
                    (
                        "sum (rate(wirehub_acknowledgements_total{$h}$r))",
                        "acknowledgements",
                    ),
                ],
            ),
            panel(
                "Recoveries by result",
                PER_SECOND,
                &[
                    (
                        "sum by (result) (rate(wirehub_recoveries_total{$h}$r)) > 0",
                        "{{result}}",
                    ),
                    (
                        "sum (rate(wirehub_publications_recovered_total{$h}$r))",
                        "publications",
                    ),
                    (
                        "sum by (reason) (rate(wirehub_gaps_total{$h}$r)) > 0",
                        "told while connected: {{reason}}",
                    ),
                ],
            ),
            panel(
                "Events for sinks",
                PER_SECOND,
                &[
                    (
                        "sum by (sink) (wirehub_events_waiting{$h})",
                        "{{sink}} wait",
                    ),
                    (
                        "sum by (sink) (rate(wirehub_events_delivered_total{$h}$r))",
                        "{{sink}} taken",
                    ),
                    (
                        "sum by (sink) (rate(wirehub_events_failures_total{$h}$r))",
                        "{{sink}} failed",
                    ),
                    (
                        "sum by (sink) (rate(wirehub_events_dropped_total{$h}$r))",
                        "{{sink}} dropped",
                    ),
                    (
                        "sum by (sink) (rate(wirehub_events_given_up_total{$h}$r))",
                        "{{sink}} given up",
                    ),
                ],
            ),
            panel(
                "Records of logs",
                PER_SECOND,
                &[
                    (
                        "sum by (intake) (wirehub_intake_waiting{$h})",
                        "{{intake}} wait",
                    ),
                    (
                        "sum by (intake, outcome) (rate(wirehub_intake_records_total{$h}$r)) > 0",
                        "{{intake}} {{outcome}}",
                    ),
                    (
                        "sum by (intake) (rate(wirehub_intake_failures_total{$h}$r))",
                        "{{intake}} failed",
                    ),
                ],
            ),
        ],
    },
    Row {
        title: "Topics",
        panels: &[
            panel(
                "Topics and subscriptions",
                COUNT,
                &[
                    ("sum (wirehub_topics{$h})", "topics"),
                    ("sum (wirehub_subscriptions{$h})", "subscriptions"),
                    ("sum (wirehub_filters{$h})", "filters"),
                ],
            ),
            panel(
                "Members and users",
                COUNT,
                &[
                    ("sum (wirehub_members{$h})", "members"),
                    ("sum (wirehub_users{$h})", "users"),
                ],
            ),
            panel(
                "What topics remember",
                COUNT,
                &[
                    ("sum (wirehub_history_publications{$h})", "publications"),
                    ("sum (wirehub_retained_values{$h})", "last values"),
                    (
                        "sum (rate(wirehub_publications_forgotten_total{$h}$r))",
                        "forgotten a second",
                    ),
                ],
            ),
            panel(
                "Bytes that topics remember",
                BYTES,
                &[(
                    "sum by (instance) (wirehub_remembered_bytes{$h})",
                    "{{instance}}",
                )],
            ),
        ],
    },
    Row {
        title: "Process",
        panels: &[
            panel(
                "Processor time",
                "percentunit",
                &[("rate(process_cpu_seconds_total{$h}$r)", "{{instance}}")],
            ),
            panel(
                "Memory",
                BYTES,
                &[
                    ("process_resident_memory_bytes{$h}", "{{instance}} resident"),
                    (
                        "wirehub_memory_allocated_bytes{$h}",
                        "{{instance}} allocated",
                    ),
                ],
            ),
            panel(
                "Memory by owner",
                BYTES,
                &[("sum by (owner) (wirehub_memory_bytes{$h})", "{{owner}}")],
            ),
            panel(
                "File descriptors",
                COUNT,
                &[
                    ("process_open_fds{$h}", "{{instance}} open"),
                    ("process_max_fds{$h}", "{{instance}} may have"),
                ],
            ),
            panel(
                "Network",
                "Bps",
                &[
                    ("sum (rate(wirehub_received_bytes_total{$h}$r))", "in"),
                    ("sum (rate(wirehub_sent_bytes_total{$h}$r))", "out"),
                ],
            ),
            panel(
                "Reads, writes and turns",
                PER_SECOND,
                &[
                    ("sum (rate(wirehub_socket_reads_total{$h}$r))", "reads"),
                    ("sum (rate(wirehub_socket_writes_total{$h}$r))", "writes"),
                    (
                        "sum (rate(wirehub_socket_writes_blocked_total{$h}$r))",
                        "cut short",
                    ),
                    ("sum (rate(wirehub_shard_turns_total{$h}$r))", "turns"),
                ],
            ),
            panel(
                "Tasks and threads",
                COUNT,
                &[
                    ("sum by (name) (wirehub_tasks{$h})", "{{name}}"),
                    ("process_threads{$h}", "{{instance}} threads"),
                ],
            ),
        ],
    },
];
