//! Inputs by their number.

use crate::case::Case;
use crate::subject::Subject;
use crate::{grammar, mutate, random};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// How an input is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Token trees of any kind.
    Tokens,
    /// Real inputs and those of the corpus, changed.
    Mutation,
    /// What follows the grammar, changed or not.
    Grammar,
    /// What keeps every rule, and so must expand.
    Sound,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Tokens, Self::Mutation, Self::Grammar, Self::Sound];

    /// The kind's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Mutation => "mutation",
            Self::Grammar => "grammar",
            Self::Sound => "sound",
        }
    }
}

/// Makes inputs.
#[derive(Debug)]
pub struct Generator {
    pool: Vec<Case>,
}

impl Generator {
    /// Mutates the inputs of `pool`, of which there is at least one.
    pub const fn new(pool: Vec<Case>) -> Self {
        Self { pool }
    }

    /// The input of this number, which is the same whenever the pool is.
    pub fn case(&self, number: u64) -> (Kind, Case) {
        let mut rng = StdRng::seed_from_u64(number);
        let subject = subject(&mut rng);
        match rng.random_range(0..10) {
            0..2 => (Kind::Tokens, random::case(&mut rng, subject)),
            2..6 if !self.pool.is_empty() => {
                (Kind::Mutation, mutate::mutated(&mut rng, &self.pool))
            }
            6 => (Kind::Sound, grammar::sound_case(&mut rng, subject)),
            _ => {
                let case = grammar::case(&mut rng, subject);
                let changed = rng.random_bool(0.2);
                (Kind::Grammar, if changed { mutate::mutated(&mut rng, &[case]) } else { case })
            }
        }
    }
}

/// The attributes, which have the most grammar, more often than the others.
fn subject(rng: &mut StdRng) -> Subject {
    match rng.random_range(0..20) {
        0..9 => Subject::CacheAgainst,
        9..13 => Subject::Invalidates,
        13..15 => Subject::Derive,
        15 => Subject::Depends,
        16..18 => Subject::Group,
        18 => Subject::Invalidate,
        _ => Subject::DependsOn,
    }
}
