//! The heap of the process.

use std::fmt;

/// What a program's allocator knows of its heap. A library chooses no allocator, so whoever chose
/// one hands this in, with [`HubBuilder::whole_process`](crate::HubBuilder::whole_process).
///
/// All of it is asked from a thread that may wait.
pub trait Heap: fmt::Debug + Send + Sync {
    /// Bytes that are allocated now, by the allocator's own count; `None` when it does not count.
    fn allocated(&self) -> Option<u64>;

    /// Remembers how much each place in the program has now.
    fn mark(&self);

    /// The place in the program that has the most more than when the heap was marked; `None` when
    /// nobody follows who allocates.
    fn grown(&self) -> Option<String>;
}
