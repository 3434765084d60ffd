//! The application data of a message: the same bytes for every server, numbered and checked.
//!
//! The bytes are a JSON string, quotes included. A plain server moves them as the whole message,
//! the native protocol as the value of `data`, which it passes through byte for byte.

/// What every payload starts with; the digits of the number follow.
const START: &[u8] = b"\"wb:";
const DIGITS: usize = 16;

/// A payload of a fixed size with a place for its number.
#[derive(Debug, Clone)]
pub(super) struct Payload {
    bytes: Vec<u8>,
}

impl Payload {
    /// The smallest size that has room for the number.
    pub(super) const SIZE_MIN: usize = START.len() + DIGITS + 1;

    /// A payload of `size` bytes, at least [`Payload::SIZE_MIN`].
    pub(super) fn new(size: usize) -> Self {
        let filler = size.max(Self::SIZE_MIN) - Self::SIZE_MIN;
        let mut bytes = START.to_vec();
        bytes.extend([b'0'; DIGITS]);
        bytes.extend((b'a'..=b'z').cycle().take(filler));
        bytes.push(b'"');
        Self { bytes }
    }

    /// How long it is.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes of message `number`.
    pub(super) fn numbered(&mut self, number: u64) -> &[u8] {
        let mut rest = number;
        for digit in self.bytes[START.len()..][..DIGITS].iter_mut().rev() {
            *digit = b"0123456789abcdef"[(rest & 15) as usize];
            rest >>= 4;
        }
        &self.bytes
    }

    /// Where the payload starts inside a message. Servers put the same things before it in
    /// every message, so the last place is tried first.
    pub(super) fn find(message: &[u8], last: usize) -> Option<usize> {
        let here = |at: usize| message.get(at..at + START.len()) == Some(START);
        if here(last) {
            return Some(last);
        }
        message
            .windows(START.len())
            .position(|window| window == START)
    }

    /// The number of a payload at the front of `bytes`; `None` when any byte is not as sent.
    pub(super) fn number_in(&self, bytes: &[u8]) -> Option<u64> {
        let after = START.len() + DIGITS;
        if bytes.get(after..self.bytes.len())? != &self.bytes[after..] || !bytes.starts_with(START)
        {
            return None;
        }
        bytes[START.len()..after]
            .iter()
            .try_fold(0_u64, |number, digit| {
                let value = match digit {
                    b'0'..=b'9' => digit - b'0',
                    b'a'..=b'f' => digit - b'a' + 10,
                    _ => return None,
                };
                Some(number << 4 | u64::from(value))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::Payload;

    #[test]
    fn it_has_the_size_asked_for_and_is_a_json_string() {
        let mut payload = Payload::new(128);
        let bytes = payload.numbered(7).to_vec();
        assert_eq!(bytes.len(), 128);
        assert!(
            serde_json::from_slice::<String>(&bytes)
                .expect("a string")
                .starts_with("wb:")
        );
        assert_eq!(Payload::new(0).numbered(0).len(), Payload::SIZE_MIN);
    }

    #[test]
    fn every_number_comes_back() {
        let mut payload = Payload::new(128);
        for number in [0, 1, 15, 16, 0xDEAD_BEEF, u64::MAX] {
            let bytes = payload.numbered(number).to_vec();
            assert_eq!(payload.number_in(&bytes), Some(number));
        }
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let mut payload = Payload::new(128);
        let sent = payload.numbered(0x1234).to_vec();
        for at in 0..sent.len() {
            let mut received = sent.clone();
            received[at] ^= 0x80;
            assert_eq!(payload.number_in(&received), None, "byte {at}");
        }
        assert_eq!(payload.number_in(&sent[..127]), None);
    }

    #[test]
    fn it_is_found_inside_an_envelope_at_a_new_place() {
        let mut payload = Payload::new(64);
        let mut message = br#"{"topic":"bench/room","data":"#.to_vec();
        let place = message.len();
        message.extend(payload.numbered(9));
        message.push(b'}');
        for last in [0, place, 10_000] {
            assert_eq!(Payload::find(&message, last), Some(place));
        }
        assert_eq!(payload.number_in(&message[place..]), Some(9));
        assert_eq!(Payload::find(b"{}", 0), None);
    }
}
