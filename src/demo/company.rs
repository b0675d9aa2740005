//! The made-up company's customers and products. Any likeness to a real one is chance.

use rand::Rng;
use rand::rngs::StdRng;

use crate::config::HouseContact;
use crate::customers::{CustomerKind, NewCustomer};
use crate::values::{Currency, EmailAddress, Language};

/// The made-up manufacturer.
pub const COMPANY: &str = "澄江电器制造股份有限公司";

/// Its unified social credit code: right by its check digits, of a kind nobody gives out.
pub const TAX_ID: &str = "91320281DEM000006R";

/// E-mail addresses of the demo end on this, a name that can't exist.
pub const DOMAIN: &str = "demo.example";

/// Whom customers ask who have no account manager.
pub fn contact() -> HouseContact {
    HouseContact {
        name: "返利服务台".to_owned(),
        email: format!("rebates@{DOMAIN}"),
        phone: "021-5550 0100".to_owned(),
    }
}

/// Account managers: e-mail name, name, phone.
pub const MANAGERS: [(&str, &str, &str); 3] = [
    ("zhou.min", "周敏", "021-5550 0131"),
    ("wu.hao", "吴昊", "021-5550 0132"),
    ("chen.jing", "陈静", "021-5550 0133"),
];

/// City, region, the city's administrative division, and the trade names of the customers there.
const CITIES: [(&str, &str, &str, &[&str]); 15] = [
    ("苏州", "华东", "320500", &["恒信", "瑞丰", "盛达"]),
    ("杭州", "华东", "330100", &["钱塘", "宏业", "西溪"]),
    ("南京", "华东", "320100", &["金陵恒通", "宁远", "扬帆"]),
    ("上海", "华东", "310100", &["申浦", "东昌", "汇泽"]),
    ("合肥", "华东", "340100", &["庐阳", "科源"]),
    ("广州", "华南", "440100", &["粤海", "越秀通达", "穗丰"]),
    ("深圳", "华南", "440300", &["鹏程", "南山汇", "宝联"]),
    ("佛山", "华南", "440600", &["禅城", "顺发", "岭南佳"]),
    ("武汉", "华中", "420100", &["楚天", "江汉", "长兴隆"]),
    ("长沙", "华中", "430100", &["湘江", "岳麓"]),
    ("郑州", "华中", "410100", &["中原", "豫通", "嵩阳"]),
    ("北京", "华北", "110100", &["京西", "通州联合", "朝晖"]),
    ("天津", "华北", "120100", &["津门", "滨海"]),
    ("成都", "西南", "510100", &["锦城", "天府", "蜀兴", "青羊"]),
    ("西安", "西北", "610100", &["秦岭", "长安", "渭水"]),
];

const TRADES: [&str; 4] =
    ["电器销售有限公司", "商贸有限公司", "机电设备有限公司", "家居建材有限公司"];

/// How much a customer buys: lines a month, and units on a line.
#[derive(Debug, Clone, Copy)]
pub struct Habit {
    pub lines: u32,
    pub units: u32,
}

/// A customer and its buying habit.
pub struct DemoCustomer {
    pub new: NewCustomer,
    pub habit: Habit,
}

/// All customers, the same every time: classes by size, regions by city.
pub fn customers(rng: &mut StdRng) -> Vec<DemoCustomer> {
    let mut all = Vec::new();
    for (city, region, division, names) in CITIES {
        for name in names {
            all.push(customer(rng, all.len(), (city, region, division), name));
        }
    }
    all
}

fn customer(
    rng: &mut StdRng,
    index: usize,
    (city, region, division): (&str, &str, &str),
    name: &str,
) -> DemoCustomer {
    let distributor = index % 3 != 2;
    let class = match index % 7 {
        0 => "key",
        1 | 4 => "vip",
        _ => "regular",
    };
    let habit = match class {
        "key" => Habit { lines: 34, units: 60 },
        "vip" => Habit { lines: 22, units: 36 },
        _ => Habit { lines: 12, units: 18 },
    };
    let trade = TRADES.get(index % TRADES.len()).copied().unwrap_or_default();
    let manager =
        MANAGERS.get(index % MANAGERS.len()).map(|(mail, _, _)| *mail).unwrap_or_default();
    let code = format!("C{:04}", 1001 + index);
    // One customer without a statement address shows what a statement run says then.
    let contacts =
        if index == 40 { Vec::new() } else { vec![format!("{}@{DOMAIN}", code.to_lowercase())] };
    let english = matches!(index, 9 | 16);
    DemoCustomer {
        new: NewCustomer {
            name: format!("{city}{name}{trade}"),
            kind: if distributor { CustomerKind::Distributor } else { CustomerKind::Customer },
            class: class.to_owned(),
            region: region.to_owned(),
            currency: Currency::CNY,
            group_code: None,
            since: chrono::NaiveDate::from_ymd_opt(
                2015 + i32::try_from(index % 8).unwrap_or_default(),
                1 + u32::try_from(index % 12).unwrap_or_default(),
                15,
            ),
            tax_id: Some(credit_code(division, rng.random_range(0..800_000) / 8)),
            // One customer that nobody looks after shows what an unassigned dispute is.
            account_manager: (index != super::scenes::WITHOUT_MANAGER)
                .then(|| format!("{manager}@{DOMAIN}")),
            language: if english { Language::En } else { Language::ZhCn },
            statement_emails: Some(
                contacts.iter().filter_map(|c| EmailAddress::parse(c)).collect(),
            ),
            code,
        },
        habit,
    }
}

