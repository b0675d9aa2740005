//! The appeal window: business days of the company's calendar, ending with the last minute of its
//! last day on the company's clocks.

use chrono_tz::Tz;
use openrebate::calendar;
use openrebate::db::{Db, House};

use super::*;
use crate::support::moment;

/// Decided, and the last moments of its window.
struct Window {
    zone: Tz,
    decided: &'static str,
    /// The last day, in the company's zone.
    until: &'static str,
    last_second: &'static str,
    after: &'static str,
}

const WINDOWS: [Window; 6] = [
    // Fifteen business days over 中秋节, 国庆节 and two weekends that are worked for them.
    Window {
        zone: Tz::Asia__Shanghai,
        decided: "2026-09-18T02:00:00Z",
        until: "2026-10-15",
        last_second: "2026-10-15T15:59:59Z",
        after: "2026-10-15T16:00:00Z",
    },
    // Still the 17th at the meridian of Greenwich, but half past midnight of the 18th in Shanghai.
    Window {
        zone: Tz::Asia__Shanghai,
        decided: "2026-09-17T16:30:00Z",
        until: "2026-10-15",
        last_second: "2026-10-15T15:59:59Z",
        after: "2026-10-15T16:00:00Z",
    },
    Window {
        zone: Tz::Asia__Shanghai,
        decided: "2026-09-17T15:59:59Z",
        until: "2026-10-14",
        last_second: "2026-10-14T15:59:59Z",
        after: "2026-10-14T16:00:00Z",
    },
    // Summer time ends within the window: its last day is an hour further from Greenwich.
    Window {
        zone: Tz::Europe__Berlin,
        decided: "2026-10-12T08:00:00Z",
        until: "2026-11-02",
        last_second: "2026-11-02T22:59:59Z",
        after: "2026-11-02T23:00:00Z",
    },
    // It begins within the window.
    Window {
        zone: Tz::Europe__Berlin,
        decided: "2027-03-15T08:00:00Z",
        until: "2027-04-05",
        last_second: "2027-04-05T21:59:59Z",
        after: "2027-04-05T22:00:00Z",
    },
    // The last day is a worked Sunday on which the clocks go back: 25 hours long.
    Window {
        zone: Tz::Europe__Berlin,
        decided: "2027-10-11T08:00:00Z",
        until: "2027-10-31",
        last_second: "2027-10-31T22:59:59Z",
        after: "2027-10-31T23:00:00Z",
    },
];

/// The portal of a company in that zone, on the same database and clock.
fn in_zone(app: &TestApp, zone: Tz) -> Db {
    let house = House { zone, ..app.db.house().clone() };
    Db::open_few(app.db.url(), house, app.db.clock().clone(), 2).unwrap()
}

both! {
    fn an_appeal_is_in_time_until_the_last_second_of_the_last_day(app: &TestApp) {
        let scene = scene(app);
        let worked = calendar::parse("day,working,name\n2027-10-31,1,调休\n".as_bytes()).unwrap();
        app.write(|tx| calendar::import(tx, &worked));
        for window in WINDOWS {
            let db = in_zone(app, window.zone);
            let told = format!("{} in {}", window.decided, window.zone);
            app.db.clock().set(moment(window.decided));
            let two = [scene.in_review(0), scene.in_review(0)];
            for dispute in &two {
                let rejected = verdict(Outcome::Rejected, 0);
                db.write(&scene.manager, |tx| {
                    disputes::decide(tx, &dispute.id, dispute.revision, &rejected, &scene.terms)
                })
                .unwrap();
                let until = scene.now(dispute).appeal_until.unwrap();
                assert_eq!(until.to_string(), window.until, "{told}");
            }
            let appeal = |dispute: &Dispute| {
                db.write(&scene.buyer, |tx| {
                    disputes::appeal(tx, scene.customer, &dispute.id, "仍有异议", &scene.terms)
                })
            };
            let lapse = || {
                let any = db.read(|conn| disputes::any_lapsed(conn, db.today())).unwrap();
                let schedule = Actor::system("disputes");
                let closed = db.write(&schedule, |tx| disputes::close_lapsed(tx, 10)).unwrap();
                assert_eq!(any, closed > 0);
                closed
            };
            app.db.clock().set(moment(window.last_second));
            assert_eq!(lapse(), 0, "{told}");
            appeal(&two[0]).unwrap_or_else(|e| panic!("{told}: {e}"));
            app.db.clock().set(moment(window.after));
            assert_eq!(refusal(appeal(&two[1])), "dispute-appeal-too-late", "{told}");
            assert_eq!(lapse(), 1, "{told}");
            assert_eq!(scene.now(&two[1]).state, State::Closed);
            assert_eq!(refusal(appeal(&two[1])), "dispute-is-closed");
            assert_eq!(scene.now(&two[0]).state, State::Appealed);
        }
    }
}
