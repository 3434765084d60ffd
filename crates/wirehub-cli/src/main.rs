//! The program `wirehub`.

fn main() {}
