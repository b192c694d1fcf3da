//! The scenarios: two or three threads, and the promise that they keep.

use super::explore::{Search, explore};
use super::world::{invalidate_book, row, together, view};
use crate::sync::Arc;

#[test]
fn read_against_bump() {
    explore("read against bump", Search::Preemptions(2), || {
        let row = row();
        let (reader, writer) = (Arc::clone(&row), Arc::clone(&row));
        together([
            Box::new(move || {
                reader.check(|| view(&reader));
                reader.check(|| view(&reader));
            }),
            Box::new(move || writer.write(1, invalidate_book)),
        ]);
        assert_eq!(row.check(|| view(&row)), 1);
    });
}
