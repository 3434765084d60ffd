use super::{Entry, Measured, apply, check, entries};

fn file(lines: usize) -> Measured {
    Measured {
        name: "file a.rs".into(),
        path: "a.rs".into(),
        line: 0,
        lines,
        cap: 600,
    }
}

fn texts(entry: Option<usize>, real: usize) -> Vec<String> {
    let entries: Vec<_> = entry
        .into_iter()
        .map(|lines| Entry {
            line: 1,
            name: "file a.rs",
            lines,
        })
        .collect();
    apply(&entries, &[file(real)])
        .into_iter()
        .map(|problem| problem.text)
        .collect()
}

#[test]
fn without_an_entry_the_cap_holds() {
    assert!(texts(None, 600).is_empty());
    assert_eq!(texts(None, 601).len(), 1);
}

#[test]
fn an_entry_holds_at_its_value_and_only_shrinks() {
    assert!(texts(Some(640), 640).is_empty());
    assert!(texts(Some(640), 641)[0].contains("at most 640"));
    assert!(texts(Some(640), 630)[0].contains("lower it to 630"));
    assert!(texts(Some(640), 600)[0].contains("remove the entry"));
}

#[test]
fn an_entry_for_nothing_is_removed() {
    let entries = [Entry {
        line: 3,
        name: "file b.rs",
        lines: 700,
    }];
    let problems = apply(&entries, &[file(10)]);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].line, 3);
}

#[test]
fn the_list_is_read_and_must_not_grow() {
    let mut problems = Vec::new();
    let read = entries("# why\n\nfunction a.rs big 80\nnonsense\n", &mut problems);
    assert_eq!(
        (read.len(), read[0].name, read[0].lines),
        (1, "function a.rs big", 80)
    );
    assert_eq!(problems.len(), 1);
    assert!(check("# nothing\n", &[]).is_empty());
    assert!(!check("file a.rs 640\n", &[file(640)]).is_empty());
}
