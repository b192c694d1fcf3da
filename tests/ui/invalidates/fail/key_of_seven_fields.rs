use gcache::Invalidates;

#[derive(Invalidates)]
#[group(index(a, b, c, d, e, f, g))]
struct Seven {
    #[group(key)]
    a: u8,
    #[group(key)]
    b: u8,
    #[group(key)]
    c: u8,
    #[group(key)]
    d: u8,
    #[group(key)]
    e: u8,
    #[group(key)]
    f: u8,
    #[group(key)]
    g: u8,
}

fn main() {}
