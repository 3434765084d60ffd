//! The closed loop of the publisher: at most so many messages are not yet with every subscriber.

use std::collections::VecDeque;
use std::time::Instant;

/// Messages on their way.
#[derive(Debug)]
pub(super) struct Window {
    size: usize,
    subscribers: usize,
    /// Number of the message at the front of `flights`.
    first: u64,
    flights: VecDeque<Flight>,
    incomplete: usize,
}

#[derive(Debug)]
struct Flight {
    sent: Instant,
    missing: usize,
}

impl Window {
    /// A loop of `size` messages to `subscribers` receivers.
    pub(super) fn new(size: usize, subscribers: usize) -> Self {
        let flights = VecDeque::with_capacity(size * 2);
        Self {
            size,
            subscribers,
            first: 0,
            flights,
            incomplete: 0,
        }
    }

    /// How many messages may be sent at this moment.
    pub(super) fn due(&self) -> usize {
        self.size - self.incomplete
    }

    /// Takes the next number for a message sent at `now`.
    pub(super) fn send(&mut self, now: Instant) -> u64 {
        let number = self.first + self.flights.len() as u64;
        self.flights.push_back(Flight {
            sent: now,
            missing: self.subscribers,
        });
        self.incomplete += 1;
        number
    }

    /// Notes that one more subscriber has message `number` and says when it was sent; `None`
    /// when no such message is on its way.
    pub(super) fn deliver(&mut self, number: u64) -> Option<Instant> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        let flight = self.flights.get_mut(place)?;
        flight.missing = flight.missing.checked_sub(1)?;
        let sent = flight.sent;
        if flight.missing == 0 {
            self.incomplete -= 1;
            while self
                .flights
                .front()
                .is_some_and(|flight| flight.missing == 0)
            {
                self.flights.pop_front();
                self.first += 1;
            }
        }
        Some(sent)
    }

    /// Deliveries that are still owed.
    pub(super) fn missing(&self) -> u64 {
        self.flights
            .iter()
            .map(|flight| flight.missing as u64)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::Window;

    #[test]
    fn one_at_a_time_waits_for_the_last_subscriber() {
        let mut window = Window::new(1, 3);
        assert_eq!(window.due(), 1);
        assert_eq!(window.send(Instant::now()), 0);
        for _ in 0..2 {
            assert!(window.deliver(0).is_some());
            assert_eq!(window.due(), 0);
        }
        assert_eq!(window.missing(), 1);
        assert!(window.deliver(0).is_some());
        assert_eq!((window.due(), window.missing()), (1, 0));
        assert!(
            window.deliver(0).is_none(),
            "a message that is complete is not on its way"
        );
    }

    #[test]
    fn a_slow_first_message_does_not_hold_up_the_others() {
        let mut window = Window::new(2, 1);
        let now = Instant::now();
        assert_eq!((window.send(now), window.send(now)), (0, 1));
        assert!(window.deliver(1).is_some());
        assert_eq!(window.due(), 1);
        assert_eq!(window.send(now), 2);
        assert!(window.deliver(0).is_some());
        assert!(window.deliver(2).is_some());
        assert_eq!(window.missing(), 0);
        assert_eq!(window.send(now), 3);
    }

    #[test]
    fn unknown_numbers_change_nothing() {
        let mut window = Window::new(1, 1);
        assert!(window.deliver(0).is_none());
        window.send(Instant::now());
        assert!(window.deliver(1).is_none() && window.deliver(u64::MAX).is_none());
        assert_eq!(window.missing(), 1);
    }
}
