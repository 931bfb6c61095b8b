//! Who asks, and what they may do.

use std::sync::Arc;

use lineup::MountPath;

use crate::{PasswordHash, Secret};

/// What a principal may do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Send audio and titles to one mount.
    Source(MountPath),
    /// Send audio and titles to every mount.
    AnySource,
    /// Read the list of mounts as a relay (`/admin/streamlist.txt`).
    Relay,
    /// Everything under `/admin`.
    Admin,
}

/// Somebody who has been let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The name that they gave.
    pub user: Arc<str>,
    /// What they may do.
    pub scopes: Arc<[Scope]>,
}

impl Principal {
    /// May they send audio and titles to `mount`? Administrators may.
    pub fn may_feed(&self, mount: &MountPath) -> bool {
        self.scopes.iter().any(|scope| match scope {
            Scope::Source(own) => own == mount,
            Scope::AnySource | Scope::Admin => true,
            Scope::Relay => false,
        })
    }

    /// May they administer?
    pub fn may_administer(&self) -> bool {
        self.scopes.contains(&Scope::Admin)
    }

    /// May they list the mounts as a relay does?
    pub fn may_relay(&self) -> bool {
        self.scopes.iter().any(|scope| matches!(scope, Scope::Relay | Scope::Admin))
    }
}

/// What somebody shows to be let in. Its `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The name; sources that give none are `source`.
    pub user: String,
    /// The password or token.
    pub secret: Secret,
}

/// One line of the guest list: this user with this password has these scopes. One user name may
/// stand in several lines, with other passwords and scopes (`source` on two mounts).
#[derive(Clone, Debug)]
pub struct Grant {
    /// The name.
    pub user: String,
    /// The hash of the password.
    pub password: PasswordHash,
    /// What they may do.
    pub scopes: Vec<Scope>,
}
