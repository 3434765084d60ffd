//! Every decoder of foreign bytes is fuzzed (rule 6).

use anyhow::Result;
use toml::Table;

use super::Source;
use super::problem::Problem;

/// A file that takes foreign bytes apart, or makes what others take apart, and the fuzz target that
/// feeds it.
struct Decoder {
    file: &'static str,
    target: &'static str,
}

/// What is fuzzed. A new decoder, dialect or fuzz target gets its line here.
const DECODERS: &[Decoder] = &[
    Decoder {
        file: "crates/wirehub/src/auth/claims.rs",
        target: "token_claims",
    },
    Decoder {
        file: "crates/wirehub/src/auth/credentials.rs",
        target: "token_claims",
    },
    Decoder {
        file: "crates/wirehub/src/auth/origin.rs",
        target: "token_claims",
    },
    Decoder {
        file: "crates/wirehub/src/auth/token.rs",
        target: "token_claims",
    },
    Decoder {
        file: "crates/wirehub/src/cluster/word.rs",
        target: "cluster_words",
    },
    Decoder {
        file: "crates/wirehub-broker/src/stored/publication.rs",
        target: "stored_bytes",
    },
    Decoder {
        file: "crates/wirehub-broker/src/stored/member.rs",
        target: "nats_bytes",
    },
    Decoder {
        file: "crates/wirehub-broker-kafka/src/said.rs",
        target: "kafka_bytes",
    },
    Decoder {
        file: "crates/wirehub-broker-kafka/src/checkpoint.rs",
        target: "kafka_bytes",
    },
    Decoder {
        file: "crates/wirehub-broker-kafka/src/chunk.rs",
        target: "kafka_bytes",
    },
    Decoder {
        file: "crates/wirehub-broker-kafka/src/retention.rs",
        target: "kafka_bytes",
    },
    Decoder {
        file: "crates/wirehub-broker-kafka/src/topic_word.rs",
        target: "kafka_bytes",
    },
    Decoder {
        file: "crates/wirehub-broker-kafka/src/node_word.rs",
        target: "kafka_bytes",
    },
    Decoder {
        file: "crates/wirehub-broker-nats/src/wire.rs",
        target: "nats_bytes",
    },
    Decoder {
        file: "crates/wirehub-broker-nats/src/log_page.rs",
        target: "nats_bytes",
    },
    Decoder {
        file: "crates/wirehub-broker-nats/src/kept.rs",
        target: "nats_bytes",
    },
    Decoder {
        file: "crates/wirehub-broker-nats/src/crowd_page.rs",
        target: "nats_bytes",
    },
    Decoder {
        file: "crates/wirehub-broker-nats/src/node_row.rs",
        target: "nats_bytes",
    },
    Decoder {
        file: "crates/wirehub-broker-redb/src/codec/row.rs",
        target: "stored_bytes",
    },
    Decoder {
        file: "crates/wirehub-client/src/codec/protobuf.rs",
        target: "client_protobuf_decode",
    },
    Decoder {
        file: "crates/wirehub-core/src/shard.rs",
        target: "shard",
    },
    Decoder {
        file: "crates/wirehub-intake/src/command.rs",
        target: "intake_record",
    },
    Decoder {
        file: "crates/wirehub-intake/src/reader.rs",
        target: "intake_record",
    },
    Decoder {
        file: "crates/wirehub-intake/src/target.rs",
        target: "intake_record",
    },
    Decoder {
        file: "crates/wirehub-load/src/native/json.rs",
        target: "load_hear",
    },
    Decoder {
        file: "crates/wirehub-load/src/native/protobuf.rs",
        target: "load_hear",
    },
    Decoder {
        file: "crates/wirehub-protocol/src/centrifuge/decode/json.rs",
        target: "centrifuge_json_decode",
    },
    Decoder {
        file: "crates/wirehub-protocol/src/centrifuge/decode/protobuf.rs",
        target: "centrifuge_protobuf_decode",
    },
    Decoder {
        file: "crates/wirehub-protocol/src/centrifuge/emulation.rs",
        target: "centrifuge_json_decode",
    },
    Decoder {
        file: "crates/wirehub-protocol/src/centrifuge/encode/json.rs",
        target: "centrifuge_json_decode",
    },
    Decoder {
        file: "crates/wirehub-protocol/src/native/json.rs",
        target: "native_json_decode",
    },
    Decoder {
        file: "crates/wirehub-protocol/src/native/protobuf.rs",
        target: "native_protobuf_decode",
    },
    Decoder {
        file: "crates/wirehub-protocol/src/pusher/channel.rs",
        target: "pusher_decode",
    },
    Decoder {
        file: "crates/wirehub-protocol/src/pusher/decode.rs",
        target: "pusher_decode",
    },
    Decoder {
        file: "crates/wirehub-protocol/src/pusher/payload.rs",
        target: "pusher_decode",
    },
    Decoder {
        file: "crates/wirehub-transport/src/proxy_protocol.rs",
        target: "proxy_header",
    },
    Decoder {
        file: "crates/wirehub-websocket/src/decoder.rs",
        target: "websocket_decode",
    },
    Decoder {
        file: "crates/wirehub-websocket/src/encoder.rs",
        target: "websocket_roundtrip",
    },
    Decoder {
        file: "crates/wirehub-websocket/src/inflate.rs",
        target: "websocket_inflate",
    },
    Decoder {
        file: "crates/wirehub-websocket/src/negotiate.rs",
        target: "websocket_negotiate",
    },
];

