//! Any bytes of a NATS server, and in the place of what is kept there.

use bytes::{Bytes, BytesMut};
use wirehub_broker_nats::{
    crowd_page::{CrowdPage, read_count, read_member, write_count, write_member},
    kept::{KeptName, KeptValue},
    log_page::LogPage,
    node_row::NodeRow,
    wire::{self, Said},
};

/// Bytes are one value, which is written the same way again, or an error. The first one says which
/// kind of value, and where a stream is cut.
pub(crate) fn judge(data: &[u8]) {
    let Some((kind, bytes)) = data.split_first() else {
        return;
    };
    let whole = Bytes::copy_from_slice(bytes);
    let again: Option<Bytes> = match kind % 8 {
        0 => LogPage::decode(&whole).ok().map(|page| {
            assert!(page.places().count() == page.publications.len());
            page.encode().into()
        }),
        1 => KeptValue::decode(&whole)
            .ok()
            .map(|value| value.encode().into()),
        2 => KeptName::decode(&whole)
            .ok()
            .map(|name| name.encode().into()),
        3 => CrowdPage::decode(&whole).ok().map(|page| {
            let (again, news) = (page.encode(), page.news.len());
            assert_eq!(page.versions().count(), news);
            again.into()
        }),
        4 => read_member(&whole)
            .ok()
            .map(|member| write_member(member.as_ref())),
        5 => read_count(&whole).ok().map(write_count),
        6 => NodeRow::decode(&whole).ok().map(|row| row.encode().into()),
        _ => return judge_stream(usize::from(kind / 8), bytes),
    };
    if let Some(again) = again {
        assert_eq!(again, whole);
    }
}

/// A stream says the same however it is cut, and its headers never more than it has.
fn judge_stream(cut: usize, bytes: &[u8]) {
    let at_once = hear(&[bytes]);
    let (first, second) = bytes.split_at(cut.min(bytes.len()));
    assert_eq!(hear(&[first, second]), at_once);
    for said in at_once.0 {
        if let Said::Message(message) = said {
            _ = (message.status(), message.header("Nats-Sequence"));
            assert!(message.headers.len() + message.payload.len() <= bytes.len());
        }
    }
}

/// What a stream says, and whether that ends with an error.
fn hear(pieces: &[&[u8]]) -> (Vec<Said>, bool) {
    let (mut buffer, mut all) = (BytesMut::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            match wire::take(&mut buffer) {
                Ok(Some(said)) => all.push(said),
                Ok(None) => break,
                Err(_) => return (all, true),
            }
        }
    }
    (all, false)
}
