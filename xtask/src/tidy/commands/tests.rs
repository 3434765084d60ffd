use super::check;
use crate::tidy::Source;

const CLI: &str = "#[derive(clap::Subcommand)]\nenum Command { Serve, ConfigDoc(Args) }\n";

fn problems(text: &str) -> usize {
    let sources = [
        ("README.md", text),
        ("crates/wirehub-cli/src/main.rs", CLI),
        ("crates/wirehub/examples/echo.rs", ""),
    ]
    .map(|(path, text)| Source {
        path: path.to_owned(),
        text: text.to_owned(),
    });
    check(&sources).unwrap().len()
}

#[test]
fn xtask_commands_and_flags_are_real() {
    assert_eq!(
        problems("run `cargo xtask test` or\n```\ncargo xtask conform autobahn --quick\n```"),
        0
    );
    assert_eq!(problems("`cargo xtask tests`"), 1);
    assert_eq!(problems("```\ncargo xtask conform autoban\n```"), 1);
    assert_eq!(problems("`cargo xtask check --onlyy fmt`"), 1);
    assert_eq!(problems("`cargo xtask check --only fmt`"), 0);
    assert_eq!(problems("`cargo xtask …` and `cargo xtask [COMMAND]`"), 0);
    assert_eq!(problems("`cargo fmt && cargo xtask tidyy`"), 1);
}

#[test]
fn commands_of_the_binary_are_real() {
    assert_eq!(
        problems("`wirehub serve --listen x`, `cargo run --release -- serve`"),
        0
    );
    assert_eq!(problems("```\n$ wirehub config-doc\n```"), 0);
    assert_eq!(problems("```\n$ A=b wirehub serf\n```"), 1);
    assert_eq!(problems("`cargo run --release -- serf`"), 1);
    assert_eq!(
        problems("prose about wirehub serf, and `use wirehub is fine`"),
        0
    );
}

#[test]
fn examples_are_real() {
    assert_eq!(
        problems("`cargo run --release --example echo -- --listen ADDR`"),
        0
    );
    assert_eq!(problems("`cargo run --example eco`"), 1);
}
