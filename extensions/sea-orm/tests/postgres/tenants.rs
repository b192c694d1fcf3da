//! Connections at random, of tenants that see their own rows only: each answer from the cache is what the same
//! connection says without it.

use super::common::notes::{Random, Rounds, hits, look_unknown, transact, turn};
use super::{Tested, World, own_view};
use gcache_sea_orm::same_database;

pub(crate) async fn connections_at_random(world: &World) -> Tested {
    own_view::notes(world).await?;
    let role = world.role();
    let of = async |tenant| world.pool(&[("role", &role), ("app.tenant", tenant)]).await;
    let (of_a, of_b, of_nobody) = (of("a").await?, of("b").await?, of("").await?);
    let all = world.pool(&[]).await?;
    let more = world.pool(&[]).await?;
    same_database(&all, &more)?;
    let pools = [of_a.clone(), of_a, of_b, of_nobody, all, more];
    let mut random = Random::new();
    let mut rounds = Rounds::new(300);
    while rounds.goes_on() {
        let pool = &pools[usize::try_from(random.below(6))?];
        match random.below(8) {
            // A write that is refused is no news.
            0..4 => drop(turn(pool, &mut random).await),
            4..7 => {
                let tenant = random.tenant();
                let begin =
                    (!random.one_in(3)).then(|| format!("SET LOCAL app.tenant = '{tenant}'"));
                transact(pool, begin, &mut random).await;
            }
            _ => look_unknown(pool, &mut random).await?,
        }
    }
    assert!(hits() > 0, "nothing came from the cache");
    for pool in pools {
        pool.close().await?;
    }
    Ok(())
}
