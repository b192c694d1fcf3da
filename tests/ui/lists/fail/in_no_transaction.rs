use gcache::{Transaction, depends_on, group, invalidate};

group!(Article: u64);

fn change(id: u64) {
    let changed = Transaction::begin();
    invalidate!(in id: Article(id));
    invalidate!(in: Article(id));
    invalidate!(in changed, Article(id));
    invalidate!(in changed:);
    depends_on!(in changed: Article(id));
}

fn main() {}
