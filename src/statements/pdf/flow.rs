//! Filling pages from top to bottom.

use std::collections::BTreeSet;

use super::face::Face;
use super::ink::{Ink, PAGE, Reading, Role, Shade, Style, Twips};
use super::lines::broken;

/// Left and right of everything.
pub(super) const MARGIN: Twips = 900;
/// Where the first page begins, and every other below its running head.
const TOP: Twips = 900;
const NEXT_TOP: Twips = 1_360;
/// Below it there is only the foot.
const BOTTOM: Twips = PAGE.1 - 1_240;

pub(super) const BODY: Style = Style::plain(180);
pub(super) const SMALL: Style = Style::quiet(150);

/// What stands on top and at the foot of the pages, around what flows.
pub(super) struct Around {
    /// On every page but the first, left and right.
    pub head: [String; 2],
    /// On every page, left.
    pub foot: String,
    /// `第 1 / 3 页`, from the number and the count.
    pub page: Box<dyn Fn(usize, usize) -> String>,
}

/// The pages so far.
pub(super) struct Flow {
    pub face: &'static Face,
    reading: Reading,
    /// What is drawn now repeats what was read.
    pub silent: bool,
    /// Characters that the face lacks.
    pub missing: BTreeSet<char>,
    pages: Vec<Vec<Ink>>,
    headings: Vec<Heading>,
    pub y: Twips,
    /// The column in which things stand.
    pub left: Twips,
    pub width: Twips,
}

impl Flow {
    pub(super) fn new(face: &'static Face) -> Self {
        Self {
            face,
            reading: Reading::default(),
            silent: false,
            missing: BTreeSet::new(),
            pages: vec![Vec::new()],
            headings: Vec::new(),
            y: TOP,
            left: MARGIN,
            width: PAGE.0 - 2 * MARGIN,
        }
    }

    pub(super) fn ink(&mut self, ink: Ink) {
        if let Some(page) = self.pages.last_mut() {
            page.push(ink);
        }
    }

    pub(super) fn page(&mut self) {
        self.pages.push(Vec::new());
        self.y = NEXT_TOP;
    }

    /// What still fits on this page.
    pub(super) fn room(&self) -> Twips {
        BOTTOM - self.y
    }

    /// What fits on a page at all.
    pub(super) fn whole() -> Twips {
        BOTTOM - NEXT_TOP
    }

    /// Goes to the next page unless so much fits on this one.
    pub(super) fn need(&mut self, height: Twips) {
        if self.room() < height {
            self.page();
        }
    }

    pub(super) fn space(&mut self, height: Twips) {
        self.y += height;
    }

    /// The text in lines of the face's characters.
    pub(super) fn lines(&mut self, text: &str, style: Style, width: Twips) -> Vec<String> {
        let text = self.face.printable(text, &mut self.missing);
        broken(self.face, &text, style.size, width)
    }

    /// Begins a part of the paper, for those who don't see it.
    pub(super) fn begin(&mut self, role: Role) {
        if !self.silent {
            self.reading.begin(role);
        }
    }

    pub(super) fn end(&mut self) {
        if !self.silent {
            self.reading.end();
        }
    }

    /// The number of the next mark that is read.
    pub(super) fn leaf(&mut self) -> usize {
        self.reading.leaf()
    }

    /// One line that is read, with its top at `y`.
    pub(super) fn line(&mut self, text: String, style: Style, x: Twips, y: Twips) {
        if !text.is_empty() {
            let leaf = (!self.silent).then(|| self.reading.leaf());
            self.ink(Ink::Text { at: (x, baseline(y, style)), style, text, leaf });
        }
    }

    /// One line that ends at `right`.
    pub(super) fn line_end(&mut self, text: String, style: Style, right: Twips, y: Twips) {
        let x = right - self.face.width(&text, style.size);
        self.line(text, style, x, y);
    }

    /// Decoration.
    pub(super) fn rule(&mut self, x: Twips, y: Twips, width: Twips, weight: Twips, shade: Shade) {
        self.ink(Ink::Fill { area: [x, y, width, weight], shade });
    }

