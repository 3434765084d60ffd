//! Bugs planted on purpose: a simulator that does not find them finds nothing.

use wirehub_testkit::{Mutant, Promise, simulate};

/// Plays seeds until the mutant is found; checks that it is found for what it is.
fn find(mutant: Mutant, promises: &[Promise]) {
    let mut findings = (0..1_000).filter_map(|seed| simulate(seed, Some(mutant)).err());
    let finding = findings.next().expect("a thousand seeds find it");
    assert!(promises.contains(&finding.promise), "\n{finding}");
    assert!(finding.to_string().contains(mutant.name()), "\n{finding}");
    assert!(!finding.trace.is_empty(), "\n{finding}");
}

#[test]
fn deliveries_that_change_places() {
    find(Mutant::SwappedDeliveries, &[Promise::Order, Promise::NoGap]);
}

#[test]
fn a_delivery_that_is_lost() {
    find(Mutant::LostDelivery, &[Promise::NoGap]);
}

#[test]
fn a_delivery_that_comes_twice() {
    find(Mutant::DoubledDelivery, &[Promise::Order]);
}

#[test]
fn a_receipt_that_is_lost() {
    find(Mutant::LostReceipt, &[Promise::Answers]);
}

#[test]
fn a_disinterest_that_is_lost() {
    find(Mutant::LostDisinterest, &[Promise::NothingLeft]);
}

#[test]
fn a_window_that_is_lost() {
    find(Mutant::LostWindow, &[Promise::NoGap]);
}

#[test]
fn a_member_who_left_and_is_still_there() {
    let promises = [Promise::Presence, Promise::Counters, Promise::NothingLeft];
    find(Mutant::GhostMember, &promises);
}

#[test]
fn a_member_of_whom_no_other_node_hears() {
    find(Mutant::UnheardMember, &[Promise::Presence]);
}

#[test]
fn a_store_that_acknowledges_too_early() {
    let promises = [Promise::OnePlace, Promise::NoGap, Promise::Order];
    find(Mutant::ForgetfulStore, &promises);
}

#[test]
fn a_recovery_that_is_none() {
    find(Mutant::FalseRecovery, &[Promise::NoGap]);
}

#[test]
fn a_delta_of_something_older() {
    find(Mutant::StaleDelta, &[Promise::Deltas]);
}

#[test]
fn a_byte_too_few() {
    // When nothing follows the frame, its client waits for the rest of it.
    find(Mutant::TornFrame, &[Promise::Framing, Promise::Answers]);
}
