use chrono::NaiveDate;

use crate::values::{Currency, Key};

/// One line of an invoice or a return, as far as rebates go. Returns are negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub key: i64,
    pub product: Key,
    pub document_date: NaiveDate,
    pub delivery_date: Option<NaiveDate>,
    pub paid_date: Option<NaiveDate>,
    pub net_minor: i64,
    pub quantity_micro: i64,
    pub currency: Currency,
}

/// One customer's lines, kept by document date so that a window of days is found without looking
/// at the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines(Vec<Line>);

impl Lines {
    pub fn new(mut lines: Vec<Line>) -> Self {
        lines.sort_by_key(|line| line.document_date);
        Self(lines)
    }

    /// The lines with a document date from the first to the last day, both inclusive.
    pub fn between(&self, first: NaiveDate, last: NaiveDate) -> &[Line] {
        let start = self.0.partition_point(|line| line.document_date < first);
        let end = self.0.partition_point(|line| line.document_date <= last);
        self.0.get(start..end).unwrap_or_default()
    }

    /// The same lines with the purchases from the day on at so many percent of what they were.
    /// What a line's share leaves over goes to the next, so that sums are exact to the smallest
    /// unit.
    #[must_use]
    pub fn varied(&self, percent: i64, since: NaiveDate) -> Self {
        let (mut net, mut quantity) = (Share::of(percent), Share::of(percent));
        let varied = |line: &Line| {
            if line.document_date < since {
                return *line;
            }
            let (net_minor, quantity_micro) =
                (net.take(line.net_minor), quantity.take(line.quantity_micro));
            Line { net_minor, quantity_micro, ..*line }
        };
        Self(self.0.iter().map(varied).collect())
    }

    pub fn all(&self) -> &[Line] {
        &self.0
    }
}

/// A percentage of one amount after the other, with what is left over.
struct Share {
    percent: i128,
    left: i128,
}

impl Share {
    fn of(percent: i64) -> Self {
        Self { percent: i128::from(percent), left: 0 }
    }

    fn take(&mut self, amount: i64) -> i64 {
        let hundredths = i128::from(amount) * self.percent + self.left;
        self.left = hundredths.rem_euclid(100);
        let whole = hundredths.div_euclid(100);
        i64::try_from(whole).unwrap_or(if whole < 0 { i64::MIN } else { i64::MAX })
    }
}

impl From<&[Line]> for Lines {
    fn from(lines: &[Line]) -> Self {
        Self::new(lines.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(day: &str, net_minor: i64, quantity_micro: i64) -> Line {
        let document_date = day.parse().unwrap();
        Line {
            key: 0,
            product: 1,
            document_date,
            delivery_date: None,
            paid_date: None,
            net_minor,
            quantity_micro,
            currency: Currency::CNY,
        }
    }

    #[test]
    fn varied_purchases_add_up_exactly() {
        let lines = Lines::new(vec![
            line("2025-12-31", 1_000, 1),
            line("2026-01-01", 333, 1),
            line("2026-01-01", 333, 5),
            line("2026-01-02", -333, -3),
            line("2026-01-03", 667, 7),
        ]);
        for (percent, net, quantity) in [(100, 1_000, 10), (90, 900, 9), (110, 1_100, 11)] {
            let varied = lines.varied(percent, "2026-01-01".parse().unwrap());
            let (before, after) = varied.all().split_at(1);
            assert_eq!(before, &lines.all()[..1], "earlier purchases stay");
            let sum = |of: fn(&Line) -> i64| after.iter().map(of).sum::<i64>();
            assert_eq!(sum(|line| line.net_minor), net, "{percent}");
            assert_eq!(sum(|line| line.quantity_micro), quantity, "{percent}");
        }
    }
}
