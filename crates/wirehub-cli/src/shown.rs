//! Settings as people see them: each with its value and its origin, secrets hidden.

use wirehub_http::ShownSetting;

use crate::{
    catalogue::{LISTS, SETTINGS},
    layers::Layers,
};

/// All of them, in the order of the catalogue, and the names of what is in lists behind them.
pub(crate) fn shown(layers: &Layers) -> Vec<ShownSetting> {
    let settings = SETTINGS.iter().map(|setting| ShownSetting {
        key: setting.key.to_owned(),
        value: layers.shown(setting),
        origin: layers.origin(setting.key).to_string(),
        meaning: setting.meaning.to_owned(),
        reload: setting.reload,
        waits: None,
    });
    let lists = LISTS.iter().map(|list| ShownSetting {
        key: list.key.to_owned(),
        value: format!("{:?}", layers.names(list)),
        origin: layers.origin(list.key).to_string(),
        meaning: list.meaning.to_owned(),
        reload: list.entry.iter().any(|setting| setting.reload),
        waits: None,
    });
    settings.chain(lists).collect()
}

/// What holds after settings were read again: those that need a restart stay, and say what waits.
pub(crate) fn shown_after(before: &[ShownSetting], read: Vec<ShownSetting>) -> Vec<ShownSetting> {
    let pairs = before.iter().zip(read);
    let after = pairs.map(
        |(before, read)| match (read.reload, before.value == read.value) {
            (false, false) => ShownSetting {
                waits: Some(read.value),
                ..before.clone()
            },
            _ => read,
        },
    );
    after.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<ShownSetting> {
        shown(&Layers::of_text(text).unwrap())
    }

    fn find<'a>(all: &'a [ShownSetting], key: &str) -> &'a ShownSetting {
        all.iter().find(|setting| setting.key == key).unwrap()
    }

    #[test]
    fn secrets_are_hidden_and_origins_named() {
        let all = of("shards = \"2\"\n[admin]\napi_key = \"0123456789abcdef-not-to-be-seen\"\n");
        assert_eq!(find(&all, "shards").origin, "settings:1");
        assert_eq!(find(&all, "listen").origin, "default");
        let key = find(&all, "admin.api_key");
        assert_eq!(
            (key.value.as_str(), key.origin.as_str()),
            ("(hidden)", "settings:3")
        );
        assert!(
            all.iter()
                .all(|setting| !setting.value.contains("not-to-be-seen"))
        );
    }

    #[test]
    fn entries_of_lists_are_named() {
        let all = of("[[namespaces]]\npattern = \"chat/#\"\n");
        assert_eq!(find(&all, "namespaces").value, r#"["chat/#"]"#);
    }

    #[test]
    fn what_needs_a_restart_says_what_waits() {
        let before = of("shards = \"2\"\n[limits]\nsubscriptions = 10\n");
        let after = shown_after(
            &before,
            of("shards = \"3\"\n[limits]\nsubscriptions = 20\n"),
        );
        let shards = find(&after, "shards");
        assert_eq!(shards.value, find(&before, "shards").value);
        assert!(
            shards
                .waits
                .as_ref()
                .is_some_and(|value| value.contains('3'))
        );
        let limit = find(&after, "limits.subscriptions");
        assert_eq!((limit.value.as_str(), &limit.waits), ("20", &None));
    }
}
