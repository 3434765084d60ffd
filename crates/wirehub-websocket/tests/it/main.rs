//! The codec seen from outside: what it accepts, what it refuses, what it holds.

mod control;
mod decode;
mod deflate;
mod encode;
mod limits;
mod negotiate;
mod peer;
mod strict;
mod utf8;
