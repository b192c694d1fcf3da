//! The keys that are asked for, drawn before the clock runs.

use rand::rngs::SmallRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_distr::{Distribution as _, Zipf};
use std::sync::Arc;

/// How the keys of a sequence are drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Draw {
    /// Each key as often as any other.
    Uniform,
    /// The n-th most popular key with a weight of n to the power of minus this exponent.
    Zipf(f64),
}

/// Distinct keys, and the sequence in which they are asked for.
pub(crate) struct Keys<K> {
    /// Each key once.
    pub(crate) distinct: Vec<K>,
    /// The order of asking, gone through again and again.
    pub(crate) sequence: Vec<K>,
}

impl<K: Copy> Keys<K> {
    /// Each key, and each again: first it is computed, then it has to be a hit.
    pub(crate) fn twice(&self) -> impl Iterator<Item = K> {
        self.distinct.iter().chain(&self.distinct).copied()
    }
}

impl Keys<u64> {
    /// The numbers below `count`. Which of them is popular has nothing to do with its size.
    pub(crate) fn numbers(count: u64, draw: Draw, seed: u64) -> Arc<Self> {
        let mut random = SmallRng::seed_from_u64(seed);
        let mut distinct: Vec<u64> = (0..count).collect();
        distinct.shuffle(&mut random);
        let sequence = ranks(count, draw, length(count), &mut random)
            .map(|rank| distinct[usize::try_from(rank).expect("a rank is below the count")])
            .collect();
        Arc::new(Self { distinct, sequence })
    }

    /// The same keys and the same sequence, each number as `make` makes it a key.
    pub(crate) fn map<K>(&self, make: impl Fn(u64) -> K) -> Arc<Keys<K>> {
        let map = |keys: &[u64]| keys.iter().map(|&key| make(key)).collect();
        Arc::new(Keys { distinct: map(&self.distinct), sequence: map(&self.sequence) })
    }

    /// As names. They live as long as the program, as the names in a request live as long as it.
    pub(crate) fn names(&self) -> Arc<Keys<&'static str>> {
        // One text for each key, wherever it stands in the sequence.
        let mut names = vec![""; self.distinct.len()];
        for &key in &self.distinct {
            names[usize::try_from(key).expect("keys are below their count")] = leak(key);
        }
        self.map(|key| names[usize::try_from(key).expect("keys are below their count")])
    }
}

fn leak(key: u64) -> &'static str {
    format!("customer-{key:07}").leak()
}

/// Long enough to show the distribution, short enough to stay in the caches of the processor where the
/// keys themselves do.
fn length(count: u64) -> usize {
    match count {
        0..=1 => 1 << 10,
        2..=10_000 => 1 << 14,
        10_001..=100_000 => 1 << 18,
        // As many as there are keys, or a cache of fewer would hold all that is asked for.
        _ => 1 << 20,
    }
}

/// Draws ranks below `count`.
pub(crate) fn ranks(
    count: u64,
    draw: Draw,
    length: usize,
    random: &mut SmallRng,
) -> impl Iterator<Item = u64> {
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 keys")]
    let zipf = match draw {
        Draw::Uniform => None,
        Draw::Zipf(exponent) => Some(
            Zipf::new(count as f64, exponent).expect("the count and the exponent are positive"),
        ),
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank is a whole number from 1 to the count"
    )]
    std::iter::repeat_with(move || match &zipf {
        None => random.random_range(0..count),
        Some(zipf) => zipf.sample(random) as u64 - 1,
    })
    .take(length)
}

#[cfg(test)]
mod tests {
    use super::{Draw, Keys};
    use std::collections::HashMap;

    #[test]
    fn the_most_popular_key_comes_as_often_as_zipf_says() {
        let keys = Keys::numbers(1_000, Draw::Zipf(1.0), 7);
        let mut counts: HashMap<u64, f64> = HashMap::new();
        for &key in &keys.sequence {
            *counts.entry(key).or_default() += 1.0;
        }
        let mut counts: Vec<f64> = counts.into_values().collect();
        counts.sort_by(|one, other| other.total_cmp(one));
        // The first of 1,000 has a share of 1 / 7.49 of 16,384, the tenth a tenth of that.
        assert!((2_000.0..2_400.0).contains(&counts[0]), "{}", counts[0]);
        assert!((170.0..270.0).contains(&counts[9]), "{}", counts[9]);
    }

    #[test]
    fn a_seed_gives_the_same_keys_again() {
        let sequence = |seed| Keys::numbers(100, Draw::Uniform, seed).sequence.clone();
        assert_eq!(sequence(3), sequence(3));
        assert_ne!(sequence(3), sequence(4));
    }

    #[test]
    fn names_follow_numbers() {
        let numbers = Keys::numbers(50, Draw::Uniform, 1);
        let names = numbers.names();
        for (number, name) in numbers.sequence.iter().zip(&names.sequence) {
            assert_eq!(*name, format!("customer-{number:07}"));
        }
    }
}
