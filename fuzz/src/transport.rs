//! The judges of `wirehub-transport`.

#[path = "../../crates/wirehub-transport/tests/it/judges/mod.rs"]
mod judges;

/// See `judges/proxy_header.rs`.
pub fn proxy_header(data: &[u8]) {
    judges::proxy_header::judge(data);
}
