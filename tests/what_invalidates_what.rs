//! Section 3 of the design, cell by cell: what a change ends, and what must stay a hit.

#![allow(
    clippy::duplicated_attributes,
    reason = "it takes two indexes that share a field for one attribute given twice"
)]

mod common;

use common::{Count, ignore};
use gcache::{Invalidated, Invalidates, cache_against};

/// A model of its own for each row of the table, so that the tests can run side by side, with a cached
/// function for each column.
macro_rules! world {
    () => {
        #[derive(Clone, Debug, Invalidates)]
        struct Book {
            id: u64,
            #[group(index)]
            author: u64,
        }
        static RUNS: Count = Count::new();

        #[cache_against(Book(pk))]
        fn by_key(pk: u64) -> usize {
            RUNS.up()
        }
        #[cache_against(Book(author = author))]
        fn by_author(author: u64) -> usize {
            RUNS.up()
        }
        #[cache_against(Book)]
        fn all() -> usize {
            RUNS.up()
        }

        /// Which of the columns end by `change`: key 7, key 8, author 3, author 4, author 5, the model.
        fn ended_by(change: impl FnOnce() -> Invalidated) -> [bool; 6] {
            let look = || [by_key(7), by_key(8), by_author(3), by_author(4), by_author(5), all()];
            let before = look();
            assert_eq!(look(), before, "all are hits");
            change();
            let after = look();
            assert_eq!(look(), after, "all are hits again");
            std::array::from_fn(|column| before[column] != after[column])
        }
    };
}

const LIVES: bool = false;
const ENDS: bool = true;

#[test]
fn a_row_invalidates_its_key_its_values_and_the_model() {
    world!();
    let book = Book { id: 7, author: 3 };
    assert_eq!(ended_by(|| book.invalidate()), [ENDS, LIVES, ENDS, LIVES, LIVES, ENDS]);
    assert_eq!(
        ended_by(|| Book::invalidate_many([&book])),
        [ENDS, LIVES, ENDS, LIVES, LIVES, ENDS]
    );
}

#[test]
fn a_row_that_moves_invalidates_the_values_of_before_and_after() {
    world!();
    let mut book = Book { id: 7, author: 3 };
    let change = || {
        book.edit().author = 4;
        Invalidated::default()
    };
    assert_eq!(ended_by(change), [ENDS, LIVES, ENDS, ENDS, LIVES, ENDS]);
}

#[test]
fn a_key_alone_invalidates_every_value() {
    world!();
    assert_eq!(ended_by(|| invalidate_book(7)), [ENDS, LIVES, ENDS, ENDS, ENDS, ENDS]);
}

#[test]
fn a_value_alone_invalidates_every_key_and_no_other_value() {
    world!();
    assert_eq!(ended_by(|| invalidate_book_by_author(3)), [ENDS, ENDS, ENDS, LIVES, LIVES, ENDS]);
}

#[test]
fn the_whole_model_invalidates_everything() {
    world!();
    assert_eq!(ended_by(Book::invalidate_all), [ENDS; 6]);
}

#[test]
fn no_row_invalidates_nothing() {
    world!();
    assert_eq!(ended_by(|| Book::invalidate_many([])), [LIVES; 6]);
    let other = Book { id: 9, author: 9 };
    assert_eq!(ended_by(|| other.invalidate()), [LIVES, LIVES, LIVES, LIVES, LIVES, ENDS]);
}

/// Indexes that overlap: by user, by status, by both, and by one of them and a third.
#[derive(Clone, Debug, Invalidates)]
#[group(index(user, status))]
#[group(index(status, album))]
struct Photo {
    id: u64,
    #[group(index)]
    user: u64,
    #[group(index)]
    status: String,
    album: u64,
}

static RUNS: Count = Count::new();

#[cache_against(Photo(user = user))]
fn of_user(user: u64) -> usize {
    RUNS.up()
}

#[cache_against(Photo(status = status))]
fn with_status(status: &str) -> usize {
    RUNS.up()
}

