//! Transactions: invalidations deferred until the database has committed.

use crate::catch_drop::run_in_drop;
use crate::context;
use crate::generations::PendingInvalidations;
use crate::groups::{Body, Groups, Invalidated, invalidate};
use crate::links::NamedGroup;
use crate::sync::Arc;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

/// Defers invalidations until a database transaction has committed. Dropping it **invalidates**, where a database
/// transaction rolls back.
///
/// Inside of [`enter`](Self::enter) and [`run`](Self::run):
///
/// - invalidations wait, and say so with [`Invalidated::is_deferred`];
/// - cached calls that depend on a group touched in the transaction compute and store nothing;
/// - other cached calls still hit, but what they compute is not stored.
///
/// What runs outside sees nothing of it before [`commit`](Self::commit).
///
/// Commit the database first and this after it. Dropped undecided, by an early return, a panic or a cancelled future,
/// it invalidates, since an unknown outcome may have been a commit. Only [`rollback`](Self::rollback) forgets.
///
/// # Futures that are dropped
///
/// A web server drops a request whose visitor has left. The database knows nothing of it: a statement or a
/// commit that was sent goes on. An invalidation at that moment comes **too early**: a call that computes before the database
/// is done reads the old data, and stores it.
///
/// - [`run`](Self::run) around the work and [`commit_after`](Self::commit_after) around the commit know when
///   they are dropped in the middle. What was deferred is invalidated then and stays [in doubt](crate::set_doubt) for ten
///   seconds, in which nothing that depends on it is kept for more than one.
/// - A transaction by itself does not: dropped between two awaits, it looks the same after an early return,
///   where nothing is under way, and it ends once. So do not await a commit beside it:
///   `tx.commit().await?; transaction.commit();` leaves a stale value where it is dropped in between.
/// - A doubt holds what was invalidated *before* the drop. It knows nothing of a statement whose invalidation would
///   have come after it: name the groups first, with `#[invalidates(..)]`, or let the whole go on to its end in a
///   task of its own, as `gcache::finish` (feature `tokio`) and `gcache_sea_orm::transaction` do.
///
/// ```
/// use gcache::{Transaction, invalidate_tag};
///
/// # struct Database;
/// # impl Database {
/// #     async fn execute(&self, _: &str) -> Result<(), &'static str> { Ok(()) }
/// #     async fn commit(self) -> Result<(), &'static str> { Ok(()) }
/// # }
/// # pollster::block_on(async {
/// # let database = Database;
/// let transaction = Transaction::begin();
/// let work = async {
///     invalidate_tag("movies");
///     database.execute("UPDATE movie SET ..").await
/// };
/// match transaction.run(work).await {
///     Ok(()) => transaction.commit_after(database.commit()).await?,
///     Err(error) => {
///         // .. roll the database back ..
///         transaction.rollback();
///         return Err(error);
///     }
/// }
/// # Ok(())
/// # }).unwrap();
/// ```
///
/// # Transactions in transactions
///
/// One that begins inside of another ends with it: its `commit` hands its invalidations to the outer one, its
/// `rollback` forgets its own.
///
/// ```
/// use gcache::{Transaction, invalidate_tag};
///
/// let transaction = Transaction::begin();
/// transaction.enter(|| {
///     // .. change rows in a database transaction ..
///     assert!(invalidate_tag("movies").is_deferred());
/// });
/// // .. commit the database transaction ..
/// transaction.commit();
/// ```
#[derive(Debug)]
#[must_use = "dropped undecided, a transaction invalidates all that it defers"]
pub struct Transaction {
    pending: Option<Arc<PendingInvalidations>>,
    /// Of a scope: what the transactions inside of it have committed.
    committed: Option<Box<Transaction>>,
}

impl Transaction {
    /// Begins a transaction, inside of the one that is entered here, if any. Nothing is deferred
    /// until it is entered itself.
    pub fn begin() -> Self {
        Self { pending: Some(PendingInvalidations::new(context::transaction())), committed: None }
    }

