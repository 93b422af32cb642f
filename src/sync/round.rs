//! A round: first what tells whether something changed, then the evidence of what did.

use super::{
    engine::{Engine, Report, SyncError},
    plan::{self, Item, Job, Known, KnownChange, KnownPart, Left},
};
use crate::{
    model::{PartName, PrNumber, Problem, RepoPart},
    store::{Again, StoreError},
};

/// What a round is asked for besides what is new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Changes that a person looks at or named.
    pub numbers: Vec<PrNumber>,
    /// The list is pulled whole, whatever is known.
    pub full: bool,
}

impl Engine {
    /// Returns what planning needs to know.
    pub(super) fn known(&self, ask: &Ask, polled: bool) -> Result<Known, StoreError> {
        let row = self.row()?;
        let stored = self.cache.repo_parts(row.id)?;
        let parts = RepoPart::ALL
            .into_iter()
            .map(|part| {
                let row = stored.iter().find(|r| r.part == part);
                KnownPart {
                    part,
                    tried_at: row.and_then(|r| r.tried_at),
                    again: row.is_some_and(|r| r.again == Again::Next)
                        || part == RepoPart::Contract && row.is_some() && self.has_new_base()
                        || matches!(part, RepoPart::BranchRules | RepoPart::Protection)
                            && row.is_some()
                            && self.has_unruled_base(part),
                }
            })
            .collect();
        let changes = self.cache.plan_rows(row.id, &ask.numbers)?.into_iter();
        let budget = self.forge.budget();
        Ok(Known {
            now: self.now(),
            described: row.clone_url.is_some()
                && row.forge_id.is_some()
                && (self.forge.is_anonymous()
                    || row.viewer.is_some() && row.viewer == self.viewer().map(|v| v.to_string())),
            listed_at: row.list_checked_at,
            full: ask.full,
            polled,
            parts,
            changes: changes
                .map(|c| KnownChange {
                    number: c.number,
                    open: c.open,
                    updated_at: c.updated_at,
                    synced_for: c.synced_for,
                    dirty: c.dirty,
                    pending: c.pending,
                    again: c.again || c.parts < PartName::ALL.len(),
                    refused_at: c.refused_at,
                })
                .collect(),
            asked: ask.numbers.clone(),
            left: Left {
                limit: budget.limit,
                remaining: budget.remaining,
            },
        })
    }

    /// Plans a whole round, as `sync --plan` prints it.
    pub fn plan(&self, ask: &Ask) -> Result<Vec<Item>, StoreError> {
        Ok(plan::plan(&self.known(ask, false)?))
    }

    /// Plans the second half of a round: what is left to ask for after [`Engine::probe`].
    pub fn rest(&self, ask: &Ask) -> Result<Vec<Item>, StoreError> {
        Ok(plan::plan(&self.known(ask, true)?))
    }

    /// The first half of a round: asks whether something changed. Nothing new is four or five
    /// answers without a body.
    pub async fn probe(&self, ask: &Ask) -> Result<(), SyncError> {
        let known = self.known(ask, false)?;
        let planned = plan::plan(&known);
        let slow = planned.iter().find_map(|i| match i.job {
            Job::Part(part) if i.reason == plan::Reason::Old => Some(part),
            _ => None,
        });
        let lists = planned.iter().any(|i| i.job == Job::List);
        if self.row()?.lost_at.is_some() {
            // Whether it can be seen again is told by the repository itself.
            self.identify().await?;
        }
        let (described, polled, listed, part) = futures::join!(
            async {
                if known.described {
                    Ok(())
                } else {
                    self.describe().await
                }
            },
            self.poll(lists),
            async {
                if lists {
                    self.list_open().await.map(Some)
                } else {
                    Ok(None)
                }
            },
            async {
                match slow {
                    Some(part) => self.repo_part(part).await,
                    None => Ok(()),
                }
            },
        );
        // Before any age is written that is told by the forge's clock.
        self.remember_clock()?;
        // What the repository says of itself explains what the others miss.
        described?;
        let moved = match polled {
            Ok(polled) => polled.moved.len(),
            Err(error) => return Err(self.explained(error).await),
        };
        if self.memory().moved {
            self.identify().await?;
        }
        if let Some((done, whole)) = listed? {
            // A list with holes is not confirmed: its age goes on, and the next sync asks again.
            let checked_at = whole.then(|| self.now());
            self.cache.put_list(self.row()?.id, &[], checked_at)?;
            self.say(Report::ListDone { total: done as u64 });
        }
        part?;
        if moved > 0 {
            self.say(Report::Moved { changes: moved });
        }
        Ok(())
    }

    /// Where the forge knows nothing of a list, asks whether it knows the repository: a lost
    /// permission looks like an address that never was.
    async fn explained(&self, error: SyncError) -> SyncError {
        let SyncError::Forge(forge) = &error else {
            return error;
        };
        if forge.kind == crate::forge::Kind::NotFound
            && let Err(said) = self.identify().await
        {
            return said;
        }
        error
    }

