//! Every address of the portal, with who may go there.

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::web;

use super::access::{
    ACCOUNT_MANAGER, ADMIN, APPROVER, ASSIGNERS, AUDIT, Access, BOOKS, CUSTOMER_FINANCE,
    CUSTOMER_MANAGER, DRAFTERS, FINANCE, FINANCE_READERS, HANDLERS, INVITERS, KEEPERS,
    MAIL_READERS, NEWS_READERS, NEWS_WRITERS, PAYERS, POSTMASTERS, PUBLISHERS, RELEASERS,
    SIMULATORS, STAFF, VIEWER,
};
use super::{account, assets, customer, health, staff};
use crate::values::Identity;

/// One address of the portal.
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
    /// `GET`s also answer `HEAD`.
    pub(super) handler: fn() -> actix_web::Route,
}

impl Route {
    /// Whether somebody goes there who has to set up a second factor before anything else.
    pub(super) fn serves_setup(&self) -> bool {
        self.access == Access::Public
            || self.path == "/sign-out"
            || self.path.starts_with(account::second_factor::PATH)
    }
}

const fn get(path: &'static str, access: Access, handler: fn() -> actix_web::Route) -> Route {
    Route { method: Method::GET, path, access, handler }
}

const fn post(path: &'static str, access: Access, handler: fn() -> actix_web::Route) -> Route {
    Route { method: Method::POST, path, access, handler }
}

/// What an open page asks by itself, now and then.
pub(super) const POLLED: [&str; 2] = [PRESENCE, LIVE_LIST];
const PRESENCE: &str = "/staff/disputes/{id}/presence";
const LIVE_LIST: &str = "/staff/dispute-list/live";

