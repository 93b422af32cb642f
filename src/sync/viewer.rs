//! Whose token it is. Account and token are one: what is known of one token is never taken for
//! another, and what was worked out for one person's eyes is worked out anew for another's.

use super::engine::{Engine, SyncError};
use crate::{
    decide::InboxRow,
    forge::ForgeError,
    model::Login,
    query::{self, QueryError},
};

impl Engine {
    /// Returns the account that the token belongs to, as far as it is known; nothing is asked.
    pub fn viewer(&self) -> Option<Login> {
        if self.forge.is_anonymous() {
            return None;
        }
        let known = self
            .cache
            .viewer(self.repo.host.as_str(), &self.forge.account);
        known.ok().flatten().map(Login::new)
    }

    /// Reads the rows of the inbox as this account sees them.
    ///
    /// # Errors
    /// Where the cache cannot be read.
    pub fn inbox(&self) -> Result<Vec<InboxRow>, QueryError> {
        self.here(|here| query::inbox(here, &self.repo, self.viewer().as_ref()))
    }

    /// Returns the account that the token belongs to, asking the forge where it is not known.
    /// Nobody where there is no token, or the forge does not tell.
    ///
    /// # Errors
    /// Where the forge refuses the token or cannot be asked.
    pub async fn viewer_now(&self) -> Result<Option<Login>, ForgeError> {
        if let Some(known) = self.viewer() {
            return Ok(Some(known));
        }
        let told = self.forge.viewer().await?;
        if let Some(login) = &told {
            // Where it cannot be kept, it is asked for again.
            let _ =
                self.cache
                    .set_viewer(self.repo.host.as_str(), &self.forge.account, login.as_str());
        }
        Ok(told)
    }

    /// Forgets whom the token belongs to: it is asked for again before anything is sent.
    pub(super) fn forget_viewer(&self) {
        let _ = self
            .cache
            .forget_viewer(self.repo.host.as_str(), &self.forge.account);
    }

    /// Takes in whom the forge says the token belongs to. Where somebody else looked at this
    /// repository before, what the list says of each change is worked out anew.
    pub(super) fn viewer_is(&self, login: &Login) -> Result<(), SyncError> {
        if self.viewer().as_ref() != Some(login) {
            let host = self.repo.host.as_str();
            self.cache
                .set_viewer(host, &self.forge.account, login.as_str())?;
        }
        let row = self.row()?;
        let name = login.to_string();
        if row.viewer.as_ref() != Some(&name) {
            self.judge_all(&row, Some(login))?;
            self.update(|row| row.viewer = Some(name))?;
        }
        Ok(())
    }
}
