use super::SUITES;
use crate::project::Project;

#[test]
fn every_suite_has_its_script() {
    let project = Project::locate().unwrap();
    for suite in SUITES {
        let script = project.path(suite.folder).join(suite.script);
        assert!(script.is_file(), "{}", script.display());
    }
}