/// Names of files in `crates/` that take foreign bytes apart; each must be in the table.
const DECODER_NAMES: &[&str] = &[
    "claims.rs",
    "credentials.rs",
    "decoder.rs",
    "inflate.rs",
    "json.rs",
    "protobuf.rs",
    "messagepack.rs",
    "proxy_protocol.rs",
    "packet.rs",
    "engineio.rs",
];

const MANIFEST: &str = "fuzz/Cargo.toml";
const TARGETS: &str = "fuzz/fuzz_targets/";

/// Holds the table against the tree, in both directions.
pub(crate) fn check(sources: &[Source]) -> Result<Vec<Problem>> {
    check_table(DECODERS, sources)
}

fn check_table(table: &[Decoder], sources: &[Source]) -> Result<Vec<Problem>> {
    let exists = |path: &str| sources.iter().any(|source| source.path == path);
    let declared = declared(sources)?;
    let mut problems = Vec::new();
    for Decoder { file, target } in table {
        if !exists(file) {
            let text = format!("the fuzz table names it for `{target}` and it is not there");
            problems.push(Problem::of(file, text));
        }
        let path = format!("{TARGETS}{target}.rs");
        if !exists(&path) || !declared.iter().any(|name| name == target) {
            let text = format!("fuzzes {file}: write it and list it as a [[bin]] in {MANIFEST}");
            problems.push(Problem::of(&path, text));
        }
    }
    for source in sources {
        let advice = "add a line to DECODERS in xtask/src/tidy/fuzz_targets.rs";
        if is_decoder(&source.path) && !table.iter().any(|row| row.file == source.path) {
            let text = format!("takes foreign bytes apart and has no fuzz target; {advice}");
            problems.push(Problem::of(&source.path, text));
        }
        let target = source
            .path
            .strip_prefix(TARGETS)
            .and_then(|name| name.strip_suffix(".rs"));
        if target.is_some_and(|target| !table.iter().any(|row| row.target == target)) {
            problems.push(Problem::of(
                &source.path,
                format!("no row of the table; {advice}"),
            ));
        }
    }
    Ok(problems)
}

/// Names of the binaries in the fuzz manifest.
fn declared(sources: &[Source]) -> Result<Vec<String>> {
    let Some(manifest) = sources.iter().find(|source| source.path == MANIFEST) else {
        return Ok(Vec::new());
    };
    let manifest: Table = manifest.text.parse()?;
    let binaries = manifest.get("bin").and_then(toml::Value::as_array);
    let names = binaries
        .into_iter()
        .flatten()
        .filter_map(|binary| binary.get("name")?.as_str());
    Ok(names.map(str::to_owned).collect())
}

fn is_decoder(path: &str) -> bool {
    let in_source = path.starts_with("crates/") && path.contains("/src/");
    in_source
        && DECODER_NAMES
            .iter()
            .any(|name| path.ends_with(&format!("/{name}")))
}

#[cfg(test)]
mod tests;
