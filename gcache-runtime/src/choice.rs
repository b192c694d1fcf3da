//! Choices that the compiler makes by type.

/// Implemented by nothing.
///
/// A trait of which a missing bound is to be reported once has two implementations: `Trait<()>`, and
/// `Trait<Infallible>` for what is `Never`. Given a choice, the compiler tries each before it takes one, and where none
/// applies it says so once. A single one it would take untried, and report every bound at every place that needs it.
pub trait Never {}

/// A value with methods that go by its type: those of this type are found for types that they name, such as `&T` or
/// `Result<T, E>`, and for all else those of [`General`], which it dereferences to.
///
/// So an alias of a type is that type. The methods have names that no trait has which the program implements for every
/// type.
#[derive(Debug)]
pub struct Specific<T>(General<T>);

/// A value of any type.
#[derive(Debug)]
pub struct General<T>(pub(crate) T);

impl<T> Specific<T> {
    #[inline]
    pub(crate) const fn new(value: T) -> Self {
        Self(General(value))
    }
}

impl<T> std::ops::Deref for Specific<T> {
    type Target = General<T>;

    #[inline]
    fn deref(&self) -> &General<T> {
        &self.0
    }
}
