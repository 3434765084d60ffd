use wirehub_websocket::{CloseCode, DecodeError, Limits, Role};

use super::super::peer::{Peer, Seen};
use super::oracle::{Verdict, oracle};
use super::source::{Source, cut};

/// Small, so that short inputs reach them. No limit on fragments: the oracle has none.
pub(super) const LIMITS: Limits = Limits {
    frame_bytes: 2048,
    message_bytes: 4096,
    fragments: u32::MAX,
};

/// Arbitrary bytes from a peer: however they are cut, they mean the same; the memory they take
/// is bounded; and what tungstenite makes of them is the same, but for the differences listed in
/// [`agree`].
pub(crate) fn judge(data: &[u8]) {
    let mut source = Source::new(data);
    let flags = source.byte();
    let role = if flags & 1 == 0 {
        Role::Server
    } else {
        Role::Client
    };
    let compression = flags & 2 != 0;
    let seed = source.byte();
    let wire = source.rest();

    let peer = || Peer::new(role, compression).with_limits(LIMITS);
    let whole = peer().read(wire);
    for longest in [1, 7, 300] {
        let mut peer = peer();
        let (mut seen, mut arrived) = (Vec::new(), 0);
        for read in cut(wire, seed, longest) {
            arrived += read.len();
            seen.extend(peer.read(read));
            let held = peer.decoder.held_bytes();
            assert!(
                held <= 2 * arrived.min(LIMITS.message_bytes) + 512,
                "{held} B held"
            );
            assert_eq!(held == 0, !peer.decoder.is_partial());
        }
        assert_eq!(seen, whole, "cut into reads of at most {longest} bytes");
    }
    if !compression {
        agree(role, wire, &whole);
    }
}

/// Holds our verdict against tungstenite's.
///
/// We refuse more, and sooner:
/// - tungstenite takes lengths that are not in their shortest form ([`DecodeError::LongLength`]),
///   even in control frames, which cannot have a length of the longer forms at all
///   ([`DecodeError::LongControl`]);
/// - it reports a forbidden close code as a close with code 1002
///   ([`DecodeError::ForbiddenCloseCode`]);
/// - it looks at a frame when it has all of it, we at each byte. So where we refused, it is given
///   more bytes to complete the frame with, and then has to refuse too.
///
/// It refuses more in one case: close code 1014, allowed since by the IANA registry, is a
/// forbidden one to it.
fn agree(role: Role, wire: &[u8], ours: &[Seen]) {
    let Some((Seen::Refused(error), before)) = ours.split_last() else {
        let seen = ours.iter().cloned().map(hide_bad_gateway).collect();
        assert_eq!(
            oracle(role, wire),
            Verdict {
                seen,
                refused: false
            }
        );
        return;
    };
    if matches!(
        error,
        DecodeError::LongLength(_) | DecodeError::LongControl | DecodeError::ForbiddenCloseCode(_)
    ) {
        assert!(oracle(role, wire).seen.starts_with(before));
        return;
    }
    // Ones rather than zeros: a length that is completed with them is in its shortest form.
    let completed = [wire, &[1; LIMITS.frame_bytes + 14]].concat();
    let verdict = oracle(role, &completed);
    assert_eq!(
        verdict,
        Verdict {
            seen: before.to_vec(),
            refused: true
        },
        "{error}"
    );
}

fn hide_bad_gateway(seen: Seen) -> Seen {
    match seen {
        Seen::Close(Some((CloseCode::BAD_GATEWAY, _))) => Seen::Close(Some((
            CloseCode::PROTOCOL_ERROR,
            "Protocol violation".into(),
        ))),
        seen => seen,
    }
}
