use super::Project;

#[test]
fn the_root_holds_the_workspace_and_lists_its_own_files() {
    let project = Project::locate().unwrap();
    let files = project.files().unwrap();
    assert!(files.iter().any(|file| file == "Cargo.toml"));
    assert!(files.iter().any(|file| file == "xtask/src/project.rs"));
    assert!(files.iter().all(|file| !file.starts_with("target/")));
}

#[test]
fn metadata_names_this_package() {
    let metadata = Project::locate().unwrap().metadata().unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.iter().any(|package| package["name"] == "xtask"));
}
