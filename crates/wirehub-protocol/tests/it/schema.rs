//! The Rust types of the Protobuf messages are those of the schema.

use std::fs;

use crate::expect;

const SCHEMA: &str = "wirehub/v1/wirehub.proto";

/// Messages whose `Debug` is written by hand, since they hold a token or a session.
const WITH_SECRETS: [&str; 4] = [
    ".wirehub.v1.Connect",
    ".wirehub.v1.Refresh",
    ".wirehub.v1.Resume",
    ".wirehub.v1.Welcome",
];

/// Those of Centrifugo's messages that hold a token or a session.
const CENTRIFUGE_SECRETS: [&str; 6] = [
    ".centrifuge.ConnectRequest",
    ".centrifuge.ConnectResult",
    ".centrifuge.EmulationRequest",
    ".centrifuge.RefreshRequest",
    ".centrifuge.SubscribeRequest",
    ".centrifuge.SubRefreshRequest",
];

#[test]
fn generated_types_are_those_of_centrifugos_schema() {
    let root = expect::path("crates/wirehub-protocol/proto");
    let schema = protox::compile(["centrifuge/client.proto"], [&root]).unwrap();
    let out = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("centrifuge-schema");
    fs::create_dir_all(&out).unwrap();
    prost_build::Config::new()
        .bytes(["."])
        .btree_map(["."])
        .skip_debug(CENTRIFUGE_SECRETS)
        .out_dir(&out)
        .compile_fds(schema)
        .unwrap();
    let generated = fs::read_to_string(out.join("centrifuge.rs")).unwrap();
    // The crate offers none of them.
    let generated = generated.replace("pub struct", "pub(crate) struct");
    let generated = generated.replace("Vec<FilterNode>", "Vec<Self>");
    expect::check(
        "crates/wirehub-protocol/src/centrifuge/proto/centrifuge.rs",
        &generated,
    );
}

#[test]
fn generated_types_are_those_of_the_schema() {
    let root = expect::path("crates/wirehub-protocol/proto");
    let schema = protox::compile([SCHEMA], [&root]).unwrap();
    let out = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("schema");
    fs::create_dir_all(&out).unwrap();
    prost_build::Config::new()
        .bytes(["."])
        .skip_debug(WITH_SECRETS)
        .out_dir(&out)
        .compile_fds(schema)
        .unwrap();
    let generated = fs::read_to_string(out.join("wirehub.v1.rs")).unwrap();
    expect::check("crates/wirehub-protocol/src/v1/wirehub.v1.rs", &generated);
}
