//! The figures of the page as a file: one line for each number, the same numbers.

use actix_web::web::{Path, Query};
use rust_decimal::Decimal;

use super::super::{Answer, App, StaffUser};
use super::dispute_figures::{Found, OUTCOMES, ages, find, with_reasons};
use super::dispute_figures_days::Asked;
use super::exports::{taken, written};
use crate::audit;
use crate::disputes::{Granted, Pace, percent};
use crate::error::Error;
use crate::reports::{Cell, Format, Table};

pub(in crate::web) async fn file(
    app: App,
    user: StaffUser,
    format: Path<String>,
    asked: Query<Asked>,
) -> Answer {
    let format = Format::from_code(&format).ok_or(Error::NotFound)?;
    let span = asked.span(app.db.today())?;
    let (reader, who) = (app.clone(), user.clone());
    let (found, head) = app
        .read(move |conn| Ok((find(conn, &reader, &who, span)?, audit::checkpoint(conn)?)))
        .await?;
    let days = format!("{}..{}", span.first, span.last);
    taken(&app, &user, format!("dispute_figures.{format}"), days.clone()).await?;
    let note = |name: &str, value: String| (name.to_owned(), value);
    let now = app.db.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let table = Table {
        name: "dispute_figures".to_owned(),
        columns: vec!["figure", "of", "name", "currency", "value"],
        notes: vec![
            note("days", days),
            note("scope", if found.own { "own" } else { "all" }.to_owned()),
            note("as_of", now),
            note("checkpoint", format!("#{} {}", head.count, head.hash)),
        ],
        rows: rows(&found),
    };
    let name = format!("dispute_figures-{}-{}.{format}", span.first, span.last);
    Ok(written(&table, format, &name).await?)
}

/// The lines as they come.
#[derive(Default)]
struct Lines(Vec<Vec<Cell>>);

impl Lines {
    fn put(&mut self, figure: &str, of: impl ToString, value: impl ToString) {
        self.named(figure, of, "", value);
    }

    fn named(&mut self, figure: &str, of: impl ToString, name: &str, value: impl ToString) {
        let name = if name.is_empty() { Cell::Empty } else { Cell::text(name) };
        let cells = [Cell::text(figure), Cell::text(of), name, Cell::Empty, Cell::number(value)];
        self.0.push(cells.into());
    }

    /// A share; no line of nothing.
    fn share(&mut self, figure: &str, of: impl ToString, share: Option<Decimal>) {
        if let Some(share) = share {
            self.put(figure, of, format!("{share:.1}"));
        }
    }

    fn granted<K>(&mut self, by: &str, of: &str, name: &str, row: &Granted<K>) {
        self.named(&format!("decided{by}"), of, name, row.decisions);
        for sum in &row.money {
            let name = if name.is_empty() { Cell::Empty } else { Cell::text(name) };
            self.0.push(vec![
                Cell::text(format!("granted{by}")),
                Cell::text(of),
                name,
                Cell::text(sum.currency),
                Cell::number(sum.plain()),
            ]);
        }
    }

    fn pace(&mut self, figure: &str, pace: Pace) {
        self.put(figure, "count", pace.count);
        for (of, days) in [("half_within_days", pace.half), ("nine_of_ten_within_days", pace.most)]
        {
            if let Some(days) = days {
                self.put(figure, of, days);
            }
        }
        self.put(figure, "late", pace.late);
        self.share(figure, "late_percent", percent(pace.late, pace.count));
    }
}

fn rows(found: &Found) -> Vec<Vec<Cell>> {
    let f = &found.figures;
    let mut lines = Lines::default();
    lines.put("filed", "all", f.filed_count());
    lines.put("ended", "all", f.ended());
    for (how, count) in [("closed", f.closed), ("withdrawn", f.withdrawn), ("merged", f.merged)] {
        lines.put("ended", how, count);
    }
    lines.put("open_now", "all", f.open_count());
    lines.put("overdue_now", "all", f.overdue);
    for open in &f.open {
        for (count, (from, to)) in open.ages.iter().zip(ages()) {
            let to = to.map_or_else(String::new, |to| to.to_string());
            lines.put("open_now", format!("{} days {from}-{to}", open.state), count);
        }
        lines.put("open_now", open.state, open.ages.iter().sum::<i64>());
    }
    lines.pace("first_answer", f.answers);
    lines.pace("first_decision", f.decisions);
    let all = f.decisions.count;
    for outcome in OUTCOMES {
        let count = f.outcomes.get(&outcome).copied().unwrap_or(0);
        lines.put("outcome", outcome, count);
        lines.share("outcome_percent", outcome, percent(count, all));
    }
    for (what, count) in [("upheld", f.upheld()), ("appealed", f.appealed)] {
        lines.put(what, "all", count);
        lines.share(&format!("{what}_percent"), "all", percent(count, all));
    }
    let (appeals, changed) = (f.appeals.values().sum::<i64>(), f.changed());
    for (what, count) in [("changed", changed), ("stood", appeals - changed)] {
        lines.put("appeal", what, count);
        lines.share("appeal_percent", what, percent(count, appeals));
    }
    lines.granted("", "all", "", &f.granted);
    for (category, filed, granted) in with_reasons(f) {
        lines.put("filed_by_reason", category, filed);
        if let Some(row) = granted {
            lines.granted("_by_reason", category.as_str(), "", row);
        }
    }
    for row in &f.by_policy {
        let version = row.of.as_ref().and_then(|policy| found.versions.get(policy));
        let code = version.map_or("", |version| version.code.as_str());
        let name = version.map_or("", |version| version.terms.name.zh_cn.as_str());
        lines.granted("_by_policy", code, name, row);
    }
    for row in &f.by_decider {
        lines.granted("_by_decider", row.of.0.as_str(), &row.of.1, row);
    }
    lines.put("rated", "all", f.ratings.len());
    lines.share("rated", "mean_score", f.mean_score());
    for rating in &f.ratings {
        lines.named("rating", &rating.number, &rating.text, rating.score);
    }
    lines.0
}
