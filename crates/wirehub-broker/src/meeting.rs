//! What brokers have in common whose nodes meet on a server: a time that tests may turn, what nodes
//! say to each other, and the questions among that.

mod ahead;
mod node_news;
mod questions;

pub use ahead::Ahead;
pub use node_news::NodeNews;
pub use questions::Questions;
