//! Locks: one run per deployment, as a lease with a fencing number.
//!
//! Whoever takes the lock gets a number greater than all before. Everything that a run writes carries its number
//! and is refused when a newer one was given out, so a process that slept through the loss of its lease can do no
//! harm. A lock is free to take when its lease ran out or its process is gone from this host.

use std::time::Duration;

use jiff::Timestamp;

use super::database::{Row, Transaction, values};
use super::{DeploymentId, Holder, RunId, State, StateError, number, stored, time, uuid};

/// How long a lease lasts without a sign of life. Long enough for a laptop that pages, short enough to wait for.
const LEASE: Duration = Duration::from_secs(60);

/// The right to write what a run of a deployment does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    deployment: DeploymentId,
    run: RunId,
    holder: Holder,
    fence: u64,
}

impl Lease {
    /// How often [`State::renew`] is due, so that two missed times do not lose the lease.
    pub const RENEW_EVERY: Duration = Duration::from_secs(15);

    pub fn deployment(&self) -> DeploymentId {
        self.deployment
    }

    /// The run that the lock was taken for.
    pub fn run(&self) -> RunId {
        self.run
    }

    pub fn holder(&self) -> &Holder {
        &self.holder
    }

    /// The number of this lease; it grows with every new holder.
    pub fn fence(&self) -> u64 {
        self.fence
    }
}

/// A lock that somebody holds, or held without giving it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldLock {
    pub run: RunId,
    pub holder: Holder,
    pub since: Timestamp,
    pub expires: Timestamp,
    /// The holder is gone or its lease ran out: the next who asks gets the lock.
    pub stale: bool,
}

impl State {
    /// Takes the lock of a deployment for a run, or says who holds it. Does not wait.
    pub async fn acquire(
        &self,
        deployment: DeploymentId,
        holder: &Holder,
        run: RunId,
    ) -> Result<Lease, StateError> {
        let mut transaction = self.database.write().await?;
        let known =
            transaction.row("SELECT id FROM deployments WHERE id = $1", values![deployment]).await?.is_some();
        if !known {
            return Err(super::deployments::gone(deployment));
        }
        self.not_locked(&mut transaction, deployment).await?;
        let now = transaction.now(&self.system).await?;
        transaction
            .execute(
                "INSERT INTO locks (deployment, fence, run, user_name, host, process, process_start, boot, since, \
                 expires_at) VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9) \
                 ON CONFLICT (deployment) DO UPDATE SET fence = locks.fence + 1, run = $2, user_name = $3, host = $4, \
                 process = $5, process_start = $6, boot = $7, since = $8, expires_at = $9",
                values![
                    deployment,
                    run,
                    &holder.user,
                    &holder.host,
                    i64::from(holder.process),
                    stored(holder.process_start),
                    &holder.boot,
                    now,
                    now + LEASE,
                ],
            )
            .await?;
        let row = transaction
            .row("SELECT fence FROM locks WHERE deployment = $1", values![deployment])
            .await?
            .expect("the lock was written in this transaction");
        let lease = Lease { deployment, run, holder: holder.clone(), fence: number(&row, "fence")? };
        transaction.commit().await?;
        Ok(lease)
    }

    /// The sign of life of a holder. Every other write under the lease is one too.
    pub async fn renew(&self, lease: &Lease) -> Result<(), StateError> {
        let mut transaction = self.database.write().await?;
        self.fenced(&mut transaction, lease).await?;
        transaction.commit().await
    }

    /// Gives the lock back. A lease that was lost meanwhile is an error, so that the loss is not overlooked.
    pub async fn release(&self, lease: Lease) -> Result<(), StateError> {
        let mut transaction = self.database.write().await?;
        self.fenced(&mut transaction, &lease).await?;
        transaction
            .execute("UPDATE locks SET run = NULL WHERE deployment = $1", values![lease.deployment])
            .await?;
        transaction.commit().await
    }

    /// Takes the lock away from whoever holds it, who can write nothing from then on. Returns who that was.
    pub async fn break_lock(&self, deployment: DeploymentId) -> Result<Option<HeldLock>, StateError> {
        self.break_lock_if(deployment, |_| true).await
    }

    /// The same, but only of this run: somebody who was asked about one holder must not harm the next.
    pub async fn break_lock_of(
        &self,
        deployment: DeploymentId,
        run: RunId,
    ) -> Result<Option<HeldLock>, StateError> {
        self.break_lock_if(deployment, |held| held.run == run).await
    }

    async fn break_lock_if(
        &self,
        deployment: DeploymentId,
        meant: impl FnOnce(&HeldLock) -> bool,
    ) -> Result<Option<HeldLock>, StateError> {
        let mut transaction = self.database.write().await?;
        let held = self.held(&mut transaction, deployment).await?.filter(meant);
        if held.is_some() {
            transaction
                .execute(
                    "UPDATE locks SET run = NULL, fence = fence + 1 WHERE deployment = $1",
                    values![deployment],
                )
                .await?;
            transaction.commit().await?;
        }
        Ok(held)
    }

    /// Who holds the lock of a deployment.
    pub async fn lock(&self, deployment: DeploymentId) -> Result<Option<HeldLock>, StateError> {
        let mut transaction = self.database.read().await?;
        self.held(&mut transaction, deployment).await
    }

    /// Fails while somebody alive holds the lock.
    pub(super) async fn not_locked(
        &self,
        transaction: &mut Transaction,
        deployment: DeploymentId,
    ) -> Result<(), StateError> {
        match self.held(transaction, deployment).await?.filter(|held| !held.stale) {
            None => Ok(()),
            Some(held) => Err(StateError::Locked { holder: Box::new(held.holder), since: held.since }),
        }
    }

    pub(super) async fn held(
        &self,
        transaction: &mut Transaction,
        deployment: DeploymentId,
    ) -> Result<Option<HeldLock>, StateError> {
        let row = transaction
            .row("SELECT * FROM locks WHERE deployment = $1 AND run IS NOT NULL", values![deployment])
            .await?;
        let now = transaction.now(&self.system).await?;
        row.map(|row| self.held_lock(&row, now)).transpose()
    }

    /// Fails unless the lease is the newest and was not given back; extends it otherwise. In the caller's
    /// transaction, so that nothing can come between this question and the write that follows.
    pub(super) async fn fenced(
        &self,
        transaction: &mut Transaction,
        lease: &Lease,
    ) -> Result<(), StateError> {
        let now = transaction.now(&self.system).await?;
        let renewed = transaction
            .execute(
                "UPDATE locks SET expires_at = $3 WHERE deployment = $1 AND fence = $2 AND run IS NOT NULL",
                values![lease.deployment, stored(lease.fence), now + LEASE],
            )
            .await?;
        if renewed == 1 {
            return Ok(());
        }
        let now = self.held(transaction, lease.deployment).await?;
        Err(StateError::LeaseLost { now: now.map(|held| Box::new(held.holder)) })
    }

    fn held_lock(&self, row: &Row, now: Timestamp) -> Result<HeldLock, StateError> {
        let holder = Holder {
            user: row.text("user_name")?,
            host: row.text("host")?,
            process: number(row, "process")?,
            process_start: number(row, "process_start")?,
            boot: row.text("boot")?,
        };
        let expires = time(row, "expires_at")?;
        let stale = expires <= now || holder.is_gone(&self.system);
        Ok(HeldLock { run: RunId(uuid(row, "run")?), since: time(row, "since")?, expires, stale, holder })
    }
}
