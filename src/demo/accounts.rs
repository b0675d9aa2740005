//! Bank accounts of the demo: everybody has one from the beginning; one company's new account is
//! in its waiting time, another's waits to be checked, and a request that looked odd was turned
//! down.

use super::cast::Cast;
use super::company::DOMAIN;
use super::timeline::Stage;
use crate::banking::{self, State, Typed};
use crate::customers;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::values::{Key, StaffRole};

/// What somebody does with the account of the customer at this place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Ask(usize),
    Accept(usize),
    Reject(usize),
}

/// All of it: how many days ago, at which hour.
pub(super) fn turns() -> impl Iterator<Item = (u64, u32, Turn)> {
    [
        (47, 15, Turn::Ask(0)),
        (46, 10, Turn::Reject(0)),
        (3, 10, Turn::Ask(0)),
        (1, 14, Turn::Accept(0)),
        (1, 16, Turn::Ask(2)),
    ]
    .into_iter()
}

const BANKS: [&str; 5] = ["中国工商银行", "中国建设银行", "中国农业银行", "招商银行", "交通银行"];

/// The accounts the made-up manufacturer has paid to all along.
pub(super) fn known(tx: &mut Tx<'_>, keys: &[Key]) -> Result<()> {
    for (place, key) in keys.iter().enumerate() {
        let typed = typed(tx, *key, place, 0)?;
        banking::take_over(tx, *key, &typed)?;
    }
    Ok(())
}

/// Numbers no bank gives out: they begin with zeros.
fn typed(tx: &mut Tx<'_>, customer: Key, place: usize, turn: usize) -> Result<Typed> {
    let customer = customers::by_id(tx, customer)?;
    let bank = BANKS.get((place + turn) % BANKS.len()).copied().unwrap_or_default();
    Ok(Typed {
        holder: customer.name,
        bank: bank.to_owned(),
        branch: format!("{}分行营业部", customer.region),
        number: format!("000{:03}{:013}", turn, 7_310_427 * (place + 1) + 90_001 * turn),
        email: format!("cashier.{}@{DOMAIN}", customer.code.to_lowercase()),
        phone: format!("0512-5550 {:04}", 1000 + place),
    })
}

pub(super) fn play(stage: &Stage<'_>, cast: &Cast, turn: Turn) -> Result<()> {
    let (Turn::Ask(place) | Turn::Accept(place) | Turn::Reject(place)) = turn;
    let Some((customer, clerk)) = cast.clerk_at(place) else {
        return Err(Error::internal(format!("nobody plays the customer at {place}")));
    };
    let finance = cast.staff(StaffRole::Finance)?;
    let open = stage.db.read(|conn| banking::open_change(conn, customer))?;
    match (turn, open) {
        (Turn::Ask(_), None) => stage.db.write(clerk, |tx| {
            let before = banking::of_customer(tx, customer)?.len();
            let typed = typed(tx, customer, place, before)?;
            banking::request(tx, customer, &typed).map(|_| ())
        }),
        (Turn::Accept(_), Some(account)) if account.state == State::Requested => {
            let verified = "致电合同联系人核实，户名、账号与开户许可证一致。";
            let days = stage.limits.bank_days;
            stage.db.write(finance, |tx| {
                banking::accept(tx, &account.id, &account.content_hash, verified, days)
            })
        }
        (Turn::Reject(_), Some(account)) => {
            let reason = "致电原账户联系人核实，开户支行填写有误，请更正后重新申请。";
            stage.db.write(finance, |tx| banking::reject(tx, &account.id, reason))
        }
        // What comes first may lie before the play.
        _ => Ok(()),
    }
}
