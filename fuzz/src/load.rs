//! What `wirehub-load` makes of any bytes from a server.

#[path = "../../crates/wirehub-load/src/native.rs"]
#[allow(dead_code, reason = "of what it says, nothing is foreign")]
mod native;
#[path = "../../crates/wirehub-load/src/stamp.rs"]
#[allow(dead_code, reason = "stamps are only read here")]
mod stamp;

mod scenario {
    #[path = "../../../crates/wirehub-load/src/scenario/format.rs"]
    mod format;

    pub use format::Format;
}

/// The data is a message of a server, in text or in bytes: no more is heard than it has bytes.
pub fn hear(data: &[u8]) {
    let mut heard = 0;
    let mut count = |_: native::Heard<'_>| heard += 1;
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = native::read_text(text, &mut count);
    }
    let _ = native::read_binary(data, &mut count);
    assert!(heard <= 2 * data.len() + 1, "{heard} of {}", data.len());
}
