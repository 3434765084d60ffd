//! Words that must not be in any file: leftovers, paths of one machine, hosts of package
//! registries.

use super::Source;
use super::problem::Problem;

/// A word, where it is banned, and what to do about it.
struct Word {
    word: &'static str,
    only_in_rust: bool,
    /// The folder where it may be all the same.
    homes: &'static [&'static str],
    advice: &'static str,
}

/// Written in pieces, so that this file passes its own rule.
const WORDS: &[Word] = &[
    everywhere(
        concat!("/wo", "rk/"),
        "a path of one machine: write it relative to the project",
    ),
    everywhere(
        concat!("/ro", "ot/"),
        "a path of one machine: write it relative to the project",
    ),
    everywhere(concat!("registry.", "npmjs"), REGISTRY),
    everywhere(concat!("registry.", "yarnpkg"), REGISTRY),
    everywhere(concat!("index.", "crates.io"), REGISTRY),
    everywhere(concat!("static.", "crates.io"), REGISTRY),
    everywhere(concat!("py", "pi.org"), REGISTRY),
    everywhere(concat!("files.", "pythonhosted"), REGISTRY),
    everywhere(concat!("deb.", "debian.org"), REGISTRY),
    everywhere(
        concat!("FIX", "ME"),
        "finish it, or open an issue and say so in a sentence",
    ),
    rust(concat!("db", "g!("), "remove it"),
    rust(concat!("to", "do!("), "finish it, or leave it out"),
    rust(concat!("unimpl", "emented!("), "finish it, or leave it out"),
    Word {
        homes: &["crates/wirehub-profile/", "crates/wirehub-uring/"],
        ..rust(
            concat!("unsafe", "_code"),
            "only wirehub-profile and wirehub-uring have unsafe code; say there what you need",
        )
    },
    rust(
        concat!("#[ign", "ore"),
        "a test runs or does not exist: make it pass or remove it",
    ),
];

const REGISTRY: &str = "a registry's host: name packages only, the client knows the host";

/// Looks at every line of every text file.
pub(crate) fn check(sources: &[Source]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for source in sources {
        for (index, line) in source.text.lines().enumerate() {
            for word in WORDS.iter().filter(|word| applies(word, source, line)) {
                let text = format!("`{}`: {}", word.word, word.advice);
                problems.push(Problem::at(&source.path, index + 1, text));
            }
        }
    }
    problems
}

fn applies(word: &Word, source: &Source, line: &str) -> bool {
    let is_at_home = word.homes.iter().any(|home| source.path.starts_with(home));
    (!word.only_in_rust || source.has_extension("rs")) && !is_at_home && line.contains(word.word)
}

const fn everywhere(word: &'static str, advice: &'static str) -> Word {
    Word {
        word,
        only_in_rust: false,
        homes: &[],
        advice,
    }
}

const fn rust(word: &'static str, advice: &'static str) -> Word {
    Word {
        word,
        only_in_rust: true,
        homes: &[],
        advice,
    }
}

#[cfg(test)]
mod tests;
