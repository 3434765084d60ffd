//! The hub keeps its promises in every scenario, and the simulator would notice if it did not.

mod every_mutant_is_found;
mod no_seed_has_a_finding;
