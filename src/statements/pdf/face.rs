//! The one typeface of our papers: WenQuanYi Micro Hei, built in, so that a paper looks the same
//! on every machine. It has no bold; what stands out is drawn with a thin line around it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::LazyLock;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::charmap::Charmap;
use skrifa::raw::TableProvider;
use skrifa::raw::tables::hmtx::Hmtx;
use skrifa::{FontRef, MetadataProvider};

use super::ink::Twips;

static FILE: &[u8] = include_bytes!("font/wqy-microhei.ttf");

static FACE: LazyLock<Option<Face>> = LazyLock::new(Face::open);

/// The typeface, opened once for the process: it is four megabytes.
pub(super) struct Face {
    pub font: Font,
    letters: Charmap<'static>,
    advances: Hmtx<'static>,
    /// Units of the advances to an em.
    em: u16,
}

impl Face {
    /// None only when the built-in file is broken, which a test would tell.
    pub(super) fn get() -> Option<&'static Self> {
        FACE.as_ref()
    }

    fn open() -> Option<Self> {
        let font = Font::new(FILE.into(), 0)?;
        let outlines = FontRef::from_index(FILE, 0).ok()?;
        let em = outlines.head().ok()?.units_per_em();
        Some(Self { font, letters: outlines.charmap(), advances: outlines.hmtx().ok()?, em })
    }

    fn glyph(&self, c: char) -> Option<(skrifa::GlyphId, u16)> {
        let id = self.letters.map(c).filter(|id| id.to_u32() != 0)?;
        let advance = self.advances.advance(id)?;
        Some((id, advance))
    }

    /// How wide the character is, in so many units to the em.
    fn advance(&self, c: char) -> i64 {
        self.glyph(c).map_or(0, |(_, advance)| i64::from(advance))
    }

    /// How wide the text is.
    pub(super) fn width(&self, text: &str, size: Twips) -> Twips {
        let units: i64 = shapes(text).map(|(_, _, shape)| self.advance(shape)).sum();
        let em = i64::from(self.em.max(1));
        Twips::try_from((units * i64::from(size) + em - 1) / em).unwrap_or(Twips::MAX)
    }

    /// The text as glyphs in a row. Chinese, Latin letters and digits need no shaping.
    pub(super) fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        shapes(text)
            .filter_map(|(at, c, shape)| {
                let (id, advance) = self.glyph(shape)?;
                let range = at..at + c.len_utf8();
                let advance = of_em(advance, self.em);
                Some(KrillaGlyph::new(
                    GlyphId::new(id.to_u32()),
                    advance,
                    0.0,
                    0.0,
                    0.0,
                    range,
                    None,
                ))
            })
            .collect()
    }

    /// The text in characters that the face has. What it lacks is spelled out, 〔U+2CB4E〕, and
    /// noted: an empty box in somebody's name would go unseen.
    pub(super) fn printable(&self, text: &str, missing: &mut BTreeSet<char>) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\n' | '\u{3000}' => out.push(c),
                '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\r' => {}
                c if c.is_whitespace() || c.is_control() => out.push(' '),
                c if !is_private(c) && self.glyph(c).is_some() => out.push(c),
                c => {
                    missing.insert(c);
                    let _ = write!(out, "〔U+{:04X}〕", u32::from(c));
                }
            }
        }
        out
    }
}

/// The characters, where they begin, and as what each is drawn: quotation marks beside Latin
/// letters as the narrow ones, since the face has those of print as wide as a Chinese character.
fn shapes(text: &str) -> impl Iterator<Item = (usize, char, char)> {
    let mut before = None;
    text.char_indices().map(move |(at, c)| {
        let after = text.get(at + c.len_utf8()..).and_then(|rest| rest.chars().next());
        let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let shape = match c {
            '‘' if latin(after) => '\'',
            '’' if latin(before) => '\'',
            '“' if latin(after) => '"',
            '”' if before.is_some_and(|c: char| c.is_ascii_graphic()) => '"',
            c => c,
        };
        before = Some(c);
        (at, c, shape)
    })
}

/// Nobody knows what a private character means, and an archived paper may hold none.
fn is_private(c: char) -> bool {
    matches!(u32::from(c), 0xe000..=0xf8ff | 0xf_0000..)
}

#[expect(clippy::float_arithmetic, reason = "the library takes advances as parts of an em")]
fn of_em(advance: u16, em: u16) -> f32 {
    f32::from(advance) / f32::from(em.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_face_lacks_is_spelled_out_and_noted() {
        let face = Face::get().unwrap();
        let mut missing = BTreeSet::new();
        let said = face.printable("苏州\u{2cb4e}电器\u{e000}\u{fe0f}\tA𓀀", &mut missing);
        assert_eq!(said, "苏州〔U+2CB4E〕电器〔U+E000〕 A〔U+13000〕");
        assert_eq!(missing.len(), 3);
        assert!(face.glyphs(&said).len() == said.chars().count());
    }

    #[test]
    fn quotation_marks_are_narrow_beside_latin_letters_only() {
        let drawn = |text: &str| shapes(text).map(|(.., shape)| shape).collect::<String>();
        assert_eq!(drawn("don’t “Contest”, ‘a’"), "don't \"Contest\", 'a'");
        assert_eq!(drawn("选择“确认无误”或“提出差异”。"), "选择“确认无误”或“提出差异”。");
        let face = Face::get().unwrap();
        assert!(face.width("don’t", 200) < face.width("don", 200) + 200);
        assert_eq!(face.glyphs("don’t").len(), 5);
    }

    #[test]
    fn digits_are_equally_wide_so_that_amounts_align() {
        let face = Face::get().unwrap();
        let widths: BTreeSet<_> = ('0'..='9').map(|c| face.advance(c)).collect();
        assert_eq!(widths.len(), 1);
        assert!(face.width("0000", 200) > 0);
    }
}
