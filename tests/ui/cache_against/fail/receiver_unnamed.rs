use gcache::{Invalidates, cache_against};

#[derive(Invalidates)]
struct Book {
    id: u64,
}

struct Shop {
    tenant: u64,
}

impl Shop {
    #[cache_against(Book(pk))]
    fn nothing_said(&self, pk: u64) -> String {
        format!("{} {pk}", self.tenant)
    }

    #[cache_against(Book(pk), by(pk))]
    fn not_in_by(&self, pk: u64) -> String {
        format!("{} {pk}", self.tenant)
    }

    #[cache_against(Book)]
    fn by_value(self) -> String {
        self.tenant.to_string()
    }
}

fn main() {}
