//! How cost grows with the hubs that want to hear of something.

use super::Found;
use super::tally::Traffic;
use crate::runner::cluster::Meeting;
use crate::statistics::median;

/// A cost that has a part for each hub that wants to hear, beyond the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cost<T> {
    /// With one hub that wants to hear.
    pub(super) first: T,
    /// For each further one. `None` where there was no other number to compare with.
    pub(super) further: Option<T>,
}

impl Cost<f64> {
    /// The cost with so many hubs that want to hear.
    pub(super) fn with(self, interested: f64) -> f64 {
        self.first + self.further.unwrap_or_default() * (interested - 1.0)
    }
}

/// The most hubs of a cluster that was measured on this broker.
pub(super) fn most(found: &Found, meeting: Meeting) -> usize {
    let quiet = found.quiet.iter().filter(|quiet| quiet.meeting == meeting);
    quiet.map(|quiet| quiet.hubs).max().unwrap_or(0)
}

/// What was done, in its order, with what each costs in the largest cluster.
pub(super) fn deeds(found: &Found, meeting: Meeting) -> Vec<(&str, Cost<Traffic>)> {
    let hubs = most(found, meeting);
    let counted = found.deeds.iter();
    let counted: Vec<_> = counted
        .filter(|counted| counted.meeting == meeting && counted.hubs == hubs)
        .map(|counted| &counted.deed)
        .collect();
    let mut costs: Vec<(&str, Cost<Traffic>)> = Vec::new();
    for deed in &counted {
        if costs.iter().any(|(name, _)| *name == deed.name) {
            continue;
        }
        let mut same = counted.iter().filter(|other| other.name == deed.name);
        let more = same.find(|other| other.interested > deed.interested);
        let further = more.map(|more| {
            let hubs = (more.interested - deed.interested) as f64;
            (more.each - deed.each) * (1.0 / hubs)
        });
        let first = deed.each;
        costs.push((&deed.name, Cost { first, further }));
    }
    costs
}

/// Microseconds of the broker's processor time for a publication in the largest cluster.
pub(super) fn broker_time(found: &Found, meeting: Meeting) -> Cost<f64> {
    let hubs = most(found, meeting);
    let with = |interested: usize| {
        let rates = found.rates.iter();
        let rates = rates.filter(|rate| {
            rate.meeting == meeting && rate.hubs == hubs && rate.interested == interested
        });
        let times: Vec<f64> = rates.filter_map(|rate| rate.cpu()[0]).collect();
        median(&times)
    };
    let first = with(1);
    let further = (hubs > 1).then(|| (with(hubs) - first) / (hubs - 1) as f64);
    Cost { first, further }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::page::tests::found;

    #[test]
    fn a_further_hub_costs_what_it_costs_more() {
        let found = found();
        let deeds = deeds(&found, Meeting::Redis);
        let (name, cost) = deeds.first().expect("one");
        assert_eq!((*name, cost.first.bytes_out), ("publication", 100.0));
        assert_eq!(cost.further.map(|further| further.bytes_out), Some(50.0));
    }

    #[test]
    fn time_goes_on_in_a_line() {
        let time = broker_time(&found(), Meeting::Redis);
        assert_eq!((time.first, time.further), (10.0, Some(2.0)));
        assert_eq!(time.with(1000.0), 10.0 + 999.0 * 2.0);
        let none = broker_time(&found(), Meeting::Nats);
        assert_eq!(none.with(5.0), 0.0);
    }
}
