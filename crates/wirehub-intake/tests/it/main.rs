//! The judges of the fuzz targets, on a stable compiler.

mod judges;

use proptest::prelude::*;

/// Bytes that look like a record now and then.
fn nearly_a_record() -> impl Strategy<Value = Vec<u8>> {
    let names = "wirehub-(topic|event|key|ttl|idempotency-key|tag-a)|region|content-type";
    let header = (names, "[a-z0-9/.#-]{0,12}").prop_map(|(name, value)| format!("{name}: {value}"));
    let command =
        r#"\{"publish":\{"topic":"orders/[a-z/#]{0,4}","data":[0-9"]{1,3}(,"ttl":-?[0-9])?\}\}"#;
    let value = prop_oneof![command.prop_map(String::into_bytes), any::<Vec<u8>>(),];
    let headers = proptest::collection::vec(header, 0..5);
    ("[a-z/]{0,3}", headers, value).prop_map(|(key, headers, value)| {
        let head = format!("{key}\n{}\n\n", headers.join("\n"));
        [head.into_bytes(), value].concat()
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(data: Vec<u8>) {
        judges::record::judge(&data);
    }

    #[test]
    fn what_looks_like_a_record_is_read_or_refused(data in nearly_a_record()) {
        judges::record::judge(&data);
    }
}
