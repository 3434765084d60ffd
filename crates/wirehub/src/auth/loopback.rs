//! Hosts that are this machine.

use std::net::IpAddr;

/// Whether the host of an address is `localhost`, in 127.0.0.0/8 or `[::1]`.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    host.eq_ignore_ascii_case("localhost")
        || bare
            .unwrap_or(host)
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}
