use gcache::group;

group!(NoValue, name);
group!(Empty: u64, name = "");
group!(All: u64, name = "*");
group!(NoText: u64, name = shop);
group!(NamedTwice: u64, name = "shop.feed", name = "feed");
group!(LocalTwice: u64, local, local);
group!(LocalWithValue: u64, local = true);
group!(SecretWithValue: u64, secret(true));
group!(Both: u64, local, secret);
group!(BothWays: u64, secret, local,);

fn main() {}
