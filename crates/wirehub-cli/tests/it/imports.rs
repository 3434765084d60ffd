//! `wirehub config import`: what comes out is what `config check` and `serve` take.

use std::fs;

use rustix::process::Signal;

use crate::program::{Serving, directory, run};

fn example(name: &str) -> String {
    format!("{}/testdata/centrifugo/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_example_passes_the_check_and_the_rest_is_said() {
    let directory = directory("imports");
    for (name, said) in [
        (
            "chat.json",
            "wirehub: `admin.enabled`: there is no web interface yet",
        ),
        (
            "prices.yaml",
            "wirehub: `engine.type`: nothing of Centrifugo's keys is used",
        ),
        (
            "hooks.toml",
            "wirehub: `channel.namespaces[0].histroy_size`: Centrifugo 6 has no such",
        ),
    ] {
        let imported = run(&["config", "import", "centrifugo", &example(name)], &[]);
        assert_eq!(imported.code, Some(0), "{}", imported.stderr);
        assert!(imported.stderr.contains(said), "{}", imported.stderr);
        let file = directory.join(format!("{name}.wirehub.toml"));
        fs::write(&file, imported.stdout).unwrap();
        let checked = run(&["config", "check", file.to_str().unwrap()], &[]);
        assert_eq!(checked.code, Some(0), "{name}: {}", checked.stderr);
        assert!(checked.stdout.contains("centrifugo.enabled = true"));
    }
}

#[test]
fn a_hub_serves_with_what_was_imported() {
    let directory = directory("imports_serve");
    let imported = run(
        &["config", "import", "centrifugo", &example("prices.yaml")],
        &[],
    );
    let file = directory.join("wirehub.toml");
    fs::write(&file, imported.stdout).unwrap();
    let name = file.to_str().unwrap();
    let mut hub = Serving::start(&directory, &["--config", name], &[]);
    hub.signal(Signal::TERM);
    assert_eq!(hub.exit_code(), Some(0));
}

#[test]
fn files_that_cannot_be_read_are_refused() {
    let directory = directory("imports_refused");
    let file = directory.join("config.json");
    fs::write(
        &file,
        "{\"client\": {\"token\": {\"hmac_secret_key\": \"a secret",
    )
    .unwrap();
    for (name, said) in [
        (file.to_str().unwrap(), "EOF while parsing"),
        ("no/such/file.json", "failed to read the file"),
    ] {
        let refused = run(&["config", "import", "centrifugo", name], &[]);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""));
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
        assert!(!refused.stderr.contains("a secret"), "{}", refused.stderr);
    }
}
