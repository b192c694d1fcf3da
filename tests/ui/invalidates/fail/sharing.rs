use gcache::Invalidates;

#[derive(Invalidates)]
#[group(name = "")]
struct Empty {
    id: u64,
}

#[derive(Invalidates)]
#[group(name = "*")]
struct All {
    id: u64,
}

#[derive(Invalidates)]
#[group(local, local)]
struct LocalTwice {
    id: u64,
}

#[derive(Invalidates)]
#[group(local = true, secret(true))]
struct WithValues {
    id: u64,
}

#[derive(Invalidates)]
#[group(local)]
#[group(secret)]
struct Both {
    id: u64,
}

#[derive(Invalidates)]
struct OnField {
    #[group(secret)]
    id: u64,
}

fn main() {}