    /// Begins a scope: a transaction that may have any number of database transactions inside, such as a
    /// request's. All their invalidations wait for it, and are done when it ends, **also when it is rolled back**:
    /// they have committed by themselves, so its [`rollback`](Self::rollback) forgets only what was
    /// invalidated in none of them. An inner one that is rolled back forgets its own, as ever.
    ///
    /// ```
    /// use gcache::{Cached, Transaction, invalidate_tag, tag};
    ///
    /// let films: Cached<(), &str> = Cached::new("docs::films");
    /// films.get_with(&(), || tag("films"), || "Metropolis");
    ///
    /// let request = Transaction::begin_scope();
    /// request.enter(|| {
    ///     let inner = Transaction::begin();
    ///     inner.enter(|| invalidate_tag("films"));
    ///     // .. commit a database transaction ..
    ///     inner.commit();
    /// });
    /// request.rollback();
    /// assert!(!films.get_with(&(), || tag("films"), || "M").is_hit());
    /// ```
    pub fn begin_scope() -> Self {
        let committed = Self::begin();
        let pending = committed.pending.as_ref().map(PendingInvalidations::scope);
        Self { pending, committed: Some(Box::new(committed)) }
    }

    /// Whether a transaction is entered here, so that invalidations wait.
    ///
    /// ```
    /// use gcache::Transaction;
    ///
    /// assert!(!Transaction::is_entered());
    /// let transaction = Transaction::begin();
    /// assert!(transaction.enter(Transaction::is_entered));
    /// transaction.rollback();
    /// ```
    pub fn is_entered() -> bool {
        context::transaction().is_some()
    }

    /// Runs `work` outside of any transaction that is entered here: invalidations are done at once, and a
    /// transaction that begins is inside of none. For a change that the database has committed already,
    /// whatever becomes of the transaction around it.
    ///
    /// ```
    /// use gcache::{Transaction, invalidate_tag};
    ///
    /// let transaction = Transaction::begin();
    /// let invalidated = transaction.enter(|| Transaction::outside(|| invalidate_tag("movies")));
    /// assert!(!invalidated.is_deferred());
    /// transaction.rollback();
    /// ```
    pub fn outside<R>(work: impl FnOnce() -> R) -> R {
        let _scope = context::leave_transaction();
        work()
    }

    /// Invalidates `groups` inside of the transaction: when it ends. What `invalidate!(in transaction: ..)` does.
    ///
    /// So a change that is found out in the middle of a function can be named there, by a transaction that was begun
    /// before: however the function is left, by `?` or by a panic, the groups that were named until then are invalidated.
    /// If its *future* is dropped, they are invalidated at that moment, which is too early for a statement that goes on: run
    /// the function inside of `gcache::finish` (feature `tokio`), which is never dropped in the middle.
    ///
    /// ```
    /// use gcache::{Transaction, group, invalidate};
    ///
    /// group!(Article: u64);
    ///
    /// # fn delete(slug: &str) -> Result<u64, &'static str> { if slug == "rust" { Ok(7) } else { Err("no such article") } }
    /// fn delete_article(slug: &str) -> Result<(), &'static str> {
    ///     let changed = Transaction::begin();
    ///     let id = delete(slug)?; // known only now
    ///     assert!(invalidate!(in changed: Article(id)).is_deferred());
    ///     Ok(()) // dropped here: invalidates
    /// }
    ///
    /// assert!(delete_article("rust").is_ok());
    /// assert!(delete_article("go").is_err());
    /// ```
    pub fn invalidate(&self, groups: &(impl Groups + ?Sized)) -> Invalidated {
        self.enter(|| invalidate(groups))
    }

    /// Runs `work` inside of the transaction, on this thread.
    pub fn enter<R>(&self, work: impl FnOnce() -> R) -> R {
        let _scope = self.scope();
        work()
    }

    /// Runs the future `work` inside of the transaction. Tasks that it spawns are outside.
    ///
    /// Dropped unfinished, it leaves whatever `work` was waiting for under way. What the transaction
    /// defers is [in doubt](crate::set_doubt) from when it ends, committed or undecided; a
    /// [`rollback`](Self::rollback) forgets it as ever. `work` is dropped inside of the transaction, too.
    pub async fn run<R>(&self, work: impl Future<Output = R>) -> R {
        let work = pin!(Some(work));
        let mut run = Run { transaction: self, work, body: Body::default() };
        poll_fn(|task| run.poll(task)).await
    }

    /// The names of what was deferred so far, as other processes are told them at the commit: to be written down with the
    /// change, so that they can be told though this process dies in between. See [`link::invalidate`](crate::links::invalidate()).
    ///
    /// ```
    /// use gcache::Transaction;
    ///
    /// let transaction = Transaction::begin();
    /// transaction.enter(|| gcache::invalidate_tag("front page"));
    /// // The tag, and what depends on all tags.
    /// assert_eq!(transaction.named_groups().len(), 2);
    /// transaction.rollback();
    /// ```
    pub fn named_groups(&self) -> Vec<NamedGroup> {
        self.pending.iter().flat_map(|pending| pending.named()).collect()
    }

