//! Every form of receiver, beside unnamed types and constants.
#![deny(warnings)]
#![allow(clippy::all)]

use gcache::{Invalidates, invalidates};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

#[derive(Clone, Invalidates)]
struct Book {
    id: u64,
    title: String,
}

struct Shelf<'a, T>(&'a T);

macro_rules! method {
    ($name:ident, $receiver:ty) => {
        impl Book {
            #[invalidates]
            fn $name(self: $receiver) -> u64 {
                self.id
            }
        }
    };
}

method!(in_a_group, &mut Self);
method!(pinned_in_a_group, Pin<&mut Self>);

trait Leaves {
    type Error;

    fn leaves(self) -> Result<(), Self::Error>;

    fn left(self) -> Option<<Self as Leaves>::Error>
    where
        Self: Sized;
}

/// What is returned is named by way of the row's type, and is no row.
impl Leaves for Book {
    type Error = String;

    #[invalidates]
    fn leaves(self) -> Result<(), Self::Error> {
        Ok(())
    }

    #[invalidates]
    fn left(self) -> Option<<Self as Leaves>::Error> {
        None
    }
}

#[invalidates]
impl Book {
    fn unnamed(&mut self) -> impl Iterator<Item = u64> + use<> {
        let id = self.id;
        self.id += 1;
        (0..id).map(|id| id + 1)
    }

    fn unnamed_inside(&mut self) -> Result<Option<impl Fn() -> u64 + use<>>, std::fmt::Error> {
        if self.id == 0 {
            return Err(std::fmt::Error);
        }
        self.id += 1;
        Ok(Some(|| 7))
    }

    // That it looks at the row again is no harm.
    fn letters(&mut self) -> impl Iterator<Item = char> + '_ {
        self.title.chars()
    }

    async fn unnamed_later(&mut self) -> impl Fn() -> u64 + use<> {
        std::future::ready(()).await;
        || 7
    }

    fn pinned<'a, T: Into<String>>(self: Pin<&'a mut Self>, title: T) -> Option<&'static str> {
        use std::mem::{self, replace};
        fn inner(book: &mut Book) -> &mut String {
            trait Own {
                fn own(&mut self) -> &mut Self;
            }
            impl Own for Book {
                fn own(&mut self) -> &mut Self {
                    self
                }
            }
            &mut book.own().title
        }
        let this = self.get_mut();
        let _ = replace(inner(this), title.into());
        let _ = mem::take(&mut this.title);
        self::checked()?;
        Some("done")
    }

    const fn number(&self) -> u64 {
        self.id
    }

    const fn of(id: u64) -> Self {
        Self { id, title: String::new() }
    }

    fn through(self: &Rc<Self>, _: &Arc<Self>) -> u64 {
        self.id
    }
}

fn checked() -> Option<()> {
    Some(())
}

impl<T> Shelf<'_, T> {
    #[invalidates(Book(id))]
    fn put(self: &mut Self, id: u64) -> &T {
        let _ = id;
        self.0
    }
}

fn main() {
    let mut book = Book::of(1);
    assert_eq!(book.unnamed().count(), 1);
    assert_eq!(book.unnamed_inside().unwrap().unwrap()(), 7);
    assert_eq!(book.letters().count(), 0);
    assert_eq!(pollster::block_on(book.unnamed_later())(), 7);
    assert_eq!(Pin::new(&mut book).pinned("new"), Some("done"));
    assert_eq!((book.in_a_group(), Pin::new(&mut book).pinned_in_a_group()), (3, 3));
    assert_eq!(book.number(), 3);
    assert_eq!(Rc::new(book.clone()).through(&Arc::new(book)), 3);
    assert_eq!(*Shelf(&7).put(1), 7);
}
