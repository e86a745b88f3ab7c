//! Flows with something wrong: files of the house and of the cases, changed token by token and line by line. Whatever comes of
//! it is read without a panic, keeps its places, and is formatted without loss.
//!
//! The ordinary run makes the same rounds every time. A long run takes new ones, see `CONTRIBUTING.md`.

mod corpus;
mod engine;
mod expressions;
mod formatter;
mod found;
mod mutate;
mod readers;

use crate::fuzz::mutate::Change;

/// What a round is made of: a number that picks a file, one that picks another to take pieces from, how many of the changes
/// are made, and the changes.
pub(crate) type Recipe = (u16, u16, u8, [Change; 6]);

/// The changes of a recipe that are made, one at least.
pub(crate) fn made(recipe: &Recipe) -> &[Change] {
    &recipe.3[..1 + usize::from(recipe.2) % recipe.3.len()]
}
