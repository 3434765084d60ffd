use anyhow::anyhow;

use super::{Install, Need, Sign, State};
use crate::project::Project;

const NEED: Need = Need {
    name: "thing",
    why: "to test",
    sign: Sign::Check(|_| false),
    install: Install::ByHand("fetch it"),
    required: true,
};

#[test]
fn a_need_that_is_met_installs_nothing() {
    let project = Project::locate().unwrap();
    let install = Install::With(|_| Err(anyhow!("must not run")), "");
    let need = Need {
        sign: Sign::Program("sh"),
        install,
        ..NEED
    };
    assert_eq!(need.meet(&project), State::Met);
}

#[test]
fn an_install_that_fails_or_changes_nothing_leaves_it_missing() {
    let project = Project::locate().unwrap();
    assert_eq!(NEED.meet(&project), State::Missing);
    let failing = Need {
        install: Install::With(|_| Err(anyhow!("no network")), ""),
        ..NEED
    };
    assert_eq!(failing.meet(&project), State::Missing);
    let useless = Need {
        install: Install::With(|_| Ok(()), ""),
        ..NEED
    };
    assert_eq!(useless.meet(&project), State::Missing);
}
