//! The options that Centrifugo 6.9 has.

use std::{collections::BTreeMap, sync::LazyLock};

/// One option a line: its name, its kind and its default; `[]` stands for a place in a list.
const OPTIONS: &str = include_str!("options.txt");

/// Options that are made like others.
const ALIKE: [(&str, &str); 14] = [
    ("channel.namespaces[].", "channel.without_namespace."),
    ("channel.proxy.subscribe.", PROXY),
    ("channel.proxy.publish.", PROXY),
    ("channel.proxy.sub_refresh.", PROXY),
    ("channel.proxy.subscribe_stream.", PROXY),
    ("channel.proxy.map_publish.", PROXY),
    ("channel.proxy.map_remove.", PROXY),
    ("channel.proxy.shared_poll_refresh.", PROXY),
    ("client.proxy.refresh.", PROXY),
    ("rpc.proxy.", PROXY),
    ("proxies[].", PROXY),
    ("broker.redis.", "engine.redis."),
    ("presence_manager.redis.", "engine.redis."),
    ("map_broker.redis.", "engine.redis."),
];
const PROXY: &str = "client.proxy.connect.";

/// What an option is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) kind: Kind,
    /// As it is written, empty where it is the kind's own nothing.
    pub(super) default: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text, a number, a truth value or a list of texts.
    Plain,
    /// A span of time.
    Duration,
    /// Any names with values.
    Map,
    /// Of the commercial edition.
    Commercial,
}

static KNOWN: LazyLock<BTreeMap<&'static str, (&'static str, &'static str)>> =
    LazyLock::new(|| {
        let lines = OPTIONS.lines().map(|line| {
            let mut parts = line.splitn(3, ' ');
            let mut part = || parts.next().unwrap_or_default();
            (part(), (part(), part()))
        });
        lines.collect()
    });

/// Finds an option by its name, with `[]` for places in lists.
pub(super) fn find(name: &str) -> Option<Known> {
    if let Some((kind, default)) = KNOWN.get(name) {
        let kind = match *kind {
            "duration" => Kind::Duration,
            "map" => Kind::Map,
            "pro" => Kind::Commercial,
            _ => Kind::Plain,
        };
        return Some(Known { kind, default });
    }
    let alike = ALIKE
        .iter()
        .filter_map(|(own, other)| Some(format!("{other}{}", name.strip_prefix(own)?)));
    if let Some(known) = alike.into_iter().find_map(|name| find(&name)) {
        return Some(known);
    }
    // What is known of certificates is said once.
    let (place, option) = name.rsplit_once('.')?;
    let is_certificate = KNOWN.get(place).is_some_and(|(kind, _)| *kind == "tls");
    let own = ALIKE.iter().filter_map(|(own, other)| {
        let other = format!("{other}{}", place.strip_prefix(own)?);
        KNOWN.get(other.as_str()).map(|(kind, _)| *kind == "tls")
    });
    if is_certificate || own.into_iter().any(|is| is) {
        return find(&format!("tls.{option}"));
    }
    None
}

/// The right name that is nearest to a wrong one, if any looks like it.
pub(super) fn nearest(wrong: &str) -> Option<String> {
    let own = ALIKE.iter().find(|(own, _)| wrong.starts_with(own));
    let other = own.map(|(own, other)| wrong.replacen(own, other, 1));
    let names = KNOWN
        .keys()
        .copied()
        .filter(|name| !name.starts_with("tls."));
    let near = crate::catalogue::nearest(other.as_deref().unwrap_or(wrong), names)?;
    Some(match own {
        Some((own, other)) => near.replacen(other, own, 1),
        None => near.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_found_by_their_names_and_by_those_alike() {
        for (name, kind, default) in [
            ("client.ping_interval", Kind::Duration, "25s"),
            ("channel.namespaces[].history_ttl", Kind::Duration, ""),
            ("channel.namespaces[].name", Kind::Plain, ""),
            ("broker.redis.io_timeout", Kind::Duration, "4s"),
            ("proxies[].http.static_headers", Kind::Map, ""),
            ("http_server.tls.cert_pem", Kind::Plain, ""),
            ("proxies[].http.tls.enabled", Kind::Plain, ""),
            ("channel.namespaces[].publish_cel", Kind::Commercial, ""),
        ] {
            assert_eq!(find(name), Some(Known { kind, default }), "{name}");
        }
        for name in [
            "",
            "client",
            "client.pin_interval",
            "http_server.tls.cert",
            "tls",
        ] {
            assert_eq!(find(name), None, "{name}");
        }
    }

    #[test]
    fn wrong_names_have_a_near_one() {
        for (wrong, right) in [
            ("client.alowed_origins", "client.allowed_origins"),
            (
                "channel.namespaces[].histroy_size",
                "channel.namespaces[].history_size",
            ),
            ("proxies[].endpont", "proxies[].endpoint"),
        ] {
            assert_eq!(nearest(wrong).as_deref(), Some(right), "{wrong}");
        }
        assert_eq!(nearest("zzz"), None);
    }
}
