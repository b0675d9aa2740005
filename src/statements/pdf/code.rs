//! A QR code on the paper.

use super::flow::Flow;
use super::ink::{Ink, Role, Twips};
use crate::values::Squares;

impl Flow {
    /// Draws the code at most `size` wide and says how wide it became.
    pub(super) fn code(
        &mut self,
        code: &Squares,
        says: &str,
        at: (Twips, Twips),
        size: Twips,
    ) -> Twips {
        let side = (size / code.cells.max(1)).max(1);
        self.begin(Role::Figure(says.to_owned()));
        let leaf = self.leaf();
        self.end();
        self.ink(Ink::Squares { at, side, dark: code.dark.clone(), leaf });
        side * code.cells
    }
}
