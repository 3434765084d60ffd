//! What subscribers received.

use serde_json::Value;

/// Frames and bytes of all subscribers, and the messages of the first.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
    /// The messages of the first subscriber.
    messages: Vec<Vec<u8>>,
}

/// The publications that one subscriber was told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) publications: u64,
    /// How many these stand for.
    pub(crate) stands_for: u64,
    /// The highest number among them.
    pub(crate) last: u64,
}

impl Received {
    /// Takes whole frames of one subscriber.
    pub(crate) fn take(&mut self, mut bytes: &[u8], keep: bool) {
        self.bytes += bytes.len() as u64;
        while let Some((message, rest)) = split_frame(bytes) {
            self.frames += 1;
            if keep {
                self.messages.push(message.to_vec());
            }
            bytes = rest;
        }
        assert!(bytes.is_empty(), "half a frame");
    }

    /// Reads what the first subscriber was told, in JSON.
    pub(crate) fn told(&self) -> Told {
        let mut told = Told::default();
        for message in &self.messages {
            let message: Value = serde_json::from_slice(message).expect("the dialect writes JSON");
            match &message["messages"] {
                Value::Array(entries) => entries.iter().for_each(|entry| told.read(entry)),
                _ => told.read(&message),
            }
        }
        told
    }
}

impl Told {
    fn read(&mut self, publication: &Value) {
        let number = publication["data"]["number"].as_u64();
        self.publications += 1;
        self.stands_for += publication["count"].as_u64().unwrap_or(1);
        self.last = self.last.max(number.expect("every publication has one"));
    }
}

/// The message in the first frame, and what follows (RFC 6455 section 5.2; a server masks nothing).
fn split_frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, head) = match bytes.get(1)? {
        126 => (
            u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)),
            4,
        ),
        127 => (u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?), 10),
        len => (u64::from(*len), 2),
    };
    bytes.get(head..)?.split_at_checked(len as usize)
}
