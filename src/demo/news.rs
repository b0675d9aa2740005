//! What the demo's account manager writes to customers: one piece of news that went, one that waits
//! for its day, one that is being written.

use chrono::{DateTime, TimeDelta, Utc};

use super::cast::Cast;
use super::timeline::Stage;
use crate::announcements::{self, Said, Segment, Writing};
use crate::error::Result;
use crate::values::Actor;

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    Briefing,
    Calendar,
    Draft,
}

/// When each is written.
pub(super) fn deeds(stage: &Stage<'_>) -> Vec<(DateTime<Utc>, News)> {
    [(12, 10, News::Briefing), (3, 15, News::Calendar), (1, 16, News::Draft)]
        .map(|(ago, hour, news)| (stage.moment(stage.days_ago(ago), hour), news))
        .into()
}

fn said(subject: &str, text: &str) -> Said {
    Said { subject: subject.to_owned(), text: text.to_owned() }
}

fn writing(news: News) -> Writing {
    let segment = Segment::default();
    match news {
        News::Briefing => Writing {
            zh: said(
                "返利政策线上说明会",
                "各位客户：\n\n我们将于下周三14:00举行线上说明会，介绍各项政策的考核口径、退货的\
                 处理和对账单的确认方式，欢迎财务和业务同事参加。\n\n参会地址：\n\
                 https://meeting.example.com/rebates\n\n会后资料会发布在返利中心。",
            ),
            en: said(
                "Online briefing on the rebate programmes",
                "To all customers\n\nNext Wednesday at 14:00 we will explain online what each \
                 programme measures, how returns count, and how statements are confirmed. Your \
                 finance and purchasing colleagues are welcome.\n\nTo join:\n\
                 https://meeting.example.com/rebates\n\nThe slides will be in the portal \
                 afterwards.",
            ),
            segment,
        },
        News::Calendar => Writing {
            zh: said(
                "月末开票截止时间提醒",
                "各位客户：\n\n本月发票请在最后一个工作日17:00前完成签收，之后签收的发票计入\
                 下一期间。\n\n如有在途单据，请提前与我们联系。",
            ),
            en: Said::default(),
            segment,
        },
        News::Draft => Writing {
            zh: said(
                "新产品线纳入季度返利",
                "各位客户：\n\n从下一季度起，智能家居产品线将纳入季度返利的计提范围，具体条款以\
                 发布的政策版本为准。",
            ),
            en: Said::default(),
            segment,
        },
    }
}

pub(super) fn perform(stage: &Stage<'_>, cast: &Cast, news: News) -> Result<()> {
    let (db, manager) = (stage.db, cast.manager_at(1)?);
    let id = db.write(manager, |tx| announcements::draft(tx, writing(news)))?;
    let at = match news {
        News::Briefing => db.now(),
        // Not before whoever looks at the demo has seen it.
        News::Calendar => stage.now + TimeDelta::days(2),
        News::Draft => return Ok(()),
    };
    db.write(manager, |tx| announcements::schedule(tx, &id, 1, at))?;
    while announcements::work(db, &Actor::system("announcements"))? {}
    Ok(())
}
