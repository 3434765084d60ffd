use wirehub_websocket::negotiate::{answer_offers, check_answer};

/// Arbitrary bytes as a list of extensions: what is answered can be answered, and the verdict
/// does not depend on what stands around an offer.
pub(crate) fn judge(data: &[u8]) {
    let list = String::from_utf8_lossy(data);
    let answer = match answer_offers(&list) {
        Ok(answer) => answer,
        Err(malformed) => {
            assert!(malformed.at <= list.len());
            assert!(list.is_char_boundary(malformed.at));
            assert!(check_answer(&list).is_err());
            assert!(answer_offers(&format!("permessage-deflate, {list}")).is_err());
            return;
        }
    };
    if let Some(answer) = answer {
        let value = answer.header_value();
        assert!(check_answer(value).is_ok_and(|window| window.is_some()));
        assert!(list.to_ascii_lowercase().contains("permessage-deflate"));
        // An answer is an offer that gets the same answer.
        assert_eq!(
            answer_offers(value).map(|again| again.map(|a| a.header_value())),
            { Ok(Some(value)) }
        );
    }
    assert_eq!(answer_offers(&format!("other; a=b ,, {list}")), Ok(answer));
    let plain = answer_offers("permessage-deflate").expect("well-formed");
    let more = answer_offers(&format!("{list} , permessage-deflate"));
    assert_eq!(more, Ok(answer.or(plain)));
    if let Ok(Some(_)) = check_answer(&list) {
        assert!(list.contains("server_no_context_takeover"));
    }
}
