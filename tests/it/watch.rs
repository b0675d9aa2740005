//! What the portal watches over itself: figures by night, mail by the hour, and the audit log's mark
//! of the day.

use chrono::TimeDelta;
use openrebate::accruals;
use openrebate::audit;
use openrebate::config::Config;
use openrebate::disputes;
use openrebate::mailbox::letters::TroubleKind;
use openrebate::mailbox::{self, Posted, Smtp};
use openrebate::reports;
use openrebate::statements::{self, Papers};
use openrebate::upkeep::{self, Backup, Limits, Room};
use openrebate::values::{Actor, BackupId, CustomerRole, EmailAddress, StaffRole};

use crate::mailbox::{from, plain, post};
use crate::support::{Site, TestApp, a_buyer, a_member, books, eight_at_once, moment};

fn watch(app: &TestApp, to: Option<&str>) {
    let to = to.and_then(EmailAddress::parse);
    assert_eq!(
        eight_at_once(&|_| reports::watch(&app.db, &Actor::system("watch"), to.as_ref())),
        8
    );
}

fn letters(app: &TestApp, kind: &str) -> Vec<Posted> {
    let mut letters = app.read(|conn| mailbox::latest(conn, None, None, 200));
    letters.retain(|letter| letter.kind == kind);
    letters
}

/// Two administrators, and books that add up.
fn scene(app: &TestApp) {
    books(app);
    accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
    a_member(app, "admin", &[StaffRole::Admin]);
    a_member(app, "root", &[StaffRole::Admin]);
    a_member(app, "finance", &[StaffRole::Finance]);
}

both! {
    fn what_was_changed_behind_the_portals_back_is_told_in_the_night_once(app: &TestApp) {
        scene(app);
        app.will_tamper();
        // Two in the night in Shanghai, and everything adds up.
        app.db.clock().set(moment("2026-10-15T18:00:00Z"));
        watch(app, None);
        assert_eq!(letters(app, "system_alert"), []);
        app.sql("UPDATE sales_lines SET net_minor = net_minor + 1 WHERE line_id = '1'").unwrap();
        watch(app, None);
        app.db.clock().set(moment("2026-10-16T04:00:00Z"));
        watch(app, None);
        assert_eq!(letters(app, "system_alert"), [], "once a night, and not by day");
        app.db.clock().set(moment("2026-10-16T18:00:00Z"));
        watch(app, None);
        watch(app, None);
        let told = letters(app, "system_alert");
        let mut to: Vec<_> = told.iter().map(|letter| letter.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, ["admin@example.com", "root@example.com"]);
        assert_eq!(told[0].subject, "告警：夜间核对发现不一致");
        assert!(told[0].text.contains("control totals"), "{}", told[0].text);
        app.db.clock().set(moment("2026-10-17T18:00:00Z"));
        watch(app, None);
        let by_night = |letter: &&Posted| letter.subject.contains("夜间");
        let told = letters(app, "system_alert");
        assert_eq!(told.iter().filter(by_night).count(), 4, "the next night again");
        // Nobody sends here, and that is told too.
        assert_eq!(told.len(), 6);
    }

    fn administrators_hear_when_mail_is_held_up_for_an_hour(app: &TestApp) {
        scene(app);
        let nowhere = Smtp::open(&plain(1), from("rebates@example.com")).unwrap();
        post(app, "s1", "a@customer.example");
        mailbox::deliver_next(&app.db, &nowhere, &Papers).unwrap();
        app.wait(TimeDelta::minutes(59));
        watch(app, None);
        assert_eq!(letters(app, "system_alert"), []);
        app.wait(TimeDelta::minutes(2));
        watch(app, None);
        app.wait(TimeDelta::hours(5));
        watch(app, None);
        let told = letters(app, "system_alert");
        assert_eq!(told.len(), 2, "once for each administrator");
        assert_eq!(told[0].subject, "告警：邮件无法发出");
        assert!(told[0].text.contains("127.0.0.1:1"), "{}", told[0].text);
        // It takes mail again, but nobody is there to send it.
        app.sql("DELETE FROM mail_holds").unwrap();
        watch(app, None);
        let told = letters(app, "system_alert");
        assert_eq!(told.len(), 4);
        assert!(told[0].text.contains("等待发送的邮件：3"), "{}", told[0].text);
        watch(app, None);
        assert_eq!(letters(app, "system_alert").len(), 4);
    }

    fn letters_that_wait_for_a_reason_are_no_backlog(app: &TestApp) {
        scene(app);
        post(app, "s1", "gone@customer.example");
        post(app, "s1", "paced@slow.example");
        let gone = letters(app, "statement_ready").into_iter().find(|letter| letter.to.starts_with("gone")).unwrap();
        app.sql(&format!(
            "INSERT INTO bounced_addresses (address, letter_id, why, bounced_at) \
               VALUES ('gone@customer.example', '{}', 'no', '2026-10-15 00:00:00'); \
             INSERT INTO mail_holds (place, failures, since, until) \
               VALUES ('slow.example', 0, '2026-10-15 00:00:00', '2026-10-15 00:00:30')",
            gone.id
        )).unwrap();
        app.wait(TimeDelta::hours(9));
        watch(app, None);
        assert_eq!(letters(app, "system_alert"), []);
    }

    fn the_days_mark_of_the_audit_log_goes_to_the_mailbox_that_is_named(app: &TestApp) {
        scene(app);
        let to = Some("evidence@notary.example");
        watch(app, None);
        assert_eq!(letters(app, "audit_checkpoint"), [], "nobody is named");
        let head = app.read(audit::checkpoint);
        watch(app, to);
        app.wait(TimeDelta::hours(6));
        watch(app, to);
        let told = letters(app, "audit_checkpoint");
        assert_eq!(told.len(), 1, "once a day");
        assert_eq!(told[0].to, "evidence@notary.example");
        for part in [&format!("事件数：{}", head.count), &head.hash, "2026年10月15日"] {
            assert!(told[0].text.contains(part), "{part}: {}", told[0].text);
        }
        let printed = app.read(|conn| audit::hashes(conn, &[head.count]));
        assert_eq!(printed[&head.count], head.hash);
        // Not in the night, but the next morning.
        app.db.clock().set(moment("2026-10-15T20:00:00Z"));
        watch(app, to);
        assert_eq!(letters(app, "audit_checkpoint").len(), 1);
        app.db.clock().set(moment("2026-10-15T23:00:00Z"));
        watch(app, to);
        assert_eq!(letters(app, "audit_checkpoint").len(), 2);
    }
}