    /// Keeps how far the forge's clock is from ours: for the next start, and for offline.
    fn remember_clock(&self) -> Result<(), SyncError> {
        let (host, skew) = (self.repo.host.as_str(), self.forge.budget().skew);
        if self.cache.skew(host)?.abs_diff(skew) > 1 {
            self.cache.set_skew(host, skew)?;
        }
        Ok(())
    }

    /// Does one thing of a plan.
    pub async fn perform(&self, item: &Item) -> Result<(), SyncError> {
        match item.job {
            Job::Describe => self.describe().await,
            Job::Part(part) => self.repo_part(part).await,
            Job::Change(number) => {
                self.say(Report::Started {
                    number,
                    reason: item.reason,
                });
                if item.reason == plan::Reason::Pending {
                    // Its runs are told by their feed; only what others check must be looked at.
                    return self.watch_change(number).await.map(|_| ());
                }
                if item.reason == plan::Reason::Asked {
                    self.sync_change(number).await
                } else {
                    self.sync_unasked(number).await
                }
            }
            Job::List | Job::Feed(_) => Ok(()),
        }
    }

    /// Pulls the list whole, and nothing else.
    pub async fn sync_list(&self) -> Result<(), SyncError> {
        self.probe(&Ask {
            full: true,
            ..Ask::default()
        })
        .await
    }

    /// A whole round; returns how many changes were pulled.
    pub async fn sync_all(&self) -> Result<usize, SyncError> {
        self.sync_round(&Ask::default()).await
    }

    /// A whole round; returns how many changes were pulled. Where changes are named, of all changes
    /// only these are pulled; one that no list told of yet is asked for by its number.
    pub async fn sync_round(&self, ask: &Ask) -> Result<usize, SyncError> {
        self.probe(ask).await?;
        let mut items = self.rest(ask)?;
        let named = |number: PrNumber| ask.numbers.is_empty() || ask.numbers.contains(&number);
        items.retain(|item| item.change().is_none_or(named));
        let planned: Vec<PrNumber> = items.iter().filter_map(Item::change).collect();
        let unlisted = ask.numbers.iter().filter(|n| !planned.contains(n));
        items.extend(unlisted.map(|number| Item::asked(*number)));
        let items = self.now_or_say(items);
        let count = if items.is_empty() || self.is_paused() {
            0
        } else {
            self.perform_all(items, |_| {}).await?
        };
        self.say(Report::Done { changes: count });
        Ok(count)
    }

    /// Looks whether the checks of a change moved: two conditional requests. Where they did, pulls
    /// the change; tells whether.
    pub async fn watch_change(&self, number: PrNumber) -> Result<bool, SyncError> {
        let row = self.row()?;
        let Some(change) = self.cache.change(row.id, number)? else {
            return Ok(false);
        };
        let (repo, head) = (self.called(), &change.pr.head_sha);
        let checks = self.forge.check_runs(&repo, head);
        let statuses = self.forge.statuses(&repo, head);
        let both = (checks.address(), statuses.address());
        let (checks, statuses) = futures::join!(self.page(both.0), self.page(both.1));
        let moved = checks?.1 || statuses?.1;
        if moved {
            self.sync_change(number).await?;
        }
        Ok(moved)
    }

    /// Leaves out what has to wait, and says so.
    pub fn now_or_say(&self, items: Vec<Item>) -> Vec<Item> {
        let (waiting, now): (Vec<Item>, Vec<Item>) =
            items.into_iter().partition(|i| i.waits.is_some());
        if let Some(why) = waiting.first().and_then(|i| i.waits.clone()) {
            self.say(Report::Waits {
                items: waiting.len(),
                why,
            });
        }
        now
    }

    /// Tells whether the forge asked to wait, and says so.
    pub fn is_paused(&self) -> bool {
        let Some(until) = self.forge.paused_until() else {
            return false;
        };
        let what = format!(
            "stopped until {} UTC: the forge asked to wait",
            until.clock()
        );
        self.say(Report::Problem(Problem::warning("sync", what)));
        true
    }

    /// Returns the default branch, by the forge's own word where it is known.
    pub(super) fn default_branch(&self) -> String {
        let known = self.row().ok().and_then(|row| row.default_branch);
        known.unwrap_or_else(|| "main".to_owned())
    }

    /// Returns the request that a job begins with, for the printed plan.
    pub fn address(&self, job: &Job) -> String {
        let repo = self.called();
        match job {
            Job::Describe => format!("GET {}", self.forge.identity(&repo).address()),
            Job::List if self.forge.is_anonymous() => {
                let list = self.forge.open_changes_by_rest(&repo);
                format!("GET {}, all pages", list.address())
            }
            Job::List => "POST /graphql, all pages of open changes".to_owned(),
            Job::Feed(feed) => format!("GET {}", self.feed_address(*feed)),
            Job::Part(part) => self.part_url(*part).map_or_else(
                || "git fetch of the base branches".to_owned(),
                |path| format!("GET {path}"),
            ),
            Job::Change(number) => {
                let change = self.forge.change(&repo, *number);
                format!("GET {} and its evidence", change.address())
            }
        }
    }
}
