//! The Rust types of the Protobuf messages are those of the schema.

use std::fs;

use crate::expect;

const SCHEMA: &str = "wirehub/v1/wirehub.proto";

#[test]
fn generated_types_are_those_of_the_schema() {
    let root = expect::path("crates/wirehub-protocol/proto");
    let schema = protox::compile([SCHEMA], [&root]).unwrap();
    let out = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("schema");
    fs::create_dir_all(&out).unwrap();
    prost_build::Config::new()
        .bytes(["."])
        .skip_debug([".wirehub.v1.Connect", ".wirehub.v1.Refresh"])
        .out_dir(&out)
        .compile_fds(schema)
        .unwrap();
    let generated = fs::read_to_string(out.join("wirehub.v1.rs")).unwrap();
    expect::check("crates/wirehub-protocol/src/v1/wirehub.v1.rs", &generated);
}
