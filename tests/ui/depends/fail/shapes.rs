use gcache::{Depends, group};

group!(User: u64);

#[derive(Depends)]
#[depends(User(id))]
struct Tuple(u64);

#[derive(Depends)]
#[depends(User)]
struct Unit;

#[derive(Depends)]
#[depends(User(id))]
enum Either {
    One { id: u64 },
}

fn main() {}
