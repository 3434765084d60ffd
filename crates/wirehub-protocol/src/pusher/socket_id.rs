//! The name of a connection among clients and servers of Pusher.

use wirehub_model::ConnectionId;

/// The name of a connection as Pusher writes it: two numbers with a point between, `123.456`. They
/// are the halves of the connection's own number, so nobody has to remember which is which.
#[must_use]
pub fn socket_id(connection: ConnectionId) -> String {
    let number = connection.number();
    format!("{}.{}", number >> 32, number & u64::from(u32::MAX))
}

/// The connection of this name; `None` when it is not written as [`socket_id`] does.
#[must_use]
pub fn connection_of(socket_id: &str) -> Option<ConnectionId> {
    let (high, low) = socket_id.split_once('.')?;
    let half = |digits: &str| {
        let is_plain = digits == "0" || !digits.starts_with(['0', '+']);
        digits.parse::<u32>().ok().filter(|_| is_plain)
    };
    let number = u64::from(half(high)?) << 32 | u64::from(half(low)?);
    Some(ConnectionId::from_number(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        for number in [0, 1, 1 << 32, 123 << 32 | 456, u64::MAX] {
            let connection = ConnectionId::from_number(number);
            assert_eq!(connection_of(&socket_id(connection)), Some(connection));
        }
        assert_eq!(
            socket_id(ConnectionId::from_number(123 << 32 | 456)),
            "123.456"
        );
        for bad in [
            "",
            ".",
            "1",
            "1.",
            "1.2.3",
            "01.2",
            "+1.2",
            "1.4294967296",
            "1.-2",
            "a.b",
        ] {
            assert_eq!(connection_of(bad), None, "{bad}");
        }
    }
}
