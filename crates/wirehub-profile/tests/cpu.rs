//! Where threads spend their time is found, by name.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    hint::black_box,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use wirehub_profile::{CpuError, CpuSession, Profile, threads};

static STOP: AtomicBool = AtomicBool::new(false);

#[inline(never)]
fn the_busy_one() {
    while !STOP.load(Ordering::Relaxed) {
        black_box((0..1_000_u64).fold(0, |sum: u64, number| sum.wrapping_mul(31) ^ number));
    }
}

/// All its time is in the C library, which keeps no frame pointers.
#[inline(never)]
fn the_copying_one(from: &[u8], to: &mut [u8]) {
    while !STOP.load(Ordering::Relaxed) {
        black_box(&mut *to).copy_from_slice(black_box(from));
    }
}

/// Samples until the profile is as it should be, however long a loaded machine takes for that.
fn profile_until(enough: impl Fn(&Profile) -> bool) -> Profile {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        let mut session = CpuSession::start().unwrap();
        for _ in 0..10 {
            thread::sleep(Duration::from_millis(50));
            session.collect();
        }
        let profile = session.finish();
        if enough(&profile) || Instant::now() > patience {
            return profile;
        }
    }
}

#[test]
fn busy_threads_are_sampled_where_they_are() {
    let busy = thread::Builder::new().name("busy".to_owned());
    let busy = busy.spawn(the_busy_one).unwrap();
    let copying = thread::spawn(|| {
        let from = vec![1; 1 << 20];
        the_copying_one(&from, &mut vec![0; 1 << 20]);
    });
    let found =
        |profile: &Profile, name: &str| profile.under(|function| function.ends_with(name)) > 0;
    let profile = profile_until(|profile| {
        found(profile, "the_busy_one") && found(profile, "the_copying_one")
    });

    let now = threads().unwrap();
    assert!(
        now.under(|name| name.ends_with("the_busy_one")) == 1,
        "{:#?}",
        now.top()
    );
    assert!(
        now.under(|name| name.contains("thread_start")) >= 2,
        "others wait"
    );

    let session = CpuSession::start().unwrap();
    assert!(matches!(CpuSession::start(), Err(CpuError::Busy)));
    drop(session);
    drop(CpuSession::start().unwrap());
    STOP.store(true, Ordering::Relaxed);
    busy.join().unwrap();
    copying.join().unwrap();

    assert!(found(&profile, "the_busy_one"), "{:#?}", profile.top());
    assert!(found(&profile, "the_copying_one"), "{:#?}", profile.top());
    assert!(
        profile.under(|name| name.contains("thread_start")) > 0,
        "to the outer end"
    );
    assert!(!profile.to_pprof().is_empty());
}
