use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::super::{Answer, App, Form, Page, StaffUser, reply};
use super::portfolio::Portfolio;
use crate::customers::{self, Customer};
use crate::error::Error;
use crate::statements::{self, CustomerTerms, HouseSchedule, LATEST_DAY, NewTerms, Rhythm};
use crate::values::{Problem, StaffRole, Text};

/// When the house makes statements by itself, and who wants it otherwise.
#[derive(Template)]
#[template(path = "staff/statement_schedule.html")]
struct SchedulePage {
    page: Page,
    rhythms: &'static [Rhythm],
    rhythm: String,
    day: String,
    latest_day: u32,
    /// Who set it, and when.
    set: Option<(String, String)>,
    rows: Vec<Row>,
    may_set: bool,
}

struct Row {
    code: String,
    customer: String,
    rhythm: Option<(Rhythm, u32)>,
    agreement: Option<String>,
    by: String,
    at: String,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Typed {
    rhythm: String,
    #[serde(default)]
    day: String,
}

/// The rhythm and the day; the day is asked for only where runs are made by themselves.
fn read(rhythm: &str, day: &str) -> Result<(Rhythm, u32), Problem> {
    let Some(rhythm) = Rhythm::from_code(rhythm) else {
        return Err(Problem::new("rhythm", Text::new("statement-rhythm-choose")));
    };
    if rhythm == Rhythm::ByHand {
        return Ok((rhythm, 1));
    }
    let unfit = || {
        let text = Text::new("statement-day-unfit").with("most", LATEST_DAY);
        Problem::new("day", text)
    };
    let day: u32 = day.trim().parse().map_err(|_| unfit())?;
    if (1..=LATEST_DAY).contains(&day) { Ok((rhythm, day)) } else { Err(unfit()) }
}

pub(in crate::web) async fn page(app: App, user: StaffUser) -> Answer {
    reply::page(&render(&app, &user, None, &[]).await?)
}

async fn render(
    app: &App,
    user: &StaffUser,
    typed: Option<Typed>,
    problems: &[Problem],
) -> Result<SchedulePage, super::super::Fail> {
    let (house, theirs) = app
        .read(|conn| {
            let mut theirs = Vec::new();
            for terms in statements::all_terms(conn)? {
                let customer = customers::by_id(conn, terms.customer)?;
                theirs.push((terms, customer));
            }
            Ok((statements::house_schedule(conn)?, theirs))
        })
        .await?;
    let page = user
        .page("statement-schedule")
        .under("/staff/statements", user.words().t("nav-statements"))
        .with_problems(problems);
    let typed = typed.unwrap_or_else(|| typed_of(house.as_ref()));
    let rows = theirs
        .into_iter()
        .filter(|(terms, _)| terms.schedule.is_some() || terms.agreement.is_some())
        .map(|(terms, customer)| row(terms, customer, &page))
        .collect();
    Ok(SchedulePage {
        rhythms: Rhythm::ALL,
        rhythm: typed.rhythm,
        day: typed.day,
        latest_day: LATEST_DAY,
        set: house.map(|house| (house.changed_by, page.time(&house.changed_at))),
        rows,
        may_set: user.holds(StaffRole::Finance),
        page,
    })
}

fn typed_of(house: Option<&HouseSchedule>) -> Typed {
    let rhythm = house.map_or(Rhythm::ByHand, |house| house.schedule.rhythm);
    let day = house.map_or(5, |house| house.schedule.day);
    Typed { rhythm: rhythm.to_string(), day: day.to_string() }
}

fn row(terms: CustomerTerms, customer: Customer, page: &Page) -> Row {
    Row {
        code: customer.code,
        customer: customer.name,
        rhythm: terms.schedule.map(|schedule| (schedule.rhythm, schedule.day)),
        agreement: terms.agreement,
        by: terms.changed_by,
        at: page.time(&terms.changed_at),
    }
}

pub(in crate::web) async fn set(app: App, user: StaffUser, form: Form<Typed>) -> Answer {
    let typed = form.fields;
    let (rhythm, day) = match read(&typed.rhythm, &typed.day) {
        Ok(read) => read,
        Err(problem) => {
            return reply::form_again(&render(&app, &user, Some(typed), &[problem]).await?);
        }
    };
    let teller = user.clone();
    let location = app
        .post(user.actor(), form.key, move |tx| {
            statements::set_house_schedule(tx, rhythm, day)?;
            teller.tell(tx, &teller.words().t("statement-schedule-set"))?;
            Ok("/staff/statement-schedule".to_owned())
        })
        .await?;
    reply::see_other(location)
}

/// What is agreed with one customer about statements.
#[derive(Template)]
#[template(path = "staff/statement_terms.html")]
struct TermsPage {
    page: Page,
    code_in_links: String,
    customer: String,
    rhythms: &'static [Rhythm],
    typed: TypedTerms,
    latest_day: u32,
    set: Option<(String, String)>,
    may_set: bool,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct TypedTerms {
    /// Empty follows the house.
    #[serde(default)]
    rhythm: String,
    #[serde(default)]
    day: String,
    /// `yes` where silence confirms.
    #[serde(default)]
    deemed: Option<String>,
    #[serde(default)]
    agreement: String,
}

impl TypedTerms {
    fn of(terms: Option<&CustomerTerms>) -> Self {
        let schedule = terms.and_then(|terms| terms.schedule);
        let agreement = terms.and_then(|terms| terms.agreement.clone());
        Self {
            rhythm: schedule.map(|s| s.rhythm.to_string()).unwrap_or_default(),
            day: schedule.map(|s| s.day.to_string()).unwrap_or_default(),
            deemed: agreement.as_ref().map(|_| "yes".to_owned()),
            agreement: agreement.unwrap_or_default(),
        }
    }

