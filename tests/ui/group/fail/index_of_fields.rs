use gcache::group;

group!(Article(id: u64), index());
group!(Unknown(article: u64), index(artcle));
group!(Untyped(id: u64), index(author));
group!(Again(id: u64), index(id: u64));
group!(InOne(id: u64), index(author: u64, author));
group!(Same(id: u64), index(a: u64, b: u64), index(b, a));
group!(NoNames: u64, index(author: u64));
group!(Borrowed(id: u64), index(name: &str));

fn main() {}
