//! Namespaces and their channel options.

use wirehub_protocol::centrifuge;

use super::{
    draft::{Draft, NamespaceDraft},
    source::Source,
};
use crate::span::Span;

/// Who may do something, by the options that say so.
const ACCESS: [(&str, &str); 4] = [
    ("subscribe", "allow_subscribe_for_"),
    ("publish", "allow_publish_for_"),
    ("read_history", "allow_history_for_"),
    ("read_presence", "allow_presence_for_"),
];

/// Options that hold wherever there is history, or deltas are allowed, so that nothing has to be
/// set for them.
const IMPLIED: [&str; 6] = [
    "force_positioning",
    "allow_positioning",
    "force_recovery",
    "allow_recovery",
    "auto_cache_recover",
    "delta_publish",
];

pub(super) fn translate(source: &mut Source, draft: &mut Draft) {
    // Names of one level are those without a namespace, and this entry comes first: `chat/#` would
    // match `chat` as well.
    let prefix = "channel.without_namespace";
    let mut plain = NamespaceDraft::new("+", "channels without a namespace");
    fill(source, draft, prefix, &mut plain, false);
    draft.add(plain);
    for place in 0..source.count("channel.namespaces") {
        let prefix = format!("channel.namespaces[{place}]");
        let Some(name) = source.text(&format!("{prefix}.name")) else {
            source.note(
                &format!("{prefix}.name"),
                "the namespace has no name, so it was left out",
            );
            continue;
        };
        let Some(topic) = centrifuge::topic_of_channel(&name) else {
            source.note(&format!("{prefix}.name"), "no topics can have this name");
            continue;
        };
        // As a topic it has no character that could end a comment.
        let title = format!("channels of `{topic}`");
        let mut namespace = NamespaceDraft::new(format!("{topic}/#"), title);
        fill(source, draft, &prefix, &mut namespace, false);
        draft.add(namespace);
        // Private channels are those of the namespace, for whoever has a token for them.
        let title = format!("private channels of `{topic}`");
        let mut private = NamespaceDraft::new(format!("%24{topic}/#"), title);
        fill(source, draft, &prefix, &mut private, true);
        draft.add(private);
    }
}

fn fill(
    source: &mut Source,
    draft: &mut Draft,
    prefix: &str,
    namespace: &mut NamespaceDraft,
    private: bool,
) {
    let option = |name: &str| format!("{prefix}.{name}");
    for (key, start) in ACCESS {
        let level = level(source, &option(start));
        let level = if key == "subscribe" && private {
            None
        } else {
            level
        };
        if let Some(level) = level {
            namespace.set(key, level, &option(&format!("{start}…")));
        }
    }
    subscribers(source, draft, prefix);
    history(source, prefix, namespace);
    let (presence, join_leave) = (option("presence"), option("join_leave"));
    let is_seen = [source.flag(&presence), source.flag(&join_leave)];
    if is_seen[0] {
        namespace.set("presence", true, &presence);
    } else if is_seen[1] {
        namespace.set("presence", true, &join_leave);
    }
    if source.flag(&option("force_push_join_leave")) {
        let text = "who comes and goes is told to clients that ask for it (`joinLeave: true`)";
        source.note(&option("force_push_join_leave"), text);
    }
    deltas(source, prefix, namespace);
    let user_limited = option("allow_user_limited_channels");
    if source.flag(&user_limited) {
        draft.set("centrifugo.user_limited_channels", true, &user_limited);
    }
    let tags_filter = option("allow_tags_filter");
    if source.flag(&tags_filter) {
        namespace.set("tags_filter", true, &tags_filter);
    }
    for name in IMPLIED {
        source.flag(&option(name));
    }
}

/// The widest of those who may, when it is wider than those with a token for it.
fn level(source: &mut Source, start: &str) -> Option<&'static str> {
    let clients = source.flag(&format!("{start}client"));
    let anonymous = source.flag(&format!("{start}anonymous"));
    match (clients, anonymous) {
        (_, true) => Some("anyone"),
        (true, false) => Some("user"),
        (false, false) => None,
    }
}

/// Subscribers have no rights of their own here.
fn subscribers(source: &mut Source, draft: &mut Draft, prefix: &str) {
    for what in ["publish", "history", "presence"] {
        let name = format!("{prefix}.allow_{what}_for_subscriber");
        let wider = format!("{prefix}.allow_{what}_for_client");
        if source.flag(&name) && !source.has(&wider) {
            let key = if what == "publish" {
                "publish".to_owned()
            } else {
                format!("read_{what}")
            };
            let text = format!(
                "subscribers have no rights of their own; set `{key}` of the namespace to \"user\", \
                 or allow it in tokens"
            );
            draft.note(&name, text);
        }
    }
}

/// There is one kind of delta.
fn deltas(source: &mut Source, prefix: &str, namespace: &mut NamespaceDraft) {
    let name = format!("{prefix}.allowed_delta_types");
    let types = source.list(&name);
    if types.iter().any(|one| one != "fossil") {
        source.note(&name, "only `fossil` is known");
    }
    if types.iter().any(|one| one == "fossil") {
        namespace.set("deltas", true, &name);
    }
}

fn history(source: &mut Source, prefix: &str, namespace: &mut NamespaceDraft) {
    let (size_name, ttl_name) = (
        format!("{prefix}.history_size"),
        format!("{prefix}.history_ttl"),
    );
    let (size, ttl) = (source.number(&size_name), source.span(&ttl_name));
    let mode_name = format!("{prefix}.force_recovery_mode");
    let mode = source.text(&mode_name);
    let is_cache = mode.as_deref() == Some("cache");
    if !matches!(mode.as_deref(), Some("stream" | "cache") | None) {
        source.note(&mode_name, "is `stream` or `cache`");
    }
    match (size, ttl) {
        // All that clients recover is the last publication, which is kept by itself.
        (Some(size), Some(ttl)) if is_cache => {
            namespace.set("retained", true, &mode_name);
            namespace.set("retained_ttl", Span(ttl).to_string(), &ttl_name);
            if size > 1 {
                source.note(&size_name, "in the mode `cache` only the last is kept");
            }
        }
        (Some(size), Some(ttl)) => {
            let history = toml::Table::from_iter([
                ("size".to_owned(), size.into()),
                ("ttl".to_owned(), Span(ttl).to_string().into()),
            ]);
            namespace.set("history", history, &size_name);
        }
        (Some(_), None) => source.note(&size_name, "without `history_ttl` nothing is kept"),
        (None, Some(_)) => source.note(&ttl_name, "without `history_size` nothing is kept"),
        (None, None) => {}
    }
}
