//! Errors that are values: `cache_err_if` and `cache_err_as`.

mod common;

use common::Count;
use gcache::{cache_against, group, of};
use std::convert::identity;

/// An error with something inside that cannot be cloned.
#[derive(Debug)]
enum Error {
    Missing(u64),
    Database(std::io::Error),
}

impl Error {
    fn missing(&self) -> Option<u64> {
        match self {
            Self::Missing(id) => Some(*id),
            Self::Database(_) => None,
        }
    }

    fn is_reset(&self) -> bool {
        matches!(self, Self::Database(error) if error.kind() == std::io::ErrorKind::ConnectionReset)
    }

    fn database() -> Self {
        Self::Database(std::io::ErrorKind::ConnectionReset.into())
    }
}

/// The same, as programs call it.
type Result<T, E = Error> = std::result::Result<T, E>;

#[test]
fn an_error_that_is_a_value_is_stored_until_its_group_is_invalidated() {
    group!(Article: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Article(id), cache_err_if = is_odd)]
    fn article(id: u64) -> Result<usize, u64> {
        let run = RUNS.up();
        if id < 10 { Ok(run) } else { Err(id) }
    }
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the option gives a reference")]
    fn is_odd(error: &u64) -> bool {
        error % 2 == 1
    }

    assert_eq!((article(7), article(7)), (Ok(1), Ok(1)));
    // An odd one is a value.
    assert_eq!((article(11), article(11), RUNS.get()), (Err(11), Err(11), 2));
    // An even one is not.
    assert_eq!((article(12), article(12), RUNS.get()), (Err(12), Err(12), 4));
    let stats = of(article).stats();
    assert_eq!((stats.hits, stats.errors, stats.entries), (2, 2, 2));
    invalidate_article(11);
    assert_eq!((article(11), article(11), RUNS.get()), (Err(11), Err(11), 5));
}

#[test]
fn an_error_without_clone_is_stored_as_something_else() {
    group!(Article: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Article(id), cache_err_as(Error::missing, Error::Missing))]
    fn article(id: u64) -> Result<usize> {
        let run = RUNS.up();
        match id {
            0 => Err(Error::database()),
            1 => Err(Error::Missing(id)),
            _ => Ok(run),
        }
    }

    for _ in 0..2 {
        assert!(matches!(article(1), Err(Error::Missing(1))));
    }
    assert_eq!(RUNS.get(), 1);
    for runs in [2, 3] {
        assert!(article(0).unwrap_err().is_reset());
        assert_eq!(RUNS.get(), runs);
    }
    assert_eq!((article(2).unwrap(), article(2).unwrap()), (4, 4));
}

#[test]
fn futures_store_their_errors_too() {
    group!(Article: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Article(id), cache_err_as(Error::missing, |id| if id == 0 { Error::database() } else { Error::Missing(id) }))]
    async fn article(id: u64) -> Result<usize> {
        RUNS.up();
        Err(if id == 0 { Error::database() } else { Error::Missing(id) })
    }
    #[cache_against(Article(id), boxed, cache_err_if = |error| *error == 7)]
    async fn boxed(id: u64) -> Result<usize, u64> {
        let run = RUNS.up();
        if id < 7 { Ok(run) } else { Err(id) }
    }
    fn sent<F: Send>(future: F) -> F {
        future
    }

    pollster::block_on(async {
        for _ in 0..2 {
            assert!(matches!(sent(article(1)).await, Err(Error::Missing(1))));
        }
        assert_eq!(RUNS.get(), 1);
        assert!(article(0).await.unwrap_err().is_reset());
        assert!(article(0).await.unwrap_err().is_reset());
        assert_eq!(RUNS.get(), 3);
        assert_eq!((sent(boxed(7)).await, boxed(7).await, RUNS.get()), (Err(7), Err(7), 4));
        assert_eq!((boxed(8).await, boxed(8).await, RUNS.get()), (Err(8), Err(8), 6));
        assert_eq!((boxed(1).await, boxed(1).await), (Ok(7), Ok(7)));
    });
}

#[test]
fn other_conditions_see_the_result() {
    group!(Article: u64);
    static RUNS: Count = Count::new();

    #[cache_against(Article(id), cache_err_if = |_| true, cache_if = |result| *result != Err(3))]
    fn article(id: u64) -> Result<usize, u64> {
        RUNS.up();
        Err(id)
    }

    assert_eq!((article(1), article(1), RUNS.get()), (Err(1), Err(1), 1));
    assert_eq!((article(3), article(3), RUNS.get()), (Err(3), Err(3), 3));
    let stats = of(article).stats();
    assert_eq!((stats.errors, stats.unstored), (0, 2));
}

/// A method of a type with parameters, whose error follows from them.
#[test]
fn the_error_may_follow_from_a_parameter() {
    group!(Article: u64);
    struct Repository<E>(fn(u64) -> E);

    impl<E: Clone + PartialEq + Send + Sync + 'static> Repository<E> {
        #[cache_against(Article(id), skip(self), cache_err_if = |error| *error == error.clone())]
        fn article(&self, id: u64) -> Result<u64, E> {
            Err((self.0)(id))
        }
    }

    assert_eq!(Repository(identity).article(7), Err(7));
    assert_eq!(Repository(|id: u64| id.to_string()).article(7), Err("7".to_owned()));
}
