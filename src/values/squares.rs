//! A text as a QR code of as few rectangles as it takes, which a page and a PDF draw alike.

use std::collections::BTreeMap;
use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

/// A QR code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Squares {
    /// How many cells it is wide and high.
    pub cells: i32,
    /// What is dark, in cells: left, top, width, height.
    pub dark: Vec<[i32; 4]>,
}

impl Squares {
    /// The text as a code; None when it is too long for one.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let cells = i32::try_from(code.width()).ok().filter(|cells| *cells > 0)?;
        let mut dark = Vec::new();
        // Runs of the row above that may go on in this one: where and how wide, since which row.
        let mut open: BTreeMap<(i32, i32), i32> = BTreeMap::new();
        let colors = code.to_colors();
        for (y, row) in (0..).zip(colors.chunks(code.width())) {
            let (mut x, mut next) = (0, BTreeMap::new());
            for run in row.chunk_by(|a, b| a == b) {
                let width = i32::try_from(run.len()).ok()?;
                if run.first() == Some(&Color::Dark) {
                    let top = open.remove(&(x, width)).unwrap_or(y);
                    next.insert((x, width), top);
                }
                x += width;
            }
            dark.extend(open.into_iter().map(|((x, width), top)| [x, top, width, y - top]));
            open = next;
        }
        dark.extend(open.into_iter().map(|((x, width), top)| [x, top, width, cells - top]));
        Some(Self { cells, dark })
    }

    /// As the path of a drawing that is so many cells wide.
    pub fn path(&self) -> String {
        let mut path = String::with_capacity(self.dark.len() * 16);
        for [x, y, width, height] in &self.dark {
            let _ = write!(path, "M{x} {y}h{width}v{height}h-{width}z");
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_cover_what_is_dark_once_and_nothing_else() {
        let text = "https://rebates.example/statement-check?number=DZ-2026-09-000123&code=0a1b2c";
        let squares = Squares::of(text).unwrap();
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let mut painted = vec![0; code.width() * code.width()];
        for [x, y, width, height] in
            squares.dark.iter().map(|r| r.map(|n| usize::try_from(n).unwrap()))
        {
            for row in y..y + height {
                for cell in x..x + width {
                    painted[row * code.width() + cell] += 1;
                }
            }
        }
        let dark: Vec<i32> =
            code.to_colors().iter().map(|c| i32::from(*c == Color::Dark)).collect();
        assert_eq!(painted, dark);
        let cells = usize::try_from(dark.iter().sum::<i32>()).unwrap();
        assert!(squares.dark.len() * 2 < cells, "{} of {cells}", squares.dark.len());
        assert!(squares.path().starts_with("M0 0h7v1h-7z"), "{}", squares.path());
    }
}
