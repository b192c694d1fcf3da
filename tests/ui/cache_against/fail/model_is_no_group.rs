use gcache::cache_against;

struct Page {
    id: u64,
}

#[cache_against(Page)]
fn whole() -> String {
    String::new()
}

#[cache_against(Page(pk))]
fn member(pk: u64) -> String {
    pk.to_string()
}

fn main() {}
