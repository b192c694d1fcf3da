//! The outbox of users who may not do everything: `--features outbox,rbac`.

use crate::common::World;
use crate::wire::{Others, Wire};
use crate::{Outcome, emptied, rows, told, vote};
use gcache_sea_orm::{outbox, transaction};
use sea_orm::rbac::schema::{RbacCreateTablesParams, create_tables};
use sea_orm::rbac::{RbacContext, RbacUserId};
use sea_orm::{DbErr, TransactionError};

#[tokio::test]
async fn the_role_of_who_writes_needs_the_outbox() -> Outcome {
    let world = World::new().await;
    let db = &world.db;
    let wire = Wire::new(Others::Answer);
    outbox::open(db).await?;
    create_tables(db, RbacCreateTablesParams::default()).await?;
    let mut context = RbacContext::load(db).await?;
    context.add_tables(db, &["film", "gcache_outbox"]).await?;
    context.add_crud_permissions(db).await?;
    context.add_roles(db, &["voter", "stranger"]).await?;
    context.assign_user_role(db, &[(1, "voter"), (2, "stranger")]).await?;
    for role in ["voter", "stranger"] {
        context.add_role_permissions(db, role, &["select", "update"], &["film"]).await?;
    }
    context.add_role_permissions(db, "voter", &["insert"], &["gcache_outbox"]).await?;
    db.load_rbac().await?;

    let stranger = db.restricted_for(RbacUserId(2))?;
    let refused = transaction(&stranger, async |txn| vote(txn, 1).await).await;
    let Err(TransactionError::Connection(DbErr::AccessDenied { resource, .. })) = refused else {
        panic!("{refused:?}");
    };
    assert!(resource.contains("gcache_outbox"), "{resource}");
    assert_eq!((rows(db).await?.len(), told(&wire).len()), (0, 0), "it was rolled back");

    wire.others(Others::AreSilent);
    let voter = db.restricted_for(RbacUserId(1))?;
    transaction(&voter, async |txn| vote(txn, 1).await).await?;
    assert_eq!((rows(db).await?.len(), told(&wire).len()), (1, 1));
    wire.others(Others::Answer);
    emptied(db).await?;
    Ok(())
}
