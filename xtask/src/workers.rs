//! A queue of items and a few threads that take from it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, anyhow};

/// Runs `work` on every item, `count` at a time. The results keep the order of the items; the first
/// error wins, and after it no further item is started.
pub(crate) fn run<T, R>(
    count: usize,
    items: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> Result<R> + Sync,
) -> Result<Vec<R>>
where
    T: Send,
    R: Send,
{
    let queue: Mutex<VecDeque<(usize, T)>> = Mutex::new(items.into_iter().enumerate().collect());
    let lock = || queue.lock().unwrap_or_else(PoisonError::into_inner);
    let next = || lock().pop_front();
    let worker = || {
        let mut done = Vec::new();
        while let Some((index, item)) = next() {
            match work(item) {
                Ok(result) => done.push((index, result)),
                Err(error) => {
                    lock().clear();
                    return Err(error);
                }
            }
        }
        Ok(done)
    };
    let mut done = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..count).map(|_| scope.spawn(worker)).collect();
        let mut done = Vec::new();
        for worker in workers {
            done.extend(worker.join().map_err(|_| anyhow!("a worker panicked"))??);
        }
        anyhow::Ok(done)
    })?;
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests;
