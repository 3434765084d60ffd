//! What descriptors of this process are open on.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// What a descriptor is open on (proc_pid_fd(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A socket, known by its inode, which no other gets while it is open.
    Socket(u64),
    /// An end of a pipe.
    Pipe,
    /// Something of the kernel's that has no file: `eventpoll`, `eventfd`.
    Nameless(String),
    /// A file or a device, by its path.
    File(String),
}

impl Target {
    fn parse(link: &str) -> Self {
        let inside = |name: &str| Some(link.strip_prefix(name)?.strip_suffix(']')?.to_owned());
        if let Some(inode) = inside("socket:[").and_then(|inode| inode.parse().ok()) {
            return Self::Socket(inode);
        }
        if inside("pipe:[").is_some() {
            return Self::Pipe;
        }
        match link.strip_prefix("anon_inode:") {
            Some(name) => Self::Nameless(name.trim_matches(['[', ']']).to_owned()),
            None => Self::File(link.to_owned()),
        }
    }
}

/// The descriptors that this process has open.
pub(super) fn open() -> BTreeSet<i32> {
    let open = fs::read_dir("/proc/self/fd").into_iter().flatten();
    let names = open.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter_map(|name| name.parse().ok()).collect()
}

/// What they are open on; those that were closed meanwhile are left out.
pub(super) fn targets<'a>(descriptors: impl IntoIterator<Item = &'a i32>) -> BTreeMap<i32, Target> {
    let targets = descriptors.into_iter().filter_map(|descriptor| {
        let link = fs::read_link(format!("/proc/self/fd/{descriptor}")).ok()?;
        Some((*descriptor, Target::parse(&link.to_string_lossy())))
    });
    targets.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_the_kernel_are_told_apart() {
        for (link, target) in [
            ("socket:[4711]", Target::Socket(4711)),
            ("pipe:[12]", Target::Pipe),
            (
                "anon_inode:[eventpoll]",
                Target::Nameless("eventpoll".to_owned()),
            ),
            ("anon_inode:inotify", Target::Nameless("inotify".to_owned())),
            ("/a/b (deleted)", Target::File("/a/b (deleted)".to_owned())),
            ("socket:[x]", Target::File("socket:[x]".to_owned())),
        ] {
            assert_eq!(Target::parse(link), target);
        }
    }
}
