//! The slots of a cluster.

/// How many there are.
pub(crate) const SLOTS: u16 = 16_384;

/// What a cluster deals its keys out by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(u16);

impl Slot {
    /// The slot that everything is in where there is no cluster.
    pub(crate) const ONLY: Self = Self(0);

    pub(crate) fn new(number: u16) -> Option<Self> {
        (number < SLOTS).then_some(Self(number))
    }

    /// The slot of a key: what stands between its first braces counts, if anything does. As the
    /// specification of Redis Cluster has it, under "Hash tags".
    pub(crate) fn of(key: &str) -> Self {
        let key = key.as_bytes();
        let tag = key.iter().position(|byte| *byte == b'{').and_then(|open| {
            let rest = key.get(open + 1..)?;
            let close = rest.iter().position(|byte| *byte == b'}')?;
            rest.get(..close).filter(|tag| !tag.is_empty())
        });
        Self(crc16(tag.unwrap_or(key)) % SLOTS)
    }

    pub(crate) const fn number(self) -> u16 {
        self.0
    }
}

/// CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc: u16, _| {
            let next = crc << 1;
            if crc & 0x8000 == 0 {
                next
            } else {
                next ^ 0x1021
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
        // As `CLUSTER KEYSLOT` answers.
        for (key, slot) in [
            ("foo", 12182),
            ("{user1000}.following", 3443),
            ("foo{}{bar}", 8363),
        ] {
            assert_eq!(Slot::of(key).number(), slot, "{key}");
        }
        assert_eq!(
            Slot::of("{user1000}.following"),
            Slot::of("x{user1000}y{z}")
        );
        assert_eq!(Slot::of("foo{{bar}}zap"), Slot::of("{bar"));
    }
}
