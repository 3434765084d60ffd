//! The client library for pages, which the hub hands out so that a page needs no build to use it.

use wirehub::HubBuilder;

/// Where pages get it.
pub(super) const PATH: &str = "/wirehub.js";
/// What `cargo xtask generate` builds from `clients/typescript`: one module without dependencies.
const MODULE: &[u8] = include_bytes!("../../../assets/wirehub.js");
const MODULE_TYPE: &str = "text/javascript; charset=utf-8";

/// Has a hub hand it out.
pub(super) fn hand_out(hub: HubBuilder) -> HubBuilder {
    hub.file(PATH, MODULE_TYPE, MODULE)
}
