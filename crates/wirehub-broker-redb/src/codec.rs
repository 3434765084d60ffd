//! How topics and runs of publications stand in the file, in the encoding of
//! [`stored`](wirehub_broker::stored).

mod row;
mod run;

pub use row::{StoredRow, decode_row, encode_row};
pub(crate) use run::count_run;
pub use run::{begin_run, decode_run, encode_next};

#[cfg(test)]
mod tests;
