//! Every macro in every place: bodies, constants, traits, generic and nested blocks.
#![deny(warnings)]

use gcache::{Invalidates, cache_against, depends_on, group, invalidate, invalidates};
use std::future::{Future, ready};
use std::hash::Hash;

#[derive(Clone, Debug, PartialEq, Invalidates)]
struct Book {
    id: u64,
    #[group(index)]
    author: u64,
}

/// In a body, in a block of one, and in a closure.
fn in_a_body() -> u64 {
    #[derive(Clone, Invalidates)]
    struct Local {
        id: u64,
        #[group(index)]
        author: u64,
    }

    group!(Near: u64);

    #[cache_against(Local(pk), Near(pk), Book(pk))]
    fn local(pk: u64) -> u64 {
        depends_on!(Local(author = pk));
        pk
    }

    #[invalidates(Local(pk), Near(pk))]
    fn end(pk: u64) -> u64 {
        pk
    }

    let closure = |pk: u64| {
        #[cache_against(Local)]
        fn inner(pk: u64) -> u64 {
            pk + 1
        }
        invalidate!(Local(author = pk));
        inner(pk)
    };
    let _ = (invalidate_local(7), invalidate_local_by_author(7), invalidate_near(7));
    let row = Local { id: 1, author: 1 };
    row.invalidate();
    local(row.id) + end(row.author) + closure(1)
}

/// In the block of a constant, and of a static.
const IN_A_CONSTANT: fn(u64) -> u64 = {
    #[derive(Invalidates)]
    struct Constant {
        id: u64,
    }

    group!(Far);

    #[cache_against(Constant(pk), Far)]
    fn constant(pk: u64) -> u64 {
        let _ = (invalidate_constant(pk + 1), invalidate_far());
        Constant { id: pk }.id
    }
    constant
};

const _: () = {
    mod nested {
        #[derive(gcache::Invalidates)]
        pub struct Page {
            id: u64,
        }

        #[gcache::cache_against(Page(id), super::Book)]
        pub fn page(id: u64) -> Page {
            Page { id }
        }

        impl Clone for Page {
            fn clone(&self) -> Self {
                Self { id: self.id }
            }
        }
    }

    #[allow(dead_code)]
    fn unused() -> nested::Page {
        nested::page(7)
    }
};

static IN_A_STATIC: [fn(u64) -> u64; 2] = {
    #[cache_against(Book(pk))]
    fn first(pk: u64) -> u64 {
        pk
    }
    [first, IN_A_CONSTANT]
};

/// In the length of an array.
struct Wide([u8; {
    group!(Inside);
    #[allow(dead_code)]
    #[cache_against(Inside)]
    fn inside() {}
    2
}]);

/// In traits: defaults, implementations, sync, async, and as a future.
trait Shelf<K> {
    const NAME: &'static str;

    #[cache_against(Book, skip(self), by(Self::NAME))]
    fn named(&self) -> String {
        Self::NAME.to_owned()
    }

    #[cache_against(Book, skip(self), by(Self::NAME))]
    async fn named_later(&self) -> String {
        ready(Self::NAME.to_owned()).await
    }

    async fn find(&self, key: K) -> Option<K>;

    fn find_boxed(&self, key: K) -> impl Future<Output = Option<K>> + Send;

    fn put(&mut self, key: K);
}

#[derive(Clone, Debug, PartialEq, Invalidates)]
struct Oak {
    id: u64,
}

impl<K: Clone + Eq + Hash + Send + Sync + 'static> Shelf<K> for Oak {
    const NAME: &'static str = "oak";

    #[cache_against(Book, Oak(self.id), by(self.id, key))]
    async fn find(&self, key: K) -> Option<K> {
        ready(Some(key)).await
    }

    fn find_boxed(&self, key: K) -> impl Future<Output = Option<K>> + Send {
        let id = self.id;
        async move {
            #[cache_against(Book, Oak(id))]
            async fn inner<K: Clone + Eq + Hash + Send + Sync + 'static>(id: u64, key: K) -> Option<K> {
                ready(Some(key)).await.filter(|_| id > 0)
            }
            inner(id, key).await
        }
    }

    #[invalidates]
    fn put(&mut self, key: K) {
        drop(key);
        self.id += 1;
    }
}

/// In a generic block, with bounds of its own.
struct Cabinet<'a, T, const N: usize> {
    name: &'a str,
    drawers: [T; N],
}

impl<'a, T, const N: usize> Cabinet<'a, T, N>
where
    T: Clone + Eq + Hash + Send + Sync + 'static,
{
    #[cache_against(Book, by(self.name, self.drawers, at))]
    fn drawer(&self, at: usize) -> Option<T> {
        self.drawers.get(at).cloned()
    }

    #[cache_against(Book(pk), by(name, pk))]
    async fn labels<'b>(name: &'b str, pk: u64, other: impl Fn(u64) -> T) -> [T; N]
    where
        'a: 'b,
    {
        ready(name.len()).await;
        [(); N].map(|()| other(pk))
    }

    #[invalidates(Book(pk), Book(author = self.drawers.len() as u64))]
    fn fill<F>(&mut self, pk: u64, with: F) -> &T
    where
        F: Fn(u64) -> T,
    {
        self.drawers[0] = with(pk);
        &self.drawers[0]
    }

    #[invalidates(result)]
    async fn books<B>(&self, make: impl Fn(&T) -> B) -> Vec<B>
    where
        B: gcache::Rows,
    {
        self.drawers.iter().map(make).collect()
    }
}

/// In an expression.
fn in_expressions(pk: u64) -> usize {
    let ended = [invalidate!(Book(pk)), invalidate!(Book, "tag",)];
    match invalidate!(Book(author = pk)).count() + ended[0].count() {
        0 if matches!(depends_on!(Book(pk)), gcache::DependsOn::NoBody) => ended.len(),
        ended => ended,
    }
}

fn main() {
    assert_eq!(in_a_body(), 4);
    assert_eq!(IN_A_CONSTANT(7) + IN_A_STATIC[0](7) + IN_A_STATIC[1](7), 21);
    assert_eq!(Wide([1, 2]).0.len(), 2);
    let mut oak = Oak { id: 7 };
    assert_eq!(Shelf::<u64>::named(&oak), "oak");
    pollster::block_on(async {
        assert_eq!(Shelf::<u64>::named_later(&oak).await, "oak");
        assert_eq!(oak.find("a").await, Some("a"));
        assert_eq!(oak.find(7).await, Some(7));
        assert_eq!(oak.find_boxed(7).await, Some(7));
        oak.put(7);
        assert_eq!(oak.find_boxed(8).await, Some(8));
    });
    let mut cabinet = Cabinet { name: "a", drawers: [1_u64, 2] };
    assert_eq!(cabinet.drawer(1), Some(2));
    assert_eq!(*cabinet.fill(7, |pk| pk), 7);
    pollster::block_on(async {
        assert_eq!(Cabinet::<u64, 2>::labels("a", 7, |pk| pk).await, [7, 7]);
        let books = cabinet.books(|id| Book { id: *id, author: 1 }).await;
        assert_eq!(books[1], Book { id: 2, author: 1 });
    });
    assert_eq!(in_expressions(1_000), 2);
}
