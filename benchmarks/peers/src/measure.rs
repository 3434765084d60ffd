//! Reading the server process, its core and the kernel from `/proc`; pinning; latencies.

mod latency;
mod machine;
mod pin;
mod process;

pub use latency::Latencies;
pub use machine::{Machine, put_off, slab};
pub use pin::{Core, raise_file_limit};
pub use process::{Meter, Process};
