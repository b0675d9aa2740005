//! What a run stands on: the policies over time, the catalogue, the groups, and how far earlier
//! runs came.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;

use super::compute;
use super::fresh::Fresh;
use super::rules::ProductFacts;
use super::store::{self, Mark};
use super::work::{Look, Work, exclusive_groups, spread};
use crate::customers::{self, Groups};
use crate::db::Conn;
use crate::error::Result;
use crate::policies::{self, Chain, MeasureScope};
use crate::sales;
use crate::values::{FIRST_DAY, Key, Text};

/// Read at one moment.
pub(super) struct Ground {
    pub chains: Vec<Chain>,
    pub products: HashMap<Key, ProductFacts>,
    /// Empty unless some policy measures groups.
    pub groups: Groups,
    /// The number of the newest import.
    pub head: i64,
}

impl Ground {
    /// For one policy, with those it competes with, or for all.
    ///
    /// # Errors
    /// There is no such policy.
    pub(super) fn read(conn: &mut Conn, only: Option<&str>) -> Result<Self> {
        let mut chains = policies::chains(conn)?;
        if let Some(code) = only {
            let named = chains.iter().find(|chain| chain.code == code);
            let Some(named) = named else {
                return Err(Text::new("accrual-no-such-policy").with("code", code).into());
            };
            let groups: BTreeSet<String> =
                exclusive_groups(named).into_iter().map(str::to_owned).collect();
            let competes =
                |chain: &Chain| exclusive_groups(chain).iter().any(|g| groups.contains(*g));
            chains.retain(|chain| chain.code == code || competes(chain));
        }
        let mut ground = Self {
            products: compute::products(conn)?,
            groups: Groups::default(),
            head: sales::touched_head(conn)?,
            chains,
        };
        if ground.chains.iter().any(measures_groups) {
            ground.groups = customers::groups(conn)?;
        }
        Ok(ground)
    }

    /// What new lines, or the days since the last run, touched; for policies whose versions
    /// changed, everything.
    pub(super) fn work(&self, conn: &mut Conn, as_of: NaiveDate) -> Result<Vec<Work<'_>>> {
        let mut all = Vec::with_capacity(self.chains.len());
        let mut touched = Touched::default();
        for chain in &self.chains {
            let seen = last_seen(conn, chain)?;
            let mut work = Work::new(chain, &self.products, seen.map_or(as_of, |d| d.max(as_of)));
            let mark = mark(conn, chain)?;
            find_due(conn, &mut work, mark, self.head, &mut touched)?;
            all.push(work);
        }
        spread(&mut all, &self.groups);
        Ok(all)
    }

    /// Everything, as of the day each policy was last brought up to; policies that never were are
    /// left out. With the mark of each.
    pub(super) fn whole(&self, conn: &mut Conn) -> Result<Vec<(Work<'_>, Mark)>> {
        let mut all = Vec::new();
        let mut touched = Touched::default();
        for chain in &self.chains {
            let Some(mark) = mark(conn, chain)? else { continue };
            let mut work = Work::new(chain, &self.products, mark.as_of);
            find_due(conn, &mut work, None, self.head, &mut touched)?;
            all.push((work, mark));
        }
        Ok(all)
    }

    /// Whether another run or a publication overtook the work made from this.
    pub(super) fn is_stale(&self, conn: &mut Conn, work: &[Work<'_>]) -> Result<bool> {
        let now = policies::chains(conn)?;
        for one in work {
            let same = now.iter().find(|chain| chain.policy == one.chain.policy);
            if same != Some(one.chain) {
                return Ok(true);
            }
            if last_seen(conn, one.chain)?.is_some_and(|seen| seen > one.as_of) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn measures_groups(chain: &Chain) -> bool {
    chain.versions.iter().any(|one| one.version.terms.measure.scope == MeasureScope::Group)
}

/// The latest day any run brought any of the policy's versions up to.
fn last_seen(conn: &mut Conn, chain: &Chain) -> Result<Option<NaiveDate>> {
    store::last_seen(conn, &chain.policy)
}

/// How far the policy is done, where its versions are still the same.
pub(super) fn mark(conn: &mut Conn, chain: &Chain) -> Result<Option<Mark>> {
    let Some(newest) = chain.newest() else { return Ok(None) };
    Ok(store::mark(conn, &newest.id)?.filter(|mark| mark.governs == chain.validity()))
}

/// What was already asked for: most policies ask from the same import and day on.
#[derive(Default)]
struct Touched {
    months: HashMap<(i64, NaiveDate, NaiveDate), Vec<(Key, NaiveDate)>>,
    begun: HashMap<(NaiveDate, NaiveDate), Vec<(Key, NaiveDate)>>,
    fresh: HashMap<i64, Option<Arc<Fresh>>>,
}

impl Touched {
    /// The months touched since the import, or that carry lines of the days since.
    fn since(
        &mut self,
        conn: &mut Conn,
        seq: i64,
        after: NaiveDate,
        as_of: NaiveDate,
    ) -> Result<&[(Key, NaiveDate)]> {
        match self.months.entry((seq, after, as_of)) {
            Entry::Occupied(found) => Ok(found.into_mut()),
            Entry::Vacant(lacking) => {
                Ok(lacking.insert(sales::touched_since(conn, seq, after, as_of)?))
            }
        }
    }

    /// The months that carry lines of the days since.
    fn begun(
        &mut self,
        conn: &mut Conn,
        after: NaiveDate,
        as_of: NaiveDate,
    ) -> Result<&[(Key, NaiveDate)]> {
        match self.begun.entry((after, as_of)) {
            Entry::Occupied(found) => Ok(found.into_mut()),
            Entry::Vacant(lacking) => Ok(lacking.insert(sales::begun_since(conn, after, as_of)?)),
        }
    }

    /// The lines since the import, where nothing else came in.
    fn fresh(&mut self, conn: &mut Conn, seq: i64, head: i64) -> Result<Option<Arc<Fresh>>> {
        Ok(match self.fresh.entry(seq) {
            Entry::Occupied(found) => found.get().clone(),
            Entry::Vacant(lacking) => lacking.insert(Fresh::read(conn, seq, head)?).clone(),
        })
    }
}

fn find_due(
    conn: &mut Conn,
    work: &mut Work<'_>,
    mark: Option<Mark>,
    head: i64,
    touched: &mut Touched,
) -> Result<()> {
    let (seq, after) = mark.as_ref().map_or((0, FIRST_DAY), |mark| (mark.seq, mark.as_of));
    let fresh = match &mark {
        Some(mark) => touched.fresh(conn, mark.seq, head)?,
        None => None,
    };
    match fresh {
        Some(fresh) => {
            work.touch_new(fresh);
            work.touch_all(touched.begun(conn, after, work.as_of)?, Look::Anew);
        }
        None => work.touch_all(touched.since(conn, seq, after, work.as_of)?, Look::Anew),
    }
    let moved_on = mark.as_ref().is_some_and(|mark| mark.as_of < work.as_of);
    if mark.is_none() || (moved_on && work.makes_up_years()) {
        for (customer, period) in store::rows_of(conn, &work.chain.policy)? {
            // A new version may end what an older one granted.
            if mark.is_none() {
                work.due.add(customer, period, Look::Anew);
            }
            work.add_later(customer, period);
        }
    }
    Ok(())
}
