use openrebate::mailbox::Posted;
use openrebate::mailbox::letters::Announcement;
use openrebate::values::{AnnouncementId, Language};

use super::{contact, post};
use crate::support::TestApp;

/// What somebody tries out.
pub fn add(
    app: &TestApp,
    to: &str,
    language: Language,
    add: &mut dyn FnMut(&str, Posted),
) {
    let letter = Announcement {
        announcement: AnnouncementId::from_text("0190b1"),
        subject: "四季度政策说明会".to_owned(),
        text: "各位客户：\n\n参会地址：\nhttps://meeting.example.com/q4".to_owned(),
        trial: true,
        contact: contact(),
    };
    add("announcement-trial", post(app, "announcement-trial", to, language, &letter));
}
