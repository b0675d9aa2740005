//! The browsers somebody signed in with. Each holds a secret of its own that outlives sessions, and
//! by it is told apart from browsers that were never seen.

use super::{Person, SessionKey, rules, store};
use crate::db::Tx;
use crate::error::Result;
use crate::values::PersonId;

/// The secret of a browser, like a session's. It opens nothing: a password is asked all the same.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceKey(SessionKey);

impl DeviceKey {
    /// A fresh one, 256 bits.
    pub fn random() -> Self {
        Self(SessionKey::random())
    }

    /// What a cookie carried; None when it can't be a key.
    pub fn parse(text: &str) -> Option<Self> {
        SessionKey::parse(text).map(Self)
    }

    pub fn secret(&self) -> &str {
        self.0.secret()
    }

    /// What the table keeps.
    pub fn hash(&self) -> String {
        self.0.hash()
    }
}

/// Whether the person signed in with this browser before.
pub(super) fn knows(tx: &mut Tx<'_>, person: &PersonId, device: &DeviceKey) -> Result<bool> {
    store::devices::knows(tx, person, &device.hash())
}

/// What [`greet`] found.
pub(super) struct Greeted {
    /// The key the browser holds from now on.
    pub device: DeviceKey,
    /// The person used others before, and never this one.
    pub unseen: bool,
}

/// Notes that the person signed in with this browser. One that others use is given a new secret
/// (`fresh`), known for all of them: whoever of them kept a copy of the old one holds nothing that
/// passes for this person's browser.
pub(super) fn greet(
    tx: &mut Tx<'_>,
    person: &Person,
    offered: Option<&DeviceKey>,
    fresh: &DeviceKey,
) -> Result<Greeted> {
    let long_ago = (tx.at() - rules::DEVICE_KEPT).naive_utc();
    let greeted = match offered {
        Some(device) if knows(tx, &person.id, device)? => {
            store::devices::touch(tx, &person.id, &device.hash())?;
            Greeted { device: device.clone(), unseen: false }
        }
        _ => {
            let unseen = store::devices::any(tx, &person.id)?;
            if let Some(shared) = offered {
                store::devices::rename(tx, &shared.hash(), &fresh.hash())?;
            }
            store::devices::insert(tx, &person.id, &fresh.hash())?;
            Greeted { device: fresh.clone(), unseen }
        }
    };
    store::devices::forget_before(tx, &person.id, long_ago)?;
    Ok(greeted)
}

/// Forgets the person's browsers but this one: what was signed in with by somebody who knew the old
/// password isn't known any more.
pub(super) fn forget_others(
    tx: &mut Tx<'_>,
    person: &PersonId,
    kept: Option<&DeviceKey>,
) -> Result<()> {
    let kept = kept.map(DeviceKey::hash).unwrap_or_default();
    store::devices::forget_but(tx, person, &kept)
}

/// What people call a browser: the words most of them put into their name. None for a name that
/// says nothing.
pub fn device_name(agent: &str) -> Option<String> {
    let browsers = [
        ("MicroMessenger", "WeChat"),
        ("wxwork", "WeCom"),
        ("Edg/", "Edge"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let systems = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("HarmonyOS", "HarmonyOS"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    match (find(&browsers), find(&systems)) {
        (Some(browser), Some(system)) => Some(format!("{browser} · {system}")),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) => None,
    }
}
