//! Who has memory is found, by name and about as much as it is.

use std::thread;

use tikv_jemallocator::Jemalloc;
use wirehub_profile::{Profile, SamplingAllocator, allocs, heap};

#[global_allocator]
static ALLOCATOR: SamplingAllocator<Jemalloc> = SamplingAllocator::around(Jemalloc);

const MEGABYTE: i64 = 1 << 20;

#[inline(never)]
fn the_one_that_keeps(count: usize, size: usize) -> Vec<Vec<u8>> {
    (0..count).map(|_| vec![1; size]).collect()
}

#[inline(never)]
fn the_one_that_grows(bytes: usize) -> Vec<u8> {
    let mut grown = Vec::new();
    while grown.len() < bytes {
        grown.extend_from_slice(&[7; 1024]);
    }
    grown
}

/// Bytes that a function of this name had allocated.
fn bytes_of(profile: &Profile, name: &str) -> i64 {
    profile.under(|function| function.contains(name))
}

#[test]
fn what_is_kept_is_in_use_and_what_was_freed_was_allocated() {
    let kept = the_one_that_keeps(64 * 1024, 1024);
    let in_use = bytes_of(&heap().unwrap(), "the_one_that_keeps");
    // 64 MB, of which there are 128 samples on average, with a deviation of 11.
    let about = 32 * MEGABYTE..96 * MEGABYTE;
    assert!(
        about.contains(&in_use),
        "{in_use} in use: {:#?}",
        heap().unwrap().top()
    );
    assert!(kept.iter().all(|piece| piece.iter().all(|byte| *byte == 1)));

    drop(kept);
    assert_eq!(bytes_of(&heap().unwrap(), "the_one_that_keeps"), 0);
    let allocated = bytes_of(&allocs().unwrap(), "the_one_that_keeps");
    assert!(about.contains(&allocated), "{allocated} allocated");

    let grown = the_one_that_grows(64 << 20);
    assert!(grown.iter().all(|byte| *byte == 7), "it was moved whole");
    assert!(bytes_of(&heap().unwrap(), "the_one_that_grows") > 0);
    assert!(!heap().unwrap().to_pprof().is_empty());
}

#[test]
fn many_threads_allocate_grow_and_free_as_before() {
    let threads: Vec<_> = (0..8_usize)
        .map(|number| {
            thread::spawn(move || {
                let mut kept = Vec::new();
                for round in 0..2_000_usize {
                    let size = (number + 1) * (round % 97 + 1) * 64;
                    let mut piece = vec![round as u8; size];
                    piece.resize(size * 3, 9);
                    piece.shrink_to(size);
                    assert!(piece[..size].iter().all(|byte| *byte == round as u8));
                    kept.push(piece);
                    if round % 3 == 0 {
                        kept.swap_remove(round % kept.len());
                    }
                }
                kept.len()
            })
        })
        .collect();
    for thread in threads {
        assert!(thread.join().unwrap() > 0);
    }
}
