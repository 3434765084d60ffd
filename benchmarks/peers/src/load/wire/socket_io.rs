//! Socket.IO 4 over Engine.IO 4, WebSocket alone: <https://socket.io/docs/v4/socket-io-protocol/>
//! and <https://socket.io/docs/v4/engine-io-protocol/>.
//!
//! Who wants to hear says `join` and waits for the acknowledgement.

use super::{Next, Role};

pub(super) const PATH: &str = "/socket.io/?EIO=4&transport=websocket";
/// An Engine.IO packet of the type `open`, and one of the type `ping`.
const OPEN: &[u8] = b"0{";
const PING: &[u8] = b"2";
/// Socket.IO packets in Engine.IO messages: `connect`, `event` and `ack`.
const CONNECTED: &[u8] = b"40";
const REFUSED: &[u8] = b"44";
const JOINED: &[u8] = b"431[";

/// What a packet says to one that is on its way.
pub(super) fn heard(packet: &[u8], role: Role) -> Next {
    if packet.starts_with(OPEN) {
        return Next::Say(super::framed("40"));
    }
    if packet == PING {
        return Next::Say(super::framed("3"));
    }
    if packet.starts_with(CONNECTED) {
        return match role {
            Role::Subscriber => Next::Say(super::framed(r#"421["join"]"#)),
            Role::Echo | Role::Publisher => Next::Open,
        };
    }
    if packet.starts_with(REFUSED) {
        return Next::Refused(String::from_utf8_lossy(packet).into_owned());
    }
    match packet.starts_with(JOINED) {
        true => Next::Open,
        false => Next::Wait,
    }
}

/// Writes the event that the server sends to the room.
pub(super) fn write_event(text: &mut Vec<u8>, payload: &[u8]) {
    text.clear();
    text.extend(br#"42["say","#);
    text.extend(payload);
    text.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscriber_joins_and_a_publisher_need_not() {
        let open = br#"0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#;
        assert_eq!(
            heard(open, Role::Subscriber),
            Next::Say(super::super::framed("40"))
        );
        let connected = br#"40{"sid":"y"}"#;
        assert_eq!(heard(connected, Role::Publisher), Next::Open);
        let Next::Say(_) = heard(connected, Role::Subscriber) else {
            panic!("it joins");
        };
        assert_eq!(heard(b"431[]", Role::Subscriber), Next::Open);
        assert_eq!(heard(br#"42["say","x"]"#, Role::Subscriber), Next::Wait);
        let refused = heard(br#"44{"message":"no"}"#, Role::Subscriber);
        assert!(matches!(refused, Next::Refused(text) if text.contains("no")));
    }

    #[test]
    fn an_event_carries_the_payload_as_it_is() {
        let mut text = Vec::new();
        write_event(&mut text, br#""wb:1""#);
        assert_eq!(text, br#"42["say","wb:1"]"#);
    }
}
