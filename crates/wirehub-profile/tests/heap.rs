//! Who has memory is found, by name and about as much as it is.

use std::thread;

use tikv_jemallocator::Jemalloc;
use wirehub_profile::{HeapMark, Profile, SamplingAllocator, allocs, heap};

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

#[inline(never)]
fn the_one_that_leaks(bytes: usize) -> Vec<Vec<u8>> {
    (0..bytes / 4096).map(|_| vec![3; 4096]).collect()
}

#[test]
fn the_place_that_grew_most_since_a_moment_is_named() {
    let before = the_one_that_keeps(64 * 1024, 2048);
    let mark = HeapMark::now().unwrap();
    let leaked = the_one_that_leaks(64 << 20);
    let growth = mark.most_grown().unwrap();
    let about = 32 << 20..96 << 20;
    assert!(about.contains(&growth.bytes), "{growth:?}");
    assert!(growth.place.contains("the_one_that_leaks"), "{growth:?}");
    assert!(growth.place.contains("tests/heap.rs:"), "{growth:?}");
    drop((before, leaked));
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
