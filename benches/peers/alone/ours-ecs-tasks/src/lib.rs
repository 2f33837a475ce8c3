//! Depends on one crate, and has nothing itself.
