//! An order book whose levels move, the same way on every machine.

use std::sync::Arc;

use wirehub_model::{Epoch, Message, Moment, Offset, Payload, Position, Publication, Topic};

/// Levels of each side.
pub(crate) const LEVELS: usize = 50;
/// Levels that change from one publication to the next, at most.
pub(crate) const CHANGES: u64 = 5;

/// A price in cents and an amount in ten-thousandths.
type Level = (u64, u64);

/// A book and its next moves.
#[derive(Debug)]
pub(crate) struct Book {
    bids: Vec<Level>,
    asks: Vec<Level>,
    sequence: u64,
    /// The state of a linear congruential generator, with Knuth's multiplier for 64 bits.
    dice: u64,
}

impl Book {
    pub(crate) fn new() -> Self {
        let level = |price, place: u64| (price, 1_000 + place * 991);
        let places = 0..LEVELS as u64;
        Self {
            bids: places
                .clone()
                .map(|place| level(6_425_000 - place * 7, place))
                .collect(),
            asks: places
                .map(|place| level(6_425_010 + place * 9, place))
                .collect(),
            sequence: 0,
            dice: 7,
        }
    }

    /// Moves some levels and tells the whole book.
    pub(crate) fn next(&mut self) -> Arc<Publication> {
        for _ in 0..=self.draw(CHANGES) {
            self.change();
        }
        self.sequence += 1;
        Arc::new(Publication {
            topic: Topic::parse("book/btc-usd").expect("a topic"),
            message: Message::of(Payload::Json(self.text().into_bytes().into())),
            key: None,
            position: Position {
                epoch: Epoch::new(7),
                offset: Offset(self.sequence),
            },
            from: None,
            accepted_at: Moment::ZERO,
            expires_at: None,
            trace: None,
        })
    }

    /// One level has another amount, is gone, or is new, near the best price more often.
    fn change(&mut self) {
        let falls = self.draw(2) == 0;
        let levels = LEVELS as u64;
        let place = (self.draw(levels) * self.draw(levels) / levels) as usize;
        let (what, amount, step) = (self.draw(10), self.draw(900_000), 3 + self.draw(9));
        let side = if falls {
            &mut self.bids
        } else {
            &mut self.asks
        };
        let (price, before) = (side[place].0, side[place.saturating_sub(1)].0);
        let between = price.midpoint(before);
        match what {
            0 => {
                let last = side[LEVELS - 1].0;
                side.remove(place);
                side.push((if falls { last - step } else { last + step }, amount));
            }
            1 if between != price && between != before => {
                side.insert(place, (between, amount));
                side.pop();
            }
            _ => side[place].1 = amount,
        }
    }

    fn draw(&mut self, below: u64) -> u64 {
        self.dice = self
            .dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.dice >> 33) % below
    }

    fn text(&self) -> String {
        let side = |levels: &[Level]| {
            let levels = levels.iter().map(|(price, amount)| {
                let (price, cents) = (price / 100, price % 100);
                let (amount, parts) = (amount / 10_000, amount % 10_000);
                format!(r#"["{price}.{cents:02}","{amount}.{parts:04}"]"#)
            });
            levels.collect::<Vec<_>>().join(",")
        };
        format!(
            r#"{{"symbol":"BTC-USD","sequence":{},"time":{},"bids":[{}],"asks":[{}]}}"#,
            81_000_000 + self.sequence,
            1_790_000_000_000 + self.sequence * 97,
            side(&self.bids),
            side(&self.asks)
        )
    }
}
