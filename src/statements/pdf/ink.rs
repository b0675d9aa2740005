//! What stands where on the pages, before it is a file: whole numbers, so that the same paper is
//! the same bytes on every machine.

/// Twentieths of a point.
pub(super) type Twips = i32;

/// A4.
pub(super) const PAGE: (Twips, Twips) = (11_906, 16_838);

/// How dark: of a text, a rule or a ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shade {
    Black,
    Grey,
    Line,
    Ground,
}

impl Shade {
    pub(super) fn level(self) -> u8 {
        match self {
            Self::Black => 0x1a,
            Self::Grey => 0x5a,
            Self::Line => 0xb4,
            Self::Ground => 0xf1,
        }
    }
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub size: Twips,
    pub strong: bool,
    pub shade: Shade,
}

impl Style {
    pub(super) const fn plain(size: Twips) -> Self {
        Self { size, strong: false, shade: Shade::Black }
    }

    pub(super) const fn strong(size: Twips) -> Self {
        Self { size, strong: true, shade: Shade::Black }
    }

    pub(super) const fn quiet(size: Twips) -> Self {
        Self { size, strong: false, shade: Shade::Grey }
    }

    /// From one line to the next.
    pub(super) const fn leading(self) -> Twips {
        self.size * 29 / 20
    }
}

/// One mark on a page. Those with a leaf are read aloud; the others are decoration.
#[derive(Debug, Clone)]
pub(super) enum Ink {
    /// A line of text with its baseline at the place.
    Text { at: (Twips, Twips), style: Style, text: String, leaf: Option<usize> },
    /// A filled rectangle: left, top, width, height.
    Fill { area: [Twips; 4], shade: Shade },
    /// Black rectangles in cells of a side: a QR code.
    Squares { at: (Twips, Twips), side: Twips, dark: Vec<[i32; 4]>, leaf: usize },
    /// A place that leads somewhere.
    Link { area: [Twips; 4], address: String, leaf: usize },
}

/// What a part of the paper is, for those who don't see it.
#[derive(Debug, Clone)]
pub(super) enum Role {
    /// Its level and its words.
    Heading(u16, String),
    Paragraph,
    Table,
    Head,
    Body,
    Foot,
    Row,
    ColumnHead,
    RowHead,
    /// The same over so many columns.
    RowHeadOver(u32),
    Cell,
    Figure(String),
    Link,
}

/// The paper in reading order.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Group(Role, Vec<Self>),
    Leaf(usize),
}

/// Builds the reading order while marks are made.
#[derive(Debug, Default)]
pub(super) struct Reading {
    done: Vec<Node>,
    open: Vec<(Role, Vec<Node>)>,
    leaves: usize,
}

impl Reading {
    pub(super) fn begin(&mut self, role: Role) {
        self.open.push((role, Vec::new()));
    }

    pub(super) fn end(&mut self) {
        if let Some((role, children)) = self.open.pop() {
            self.push(Node::Group(role, children));
        }
    }

    /// The number of the next mark that is read.
    pub(super) fn leaf(&mut self) -> usize {
        let leaf = self.leaves;
        self.leaves += 1;
        self.push(Node::Leaf(leaf));
        leaf
    }

    fn push(&mut self, node: Node) {
        match self.open.last_mut() {
            Some((_, children)) => children.push(node),
            None => self.done.push(node),
        }
    }

    pub(super) fn finish(mut self) -> (Vec<Node>, usize) {
        while !self.open.is_empty() {
            self.end();
        }
        (self.done, self.leaves)
    }
}