/// The whole sitemap.
pub static ROUTES: &[Route] = &[
    // account
    get("/", Access::Public, || web::to(account::front)),
    get("/sign-in", Access::Public, || web::to(account::sign_in::form)),
    post("/sign-in", Access::Public, || web::to(account::sign_in::submit)),
    get("/sign-in/code", Access::Public, || web::to(account::sign_in_code::page)),
    post("/sign-in/code", Access::Public, || web::to(account::sign_in_code::submit)),
    post("/sign-in/code/ending", Access::Public, || web::to(account::sign_in_code::cancel)),
    post("/sign-out", Access::SignedIn, || web::to(account::sign_in::out)),
    post("/language", Access::Public, || web::to(account::language::choose)),
    get("/forgotten-password", Access::Public, || web::to(account::forgotten_password::form)),
    post("/forgotten-password", Access::Public, || web::to(account::forgotten_password::ask)),
    get("/forgotten-password/sent", Access::Public, || web::to(account::forgotten_password::sent)),
    get("/password-resets/{token}", Access::Public, || web::to(account::password_reset::page)),
    post("/password-resets/{token}", Access::Public, || web::to(account::password_reset::set)),
    get("/email-changes/{token}", Access::Public, || web::to(account::email::landing)),
    post("/email-changes/{token}", Access::Public, || web::to(account::email::confirm)),
    get("/email-changed", Access::Public, || web::to(account::email::done)),
    get("/statement-check", Access::Public, || web::to(account::statement_check::page)),
    get("/account", Access::SignedIn, || web::to(account::overview::page)),
    get("/account/password", Access::SignedIn, || web::to(account::password::page)),
    post("/account/password", Access::SignedIn, || web::to(account::password::change)),
    get(account::second_factor::PATH, Access::SignedIn, || web::to(account::second_factor::page)),
    post(account::second_factor::PATH, Access::SignedIn, || {
        web::to(account::second_factor::confirm)
    }),
    post("/account/second-factor/setup", Access::SignedIn, || {
        web::to(account::second_factor::begin)
    }),
    get("/account/second-factor/recovery-codes", Access::SignedIn, || {
        web::to(account::second_factor_change::new_codes_form)
    }),
    post("/account/second-factor/recovery-codes", Access::SignedIn, || {
        web::to(account::second_factor_change::new_codes)
    }),
    get("/account/second-factor/ending", Access::SignedIn, || {
        web::to(account::second_factor_change::ending_form)
    }),
    post("/account/second-factor/ending", Access::SignedIn, || {
        web::to(account::second_factor_change::end)
    }),
    get("/account/email", Access::SignedIn, || web::to(account::email::page)),
    post("/account/email", Access::SignedIn, || web::to(account::email::ask)),
    post("/account/email/withdrawal", Access::SignedIn, || web::to(account::email::withdraw)),
    get("/sessions", Access::SignedIn, || web::to(account::sessions::list)),
    post("/sessions/revocation", Access::SignedIn, || web::to(account::sessions::revoke)),
    get("/notifications", Access::SignedIn, || web::to(account::notifications::page)),
    post("/notifications", Access::SignedIn, || web::to(account::notifications::save)),
    get("/notices", Access::SignedIn, || web::to(account::notices::list)),
    post("/notices/reading", Access::SignedIn, || web::to(account::notices::read_all)),
    post("/notices/{id}/reading", Access::SignedIn, || web::to(account::notices::open)),
    get("/unsubscribe/{token}", Access::Public, || web::to(account::unsubscribe::page)),
    post("/unsubscribe/{token}", Access::Public, || web::to(account::unsubscribe::submit)),
    get("/invitations/{token}", Access::Public, || web::to(account::invitation::page)),
    post("/invitations/{token}", Access::Public, || web::to(account::invitation::accept)),
    get("/downloads", Access::SignedIn, || web::to(account::downloads::list)),
    post("/downloads", Access::SignedIn, || web::to(account::downloads::ask)),
    get("/downloads/{id}/file", Access::SignedIn, || web::to(account::downloads::file)),
    get("/my-data", Access::SignedIn, || web::to(account::my_data::page)),
    get("/my-data/file", Access::SignedIn, || web::to(account::my_data::file)),
    post("/my-data/requests", Access::SignedIn, || web::to(account::my_data::ask)),
    get("/absence", HANDLERS, || web::to(account::absence::page)),
    post("/absence", HANDLERS, || web::to(account::absence::plan)),
    post("/absence/ending", HANDLERS, || web::to(account::absence::end)),
    get("/help", Access::SignedIn, || web::to(account::help::page)),
    // customer
    get("/home", VIEWER, || web::to(customer::home::page)),
    get("/programmes", VIEWER, || web::to(customer::programmes::list)),
    get("/programmes/{id}", VIEWER, || web::to(customer::programme::page)),
    get("/programmes/{id}/dates.ics", VIEWER, || web::to(customer::programme_dates::file)),
    get("/programmes/{id}/versions/{number}", VIEWER, || {
        web::to(customer::programme_version::page)
    }),
    get("/programmes/{id}/progress", VIEWER, || web::to(customer::progress::page)),
    get("/programmes/{id}/what-if", VIEWER, || web::to(customer::what_if::page)),
    post("/programmes/{id}/signature", CUSTOMER_MANAGER, || web::to(customer::programme::sign)),
    get("/balances", VIEWER, || web::to(customer::balances::page)),
    get("/balances/{id}", VIEWER, || web::to(customer::expiry::page)),
    get("/transactions", VIEWER, || web::to(customer::transactions::list)),
    get("/transactions/file/{format}", VIEWER, || web::to(customer::transactions::file)),
    get("/payouts", VIEWER, || web::to(customer::payouts::list)),
    get("/payouts/{id}", VIEWER, || web::to(customer::payout::page)),
    get("/company", VIEWER, || web::to(customer::company::page)),
    get("/company/bank-account", CUSTOMER_FINANCE, || web::to(customer::bank_request::form)),
    post("/company/bank-account", CUSTOMER_FINANCE, || web::to(customer::bank_request::submit)),
    post("/company/bank-accounts/{id}/cancellation", CUSTOMER_FINANCE, || {
        web::to(customer::company::cancel)
    }),
    get("/accruals/{id}", VIEWER, || web::to(customer::accrual::page)),
    get("/accruals/{id}/file/{format}", VIEWER, || web::to(customer::accrual::file)),
    get("/statements", VIEWER, || web::to(customer::statements::list)),
    get("/statements/{id}", VIEWER, || web::to(customer::statement::page)),
    get("/statements/{id}/file/{format}", VIEWER, || web::to(customer::statement::file)),
    post("/statements/{id}/confirmation", CUSTOMER_FINANCE, || {
        web::to(customer::statement::confirm)
    }),
    get("/announcements/{id}", VIEWER, || web::to(customer::announcement::page)),
    get("/disputes", VIEWER, || web::to(customer::disputes::list)),
    post("/disputes", CUSTOMER_FINANCE, || web::to(customer::dispute_filing::submit)),
    get("/disputes/new", CUSTOMER_FINANCE, || web::to(customer::dispute_new::form)),
    post("/disputes/new", CUSTOMER_FINANCE, || web::to(customer::dispute_new::save)),
    get("/disputes/drafts/{id}", CUSTOMER_FINANCE, || web::to(customer::dispute_filing::draft)),
    get("/disputes/drafts/{id}/check", CUSTOMER_FINANCE, || {
        web::to(customer::dispute_filing::check)
    }),
    post("/disputes/drafts/{id}/removal", CUSTOMER_FINANCE, || {
        web::to(customer::dispute_filing::remove)
    }),
    get("/disputes/{id}", VIEWER, || web::to(customer::dispute::page)),
    get("/disputes/{id}/evidence", VIEWER, || web::to(customer::dispute_evidence::page)),
    get("/disputes/{id}/receipt", VIEWER, || web::to(customer::dispute::receipt)),
    get("/disputes/{id}/files/{file}", VIEWER, || web::to(customer::dispute::file)),
    post("/disputes/{id}/messages", CUSTOMER_FINANCE, || web::to(customer::dispute::write)),
    post("/disputes/{id}/acceptance", CUSTOMER_FINANCE, || web::to(customer::dispute::accept)),
    post("/disputes/{id}/appeal", CUSTOMER_FINANCE, || web::to(customer::dispute::appeal)),
    post("/disputes/{id}/rating", CUSTOMER_FINANCE, || web::to(customer::dispute_rating::rate)),
    post("/disputes/{id}/withdrawal", CUSTOMER_FINANCE, || web::to(customer::dispute::withdraw)),
    get("/people", CUSTOMER_MANAGER, || web::to(customer::people::list)),
    post("/people", CUSTOMER_MANAGER, || web::to(customer::people::invite)),
    get("/people/new", CUSTOMER_MANAGER, || web::to(customer::people::new)),
    get("/people/{id}", CUSTOMER_MANAGER, || web::to(customer::person::page)),
    post("/people/{id}/role", CUSTOMER_MANAGER, || web::to(customer::person::set_role)),
    post("/people/{id}/suspension", CUSTOMER_MANAGER, || web::to(customer::person::suspend)),
    post("/people/{id}/restoration", CUSTOMER_MANAGER, || web::to(customer::person::restore)),
    post("/people/{id}/invitation", CUSTOMER_MANAGER, || web::to(customer::person::invite_again)),
    // staff
    get("/staff", STAFF, || web::to(staff::home::page)),
    get("/staff/customers", STAFF, || web::to(staff::customers::list)),
    get("/staff/customers/{code}", STAFF, || web::to(staff::customer::page)),
    get("/staff/customers/{code}/recipients", RELEASERS, || web::to(staff::recipients::page)),
    post("/staff/customers/{code}/recipients", RELEASERS, || web::to(staff::recipients::save)),
    get("/staff/customers/{code}/manager", INVITERS, || web::to(staff::first_manager::page)),
    post("/staff/customers/{code}/manager", INVITERS, || web::to(staff::first_manager::invite)),
    post("/staff/customers/{code}/manager-invitation", INVITERS, || {
        web::to(staff::first_manager::invite_again)
    }),
    get("/staff/bounces", STAFF, || web::to(staff::bounces::list)),
    post("/staff/bounces/release", RELEASERS, || web::to(staff::bounces::release)),
    get("/staff/customers/{code}/statement-terms", STAFF, || {
        web::to(staff::statement_schedule::terms)
    }),
    post("/staff/customers/{code}/statement-terms", FINANCE, || {
        web::to(staff::statement_schedule::set_terms)
    }),
    get("/staff/near-tiers", STAFF, || web::to(staff::near_tiers::list)),
    get("/staff/near-tiers/file/{format}", STAFF, || web::to(staff::near_tiers::file)),
    get("/staff/imports", FINANCE_READERS, || web::to(staff::imports::list)),
    post("/staff/imports", FINANCE, || web::to(staff::imports::receive)),
    get("/staff/imports/{id}", FINANCE_READERS, || web::to(staff::import::page)),
    get("/staff/imports/{id}/rejected", FINANCE_READERS, || web::to(staff::import::rejected)),
    post("/staff/imports/{id}/commit", FINANCE, || web::to(staff::import::commit)),
    post("/staff/imports/{id}/discard", FINANCE, || web::to(staff::import::discard)),
    get("/staff/statements", STAFF, || web::to(staff::statement_list::list)),
    get("/staff/statements/{id}", STAFF, || web::to(staff::statements::one)),
    get("/staff/statements/{id}/file/{format}", STAFF, || web::to(staff::statement_file::file)),
    post("/staff/statements/{id}/deliveries", FINANCE, || {
        web::to(staff::statement_runs::send_again)
    }),
    post("/staff/statements/{id}/copies", KEEPERS, || web::to(staff::statements::copy)),
    get("/staff/statements/{id}/correction", FINANCE, || {
        web::to(staff::statement_correction::page)
    }),
    post("/staff/statements/{id}/correction", FINANCE, || {
        web::to(staff::statement_correction::correct)
    }),
    get("/staff/statement-list/file/{format}", STAFF, || web::to(staff::statement_list::file)),
    get("/staff/statement-board", STAFF, || web::to(staff::statement_list::board)),
    get("/staff/statement-runs", BOOKS, || web::to(staff::statement_runs::list)),
    post("/staff/statement-runs", FINANCE, || web::to(staff::statement_runs::start)),
    get("/staff/statement-runs/new", FINANCE, || web::to(staff::statement_plan::page)),
    get("/staff/statement-runs/new/file/{format}", FINANCE, || {
        web::to(staff::statement_plan::file)
    }),
    get("/staff/statement-runs/{id}", BOOKS, || web::to(staff::statement_runs::one)),
    post("/staff/statement-runs/{id}/deliveries", FINANCE, || {
        web::to(staff::statement_runs::send_all_again)
    }),
    get("/staff/statement-schedule", BOOKS, || web::to(staff::statement_schedule::page)),
    post("/staff/statement-schedule", FINANCE, || web::to(staff::statement_schedule::set)),
    get("/staff/reconciliation", BOOKS, || web::to(staff::reconciliation::list)),
    post("/staff/reconciliation", FINANCE, || web::to(staff::reconciliation::receive)),
    get("/staff/reconciliation/file/{format}", BOOKS, || web::to(staff::reconciliation::file)),
    get("/staff/reconciliation/differences/{id}", BOOKS, || web::to(staff::difference::page)),
    post("/staff/reconciliation/differences/{id}/explanation", FINANCE, || {
        web::to(staff::difference::explain)
    }),
    post("/staff/reconciliation/differences/{id}/check", FINANCE, || {
        web::to(staff::difference::check)
    }),
    get("/staff/accruals", BOOKS, || web::to(staff::accruals::list)),
    get("/staff/accruals/{id}", STAFF, || web::to(staff::accrual::page)),
    get("/staff/accruals/{id}/file/{format}", STAFF, || web::to(staff::accrual::file)),
    post("/staff/accrual-runs", FINANCE, || web::to(staff::accruals::run)),
    post("/staff/period-closings", FINANCE, || web::to(staff::accruals::close)),
    get("/staff/exports/{report}/{format}", BOOKS, || web::to(staff::exports::file)),
    get("/staff/payouts", BOOKS, || web::to(staff::payouts::list)),
    post("/staff/payouts", FINANCE, || web::to(staff::payouts::prepare)),
    get("/staff/payouts/new", FINANCE, || web::to(staff::payouts::new)),
    get("/staff/payouts/{id}", BOOKS, || web::to(staff::payout::page)),
    post("/staff/payouts/{id}/submission", FINANCE, || web::to(staff::payout::submit)),
    post("/staff/payouts/{id}/approval", APPROVER, || web::to(staff::payout::approve)),
    post("/staff/payouts/{id}/rejection", PAYERS, || web::to(staff::payout::reject)),
    post("/staff/payouts/{id}/dispatch", FINANCE, || web::to(staff::payout::mark_sent)),
    post("/staff/payouts/{id}/settlement", FINANCE, || web::to(staff::payout::settle)),
    post("/staff/payouts/{id}/return", FINANCE, || web::to(staff::payout::give_back)),
    get("/staff/bank-accounts", BOOKS, || web::to(staff::bank_accounts::list)),
    get("/staff/bank-accounts/{id}", BOOKS, || web::to(staff::bank_account::page)),
    get("/staff/bank-accounts/{id}/number", FINANCE, || web::to(staff::bank_account::number)),
    post("/staff/bank-accounts/{id}/acceptance", FINANCE, || web::to(staff::bank_account::accept)),
    post("/staff/bank-accounts/{id}/rejection", FINANCE, || web::to(staff::bank_account::reject)),
    post("/staff/bank-accounts/{id}/cancellation", FINANCE, || {
        web::to(staff::bank_account::cancel)
    }),
    get("/staff/disputes", STAFF, || web::to(staff::disputes::queue)),
    get("/staff/dispute-list/file/{format}", STAFF, || web::to(staff::dispute_list::file)),
    get(LIVE_LIST, STAFF, || web::to(staff::disputes::live)),
    post("/staff/dispute-assignments", ASSIGNERS, || web::to(staff::dispute_bulk::assign)),
    post("/staff/dispute-views", STAFF, || web::to(staff::dispute_views::keep)),
    post("/staff/dispute-views/{id}/removal", STAFF, || web::to(staff::dispute_views::forget)),
    get("/staff/dispute-figures", STAFF, || web::to(staff::dispute_figures::page)),
    get("/staff/dispute-figures/file/{format}", STAFF, || {
        web::to(staff::dispute_figures_file::file)
    }),
    get("/staff/shortcuts", STAFF, || web::to(staff::shortcuts::page)),
    post("/staff/shortcuts", STAFF, || web::to(staff::shortcuts::save)),
    get("/staff/disputes/{id}", STAFF, || web::to(staff::dispute::page)),
    get("/staff/disputes/{id}/evidence", STAFF, || web::to(staff::dispute_evidence::page)),
    get("/staff/disputes/{id}/files/{file}", STAFF, || web::to(staff::dispute::file)),
    post("/staff/disputes/{id}/assignment", STAFF, || web::to(staff::dispute_actions::assign)),
    post("/staff/disputes/{id}/replies", STAFF, || web::to(staff::dispute_write::reply)),
    post("/staff/disputes/{id}/questions", STAFF, || web::to(staff::dispute_write::ask)),
    post("/staff/disputes/{id}/notes", STAFF, || web::to(staff::dispute_actions::note)),
    get(PRESENCE, STAFF, || web::to(staff::dispute_around::who_looks)),
    post("/staff/disputes/{id}/saved-reply", HANDLERS, || {
        web::to(staff::dispute_write::take_saved)
    }),
    post("/staff/disputes/{id}/snooze", STAFF, || web::to(staff::dispute_around::snooze)),
    post("/staff/disputes/{id}/waking", STAFF, || web::to(staff::dispute_around::wake)),
    post("/staff/disputes/{id}/merger", STAFF, || web::to(staff::dispute_around::merge)),
    post("/staff/disputes/{id}/links", STAFF, || web::to(staff::dispute_around::link)),
    post("/staff/disputes/{id}/link-removal", STAFF, || web::to(staff::dispute_around::unlink)),
    post("/staff/disputes/{id}/decision", STAFF, || web::to(staff::dispute_actions::decide)),
    post("/staff/disputes/{id}/decision-approval", STAFF, || {
        web::to(staff::dispute_actions::approve)
    }),
    post("/staff/disputes/{id}/decision-return", STAFF, || {
        web::to(staff::dispute_actions::return_)
    }),
    post("/staff/disputes/{id}/appeal-review", STAFF, || {
        web::to(staff::dispute_actions::take_appeal)
    }),
    post("/staff/disputes/{id}/appeal-decision", STAFF, || {
        web::to(staff::dispute_actions::decide_appeal)
    }),
    get("/staff/saved-replies", HANDLERS, || web::to(staff::saved_replies::list)),
    get("/staff/saved-replies/new", HANDLERS, || web::to(staff::saved_replies::new)),
    post("/staff/saved-replies/new", HANDLERS, || web::to(staff::saved_replies::post_new)),
    get("/staff/saved-replies/{id}", HANDLERS, || web::to(staff::saved_replies::one)),
    post("/staff/saved-replies/{id}", HANDLERS, || web::to(staff::saved_replies::post_one)),
    post("/staff/saved-replies/{id}/removal", HANDLERS, || web::to(staff::saved_replies::remove)),
    get("/staff/policies", STAFF, || web::to(staff::policies::list)),
    get("/staff/policies/new", DRAFTERS, || web::to(staff::policy_editor::new)),
    post("/staff/policies/new", DRAFTERS, || web::to(staff::policy_editor::post_new)),
    get("/staff/policies/{id}/edit", DRAFTERS, || web::to(staff::policy_editor::edit)),
    post("/staff/policies/{id}/edit", DRAFTERS, || web::to(staff::policy_editor::post_edit)),
    get("/staff/policies/{id}/toml", STAFF, || web::to(staff::policy_editor::file)),
    get("/staff/policies/{id}/simulation", SIMULATORS, || web::to(staff::policy_simulation::page)),
    get("/staff/policies/{id}/simulation/file/{format}", SIMULATORS, || {
        web::to(staff::policy_simulation::file)
    }),
    get("/staff/policies/{id}", STAFF, || web::to(staff::policy::page)),
    get("/staff/policies/{id}/versions/{version}", STAFF, || web::to(staff::policy_version::page)),
    post("/staff/policy-versions/{id}/submission", ACCOUNT_MANAGER, || {
        web::to(staff::policy_actions::submit)
    }),
    post("/staff/policy-versions/{id}/draft", ACCOUNT_MANAGER, || {
        web::to(staff::policy_actions::take_back)
    }),
    post("/staff/policy-versions/{id}/approval", APPROVER, || {
        web::to(staff::policy_actions::approve)
    }),
    post("/staff/policy-versions/{id}/return", APPROVER, || {
        web::to(staff::policy_actions::give_back)
    }),
    post("/staff/policy-versions/{id}/publication", PUBLISHERS, || {
        web::to(staff::policy_actions::publish)
    }),
    post("/staff/policy-versions/{id}/ending", APPROVER, || web::to(staff::policy_actions::end)),
    post("/staff/policy-versions/{id}/withdrawal", PUBLISHERS, || {
        web::to(staff::policy_actions::withdraw)
    }),
    get("/staff/announcements", NEWS_READERS, || web::to(staff::announcements::list)),
    get("/staff/announcements/new", NEWS_WRITERS, || web::to(staff::announcements::new)),
    post("/staff/announcements/new", NEWS_WRITERS, || web::to(staff::announcements::post_new)),
    get("/staff/announcements/{id}", NEWS_READERS, || web::to(staff::announcement::one)),
    get("/staff/announcements/{id}/edit", NEWS_WRITERS, || web::to(staff::announcements::edit)),
    post("/staff/announcements/{id}/edit", NEWS_WRITERS, || {
        web::to(staff::announcements::post_edit)
    }),
    get("/staff/announcements/{id}/receivers", NEWS_READERS, || {
        web::to(staff::announcement_receivers::receivers)
    }),
    get("/staff/announcements/{id}/letter/{language}", NEWS_READERS, || {
        web::to(staff::announcement::html)
    }),
    post("/staff/announcements/{id}/trial", NEWS_WRITERS, || {
        web::to(staff::announcement_actions::try_out)
    }),
    post("/staff/announcements/{id}/scheduling", NEWS_WRITERS, || {
        web::to(staff::announcement_actions::schedule)
    }),
    post("/staff/announcements/{id}/draft", NEWS_WRITERS, || {
        web::to(staff::announcement_actions::take_back)
    }),
    post("/staff/announcements/{id}/cancellation", NEWS_WRITERS, || {
        web::to(staff::announcement_actions::cancel)
    }),
    get("/staff/letter-previews", STAFF, || web::to(staff::letter_previews::list)),
    get("/staff/letter-previews/{kind}/{language}", STAFF, || web::to(staff::letter_previews::one)),
    get("/staff/letter-previews/{kind}/{language}/html", STAFF, || {
        web::to(staff::letter_previews::html)
    }),
    post("/staff/test-message", ADMIN, || web::to(staff::letter_previews::test)),
    get("/staff/mailbox", MAIL_READERS, || web::to(staff::mailbox::list)),
    post("/staff/mailbox", POSTMASTERS, || web::to(staff::mailbox_queue::send_again)),
    get("/staff/mailbox/{id}", MAIL_READERS, || web::to(staff::mailbox::one)),
    get("/staff/mailbox/{id}/html", MAIL_READERS, || web::to(staff::mailbox::html)),
    post("/staff/mailbox/{id}/delivery", POSTMASTERS, || web::to(staff::mailbox::resend)),
    get("/staff/people", AUDIT, || web::to(staff::people::list)),
    post("/staff/people", ADMIN, || web::to(staff::person_new::invite)),
    get("/staff/people/new", ADMIN, || web::to(staff::person_new::new)),
    get("/staff/people/{id}", AUDIT, || web::to(staff::person::page)),
    post("/staff/people/{id}/roles", ADMIN, || web::to(staff::person::set_roles)),
    post("/staff/people/{id}/suspension", ADMIN, || web::to(staff::person::suspend)),
    post("/staff/people/{id}/restoration", ADMIN, || web::to(staff::person::restore)),
    post("/staff/people/{id}/second-factor-reset", ADMIN, || {
        web::to(staff::person::reset_second_factor)
    }),
    post("/staff/people/{id}/session-ending", ADMIN, || web::to(staff::person::end_sessions)),
    post("/staff/people/{id}/invitation", ADMIN, || web::to(staff::person::invite_again)),
    get("/staff/data-requests", ADMIN, || web::to(staff::data_requests::list)),
    get("/staff/data-requests/{id}", ADMIN, || web::to(staff::data_requests::one)),
    post("/staff/data-requests/{id}/answer", ADMIN, || web::to(staff::data_requests::answer)),
    get("/staff/audit", AUDIT, || web::to(staff::audit::list)),
    post("/staff/audit/verification", AUDIT, || web::to(staff::audit::verify)),
    // machines
    get("/healthz", Access::Public, || web::to(health::alive)),
    get("/readyz", Access::Public, || web::to(health::ready)),
    get(assets::PATH, Access::Public, || web::to(assets::file)),
];

