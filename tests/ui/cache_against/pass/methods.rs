//! Methods and associated functions: the receiver is skipped, or `by(..)` says what of it matters.
#![deny(warnings)]

use gcache::{Invalidates, cache_against};
use std::rc::Rc;
use std::sync::Arc;

#[derive(Invalidates)]
struct Book {
    id: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Shop {
    tenant: u64,
    name: String,
}

impl Shop {
    #[cache_against(Book(pk), skip(self))]
    fn any_shop(&self, pk: u64) -> u64 {
        pk
    }

    #[cache_against(Book(pk), by(self.tenant, pk))]
    fn per_tenant(&self, pk: u64) -> u64 {
        self.tenant + pk
    }

    #[cache_against(Book(pk), by(self.name, pk))]
    fn per_name(&self, pk: u64) -> String {
        format!("{} {pk}", self.name)
    }

    #[cache_against(Book(self.tenant), by(self))]
    fn whole(&self) -> String {
        self.name.clone()
    }

    #[cache_against(Book, by(self))]
    fn by_value(self) -> String {
        self.name
    }

    #[cache_against(Book, by(self.tenant))]
    fn mutable_by_value(mut self) -> u64 {
        self.tenant += 1;
        self.tenant
    }

    #[cache_against(Book(pk), skip(self))]
    fn only_a_means(&mut self, pk: u64) -> u64 {
        self.tenant += 1;
        pk
    }

    #[cache_against(Book, by(self.tenant))]
    fn typed(self: &Self) -> u64 {
        self.tenant
    }

    #[cache_against(Book, by(self.tenant))]
    fn boxed(self: Box<Self>) -> u64 {
        self.tenant
    }

    #[cache_against(Book, by(self.tenant))]
    fn counted(self: Rc<Self>) -> u64 {
        self.tenant
    }

    #[cache_against(Book, by(self.tenant))]
    async fn shared_later(self: Arc<Self>) -> Self {
        Self::clone(&self)
    }

    #[cache_against(Book)]
    fn associated(tenant: u64) -> u64 {
        tenant
    }

    #[cache_against(Book(tenant))]
    fn open(tenant: u64) -> Self {
        Self { tenant, name: String::from("shop") }
    }

    #[cache_against(Book(tenant))]
    fn find(tenant: u64) -> Option<Arc<Self>> {
        Some(Arc::new(Self::open(tenant)))
    }
}

fn main() {
    let mut shop = Shop::open(1);
    for _ in 0..2 {
        assert_eq!(shop.any_shop(7), 7);
        assert_eq!(shop.per_tenant(7), 8);
        assert_eq!(shop.per_name(7), "shop 7");
        assert_eq!(shop.whole(), "shop");
        assert_eq!(shop.clone().by_value(), "shop");
        assert_eq!(shop.clone().mutable_by_value(), 2);
        assert_eq!(shop.typed(), 1);
        assert_eq!(Box::new(shop.clone()).boxed(), 1);
        assert_eq!(Rc::new(shop.clone()).counted(), 1);
        assert_eq!(Shop::associated(7), 7);
        assert_eq!(Shop::find(1).as_deref(), Some(&shop));
    }
    assert_eq!(shop.only_a_means(7), 7);
    drop(Arc::new(shop).shared_later());
}
