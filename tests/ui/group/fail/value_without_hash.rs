use gcache::group;

#[derive(Clone)]
pub struct Author;

group!(pub Article(id: u64), index(author: Author));

fn main() {}
