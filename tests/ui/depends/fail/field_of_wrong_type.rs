use gcache::{Depends, group};

group!(User: u64);

#[derive(Depends)]
#[depends(User(editor_id), User?(author_id))]
struct Found {
    editor_id: Option<u64>,
    author_id: u64,
}

#[derive(Depends)]
#[depends(User(author.name), Nobody(author.id))]
struct Nested {
    author: Author,
}

struct Author {
    id: u64,
    name: String,
}

fn main() {}
