use gcache::group;

group!(OfNoTable(id: u64, column = "article_id"));
group!(BehindAll(id: u64), table = "article", column = "article_id");
group!(OfNoField: u64, column = "article_id");
group!(First(column = "article_id", id: u64), table = "article");
group!(Empty(id: u64, column = ""), table = "article");
group!(NoText(id: u64, column = article_id), table = "article");
group!(Twice(id: u64, column = "a", column = "b"), table = "article");
group!(Again(id: u64), index(id, column = "article_id"), table = "article");

fn main() {}
