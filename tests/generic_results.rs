//! Where a type parameter decides whether a function is fallible, its errors are kept by a word and never
//! by accident.

use gcache::{Fallible, cache_against, group};

group!(Numbers);

trait Query: 'static {
    type Output: Clone + Send + Sync + 'static;

    fn run(text: &str) -> Self::Output;

    /// An implementation decides, and here nobody has.
    #[cache_against(Numbers, by(text), cache_err)]
    fn by_default(text: &str) -> Self::Output {
        run();
        Self::run(text)
    }
}

thread_local! {
    /// Of this test alone, since each runs on a thread of its own.
    static RUNS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// A body runs.
fn run() {
    RUNS.set(RUNS.get() + 1);
}

struct Parse;

impl Query for Parse {
    type Output = Result<u64, String>;

    fn run(text: &str) -> Self::Output {
        text.parse().map_err(|_| text.to_owned())
    }
}

struct Length;

impl Query for Length {
    type Output = usize;

    fn run(text: &str) -> Self::Output {
        text.len()
    }
}

/// How often the body runs in two calls.
fn runs<R>(call: impl Fn() -> R) -> usize {
    let before = RUNS.get();
    call();
    call();
    RUNS.get() - before
}

#[test]
fn cache_err_stores_values_and_errors() {
    #[cache_against(Numbers, cache_err)]
    fn all<Q: Query>(text: &str) -> Q::Output {
        run();
        Q::run(text)
    }
    #[cache_against(Numbers, cache_err, skip(load))]
    fn with<T: Clone + Send + Sync + 'static>(text: &str, load: fn(&str) -> T) -> T {
        run();
        load(text)
    }

    assert_eq!((runs(|| all::<Parse>("7")), runs(|| all::<Parse>("x"))), (1, 1));
    assert_eq!((runs(|| with("7", Parse::run)), runs(|| with("x", Parse::run))), (1, 1));
    assert_eq!((runs(|| with("7", Length::run)), runs(|| all::<Length>("x"))), (1, 1));
    assert_eq!((runs(|| Parse::by_default("x")), runs(|| Length::by_default("x"))), (1, 1));
}

#[test]
fn cache_ok_stores_the_value_of_ok() {
    trait Find: 'static {
        type Output: Fallible<Ok: Clone + Send + Sync + 'static>;

        fn run(text: &str) -> Self::Output;
    }
    impl Find for Parse {
        type Output = <Self as Query>::Output;

        fn run(text: &str) -> Self::Output {
            <Self as Query>::run(text)
        }
    }
    #[cache_against(Numbers, cache_ok)]
    fn found<F: Find>(text: &str) -> F::Output {
        run();
        F::run(text)
    }
    #[cache_against(Numbers, cache_ok)]
    async fn later<F: Find>(text: &str) -> <F as Find>::Output {
        run();
        std::future::ready(F::run(text)).await
    }
    // Of a type that is written out it says what is so anyway.
    #[cache_against(Numbers, cache_ok)]
    fn written_out(text: &str) -> Result<u64, String> {
        run();
        <Parse as Query>::run(text)
    }

    assert_eq!((runs(|| found::<Parse>("7")), runs(|| found::<Parse>("x"))), (1, 2));
    let later = |text| pollster::block_on(later::<Parse>(text));
    assert_eq!((runs(|| later("7")), runs(|| later("x"))), (1, 2));
    assert_eq!((later("7"), later("x")), (Ok(7), Err("x".to_owned())));
    assert_eq!((runs(|| written_out("7")), runs(|| written_out("x"))), (1, 2));
    assert_eq!(found::<Parse>("7"), Ok(7));
}

type Outcome<T> = Result<T, String>;
type Named = Outcome<u64>;
/// Nothing that is written says that this is the type of a trait.
type Hidden<Q> = <Q as Query>::Output;

/// An alias of a `Result` is one, wherever its parameters come from.
#[test]
fn an_alias_of_a_result_is_recognized() {
    #[cache_against(Numbers)]
    fn with_a_parameter<T: From<u64> + Clone + Send + Sync + 'static>(text: &str) -> Outcome<T> {
        run();
        Parse::run(text).map(T::from)
    }
    #[cache_against(Numbers)]
    fn named(text: &str) -> Named {
        run();
        Parse::run(text)
    }
    #[cache_against(Numbers)]
    fn of_a_trait(text: &str) -> <Parse as Query>::Output {
        run();
        Parse::run(text)
    }
    #[cache_against(Numbers)]
    fn inside<Q: Query>(text: &str) -> Result<Option<Vec<Q::Output>>, String> {
        run();
        Parse::run(text).map(|_| Some(vec![Q::run(text)]))
    }
    #[cache_against(Numbers)]
    fn of_no_result<Q: Query>(text: &str) -> (Option<Q::Output>, String) {
        run();
        (Some(Q::run(text)), text.to_owned())
    }

    let each = [
        (runs(|| with_a_parameter::<u128>("7")), runs(|| with_a_parameter::<u128>("x"))),
        (runs(|| named("7")), runs(|| named("x"))),
        (runs(|| of_a_trait("7")), runs(|| of_a_trait("x"))),
        (runs(|| inside::<Length>("7")), runs(|| inside::<Length>("x"))),
    ];
    assert_eq!(each, [(1, 2); 4]);
    assert_eq!(runs(|| of_no_result::<Parse>("x")), 1);
}

/// What no attribute and no compiler sees is at least never kept for good.
#[test]
fn an_error_behind_an_alias_of_a_parameter_is_not_stored() {
    #[cache_against(Numbers)]
    fn hidden<Q: Query>(text: &str) -> Hidden<Q> {
        run();
        Q::run(text)
    }
    assert_eq!((runs(|| hidden::<Parse>("7")), runs(|| hidden::<Parse>("x"))), (2, 2));
    assert_eq!(runs(|| hidden::<Length>("x")), 1);
}

impl Parse {
    #[cache_against(Numbers)]
    fn of_the_block(text: &str) -> <Self as Query>::Output {
        run();
        Self::run(text)
    }
}

/// The type of a trait in an `impl` for a type is known there.
#[test]
fn an_associated_type_of_the_block_is_recognized() {
    trait Once {
        type Value;
        fn once(text: &str) -> Self::Value;
    }
    impl Once for Parse {
        type Value = Result<u64, String>;

        #[cache_against(Numbers)]
        fn once(text: &str) -> Self::Value {
            run();
            Self::run(text)
        }
    }
    assert_eq!((runs(|| Parse::of_the_block("7")), runs(|| Parse::of_the_block("x"))), (1, 2));
    assert_eq!((runs(|| Parse::once("7")), runs(|| Parse::once("x"))), (1, 2));
}
