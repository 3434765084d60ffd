//! What brokers have in common whose nodes meet on a server: a time that tests may turn, what nodes
//! say to each other, the questions among that, and when leases are looked at.

mod ahead;
mod looks;
mod node_news;
mod questions;

pub use ahead::Ahead;
pub use looks::Looks;
pub use node_news::NodeNews;
pub use questions::Questions;
