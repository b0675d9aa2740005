use openrebate::mailbox::Posted;
use openrebate::mailbox::letters::{
    Announcement, FactorChange, SecondFactorChanged, SystemAlert, Trouble, TroubleKind,
    WrongPasswords,
};
use openrebate::values::{AnnouncementId, Language};

use super::{contact, post};
use crate::support::{TestApp, moment};

/// What the portal tells of its machine and of somebody's second factor, and what somebody tries
/// out.
pub fn add(app: &TestApp, to: &str, language: Language, add: &mut dyn FnMut(&str, Posted)) {
    let at = moment("2026-10-15T02:00:00Z");
    let (file, why) = ("/backup/nightly.backup".to_owned(), "No space left on device".to_owned());
    let kind = TroubleKind::DiskDatabase;
    for (name, trouble) in [
        ("alert-backup-failed", Trouble::BackupFailed { at, file, why }),
        ("alert-backup-old", Trouble::BackupOld { last: Some(at), hours: 26 }),
        ("alert-backup-none", Trouble::BackupOld { last: None, hours: 1 }),
        ("alert-disk", Trouble::DiskFull { kind, percent: 9, megabytes: 812 }),
        ("alert-over", Trouble::Over { kind: TroubleKind::BackupOld, since: at }),
    ] {
        let letter = SystemAlert { trouble, zone: chrono_tz::Asia::Shanghai };
        add(name, post(app, name, to, language, &letter));
    }
    let (zone, address) = (chrono_tz::Asia::Shanghai, "203.0.113.24".to_owned());
    for (name, change, own) in [
        ("factor-set-up", FactorChange::SetUp, true),
        ("factor-off", FactorChange::TurnedOff, true),
        ("factor-new-codes", FactorChange::NewCodes, true),
        ("factor-code-used", FactorChange::CodeUsed { left: 9 }, true),
        ("factor-reset", FactorChange::Reset, false),
    ] {
        let address = own.then(|| address.clone());
        let letter = SecondFactorChanged { change, at, zone, address, contact: contact() };
        add(name, post(app, name, to, language, &letter));
    }
    let letter = WrongPasswords { codes: true, at, zone, address, contact: contact() };
    add("wrong-codes", post(app, "wrong-codes", to, language, &letter));
    let letter = Announcement {
        announcement: AnnouncementId::from_text("0190b1"),
        subject: "四季度政策说明会".to_owned(),
        other_subject: None,
        text: "各位客户：\n\n参会地址：\nhttps://meeting.example.com/q4".to_owned(),
        trial: true,
        contact: contact(),
    };
    add("announcement-trial", post(app, "announcement-trial", to, language, &letter));
}
