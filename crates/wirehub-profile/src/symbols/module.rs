//! The module of a function, from the file that it is in.

/// The name of a function with its module in front, unless it has one already: as good as the path
/// of the file tells it.
pub(super) fn qualified(name: &str, file: &str) -> String {
    let own_path = name.split('<').next().unwrap_or_default();
    match module_of(file) {
        Some(module) if !own_path.contains("::") => format!("{module}::{name}"),
        _ => name.to_owned(),
    }
}

/// `crates/wirehub/src/shard_loop/reading.rs` is `wirehub::shard_loop::reading`.
fn module_of(file: &str) -> Option<String> {
    let (package, inside) = file.rsplit_once("/src/")?;
    let package = package.rsplit('/').next()?;
    let inside = inside.strip_suffix(".rs")?.split('/');
    let inside = inside.filter(|part| !["lib", "main", "mod"].contains(part));
    let mut parts = vec![without_version(package).replace('-', "_")];
    parts.extend(inside.map(str::to_owned));
    Some(parts.join("::"))
}

/// Packages of a registry lie in folders that end with their versions.
fn without_version(package: &str) -> &str {
    match package.rsplit_once('-') {
        Some((name, version)) if version.starts_with(|first: char| first.is_ascii_digit()) => name,
        _ => package,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_tell_modules() {
        for (name, file, expected) in [
            (
                "turn",
                "crates/wirehub/src/shard_loop.rs",
                "wirehub::shard_loop::turn",
            ),
            (
                "main",
                "/build/wirehub-cli/src/main.rs",
                "wirehub_cli::main",
            ),
            (
                "poll<T>",
                "/home/a/registry/src/host/tokio-util-0.7.16/src/sync/mod.rs",
                "tokio_util::sync::poll<T>",
            ),
            (
                "call_once<fn(a::B), ()>",
                "/rustc/abc/library/core/src/ops/function.rs",
                "core::ops::function::call_once<fn(a::B), ()>",
            ),
            (
                "wirehub::tasks::spawn",
                "crates/wirehub/src/tasks.rs",
                "wirehub::tasks::spawn",
            ),
            ("malloc", "malloc.c", "malloc"),
            ("plain", "", "plain"),
        ] {
            assert_eq!(qualified(name, file), expected);
        }
    }
}
