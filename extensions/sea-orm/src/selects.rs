//! The selects of SeaORM whose results can be cached.

use crate::entity::CachedEntity;
use crate::models::Models;
use crate::query::{Cacheable, CacheableOne};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, QueryTrait as _, Select, SelectThree, SelectTwo,
    SelectTwoMany, SelectTwoRequired, Statement, Topology,
};

macro_rules! cacheable {
    ($([$first:ident $(, $other:ident)* $(; $topology:ident)?] $query:ty => $row:ty;)*) => {$(
        impl<$first, $($other,)* $($topology)?> Cacheable for $query
        where
            $first: CachedEntity,
            $($other: CachedEntity,)*
            $($topology: Topology + Send + 'static,)?
        {
            type Entity = $first;
            type Row = $row;

            fn models() -> Models {
                Models::default().and::<$first>()$(.and::<$other>())*
            }

            fn statement(&self, backend: DbBackend) -> Statement {
                self.build(backend)
            }

            async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Vec<Self::Row>, DbErr> {
                self.all(db).await
            }
        }
    )*};
}

macro_rules! cacheable_one {
    ($([$first:ident $(, $other:ident)* $(; $topology:ident)?] $query:ty;)*) => {$(
        impl<$first, $($other,)* $($topology)?> CacheableOne for $query
        where
            $first: CachedEntity,
            $($other: CachedEntity,)*
            $($topology: Topology + Send + 'static,)?
        {
            async fn run_one<C: ConnectionTrait>(
                self,
                db: &C,
            ) -> Result<Option<Self::Row>, DbErr> {
                self.one(db).await
            }
        }
    )*};
}

cacheable! {
    [E] Select<E> => E::Model;
    [E, F] SelectTwo<E, F> => (E::Model, Option<F::Model>);
    [E, F] SelectTwoMany<E, F> => (E::Model, Vec<F::Model>);
    [E, F] SelectTwoRequired<E, F> => (E::Model, F::Model);
    [E, F, G; T] SelectThree<E, F, G, T> => (E::Model, Option<F::Model>, Option<G::Model>);
}

cacheable_one! {
    [E] Select<E>;
    [E, F] SelectTwo<E, F>;
    [E, F] SelectTwoRequired<E, F>;
    [E, F, G; T] SelectThree<E, F, G, T>;
}
