use std::fmt;

use zlib_rs::{Deflate, DeflateConfig, DeflateFlush};

/// RFC 7692 section 7.2.1: a sync flush ends in these four bytes, which are not sent.
const TAIL: &[u8] = &[0x00, 0x00, 0xFF, 0xFF];

/// How far back our compressed data may refer, as agreed in the handshake.
///
/// Two sizes are enough: an endpoint may always use a smaller window than it was allowed, so
/// whoever asks for less than 15 bits gets 9. Two also keep the variants of a broadcast few.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// 15 bits, 32 KiB: unless the peer asked for less.
    Full,
    /// 9 bits, 512 bytes: for a peer that allows 9 to 14 bits.
    Small,
}

impl Window {
    /// The exponent sent as `server_max_window_bits` or `client_max_window_bits`.
    #[must_use]
    pub const fn bits(self) -> u8 {
        match self {
            Self::Full => 15,
            Self::Small => 9,
        }
    }
}

/// How messages are compressed, if at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeflatePolicy {
    /// zlib's level, 1 (fast) to 9 (small); values outside are brought inside. Default 2: on JSON
    /// nearly as small as 6, in half the time.
    pub level: u8,
    /// zlib's memLevel, 1 to 9; values outside are brought inside. Default 4: it
    /// compresses messages as well as 8 and takes 100 KiB less.
    pub memory: u8,
    /// Messages shorter than this many bytes are sent as they are. Default 256: without context
    /// takeover there is little to gain below.
    pub min_bytes: usize,
}

impl Default for DeflatePolicy {
    fn default() -> Self {
        Self {
            level: 3,
            memory: 8,
            min_bytes: 256,
        }
    }
}

/// Compresses messages (RFC 7692 section 7.2.1); one serves all connections of a thread.
///
/// Its state is reset for each message, so the same message compresses to the same bytes for
/// every connection with the same [`Window`], and a broadcast is compressed once. Nothing is
/// allocated before the first message (266 KiB for [`Window::Full`], 140 KiB for
/// [`Window::Small`] with the default policy).
///
/// It stays on the thread that made it (zlib's state is not `Send`).
pub struct Deflater {
    policy: DeflatePolicy,
    full: Option<Deflate>,
    small: Option<Deflate>,
}

impl Deflater {
    /// A deflater that has allocated nothing.
    #[must_use]
    pub const fn new(policy: DeflatePolicy) -> Self {
        Self {
            policy,
            full: None,
            small: None,
        }
    }

    /// Appends `payload`, compressed and without its tail, to `out`.
    ///
    /// Gives `false`, and leaves `out` as it was, where compression is not worth it: the payload
    /// is shorter than [`DeflatePolicy::min_bytes`] or would not get smaller.
    pub(crate) fn deflate(&mut self, window: Window, payload: &[u8], out: &mut Vec<u8>) -> bool {
        if payload.len() < self.policy.min_bytes.max(1) {
            return false;
        }
        let deflate = self.stream(window);
        let start = out.len();
        // Room for any result, even one that is longer than the payload: a stream that ran out
        // of room cannot be used again (see below).
        out.resize(start + bound(payload.len()), 0);
        let space = out.get_mut(start..).unwrap_or_default();
        let room = space.len();
        let status = deflate.compress(payload, space, DeflateFlush::SyncFlush);
        let (read, written) = (deflate.total_in() as usize, deflate.total_out() as usize);
        out.truncate(start + written);
        // zlib says that a flush is complete by leaving room.
        let complete = status.is_ok() && read == payload.len() && written < room;
        if !complete {
            // zlib-rs 0.6.8 does not reset all of a stream that still holds output: the next
            // message would be broken, or panic. So the stream goes.
            *self.slot(window) = None;
        }
        let result = out.get(start..).and_then(|made| made.strip_suffix(TAIL));
        let result = result
            .map(<[u8]>::len)
            .filter(|length| *length < payload.len());
        if let Some(length) = result.filter(|_| complete) {
            out.truncate(start + length);
            return true;
        }
        out.truncate(start);
        false
    }

    /// The stream for `window`, at the start of a message.
    fn stream(&mut self, window: Window) -> &mut Deflate {
        let policy = self.policy;
        let deflate = self.slot(window).get_or_insert_with(|| {
            let config = DeflateConfig {
                // A negative number asks zlib for a stream without a header of its own.
                window_bits: -i32::from(window.bits()),
                mem_level: i32::from(policy.memory.clamp(1, 9)),
                ..DeflateConfig::new(i32::from(policy.level.clamp(1, 9)))
            };
            Deflate::new_with_config(config)
        });
        deflate.reset();
        deflate
    }

    fn slot(&mut self, window: Window) -> &mut Option<Deflate> {
        match window {
            Window::Full => &mut self.full,
            Window::Small => &mut self.small,
        }
    }
}

/// More bytes than `length` bytes can become: nine bits for each where a fixed code is used, and
/// a header for each of the stored blocks, which are shortest with the smallest memory.
fn bound(length: usize) -> usize {
    length + length / 8 + length / 16 + 64
}

impl Default for Deflater {
    fn default() -> Self {
        Self::new(DeflatePolicy::default())
    }
}

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflater")
            .field("policy", &self.policy)
            .field("full", &self.full.is_some())
            .field("small", &self.small.is_some())
            .finish()
    }
}
