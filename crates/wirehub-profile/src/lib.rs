//! Where a process spends its time and its memory, in the format that `go tool pprof` reads.
//!
//! [`CpuSession`] samples the stacks of all threads that run, a hundred times in each second of
//! processor time. [`SamplingAllocator`] stands around the program's allocator and remembers about
//! one allocation in each half megabyte: which of them are still there ([`heap`]), and all that
//! there ever were ([`allocs`]). [`threads`](threads()) says where each thread is now. All follow
//! frame pointers, which costs little, takes no lock and is safe in a signal handler; a program
//! that is to be profiled is built with
//! `-C force-frame-pointers=yes`. Names of functions come from the running program itself.
//!
//! It is *not* a server: `wirehub-http` hands profiles out. It is the one crate of the workspace
//! with `unsafe` code, so that all others can do without. Linux on x86-64 and ARM64; elsewhere
//! profiles are refused.
//!
//! Read first: [`Profile`], [`CpuSession`], [`SamplingAllocator`].
//!
//! ```
//! use wirehub_profile::{Place, Profile, ValueKind};
//!
//! let mut profile = Profile::new(vec![ValueKind::new("tasks", "count")]);
//! let place = Place::named("wirehub::acceptor::start", "acceptor.rs", 69);
//! profile.sample(vec![place], vec![3], &[("kind", "acceptor")]);
//! assert!(profile.to_pprof().starts_with(&[0x1f, 0x8b]), "a gzip file");
//! ```

mod cpu;
mod heap;
mod pprof;
mod profile;
mod program;
mod stack;
mod symbols;
mod text;
mod threads;

pub use cpu::{CpuError, CpuSession};
pub use heap::{Growth, HeapMark, SamplingAllocator, allocs, heap};
pub use profile::{Place, Profile, ValueKind};
pub use threads::threads;
