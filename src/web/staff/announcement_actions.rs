//! What is done with an announcement: tried out, sent now or later, taken back, called off.

use actix_web::web::Path;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::Deserialize;

use super::super::{Answer, App, Form, FormKey, StaffUser, reply};
use super::announcement::render;
use super::announcements::LIST;
use crate::announcements;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::values::{AnnouncementId, Problem, Text};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Nothing {}

/// Writes it to whoever presses the button.
pub(in crate::web) async fn try_out(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let (id, teller) = (AnnouncementId::from_text(&id), user.clone());
    let location = app
        .post(user.actor(), form.key, move |tx| {
            let to = announcements::try_out(tx, &id)?;
            teller.tell(tx, &teller.words().t1("news-tried-out", "email", to))?;
            Ok(format!("{LIST}/{id}"))
        })
        .await?;
    reply::see_other(location)
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::web) struct When {
    pub(super) revision: String,
    /// `now` or `later`.
    pub(super) when: String,
    pub(super) day: String,
    pub(super) time: String,
}

impl When {
    /// The moment; None is now.
    fn read(&self, zone: chrono_tz::Tz) -> Result<Option<DateTime<Utc>>, Problem> {
        if self.when == "now" {
            return Ok(None);
        }
        if self.when != "later" {
            return Err(Problem::new("when", Text::new("news-when-missing")));
        }
        let wrong = |field, found: &str| {
            Problem::new(field, Text::new("news-moment-wrong").with("found", found))
        };
        let day: NaiveDate = self.day.trim().parse().map_err(|_| wrong("day", &self.day))?;
        let time = NaiveTime::parse_from_str(self.time.trim(), "%H:%M");
        let time = time.map_err(|_| wrong("time", &self.time))?;
        let local = day.and_time(time).and_local_timezone(zone).earliest();
        let at = local.ok_or_else(|| wrong("time", &self.time))?;
        Ok(Some(at.with_timezone(&Utc)))
    }
}

pub(in crate::web) async fn schedule(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<When>,
) -> Answer {
    let typed = form.fields;
    let now = app.db.now();
    let at = match typed.read(app.db.house().zone) {
        Ok(Some(at)) if at <= now => Err(Problem::new("day", Text::new("news-moment-passed"))),
        other => other,
    };
    let at = match at {
        Ok(at) => at.unwrap_or(now),
        Err(problem) => {
            let page = render(&app, &user, &id, Some(typed), &[problem]).await?;
            return reply::form_again(&page);
        }
    };
    let revision = typed.revision.parse().unwrap_or(0);
    let (wanted, teller) = (AnnouncementId::from_text(&id), user.clone());
    let done = app
        .post(user.actor(), form.key, move |tx| {
            announcements::schedule(tx, &wanted, revision, at)?;
            teller.tell(tx, &teller.words().t("news-scheduled"))?;
            Ok(format!("{LIST}/{wanted}"))
        })
        .await;
    answer(&app, &user, &id, Some(typed), done).await
}

pub(in crate::web) async fn take_back(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    step(&app, &user, &id, form.key, "news-taken-back", announcements::take_back).await
}

pub(in crate::web) async fn cancel(
    app: App,
    user: StaffUser,
    id: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    step(&app, &user, &id, form.key, "news-cancelled", announcements::cancel).await
}

/// Takes a step that needs nothing typed, and tells it.
async fn step(
    app: &App,
    user: &StaffUser,
    id: &str,
    key: FormKey,
    told: &'static str,
    act: fn(&mut Tx<'_>, &AnnouncementId) -> Result<()>,
) -> Answer {
    let (wanted, teller) = (AnnouncementId::from_text(id), user.clone());
    let done = app
        .post(user.actor(), key, move |tx| {
            act(tx, &wanted)?;
            teller.tell(tx, &teller.words().t(told))?;
            Ok(format!("{LIST}/{wanted}"))
        })
        .await;
    answer(app, user, id, None, done).await
}

/// Where it can be seen, or the page as it stands with what it says no to.
async fn answer(
    app: &App,
    user: &StaffUser,
    id: &str,
    typed: Option<When>,
    done: Result<String>,
) -> Answer {
    match done {
        Ok(location) => reply::see_other(location),
        Err(Error::Refused(why)) => {
            let problems = [Problem::new("when", why)];
            reply::refused_again(&render(app, user, id, typed, &problems).await?)
        }
        Err(Error::Invalid(problems)) => {
            reply::form_again(&render(app, user, id, typed, &problems).await?)
        }
        Err(other) => Err(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_local_day_and_time() {
        let shanghai = chrono_tz::Asia::Shanghai;
        let york = chrono_tz::America::New_York;
        for (when, day, time, zone, expected) in [
            ("now", "", "", shanghai, Ok(None)),
            ("later", "2026-12-01", "09:00", shanghai, Ok(Some("2026-12-01T01:00:00Z"))),
            ("later", "2026-12-01", "09:00", york, Ok(Some("2026-12-01T14:00:00Z"))),
            // The hour that comes twice is the first one; the one that is left out is refused.
            ("later", "2026-11-01", "01:30", york, Ok(Some("2026-11-01T05:30:00Z"))),
            ("later", "2026-03-08", "02:30", york, Err("time")),
            ("later", "2026-12-32", "09:00", shanghai, Err("day")),
            ("later", "2026-12-01", "25:00", shanghai, Err("time")),
            ("later", "2026-12-01", "", shanghai, Err("time")),
            ("", "2026-12-01", "09:00", shanghai, Err("when")),
        ] {
            let typed = When {
                when: when.to_owned(),
                day: day.to_owned(),
                time: time.to_owned(),
                ..When::default()
            };
            let read = typed.read(zone);
            let read = read.as_ref().map(|at| at.map(|at| at.to_rfc3339().replace("+00:00", "Z")));
            let read = match &read {
                Ok(at) => Ok(at.as_deref()),
                Err(problem) => Err(problem.field.as_str()),
            };
            assert_eq!(read, expected, "{when} {day} {time}");
        }
    }
}
