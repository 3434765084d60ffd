//! The nouns of Wirehub.