/// The unified social credit code of a made-up company (GB 32100-2015): market regulation's 9, an
/// enterprise's 1, the division, an organization code of a kind nobody gives out, the check digit.
fn credit_code(division: &str, number: u32) -> String {
    let body = format!("DEM{number:05}");
    let code = format!("91{division}{body}{}", organization_digit(&body));
    let digit = credit_digit(&code);
    format!("{code}{digit}")
}

/// What a code of eight signs ends in (GB 11714-1997).
fn organization_digit(body: &str) -> char {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let worth = |sign: char| sign.to_digit(36).unwrap_or_default();
    let sum: u32 = body.chars().zip(WEIGHTS).map(|(sign, weight)| worth(sign) * weight).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap_or_default(),
    }
}

/// What a code of seventeen signs ends in (GB 32100-2015): weights are powers of three modulo 31.
fn credit_digit(code: &str) -> char {
    const SIGNS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let worth = |sign: char| SIGNS.find(sign).unwrap_or_default();
    let weights = std::iter::successors(Some(1_usize), |weight| Some(weight * 3 % 31));
    let sum: usize = code.chars().zip(weights).map(|(sign, weight)| worth(sign) * weight).sum();
    SIGNS.chars().nth((31 - sum % 31) % 31).unwrap_or_default()
}

/// One product, with its price in fen.
#[derive(Debug, Clone)]
pub struct DemoProduct {
    pub code: String,
    pub name: String,
    pub category: &'static str,
    pub brand: &'static str,
    pub unit: &'static str,
    pub price_minor: i64,
}

/// Category, unit, price range in yuan, kinds.
type Category = (&'static str, &'static str, (i64, i64), &'static [&'static str]);

const CATEGORIES: [Category; 6] = [
    ("厨房电器", "台", (129, 899), &["电饭煲", "电磁炉", "破壁机", "电热水壶", "空气炸锅"]),
    ("环境电器", "台", (89, 699), &["落地扇", "加湿器", "暖风机", "空气净化器", "除湿机"]),
    ("照明", "只", (9, 159), &["LED灯泡", "吸顶灯", "台灯", "筒灯", "灯带"]),
    ("电工", "只", (4, 59), &["墙壁开关", "五孔插座", "排插", "断路器", "配电箱"]),
    ("卫浴电器", "台", (199, 1299), &["浴霸", "电热水器", "小厨宝", "智能马桶盖", "烘手机"]),
    ("个护电器", "件", (49, 399), &["电吹风", "剃须刀", "电动牙刷", "卷发器", "挂烫机"]),
];

const BRANDS: [&str; 3] = ["澄江", "明湖", "锐力"];

/// Three hundred products: six categories of five kinds with ten models each.
pub fn products(rng: &mut StdRng) -> Vec<DemoProduct> {
    let mut all = Vec::with_capacity(300);
    for (category, unit, (low, high), kinds) in CATEGORIES {
        for kind in kinds {
            for model in 1..=10 {
                let index = all.len();
                let brand = BRANDS.get(index % BRANDS.len()).copied().unwrap_or_default();
                all.push(DemoProduct {
                    code: format!("P{:05}", 10_001 + index),
                    name: format!("{brand}{kind} {}{model:02}", letter(index)),
                    category,
                    brand,
                    unit,
                    price_minor: rng.random_range(low..=high) * 100 - rng.random_range(0..3) * 10,
                });
            }
        }
    }
    all
}

fn letter(index: usize) -> char {
    ['A', 'B', 'C', 'D', 'E'].get(index / 10 % 5).copied().unwrap_or('A')
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn credit_codes_have_the_check_digits_of_the_standard() {
        for known in ["914403001922038216", "91330100799655058B", "9144030071526726XG"] {
            let (body, organization) = (&known[8..16], &known[16..17]);
            assert_eq!(organization_digit(body).to_string(), organization, "{known}");
            assert_eq!(credit_digit(&known[..17]).to_string(), known[17..], "{known}");
        }
        assert_eq!(credit_code("320281", 0), TAX_ID);
    }

    #[test]
    fn every_customer_has_a_code_of_its_own() {
        let all = customers(&mut StdRng::seed_from_u64(1));
        let codes: std::collections::BTreeSet<String> =
            all.iter().filter_map(|one| one.new.tax_id.clone()).collect();
        assert_eq!(codes.len(), all.len());
        for code in &codes {
            assert_eq!(code.len(), 18, "{code}");
            assert_eq!(credit_digit(&code[..17]).to_string(), code[17..], "{code}");
        }
    }
}
