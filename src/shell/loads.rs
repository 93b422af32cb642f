//! Reading what screens show from what is here: no network.

use std::sync::Arc;

use super::runner::{Source, World};
use crate::{
    app::{LogRow, Msg, StatusUpdate},
    decide::Dossier,
    model::{ChangeId, Problem, Sha, Timestamp},
    query::{self, QueryError},
};

impl World {
    pub(super) fn load_diff(&self, id: &ChangeId, (from, to): (&Sha, &Sha), generation: u64) {
        let result = match (&self.source, self.engine_of(id)) {
            (Source::Local(input), _) => query::local_diff(input, from, to),
            (_, Some(engine)) => engine.diff(from, to),
            (_, None) => Err(QueryError::NoChange(id.clone())),
        };
        let result = result.map(Arc::new).map_err(|e| e.to_string());
        self.tell(Msg::Diff { generation, result });
    }

    pub(super) fn load_job_log(&self, id: &ChangeId, job: u64, generation: u64) {
        let result = match self.engine_of(id) {
            Some(engine) => engine.job_log(id, job),
            None => Err(QueryError::NoChange(id.clone())),
        };
        let result = result.map(Arc::new).map_err(|e| e.to_string());
        self.tell(Msg::JobLog { generation, result });
    }

    pub(super) fn load_change(&self, id: ChangeId, generation: u64) {
        let now = self.now();
        let result = match (&self.source, self.engine_of(&id)) {
            (Source::Local(input), _) => {
                // The rest arrives behind it.
                if let Ok(first) = query::local_first(input, now) {
                    let result = Ok(Arc::new(first));
                    self.status(StatusUpdate::Busy("reading contents".to_owned()));
                    self.tell(Msg::Loaded {
                        id: id.clone(),
                        generation,
                        result,
                    });
                }
                let whole = query::local(input, now).or_else(|error| {
                    // What is known without them stays, with the reason.
                    query::local_without(input, &error.to_string(), now).map_err(|_| error)
                });
                self.status(StatusUpdate::Idle);
                whole
            }
            (_, Some(engine)) => engine.dossier(&id),
            (_, None) => Err(QueryError::NoChange(id.clone())),
        };
        let result = result.map(Arc::<Dossier>::new).map_err(|e| e.to_string());
        self.tell(Msg::Loaded {
            id,
            generation,
            result,
        });
    }

    pub(super) fn load_inbox(&self) {
        let (mut rows, mut oldest) = (Vec::new(), None::<Option<Timestamp>>);
        for engine in self.engines() {
            match engine.inbox() {
                Ok(found) => rows.extend(found),
                Err(error) => self.tell(Msg::Problem(Problem::error("cache", error.to_string()))),
            }
            let age = engine.list_age().ok().flatten();
            // Of several lists the oldest says how old the whole is; none is older than any.
            oldest = Some(match oldest {
                None => age,
                Some(before) => before.min(age),
            });
        }
        rows.sort_by_key(|r| std::cmp::Reverse(r.pr.updated_at));
        self.tell(Msg::Inbox(rows));
        if let Some(Some(at)) = oldest {
            self.status(StatusUpdate::Synced(at));
        }
    }

    pub(super) fn load_log(&self) {
        let mut rows = Vec::new();
        let mut hosts = std::collections::BTreeSet::new();
        for engine in self.engines() {
            // Repositories of one host share its client, and its log.
            if hosts.insert(engine.repo.host.to_string()) {
                rows.extend(engine.forge.log().entries().into_iter().map(|e| LogRow {
                    host: engine.repo.host.to_string(),
                    cost: u8::from(!e.is_unchanged() && e.status.is_some()),
                    at: e.at,
                    method: e.method,
                    path: e.path,
                    status: e.status,
                    millis: u64::try_from(e.took.as_millis()).unwrap_or(u64::MAX),
                    remaining: e.remaining,
                }));
            }
        }
        rows.sort_by_key(|r| r.at);
        self.tell(Msg::ForgeLog(rows));
    }

    pub(super) fn load_outbox(&self) {
        let Some(engine) = self.engines().first() else {
            return;
        };
        match query::outbox(&engine.ledger) {
            Ok(rows) => self.tell(Msg::Outbox(rows)),
            Err(error) => self.tell(Msg::Problem(Problem::error("ledger", error.to_string()))),
        }
        self.count_outbox(engine);
    }
}
