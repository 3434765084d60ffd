//! Whether a subscriber gets each message once and in order.

/// How a message arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// For the first time and after all that came before it.
    Fresh,
    /// For the first time, but after a later one.
    Late,
    /// Again.
    Again,
}

/// What one subscriber has seen: the highest number, and which of the 64 up to it arrived.
#[derive(Debug, Clone, Default)]
pub(super) struct Order {
    next: u64,
    seen: u64,
}

impl Order {
    /// Notes the arrival of message `number`; numbers start at 0. One that is more than 64
    /// behind counts as seen: windows are smaller than that.
    pub(super) fn arrive(&mut self, number: u64) -> Arrival {
        if number >= self.next {
            let steps = number - self.next + 1;
            self.seen = if steps < 64 {
                self.seen << steps | 1
            } else {
                1
            };
            self.next = number.saturating_add(1);
            return Arrival::Fresh;
        }
        let behind = self.next - 1 - number;
        let bit = if behind < 64 { 1 << behind } else { 0 };
        if bit == 0 || self.seen & bit != 0 {
            return Arrival::Again;
        }
        self.seen |= bit;
        Arrival::Late
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrival, Order};

    fn arrivals(numbers: &[u64]) -> Vec<Arrival> {
        let mut order = Order::default();
        numbers.iter().map(|number| order.arrive(*number)).collect()
    }

    #[test]
    fn in_order_is_fresh() {
        let numbers: Vec<u64> = (0..200).collect();
        assert!(
            arrivals(&numbers)
                .iter()
                .all(|arrival| *arrival == Arrival::Fresh)
        );
    }

    #[test]
    fn a_late_one_is_told_from_a_second_one() {
        use Arrival::{Again, Fresh, Late};
        assert_eq!(
            arrivals(&[0, 2, 1, 1, 2, 3]),
            [Fresh, Fresh, Late, Again, Again, Fresh]
        );
    }

    #[test]
    fn jumps_of_any_width_keep_the_memory_right() {
        use Arrival::{Again, Fresh, Late};
        assert_eq!(arrivals(&[0, 63, 0, 1]), [Fresh, Fresh, Again, Late]);
        assert_eq!(arrivals(&[0, 64, 0]), [Fresh, Fresh, Again]);
        assert_eq!(
            arrivals(&[5, 1_000_000, 999_999, 5]),
            [Fresh, Fresh, Late, Again]
        );
    }
}
