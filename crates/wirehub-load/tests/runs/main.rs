//! Runs against servers of a few lines, each with a fault of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod server;
mod tls;

use std::{sync::Arc, time::Duration};

use wirehub_load::{
    Act, Adapter, Backoff, FailureCause, Order, Outcome, Phase, Quick, QuickForm, Scenario, Share,
    Speech, Stop, Target, Traffic, Trust, Watch, run,
};

use self::server::{Fault, Server};

/// Connections that come in half a second and stay for another.
fn crowd(connections: u32) -> Scenario {
    let quick = Quick {
        form: QuickForm::Idle,
        lasts: Duration::from_secs(1),
        connections,
        threads: 2,
        rate: None,
        payload: 128,
        backoff: Backoff::Fixed {
            delay: Duration::from_secs(60),
        },
    };
    let phase = |act| Phase {
        act,
        lasts: Duration::from_millis(500),
        rate: 0.0,
    };
    Scenario {
        traffic: Traffic::Silence,
        speech: Speech::Plain(Adapter::default()),
        phases: vec![phase(Act::Ramp { to: connections }), phase(Act::Hold)],
        ..quick.scenario()
    }
}

fn outcome(scenario: Scenario, url: &str, trust: Trust, watch: Option<Watch>) -> Outcome {
    let order = Order {
        scenario,
        targets: vec![Target::parse(url).unwrap()],
        trust,
        tokens: None,
        sources: Vec::new(),
        share: Share {
            process: 0,
            processes: 1,
            here: 1,
            run: 7,
            start: None,
        },
        watch,
    };
    run(order, &Arc::new(Stop::default()), &mut |_| {}).unwrap()
}

/// A run that is watched by what the server says of itself.
fn watched(fault: Fault) -> Outcome {
    let server = Server::start(fault);
    let metrics = server.metrics();
    let watch = Watch {
        metrics: Some(("the server".to_owned(), Box::new(move || Ok(metrics())))),
        ..Watch::default()
    };
    let scenario = Scenario {
        settle: Duration::from_secs(3),
        ..crowd(40)
    };
    outcome(scenario, &server.url, Trust::System, Some(watch))
}

#[test]
fn a_server_that_leaks_is_not_back_and_one_that_does_not_is() {
    let tight = watched(Fault::None).server.unwrap();
    assert_eq!(tight.excess(|seen| seen.descriptors), Some(0.0));
    assert!(tight.settled.is_some(), "{tight:?}");
    let leaky = watched(Fault::Leaks).server.unwrap();
    // Ten before, and one more for each of forty connections that are long gone.
    assert_eq!(leaky.excess(|seen| seen.descriptors), Some(4.0));
    assert_eq!(leaky.settled, None);
}

#[test]
fn a_server_that_refuses_half_is_seen_to() {
    let server = Server::start(Fault::RefusesHalf);
    let found = outcome(crowd(40), &server.url, Trust::System, None);
    assert_eq!(found.tally.connects_begun, 40);
    assert_eq!(found.tally.connects_made, 20);
    assert_eq!(found.tally.connects_failed[&FailureCause::Status], 20);
    assert_eq!(found.tally.statuses[&503], 20);
    let ramp = found.phases.first().unwrap();
    assert_eq!((ramp.wanted, ramp.made, ramp.failed), (40, 20, 20));
    assert!((79.0..81.0).contains(&ramp.wanted_rate));
}

#[test]
fn seconds_add_up_to_the_whole() {
    let server = Server::start(Fault::None);
    let found = outcome(crowd(30), &server.url, Trust::System, None);
    let rows = &found.series.rows;
    assert_eq!(rows.iter().map(|row| row.made).sum::<u64>(), 30);
    let closes = rows.iter().flat_map(|row| row.closes.values());
    assert_eq!(closes.sum::<u64>(), 30);
    assert_eq!(found.handshake.count(), 30);
    assert_eq!((found.threads, found.connections), (2, 30));
}

#[test]
fn a_server_that_knows_no_protocol_is_measured_by_its_echo() {
    let server = Server::start(Fault::None);
    let mut scenario = Scenario {
        traffic: Traffic::Echo,
        speech: Speech::Plain(Adapter {
            publish: "{payload}".to_owned(),
            ..Adapter::default()
        }),
        ..crowd(20)
    };
    scenario.phases[1].rate = 400.0;
    let tally = outcome(scenario, &server.url, Trust::System, None).tally;
    assert_eq!((tally.published, tally.unsent), (200, 0), "{tally:?}");
    assert_eq!((tally.delivered, tally.lost), (200, 0), "{tally:?}");
}