    /// Invalidates what was deferred, each group once; to be called after the database has committed.
    pub fn commit(mut self) -> Invalidated {
        self.finish()
    }

    /// Waits for `commit`, the database's, and then invalidates what was deferred, each group once.
    ///
    /// | `commit` | what was deferred |
    /// | --- | --- |
    /// | returns `Ok` | is invalidated |
    /// | returns `Err`, or panics | is invalidated: the answer may have been lost on its way, after the commit |
    /// | is dropped before its end | is invalidated, and is [in doubt](crate::set_doubt): the database may be about to commit |
    /// | is dropped before its begin | as of a transaction that is dropped undecided |
    ///
    /// # Errors
    ///
    /// What `commit` returned.
    pub async fn commit_after<T, E>(
        self,
        commit: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let mut committing = Committing { transaction: self, body: Body::default() };
        let mut commit = pin!(commit);
        // However it turns out, `committing` is dropped and ends all.
        // mutant: commit-left-no-doubt
        poll_fn(|task| committing.body.poll(commit.as_mut(), task)).await
    }

    /// Invalidates what was deferred, and leaves its groups [in doubt](crate::set_doubt): for statements, or a
    /// commit, that were sent and whose answers were not awaited.
    ///
    /// ```
    /// use gcache::{Transaction, invalidate_tag};
    ///
    /// let transaction = Transaction::begin();
    /// transaction.enter(|| invalidate_tag("movies"));
    /// // .. the connection is gone, and a statement may be under way on it ..
    /// transaction.doubt();
    /// ```
    pub fn doubt(mut self) -> Invalidated {
        self.note_doubt();
        self.finish()
    }

    /// Forgets what was deferred; to be called after the database has rolled back. A
    /// [scope](Self::begin_scope) invalidates what transactions inside of it have committed.
    pub fn rollback(mut self) {
        // mutant: scope-invalidates-own
        // mutant: scope-takes-committed
        if let Some(pending) = self.pending.take() {
            pending.roll_back();
        }
    }

    fn scope(&self) -> Option<context::Scope> {
        // There until the transaction is decided, which takes it.
        self.pending.as_ref().map(context::enter_transaction)
    }

    /// Notes that something inside was left in the middle. A scope may hold what it did in either part.
    fn note_doubt(&self) {
        let committed = self.committed.as_ref().and_then(|committed| committed.pending.as_ref());
        self.pending.iter().chain(committed).for_each(|pending| pending.doubt());
    }

    fn finish(&mut self) -> Invalidated {
        // A key of the user's that panics drops it, and so does it all the same.
        let committed = self.committed.take();
        // A scope hands its own over first, so that each group ends once.
        let (count, ticket) = self.pending.take().map_or((0, 0), |pending| pending.commit());
        let outer = committed.map(|mut committed| committed.finish()).unwrap_or_default();
        Invalidated::now(count + outer.count(), ticket.max(outer.ticket()))
    }
}

impl Drop for Transaction {
    // mutant: undecided-forgets
    fn drop(&mut self) {
        run_in_drop(|| {
            self.finish();
        });
    }
}

/// A future that runs inside of a transaction.
struct Run<'a, W> {
    transaction: &'a Transaction,
    /// There until it is dropped.
    work: Pin<&'a mut Option<W>>,
    body: Body,
}

impl<W: Future> Run<'_, W> {
    fn poll(&mut self, task: &mut Context<'_>) -> Poll<W::Output> {
        let _scope = self.transaction.scope();
        let work = self.work.as_mut().as_pin_mut().expect("it is there until it is dropped");
        self.body.poll(work, task)
    }
}

impl<W> Drop for Run<'_, W> {
    fn drop(&mut self) {
        if self.body.is_unfinished() {
            self.transaction.note_doubt();
        }
        // What its destructors invalidate belongs to the transaction as well.
        let _scope = self.transaction.scope();
        self.work.set(None);
    }
}

/// A transaction whose database is committing, or has answered.
struct Committing {
    transaction: Transaction,
    body: Body,
}

impl Drop for Committing {
    fn drop(&mut self) {
        if self.body.is_unfinished() {
            self.transaction.note_doubt();
        }
    }
}
