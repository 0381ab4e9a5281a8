//! Which character of the script is looked at: from a point on the screen to its number, and back.

use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web::{
    dom::{Result, document, element, property},
    numbers::fixed,
};
use web_sys::{Element, HtmlElement, Node, NodeList, Range};

/// The script, or its coloured copy, whichever is seen.
pub(crate) fn text_element() -> Result<HtmlElement> {
    let heat = element("heat")?;
    if heat.hidden() { element("script") } else { Ok(heat) }
}

/// The number of the character at a point of the window, if there is one.
pub(crate) fn character_at(x: f64, y: f64) -> Option<usize> {
    let (node, offset) = caret_at(x, y)?;
    let text = node.text_content()?;
    // The caret stands between two characters: the one meant is the one that the point lies on.
    let units = text.encode_utf16().count() as u32;
    let before =
        if offset > 0 && !covers(&node, offset, (offset + 1).min(units), x) { offset - 1 } else { offset };
    let parent = node.parent_element()?;
    let start = parent.closest("[data-at]").ok()??;
    if !text_element().ok()?.contains(Some(&start)) {
        return None;
    }
    let first: usize = start.get_attribute("data-at")?.parse().ok()?;
    let range = range(&start, 0, &node, before)?;
    Some(first + String::from(range.to_string()).chars().count())
}

/// The text node and the place in it that the browser finds under a point, by whichever of two names it knows this.
fn caret_at(x: f64, y: f64) -> Option<(Node, u32)> {
    let document = document().ok()?;
    let ask = |name: &str| {
        let function: Function = property(&document, name).dyn_into().ok()?;
        let found = function.call2(&document, &JsValue::from_f64(x), &JsValue::from_f64(y)).ok()?;
        (!found.is_null() && !found.is_undefined()).then_some(found)
    };
    let (found, names) = match ask("caretPositionFromPoint") {
        Some(position) => (position, ["offsetNode", "offset"]),
        None => (ask("caretRangeFromPoint")?, ["startContainer", "startOffset"]),
    };
    let node: Node = Reflect::get(&found, &names[0].into()).ok()?.dyn_into().ok()?;
    (node.node_type() == Node::TEXT_NODE).then_some(())?;
    Some((node, property(&found, names[1]).as_f64()? as u32))
}

fn covers(node: &Node, from: u32, to: u32, x: f64) -> bool {
    range(node, from, node, to).is_some_and(|range| {
        let place = range.get_bounding_client_rect();
        place.left() <= x && x <= place.right()
    })
}

fn range(from: &Node, from_offset: u32, to: &Node, to_offset: u32) -> Option<Range> {
    let range = document().ok()?.create_range().ok()?;
    range.set_start(from, from_offset).ok()?;
    range.set_end(to, to_offset).ok()?;
    Some(range)
}

/// Where a character stands.
struct Place {
    node: Node,
    /// In UTF-16, as the document counts.
    offset: u32,
    length: u32,
}

fn place_of(at: usize) -> Option<Place> {
    let starts = text_element().ok()?.query_selector_all("[data-at]").ok()?;
    let (element, first) = start_before(&starts, at)?;
    let mut left = at - first;
    let children = element.child_nodes();
    for child in (0..children.length()).filter_map(|n| children.get(n)) {
        // A piece of a line has its text in a node of its own.
        let node = if child.node_type() == Node::TEXT_NODE { child } else { child.first_child()? };
        let text = node.text_content()?;
        let mut offset = 0;
        for character in text.chars() {
            let length = character.len_utf16() as u32;
            if left == 0 {
                return Some(Place { node, offset, length });
            }
            left -= 1;
            offset += length;
        }
    }
    None
}

/// The last element that begins at a character or before it, and where.
fn start_before(starts: &NodeList, at: usize) -> Option<(Element, usize)> {
    let start = |n: u32| {
        let element: Element = starts.get(n)?.dyn_into().ok()?;
        let first = element.get_attribute("data-at")?.parse::<usize>().ok()?;
        Some((element, first))
    };
    let (mut low, mut high) = (0, starts.length());
    while low + 1 < high {
        let middle = u32::midpoint(low, high);
        if start(middle)?.1 <= at { low = middle } else { high = middle }
    }
    start(low).filter(|(_, first)| *first <= at)
}

/// Puts the mark on a character; `scroll` also brings it into sight. Without a character the mark goes away.
pub(crate) fn mark(at: Option<usize>, scroll: bool) -> Result<()> {
    let (cursor, paper) = (element("cursor")?, element("paper")?);
    let place = at.and_then(place_of).and_then(|place| {
        let Place { node, offset, length } = place;
        let range = range(&node, offset, &node, offset + length)?;
        Some((range.get_bounding_client_rect(), node))
    });
    let Some((place, node)) = place else {
        cursor.set_hidden(true);
        return Ok(());
    };
    let around = paper.get_bounding_client_rect();
    let pixels = |number: f64| [&fixed(number, 1), "px"].concat();
    cursor.set_hidden(false);
    for (name, value) in [
        ("left", place.left() - around.left() - f64::from(paper.client_left())),
        ("top", place.top() - around.top() - f64::from(paper.client_top()) + f64::from(paper.scroll_top())),
        // A line break has no width of its own.
        ("width", place.width().max(6.0)),
        ("height", place.height()),
    ] {
        // Fails only on a property that cannot be set.
        let _ = cursor.style().set_property(name, &pixels(value));
    }
    if let (true, Some(parent)) = (scroll, node.parent_element()) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        parent.scroll_into_view_with_scroll_into_view_options(&options);
    }
    Ok(())
}
