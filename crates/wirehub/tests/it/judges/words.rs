//! What nodes say to each other: any bytes may come, and what is understood can be said again.

use wirehub::{NodeReply, NodeWord};

/// Reads bytes as a word and as an answer, and looks at their parts as a node would.
pub(crate) fn judge(data: &[u8]) {
    if let Ok(word) = NodeWord::read(data) {
        let _ = word.is_sound();
        let again = NodeWord::read(&word.written());
        assert!(again.is_ok(), "{word:?} is not understood: {again:?}");
    }
    if let Ok(reply) = NodeReply::read(data) {
        let _ = reply.is_sound();
        let again = NodeReply::read(&reply.written());
        assert!(again.is_ok(), "{reply:?} is not understood: {again:?}");
    }
}