/// Whether there is such a page, and this one may read it; `path` as in [`ROUTES`].
pub(super) fn opens(path: &str, who: &Identity) -> bool {
    let mut routes = ROUTES.iter().filter(|route| route.method == Method::GET);
    routes.any(|route| route.path == path && route.access.admits(Some(who)))
}

/// The path as logs may keep it: without what opens something to whoever reads it there.
pub(super) fn logged(request: &ServiceRequest) -> String {
    match request.match_pattern() {
        Some(pattern) if is_secret(Some(&pattern)) => pattern,
        _ => request.path().to_owned(),
    }
}

/// Whether addresses of the pattern open something to whoever holds them.
pub(super) fn is_secret(pattern: Option<&str>) -> bool {
    pattern.is_some_and(|pattern| pattern.contains("{token}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{CustomerRole, StaffRole};

    #[test]
    fn every_path_is_listed_in_one_block_and_every_address_once() {
        let mut seen: Vec<(&Method, &str)> = Vec::new();
        let mut paths: Vec<&str> = Vec::new();
        for route in ROUTES {
            assert!(!seen.contains(&(&route.method, route.path)), "{} twice", route.path);
            seen.push((&route.method, route.path));
            if paths.last() != Some(&route.path) {
                assert!(!paths.contains(&route.path), "{} in two places", route.path);
                paths.push(route.path);
            }
        }
    }

    #[test]
    fn a_role_opens_what_it_names_and_nothing_else() {
        let customer =
            |role| Identity::Customer { person: crate::values::PersonId::new(), customer: 1, role };
        let staff = |roles: &[StaffRole]| Identity::Staff {
            person: crate::values::PersonId::new(),
            roles: roles.iter().copied().collect(),
        };
        let viewer = customer(CustomerRole::Viewer);
        let manager = customer(CustomerRole::Manager);
        let finance = staff(&[StaffRole::Finance]);
        let to_customers = Access::Customer(CustomerRole::Finance);
        let to_finance = Access::Staff(&[StaffRole::Finance, StaffRole::Approver]);
        for (access, who, expected) in [
            (Access::Public, None, true),
            (Access::SignedIn, None, false),
            (Access::SignedIn, Some(&viewer), true),
            (to_customers, Some(&viewer), false),
            (to_customers, Some(&manager), true),
            (to_customers, Some(&finance), false),
            (to_finance, Some(&finance), true),
            (to_finance, Some(&staff(&[StaffRole::Admin])), false),
            (to_finance, Some(&manager), false),
            (STAFF, Some(&finance), true),
            (STAFF, Some(&manager), false),
            (STAFF, None, false),
            (STAFF, Some(&Identity::Operator), false),
        ] {
            assert_eq!(access.admits(who), expected, "{access:?} {who:?}");
        }
    }
}
