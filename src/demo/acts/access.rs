//! The name of the repository, and who may see it.

use serde_json::{Value, json};

use super::Hand;

impl Hand<'_> {
    pub(super) fn rename(&mut self, owner: Option<String>, name: Option<String>) -> Value {
        let was = (self.world.owner.clone(), self.world.name.clone());
        if let Some(owner) = owner {
            self.world.owner = owner;
        }
        if let Some(name) = name {
            self.world.name = name;
        }
        let is = (self.world.owner.clone(), self.world.name.clone());
        self.world.former.retain(|known| *known != is);
        self.world.former.push(was);
        json!({ "owner": is.0, "name": is.1 })
    }

    pub(super) fn deny(&mut self, operation: Option<String>) -> Value {
        match operation {
            Some(operation) => self.world.access.denied.push(operation),
            None => self.world.access.hidden = true,
        }
        json!({})
    }

    pub(super) fn allow(&mut self, operation: Option<&str>) -> Value {
        let access = &mut self.world.access;
        if let Some(operation) = operation {
            access.denied.retain(|denied| denied != operation);
        } else {
            access.denied.clear();
            access.hidden = false;
        }
        json!({})
    }

    pub(super) fn revoke(&mut self, login: Option<String>, restore: bool) -> Value {
        let login = login.unwrap_or_else(|| self.world.viewer.clone());
        let revoked = &mut self.world.access.revoked;
        revoked.retain(|known| *known != login);
        if !restore {
            revoked.push(login);
        }
        json!({})
    }
}
