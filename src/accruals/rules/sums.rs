use super::lines::Line;
use super::scope::Disposition;

/// The lines of a customer's period, added up. Wide, so that no number of lines overflows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    pub earning: u64,
    pub qualifying: u64,
    /// Lines that earn, qualify or both.
    pub counted: u64,
    /// Net amount of the earning lines, minor units.
    pub base_minor: i128,
    /// Units of the earning lines, millionths.
    pub base_micro: i128,
    /// The same of the qualifying lines.
    pub measure_minor: i128,
    pub measure_micro: i128,
}

impl Sums {
    /// Adds a line of the period in the policy's currency; an excluded one adds nothing.
    pub fn add(&mut self, line: &Line, disposition: Disposition) {
        let (earns, qualifies) = match disposition {
            Disposition::Earns => (true, true),
            Disposition::EarnsOnly => (true, false),
            Disposition::QualifiesOnly => (false, true),
            Disposition::Excluded(_) => return,
        };
        self.counted += 1;
        let (minor, micro) = (i128::from(line.net_minor), i128::from(line.quantity_micro));
        if earns {
            self.earning += 1;
            self.base_minor += minor;
            self.base_micro += micro;
        }
        if qualifies {
            self.qualifying += 1;
            self.measure_minor += minor;
            self.measure_micro += micro;
        }
    }

    /// Adds what another customer's lines came to.
    pub fn join(&mut self, other: &Self) {
        self.earning += other.earning;
        self.qualifying += other.qualifying;
        self.counted += other.counted;
        self.base_minor += other.base_minor;
        self.base_micro += other.base_micro;
        self.measure_minor += other.measure_minor;
        self.measure_micro += other.measure_micro;
    }
}
