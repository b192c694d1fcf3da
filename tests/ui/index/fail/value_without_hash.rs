use gcache::Invalidates;

#[derive(Clone, PartialEq, Eq)]
struct Genre(String);

#[derive(Invalidates)]
#[group(index(genre, year))]
struct Film {
    id: u64,
    #[group(index)]
    genre: Genre,
    year: u16,
}

fn main() {}
