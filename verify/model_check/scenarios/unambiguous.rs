//! Promise 8: keys of one hash, in a memo, in its flights and in a family.

use super::super::explore::{Search, explore};
use super::super::world::{Row, begin, invalidate_all, row, together, with};
use crate::groups::ModelGenerations;
use crate::groups::{Group, invalidate, member};
use crate::links::Codec;
use crate::private::{CallSite, Lookup};
use crate::returns::StoreAll;
use std::hash::{Hash, Hasher};

/// A key that has its hash in common with all others.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Twin(u64);

impl Hash for Twin {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

enum Twins {}

impl Group for Twins {
    type Key = Twin;
    type Itself = Self;

    fn generations() -> &'static ModelGenerations<Twin> {
        static GENERATIONS: ModelGenerations<Twin> =
            ModelGenerations::new("twins", Codec::Unknown, None, &[]);
        &GENERATIONS
    }
}

/// What tells the values of one key from those of another.
const APART: u64 = 100;

/// `#[cache_against(Twins(twin), skip(row))]`
fn twin(row: &Row, twin: &Twin) -> u64 {
    static SITE: CallSite = CallSite::new("twin");
    let storable = StoreAll::<u64>::NEW;
    let groups = || (member::<Twins>(twin.clone()), ());
    let value = match begin(&SITE, storable, twin, groups, |config| config) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.run(|| twin.0 * APART + row.read()),
    };
    assert_eq!(value / APART, twin.0, "the value of another key");
    value % APART
}

#[test]
fn model_keys_of_one_hash() {
    explore("two keys of one hash, and an invalidation", Search::Preemptions(2), || {
        let row = row();
        invalidate_all::<Twins>();
        together([
            with(&row, |row| row.check(|row| twin(row, &Twin(1)))),
            with(&row, |row| twin(row, &Twin(2))),
            with(&row, |row| row.write(1, || invalidate(&member::<Twins>(Twin(1))))),
        ]);
        assert_eq!(row.check_kept(|row| twin(row, &Twin(1))), 1);
        twin(&row, &Twin(2));
        let reads = row.reads();
        invalidate(&member::<Twins>(Twin(1)));
        twin(&row, &Twin(2));
        assert_eq!(row.reads(), reads, "ended by the invalidation of another key");
    });
}

#[test]
fn model_one_key_of_a_hash_more() {
    explore("one key of a hash more, from between others", Search::Preemptions(2), || {
        let row = row();
        invalidate_all::<Twins>();
        (1..=3).for_each(|number| {
            twin(&row, &Twin(number));
        });
        together([
            with(&row, |row| twin(row, &Twin(4))),
            with(&row, |row| row.write(1, || invalidate(&member::<Twins>(Twin(2))))),
            with(&row, |row| twin(row, &Twin(3))),
        ]);
        assert_eq!(row.check_kept(|row| twin(row, &Twin(2))), 1);
        let reads = row.reads();
        for number in [1, 3, 4] {
            twin(&row, &Twin(number));
        }
        assert_eq!(row.reads(), reads, "each has a place of its own");
    });
}
