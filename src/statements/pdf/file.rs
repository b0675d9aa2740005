//! From marks on pages to the file: PDF/A-2a for the archive and PDF/UA-1 for screen readers; the
//! library refuses what either forbids.

use std::num::{NonZeroU16, NonZeroU32};

use chrono::{DateTime, Datelike, Timelike, Utc};
use krilla::Document;
use krilla::SerializeSettings;
use krilla::action::LinkAction;
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::color::rgb;
use krilla::configure::validate::{Accessibility, Archival};
use krilla::configure::{ConfigurationBuilder, PdfVersion};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::metadata::{DateTime as Stamp, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::{Page, PageSettings};
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TableHeaderScope, Tag, TagGroup,
    TagKind, TagTree,
};

use super::face::Face;
use super::flow::{Finished, Heading, MARGIN};
use super::ink::{Ink, Node, PAGE, Role, Shade, Style, Twips};

/// What programs read about the paper.
pub(super) struct About {
    pub title: String,
    pub author: String,
    /// `zh-CN` or `en`.
    pub language: String,
    /// The same for every printing of the same paper.
    pub id: String,
    pub made: DateTime<Utc>,
}

/// The file.
pub(super) fn write(face: &Face, paper: Finished, about: &About) -> Result<Vec<u8>, String> {
    let configuration = ConfigurationBuilder::new()
        .with_version(PdfVersion::Pdf17)
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|e| format!("{e:?}"))?;
    let mut document =
        Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    document.set_metadata(metadata(about));
    let mut marks = vec![None; paper.leaves];
    for inks in &paper.pages {
        let settings = PageSettings::from_wh(points(PAGE.0), points(PAGE.1));
        let mut page = document.start_page_with(settings.ok_or("no such page")?);
        let mut surface = page.surface();
        for ink in inks {
            draw(&mut surface, face, ink, &mut marks);
        }
        surface.finish();
        inks.iter().for_each(|ink| link(&mut page, ink, &mut marks));
        page.finish();
    }
    let mut tree = TagTree::new().with_lang(Some(about.language.clone()));
    for node in &paper.tree {
        if let Some(group) = group(node, &marks) {
            tree.push(group);
        }
    }
    document.set_tag_tree(tree);
    document.set_outline(outline(&paper.headings));
    document.finish().map_err(|e| format!("{e:?}"))
}

/// The list of headings beside the pages.
fn outline(headings: &[Heading]) -> Outline {
    let mut outline = Outline::new();
    for heading in headings {
        let place = Point::from_xy(points(MARGIN), points(heading.y));
        let there = XyzDestination::new(heading.page, place);
        outline.push_child(OutlineNode::new(heading.title.clone(), there));
    }
    outline
}

fn metadata(about: &About) -> Metadata {
    let small = |n: u32| u8::try_from(n).unwrap_or(0);
    let made = Stamp::new(u16::try_from(about.made.year()).unwrap_or(0))
        .month(small(about.made.month()))
        .day(small(about.made.day()))
        .hour(small(about.made.hour()))
        .minute(small(about.made.minute()))
        .second(small(about.made.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(about.title.clone())
        .authors(vec![about.author.clone()])
        .creator("Openrebate".to_owned())
        .language(about.language.clone())
        .document_id(about.id.clone())
        .creation_date(made)
}

fn draw(surface: &mut Surface<'_>, face: &Face, ink: &Ink, marks: &mut [Option<Identifier>]) {
    match ink {
        Ink::Text { at, style, text, leaf } => {
            let tag = match leaf {
                Some(_) => ContentTag::Span(SpanTag::empty()),
                None => ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther)),
            };
            let mark = surface.start_tagged(tag);
            if let Some(slot) = leaf.and_then(|leaf| marks.get_mut(leaf)) {
                *slot = Some(mark);
            }
            text_at(surface, face, (*at, *style), text);
            surface.end_tagged();
        }
        Ink::Fill { area, shade } => {
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
            squares(surface, rect(*area).into_iter(), *shade);
            surface.end_tagged();
        }
        Ink::Squares { at, side, dark, leaf } => {
            let mark = surface.start_tagged(ContentTag::Other);
            if let Some(slot) = marks.get_mut(*leaf) {
                *slot = Some(mark);
            }
            // Drawn in cells: small whole numbers take a fraction of the room.
            let side = points(*side);
            let cells = Transform::from_row(side, 0.0, 0.0, side, points(at.0), points(at.1));
            surface.push_transform(&cells);
            let dark = dark.iter().filter_map(|[x, y, width, height]| {
                let [x, y, width, height] = [x, y, width, height].map(|n| small(*n));
                Rect::from_xywh(x, y, width, height)
            });
            squares(surface, dark, Shade::Black);
            surface.pop();
            surface.end_tagged();
        }
        Ink::Link { .. } => {}
    }
}

