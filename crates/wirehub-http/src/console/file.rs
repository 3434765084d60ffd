//! The files of the console, whole and compressed.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::OnceLock,
};

use zlib_rs::{DeflateConfig, ReturnCode, compress_bound, compress_slice};

/// Added to the bits of the window, it asks zlib for the format of gzip (RFC 1952).
const GZIP: i32 = 16;
const WINDOW_BITS: i32 = 15;
/// It is done once in the life of a hub, so it may take a little longer.
const LEVEL: i32 = 9;

/// One of them.
#[derive(Debug)]
pub(super) struct File {
    pub(super) name: &'static str,
    pub(super) content_type: &'static str,
    pub(super) bytes: &'static [u8],
    tag: OnceLock<String>,
    compressed: OnceLock<Option<Vec<u8>>>,
}

/// All of them, the page first.
pub(super) static FILES: [File; 4] = [
    file(
        "index.html",
        "text/html; charset=utf-8",
        include_bytes!("../../assets/console/index.html"),
    ),
    file(
        "console.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../assets/console/console.js"),
    ),
    file(
        "console.css",
        "text/css; charset=utf-8",
        include_bytes!("../../assets/console/console.css"),
    ),
    file(
        "icon.svg",
        "image/svg+xml",
        include_bytes!("../../assets/console/icon.svg"),
    ),
];

const fn file(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> File {
    File {
        name,
        content_type,
        bytes,
        tag: OnceLock::new(),
        compressed: OnceLock::new(),
    }
}

impl File {
    /// The page itself.
    pub(super) fn page() -> &'static Self {
        let [page, ..] = &FILES;
        page
    }

    /// Names this very content (RFC 9110 section 8.8.3), in either form.
    pub(super) fn tag(&self) -> &str {
        self.tag.get_or_init(|| {
            let mut hasher = DefaultHasher::new();
            self.bytes.hash(&mut hasher);
            format!("W/\"{:016x}\"", hasher.finish())
        })
    }

    /// The content in gzip's format, made when somebody first asks for it.
    pub(super) fn compressed(&self) -> Option<&[u8]> {
        self.compressed.get_or_init(|| gzip(self.bytes)).as_deref()
    }
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    // The bound is for zlib's format, whose frame is smaller by a dozen bytes.
    let mut space = vec![0; compress_bound(bytes.len()) + 32];
    let config = DeflateConfig {
        window_bits: WINDOW_BITS + GZIP,
        ..DeflateConfig::new(LEVEL)
    };
    match compress_slice(&mut space, bytes, config) {
        (compressed, ReturnCode::Ok) => Some(compressed.to_vec()),
        _ => None,
    }
}