    fn read(&self) -> Result<NewTerms, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut schedule = None;
        if !self.rhythm.is_empty() {
            match read(&self.rhythm, &self.day) {
                Ok(read) => schedule = Some(read),
                Err(problem) => problems.push(problem),
            }
        }
        let agreement = self.agreement.trim();
        let deemed = self.deemed.is_some();
        if deemed && agreement.is_empty() {
            problems.push(Problem::new("agreement", Text::new("statement-agreement-missing")));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(NewTerms {
            rhythm: schedule.map(|(rhythm, _)| rhythm),
            day: schedule.map_or(1, |(_, day)| day),
            agreement: deemed.then(|| agreement.to_owned()),
        })
    }
}

pub(in crate::web) async fn terms(app: App, user: StaffUser, code: Path<String>) -> Answer {
    reply::page(&render_terms(&app, &user, &code, None, &[]).await?)
}

async fn render_terms(
    app: &App,
    user: &StaffUser,
    code: &str,
    typed: Option<TypedTerms>,
    problems: &[Problem],
) -> Result<TermsPage, super::super::Fail> {
    let (reach, wanted) = (Portfolio::of(user), code.to_owned());
    let (customer, terms) = app
        .read(move |conn| {
            let customer = reach.by_code(conn, &wanted)?;
            let terms = statements::terms_of(conn, customer.id)?;
            Ok((customer, terms))
        })
        .await?;
    let code_in_links = reply::query_value(&customer.code);
    let page = user
        .page("statement-terms")
        .under("/staff/customers", user.words().t("nav-customers"))
        .under(format!("/staff/customers/{code_in_links}"), customer.name.clone())
        .with_problems(problems);
    Ok(TermsPage {
        code_in_links,
        customer: customer.name,
        rhythms: Rhythm::ALL,
        typed: typed.unwrap_or_else(|| TypedTerms::of(terms.as_ref())),
        latest_day: LATEST_DAY,
        set: terms.map(|terms| (terms.changed_by, page.time(&terms.changed_at))),
        may_set: user.holds(StaffRole::Finance),
        page,
    })
}

pub(in crate::web) async fn set_terms(
    app: App,
    user: StaffUser,
    code: Path<String>,
    form: Form<TypedTerms>,
) -> Answer {
    let typed = form.fields;
    let new = match typed.read() {
        Ok(new) => new,
        Err(problems) => {
            let page = render_terms(&app, &user, &code, Some(typed), &problems).await?;
            return reply::form_again(&page);
        }
    };
    let (reach, teller, wanted) = (Portfolio::of(&user), user.clone(), code.clone());
    let done = app
        .post(user.actor(), form.key, move |tx| {
            let customer = reach.by_code(tx, &wanted)?;
            statements::set_terms(tx, &customer, &new)?;
            teller.tell(tx, &teller.words().t("statement-terms-set"))?;
            Ok(format!("/staff/customers/{}", reply::query_value(&customer.code)))
        })
        .await;
    match done {
        Ok(location) => reply::see_other(location),
        Err(Error::Invalid(problems)) => {
            let page = render_terms(&app, &user, &code, Some(typed), &problems).await?;
            reply::form_again(&page)
        }
        Err(other) => Err(other.into()),
    }
}
