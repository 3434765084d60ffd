//! The codec seen from outside: what it accepts, what it refuses, what it holds.

mod control;
mod decode;
mod deflate;
mod encode;
mod judges;
mod limits;
mod negotiate;
mod peer;
mod properties;
mod strict;
mod utf8;
