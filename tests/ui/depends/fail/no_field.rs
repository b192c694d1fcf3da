use gcache::{Depends, group};

group!(Article: u64);

#[derive(Depends)]
#[depends(Article(artcle_id), Article(self.article_id), Article(article_id + 1), Article(7))]
struct Found {
    article_id: u64,
}

fn main() {}