both! {
    fn account_managers_get_their_weeks_work_in_one_letter_on_monday(app: &TestApp) {
        let books = books(app);
        a_buyer(app, "clerk", books.first, CustomerRole::Finance);
        a_member(app, "manager", &[StaffRole::AccountManager]);
        a_member(app, "idle", &[StaffRole::AccountManager]);
        accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
        let (period, open) = ("2026-Q3".parse().unwrap(), disputes::open_on_statement);
        statements::issue(&app.db, &Actor::operator(), period, None, 1, &open).unwrap();
        let tell = || {
            assert_eq!(eight_at_once(&|_| reports::tell_week(&app.db, &Actor::system("digests"))), 8);
            letters(app, "weekly_digest")
        };
        // Six on Monday in Shanghai; the week before is told of late, on its Thursday.
        let first = tell();
        assert_eq!(first.len(), 1);
        assert_eq!(first[0].to, "manager@example.com");
        assert!(first[0].text.contains("未答复的对账单：2") && !first[0].text.contains("逾期"), "{}", first[0].text);
        app.db.clock().set(moment("2026-10-18T22:00:00Z"));
        assert_eq!(tell().len(), 1, "too early");
        app.db.clock().set(moment("2026-10-18T23:30:00Z"));
        let second = tell();
        assert_eq!(second.len(), 2);
        assert!(second[0].text.contains("其中已逾期：2"), "{}", second[0].text);
        assert_eq!(second[0].subject, "您的每周工作摘要（2026年10月19日起）");
        app.db.clock().set(moment("2026-10-23T09:00:00Z"));
        assert_eq!(tell().len(), 2, "once a week");
    }
}

#[test]
fn a_mailbox_for_marks_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openrebate.toml");
    std::fs::write(&file, "[mail]\ncheckpoints = \"nobody\"\n").unwrap();
    let refusal = Config::load(Some(&file)).unwrap_err().to_string();
    assert!(refusal.contains("mail.checkpoints: \"nobody\""), "{refusal}");
}