// The order of the fields does not matter.
#[cache_against(Photo(status = status, user = user))]
fn of_user_with_status(user: u64, status: &str) -> usize {
    RUNS.up()
}

#[cache_against(Photo(status = status, album = album))]
fn in_album_with_status(album: u64, status: &str) -> usize {
    RUNS.up()
}

/// User 1 and 2, status "new" and "old", their pairs, and albums 5 and 6 with both.
fn look() -> [usize; 12] {
    [
        of_user(1),
        of_user(2),
        with_status("new"),
        with_status("old"),
        of_user_with_status(1, "new"),
        of_user_with_status(1, "old"),
        of_user_with_status(2, "new"),
        of_user_with_status(2, "old"),
        in_album_with_status(5, "new"),
        in_album_with_status(5, "old"),
        in_album_with_status(6, "new"),
        in_album_with_status(6, "old"),
    ]
}

/// One test, since all of it is about one model.
#[test]
fn compound_indexes_are_invalidated_where_values_agree() {
    let ended_by = |change: &mut dyn FnMut()| {
        let before = look();
        assert_eq!(look(), before, "all are hits");
        change();
        let after = look();
        let ended: String =
            (0..12).map(|at| if before[at] == after[at] { '.' } else { 'x' }).collect();
        ended
    };
    let mut photo = Photo { id: 1, user: 1, status: "new".to_owned(), album: 5 };
    //                                                    uu ss pairs albums
    assert_eq!(ended_by(&mut || ignore(photo.invalidate())), "x.x.x...x...");
    assert_eq!(ended_by(&mut || ignore(invalidate_photo(1))), "xxxxxxxxxxxx");
    assert_eq!(ended_by(&mut || ignore(invalidate_photo_by_user(1))), "x.xxxx..xxxx");
    assert_eq!(ended_by(&mut || ignore(invalidate_photo_by_status("new"))), "xxx.x.x.x.x.");
    // Of user 1's new ones some have changed: those of user 1 and those that are new may differ.
    let pair = &mut || ignore(invalidate_photo_by_user_and_status(1, "new"));
    assert_eq!(ended_by(pair), "x.x.x...xxxx");
    assert_eq!(ended_by(&mut || ignore(Photo::invalidate_all())), "xxxxxxxxxxxx");
    // A move ends what it leaves and what it comes to.
    let mut moves = || photo.edit().status = "old".to_owned();
    assert_eq!(ended_by(&mut moves), "x.xxxx..xx..");
    assert_eq!(photo.status, "old");
}

/// A link between two models is a row with two indexes, and works from both sides, also where the ids
/// are equal numbers.
#[test]
fn a_link_works_from_both_sides() {
    #[derive(Invalidates)]
    struct Tagging {
        #[group(key, index)]
        photo: u64,
        #[group(key, index)]
        tag: u64,
    }
    static RUNS: Count = Count::new();

    #[cache_against(Tagging(photo = photo))]
    fn tags_of(photo: u64) -> usize {
        RUNS.up()
    }
    #[cache_against(Tagging(tag = tag))]
    fn photos_with(tag: u64) -> usize {
        RUNS.up()
    }

    let look = || [tags_of(1), tags_of(2), photos_with(1), photos_with(2)];
    let ended = |before: [usize; 4]| {
        let after = look();
        std::array::from_fn::<_, 4, _>(|at| before[at] != after[at])
    };
    let before = look();
    Tagging { photo: 1, tag: 2 }.invalidate();
    assert_eq!(ended(before), [ENDS, LIVES, LIVES, ENDS]);
    let before = look();
    Tagging { photo: 1, tag: 1 }.invalidate();
    assert_eq!(ended(before), [ENDS, LIVES, ENDS, LIVES]);
    let before = look();
    invalidate_tagging_by_photo(2);
    assert_eq!(ended(before), [LIVES, ENDS, ENDS, ENDS], "other links of the photo may be gone");
}
