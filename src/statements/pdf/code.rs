//! A QR code on the paper.

use qrcode::{Color, EcLevel, QrCode};

use super::flow::Flow;
use super::ink::{Ink, Role, Twips};

impl Flow {
    /// Draws the address as a code of at most `size` and says how wide it became; nothing when the
    /// address is too long for one.
    pub(super) fn code(
        &mut self,
        address: &str,
        says: &str,
        at: (Twips, Twips),
        size: Twips,
    ) -> Twips {
        let Ok(code) = QrCode::with_error_correction_level(address, EcLevel::M) else { return 0 };
        let count = Twips::try_from(code.width()).unwrap_or(Twips::MAX).max(1);
        let side = (size / count).max(1);
        let cells = (0..)
            .zip(code.to_colors())
            .filter(|(_, color)| *color == Color::Dark)
            .map(|(index, _)| (index % count, index / count))
            .collect();
        self.begin(Role::Figure(says.to_owned()));
        let leaf = self.leaf();
        self.end();
        self.ink(Ink::Squares { at, side, cells, leaf });
        side * count
    }
}