fn text_at(
    surface: &mut Surface<'_>,
    face: &Face,
    (at, style): ((Twips, Twips), Style),
    text: &str,
) {
    surface.set_fill(Some(fill(style.shade)));
    surface.set_stroke(style.strong.then(|| Stroke {
        paint: color(style.shade).into(),
        width: points(style.size / 28),
        ..Stroke::default()
    }));
    let start = Point::from_xy(points(at.0), points(at.1));
    let glyphs = face.glyphs(text);
    surface.draw_glyphs(start, &glyphs, face.font.clone(), text, points(style.size), false);
    surface.set_stroke(None);
}

fn squares(surface: &mut Surface<'_>, areas: impl Iterator<Item = Rect>, shade: Shade) {
    let mut path = PathBuilder::new();
    areas.for_each(|rect| path.push_rect(rect));
    surface.set_fill(Some(fill(shade)));
    surface.set_stroke(None);
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

fn link(page: &mut Page<'_>, ink: &Ink, marks: &mut [Option<Identifier>]) {
    let Ink::Link { area, address, leaf } = ink else { return };
    let (Some(rect), Some(slot)) = (rect(*area), marks.get_mut(*leaf)) else { return };
    let target = Target::Action(LinkAction::new(address.clone()).into());
    let link = Annotation::new_link(LinkAnnotation::new(rect, target), Some(address.clone()));
    *slot = Some(page.add_tagged_annotation(link));
}

/// The part of the tree; None for a leaf that was never drawn.
fn group(node: &Node, marks: &[Option<Identifier>]) -> Option<krilla::tagging::Node> {
    match node {
        Node::Leaf(leaf) => marks.get(*leaf).copied().flatten().map(Into::into),
        Node::Group(role, children) => {
            let children = children.iter().filter_map(|child| group(child, marks)).collect();
            Some(TagGroup::with_children(tag(role), children).into())
        }
    }
}

fn tag(role: &Role) -> TagKind {
    match role {
        Role::Heading(level, title) => {
            let level = NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN);
            Tag::Hn(level, Some(title.clone())).into()
        }
        Role::Paragraph => Tag::P.into(),
        Role::Table => Tag::Table.into(),
        Role::Head => Tag::THead.into(),
        Role::Body => Tag::TBody.into(),
        Role::Foot => Tag::TFoot.into(),
        Role::Row => Tag::TR.into(),
        Role::ColumnHead => Tag::TH(TableHeaderScope::Column).into(),
        Role::RowHead => Tag::TH(TableHeaderScope::Row).into(),
        Role::RowHeadOver(columns) => {
            let over = NonZeroU32::new(*columns);
            Tag::TH(TableHeaderScope::Row).with_col_span(over).into()
        }
        Role::Cell => Tag::TD.into(),
        Role::Figure(says) => Tag::Figure(Some(says.clone())).into(),
        Role::Link => Tag::Link.into(),
    }
}

fn color(shade: Shade) -> rgb::Color {
    let level = shade.level();
    rgb::Color::new(level, level, level)
}

fn fill(shade: Shade) -> Fill {
    Fill { paint: color(shade).into(), opacity: NormalizedF32::ONE, ..Fill::default() }
}

fn rect([x, y, width, height]: [Twips; 4]) -> Option<Rect> {
    Rect::from_xywh(points(x), points(y), points(width), points(height))
}

#[expect(clippy::float_arithmetic, reason = "the library takes points as floating numbers")]
fn points(twips: Twips) -> f32 {
    small(twips) / 20.0
}

fn small(number: i32) -> f32 {
    f32::from(i16::try_from(number).unwrap_or(i16::MAX))
}
