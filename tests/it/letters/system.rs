use openrebate::mailbox::Posted;
use openrebate::mailbox::letters::{Announcement, SystemAlert, Trouble, TroubleKind};
use openrebate::values::{AnnouncementId, Language};

use super::{contact, post};
use crate::support::{TestApp, moment};

/// What the portal tells of its machine, and what somebody tries out.
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
