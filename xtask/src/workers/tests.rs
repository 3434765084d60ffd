use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{anyhow, bail};

use super::run;

#[test]
fn every_item_is_worked_on_once_and_in_order() {
    let calls = AtomicUsize::new(0);
    let doubled = run(3, 0..50, |item| {
        calls.fetch_add(1, Ordering::Relaxed);
        Ok(item * 2)
    });
    assert_eq!(
        doubled.unwrap(),
        (0..50).map(|item| item * 2).collect::<Vec<_>>()
    );
    assert_eq!(calls.into_inner(), 50);
}

#[test]
fn an_error_ends_the_queue() {
    let calls = AtomicUsize::new(0);
    let result = run(1, 0..50, |item| {
        calls.fetch_add(1, Ordering::Relaxed);
        if item == 3 {
            Err(anyhow!("broken on purpose"))
        } else {
            Ok(())
        }
    });
    assert_eq!(result.unwrap_err().to_string(), "broken on purpose");
    assert_eq!(calls.into_inner(), 4);
}

#[test]
fn an_error_of_any_worker_is_seen() {
    let result = run(4, 0..8, |item| {
        if item == 7 {
            bail!("the last one")
        } else {
            Ok(item)
        }
    });
    assert!(result.is_err());
}
