use gcache::{Invalidates, invalidates};

#[derive(Clone, Invalidates)]
struct Product {
    id: u64,
    #[group(index)]
    category: u64,
    cents: u64,
}

impl Product {
    #[invalidates]
    fn moved(mut self, category: u64) -> Self {
        self.category = category;
        self
    }

    #[invalidates]
    fn saved(mut self: Box<Self>, category: u64) -> Result<Self, String> {
        self.category = category;
        Ok(*self)
    }
}

fn main() {}