    /// A paragraph that may go on over pages.
    pub(super) fn paragraph(&mut self, text: &str, style: Style) {
        self.begin(Role::Paragraph);
        self.flowing(text, style);
        self.end();
    }

    /// A short paragraph that leads somewhere.
    pub(super) fn linked(&mut self, text: &str, style: Style, address: &str) {
        self.begin(Role::Paragraph);
        self.begin(Role::Link);
        let (left, top, width) = (self.left, self.y, self.width);
        self.flowing(text, style);
        let leaf = self.leaf();
        let area = [left, top, width, self.y - top];
        self.ink(Ink::Link { area, address: address.to_owned(), leaf });
        self.end();
        self.end();
    }

    /// A heading that stays with at least `with` of what follows.
    pub(super) fn heading(&mut self, level: u16, text: &str, style: Style, with: Twips) {
        self.need(style.leading() + with);
        let title = self.face.printable(text, &mut self.missing);
        let page = self.pages.len().saturating_sub(1);
        self.headings.push(Heading { title: title.clone(), page, y: self.y });
        self.begin(Role::Heading(level, title));
        self.flowing(text, style);
        self.end();
    }

    fn flowing(&mut self, text: &str, style: Style) {
        for line in self.lines(text, style, self.width) {
            self.need(style.leading());
            let (x, y) = (self.left, self.y);
            self.line(line, style, x, y);
            self.y += style.leading();
        }
    }

    /// The pages with what stands around them.
    pub(super) fn finish(mut self, around: &Around) -> Finished {
        let count = self.pages.len();
        let head = self.plain(&around.head.join("\u{0}"));
        let foot = self.plain(&around.foot);
        let mut pages = std::mem::take(&mut self.pages);
        for (number, page) in (1..).zip(&mut pages) {
            if number > 1 {
                let (left, right) = head.split_once('\u{0}').unwrap_or((&head, ""));
                self.decorate(page, 700, left, right);
            }
            let line = self.plain(&(around.page)(number, count));
            self.decorate(page, PAGE.1 - 820, &foot, &line);
        }
        let (tree, leaves) = self.reading.finish();
        Finished { pages, tree, leaves, headings: self.headings, missing: self.missing }
    }

    fn plain(&mut self, text: &str) -> String {
        let parts = text.split('\u{0}').map(|part| self.face.printable(part, &mut self.missing));
        parts.collect::<Vec<_>>().join("\u{0}")
    }

    /// A small line with a text at each end, and a rule between it and the page.
    fn decorate(&self, page: &mut Vec<Ink>, y: Twips, left: &str, right: &str) {
        let (style, width) = (SMALL, PAGE.0 - 2 * MARGIN);
        let end = self.face.width(right, style.size);
        let above = y > PAGE.1 / 2;
        let rule = if above { y - 90 } else { y + style.leading() + 50 };
        page.push(Ink::Fill { area: [MARGIN, rule, width, 10], shade: Shade::Line });
        let left = broken(self.face, left, style.size, width - end - 200).into_iter().next();
        for (x, text) in
            [(MARGIN, left.unwrap_or_default()), (MARGIN + width - end, right.to_owned())]
        {
            page.push(Ink::Text { at: (x, baseline(y, style)), style, text, leaf: None });
        }
    }
}

/// A heading and where it stands, for the list beside the pages.
pub(super) struct Heading {
    pub title: String,
    pub page: usize,
    pub y: Twips,
}

/// Everything that goes into the file.
pub(super) struct Finished {
    pub pages: Vec<Vec<Ink>>,
    pub tree: Vec<super::ink::Node>,
    pub leaves: usize,
    pub headings: Vec<Heading>,
    pub missing: BTreeSet<char>,
}

/// Where letters stand whose line has its top at `y`.
fn baseline(y: Twips, style: Style) -> Twips {
    y + style.size * 21 / 20
}