fn limits(hours: Option<i64>, rooms: &[(TroubleKind, u64)]) -> Limits {
    let room = |free: &u64| Room { free: *free * 1024 * 1024, total: 1_000 * 1024 * 1024 };
    Limits {
        max_age: hours.map(TimeDelta::hours),
        rooms: rooms.iter().map(|(kind, free)| (*kind, room(free))).collect(),
    }
}

fn look(app: &TestApp, limits: &Limits) -> Vec<String> {
    assert_eq!(eight_at_once(&|_| upkeep::look(&app.db, &Actor::system("watch"), limits)), 8);
    let to_admin = letters(app, "system_alert").into_iter().filter(|l| l.to == "admin@example.com");
    to_admin.map(|letter| letter.subject).collect()
}

/// A try that ended now.
fn tried(app: &TestApp, failure: Option<&str>) {
    let backup = Backup {
        id: BackupId::new(),
        begun_at: app.db.now() - TimeDelta::minutes(1),
        ended_at: app.db.now(),
        file: "/backup/nightly.backup".to_owned(),
        bytes: 1_000,
        failure: failure.map(str::to_owned),
    };
    app.write(|tx| upkeep::note(tx, &backup));
}

both! {
    fn a_backup_that_fails_or_grows_old_is_told_each_day_and_when_it_is_over(app: &TestApp) {
        scene(app);
        let (asked, not_asked) = (limits(Some(26), &[]), limits(None, &[]));
        assert_eq!(look(app, &not_asked), Vec::<String>::new(), "nobody asks");
        tried(app, None);
        app.wait(TimeDelta::hours(26));
        assert_eq!(look(app, &asked), Vec::<String>::new());
        app.wait(TimeDelta::minutes(1));
        let old = "告警：备份过期".to_owned();
        assert_eq!(look(app, &asked), std::slice::from_ref(&old));
        app.wait(TimeDelta::hours(3));
        assert_eq!(look(app, &asked).len(), 1, "once a day");
        assert_eq!(app.read(upkeep::open)[0].kind, TroubleKind::BackupOld);
        app.wait(TimeDelta::hours(10));
        assert_eq!(look(app, &asked), [old.clone(), old.clone()], "the next day");
        tried(app, Some("no room"));
        let failed = "告警：备份失败".to_owned();
        assert_eq!(look(app, &asked)[0], failed);
        let told = letters(app, "system_alert").remove(0);
        assert!(told.text.contains("原因：no room") && told.text.contains("/backup/nightly.backup"), "{}", told.text);
        tried(app, None);
        let told = look(app, &asked);
        assert_eq!(told.len(), 5);
        let mut over = told[..2].to_vec();
        over.sort_unstable();
        assert_eq!(over, ["告警解除：备份失败", "告警解除：备份过期"]);
        assert_eq!(app.read(upkeep::open), []);
        assert_eq!(look(app, &asked).len(), 5);
        // One that was never made is too old.
        app.sql("DELETE FROM backups").unwrap();
        assert_eq!(look(app, &asked)[0], old);
        assert!(letters(app, "system_alert")[0].text.contains("最近一次备份：没有记录"));
    }

    fn a_disk_that_is_nearly_full_is_told_and_shown_until_there_is_room(app: &TestApp) {
        scene(app);
        let free = |database, files| {
            limits(None, &[(TroubleKind::DiskDatabase, database), (TroubleKind::DiskFiles, files)])
        };
        assert_eq!(look(app, &free(100, 500)), Vec::<String>::new(), "ten percent are free");
        assert_eq!(look(app, &free(99, 500)), ["告警：数据库所在磁盘空间不足"]);
        let told = letters(app, "system_alert").remove(0);
        assert!(told.text.contains("剩余比例：9 %") && told.text.contains("剩余空间：99 MB"), "{}", told.text);
        let site = Site::of(app);
        let admin = crate::staff_pages::signed_in(&site, "admin");
        let page = admin.get("/staff/mailbox");
        page.assert_has("The disk with the database is nearly full, since 15 Oct 2026 10:00").assert_has("9 % · 99 MB");
        page.assert_has("Last backup None recorded");
        // A little more isn't enough.
        assert_eq!(look(app, &free(110, 500)).len(), 1);
        assert_eq!(look(app, &free(120, 50))[..2], ["告警解除：数据库所在磁盘空间不足", "告警：文件所在磁盘空间不足"].map(str::to_owned));
        let page = admin.get("/staff/mailbox");
        page.assert_has("The disk with the files is nearly full");
        assert!(!page.text().contains("The disk with the database"));
    }
}
