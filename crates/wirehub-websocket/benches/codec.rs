//! Instructions the codec needs, counted by callgrind: the same on every run of one binary.
//!
//! `cargo bench -p wirehub-websocket` needs valgrind and `gungraun-runner` in the version of the
//! `gungraun` in `Cargo.lock`.

#![expect(
    missing_docs,
    unused_qualifications,
    reason = "of what the benchmark macros write"
)]

use std::hint::black_box;

use gungraun::{library_benchmark, library_benchmark_group, main};
use wirehub_websocket::{
    Decoder, DeflatePolicy, Deflater, Encoder, Fragment, Inflater, Item, Limits, MessageKind, Role,
    Window,
};

/// One connection at a server, about to decode `wire`.
struct Read {
    decoder: Decoder,
    inflater: Inflater,
    limits: Limits,
    wire: Vec<u8>,
}

fn read(compression: bool, wire: Vec<u8>) -> Read {
    let decoder = Decoder::new(Role::Server, compression);
    Read {
        decoder,
        inflater: Inflater::new(),
        limits: Limits::default(),
        wire,
    }
}

fn text(messages: usize, length: usize) -> Read {
    let mut wire = Vec::new();
    for _ in 0..messages {
        Encoder::client([1, 2, 3, 4]).text(&mut wire, &json(length));
    }
    read(false, wire)
}

fn binary(length: usize) -> Read {
    let mut wire = Vec::new();
    Encoder::client([1, 2, 3, 4]).binary(&mut wire, &vec![7; length]);
    read(false, wire)
}

fn fragments(count: usize, length: usize) -> Read {
    let mut wire = Vec::new();
    let client = Encoder::client([1, 2, 3, 4]);
    client.fragment(
        &mut wire,
        Fragment::First(MessageKind::Text),
        json(length).as_bytes(),
    );
    for _ in 2..count {
        client.fragment(&mut wire, Fragment::Middle, json(length).as_bytes());
    }
    client.fragment(&mut wire, Fragment::Last, b"");
    read(false, wire)
}

/// A second compressed message: the first one made the inflater allocate.
fn compressed(length: usize) -> Read {
    let mut wire = Vec::new();
    let mut deflater = Deflater::default();
    let (client, kind, text) = (
        Encoder::client([1, 2, 3, 4]),
        MessageKind::Text,
        json(length),
    );
    client.compressed(
        &mut wire,
        kind,
        text.as_bytes(),
        &mut deflater,
        Window::Full,
    );
    let mut read = read(true, wire.clone());
    decode_all(&mut read, usize::MAX);
    read.wire = wire;
    read
}

/// Text as a hub sees it.
fn json(length: usize) -> String {
    let event = r#"{"type":"message","topic":"orders/42","data":{"state":"paid","cents":1999}},"#;
    event.chars().cycle().take(length).collect()
}

/// Decodes in reads of `size` bytes and adds up what came.
fn decode_all(read: &mut Read, size: usize) -> usize {
    let mut bytes = 0;
    for chunk in read.wire.chunks_mut(size) {
        let mut reader = read.decoder.read(chunk, &read.limits, &mut read.inflater);
        while let Ok(Some(item)) = reader.next() {
            bytes += match item {
                Item::Text(text) => text.len(),
                Item::Binary(bytes) => bytes.len(),
                _ => 0,
            };
        }
    }
    bytes
}

#[library_benchmark]
#[bench::text_128(text(1, 128))]
#[bench::text_128_by_16(text(16, 128))]
#[bench::text_64k(text(1, 65_536))]
#[bench::binary_64k(binary(65_536))]
#[bench::fragments_16_by_128(fragments(16, 128))]
#[bench::compressed_1k(compressed(1024))]
fn decode(mut read: Read) -> usize {
    black_box(decode_all(&mut read, usize::MAX))
}

#[library_benchmark]
#[bench::text_64k_in_reads_of_1k(text(1, 65_536))]
#[bench::binary_64k_in_reads_of_1k(binary(65_536))]
fn decode_in_reads(mut read: Read) -> usize {
    black_box(decode_all(&mut read, 1024))
}

fn payload(length: usize) -> (Vec<u8>, Vec<u8>) {
    (json(length).into_bytes(), Vec::with_capacity(length + 14))
}

#[library_benchmark]
#[bench::text_128(payload(128))]
#[bench::text_64k(payload(65_536))]
fn encode_server((payload, mut out): (Vec<u8>, Vec<u8>)) -> Vec<u8> {
    Encoder::server().message(&mut out, MessageKind::Text, &payload);
    black_box(out)
}

// The client's encoder is what masks: the difference to the server's is the price of a mask.
#[library_benchmark]
#[bench::text_128(payload(128))]
#[bench::text_64k(payload(65_536))]
fn encode_client((payload, mut out): (Vec<u8>, Vec<u8>)) -> Vec<u8> {
    Encoder::client([1, 2, 3, 4]).message(&mut out, MessageKind::Text, &payload);
    black_box(out)
}

#[library_benchmark]
#[bench::text_128(payload(128))]
#[bench::text_1k(payload(1024))]
fn encode_in_place((payload, mut out): (Vec<u8>, Vec<u8>)) -> Vec<u8> {
    let frame = Encoder::server().begin(&mut out, MessageKind::Text);
    out.extend_from_slice(&payload);
    Encoder::server().finish(&mut out, frame);
    black_box(out)
}

/// A deflater that has worked before, and so has allocated.
fn deflater(window: Window, length: usize) -> (Deflater, Window, Vec<u8>, Vec<u8>) {
    let mut deflater = Deflater::new(DeflatePolicy::default());
    let (payload, mut out) = payload(length);
    let (server, kind) = (Encoder::server(), MessageKind::Text);
    server.compressed(&mut out, kind, &payload, &mut deflater, window);
    out.clear();
    (deflater, window, payload, out)
}

#[library_benchmark]
#[bench::full_1k(deflater(Window::Full, 1024))]
#[bench::small_1k(deflater(Window::Small, 1024))]
#[bench::full_64k(deflater(Window::Full, 65_536))]
fn deflate(
    (mut deflater, window, payload, mut out): (Deflater, Window, Vec<u8>, Vec<u8>),
) -> (Deflater, Vec<u8>) {
    let (server, kind) = (Encoder::server(), MessageKind::Text);
    server.compressed(&mut out, kind, &payload, &mut deflater, window);
    black_box((deflater, out))
}

library_benchmark_group!(name = decoding, benchmarks = [decode, decode_in_reads]);
library_benchmark_group!(
    name = encoding,
    benchmarks = [encode_server, encode_client, encode_in_place, deflate]
);
main!(library_benchmark_groups = [decoding, encoding]);
