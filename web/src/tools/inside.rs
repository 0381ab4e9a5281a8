//! Inside the network: one unit's activity over the text, and one step of it.

use std::rc::Rc;

use model::{Feature, feature, step, tracking_unit};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web::{
    dom::{
        Result, all, append, create, element, notice, on, property, root, set, set_hidden, set_property,
        set_text, set_value, value,
    },
    fields::{fixed, number},
    words::{word, words},
};
use web_sys::Element;

use crate::{
    book::{Kept, script},
    cursor, heat,
    odds::name_of,
    panels::Panels,
};

/// Connects the panel.
pub(crate) fn listen(panels: &Rc<Panels>) -> Result<()> {
    let this = panels.clone();
    on(&*element("unit")?, "input", move |_| {
        let unit = value("unit").ok().and_then(|text| number(&text)).filter(|unit| *unit >= 0.0);
        if let Some(unit) = unit {
            choose_unit(&this, unit as usize);
        }
    });
    let this = panels.clone();
    on(&*element("units")?, "click", move |event| {
        let cell = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let unit = cell.and_then(|cell| cell.get_attribute("data-unit")?.parse().ok());
        if let Some(unit) = unit {
            choose_unit(&this, unit);
        }
    });
    for button in all(&*root()?, "[data-track]") {
        let this = panels.clone();
        let track = button.get_attribute("data-track").unwrap_or_default();
        on(&button, "click", move |_| {
            let (this, track) = (this.clone(), track.clone());
            spawn_local(async move {
                if let Err(message) = find_unit(&this, &track).await {
                    notice(&message);
                }
            });
        });
    }
    Ok(())
}

/// The text is seen as it is again.
pub(crate) fn leave() {
    set_hidden("heat", true);
    set_hidden("script", false);
}

/// The text is seen in the colours of the unit's activity.
pub(crate) async fn open(panels: &Rc<Panels>) -> Result<()> {
    if script().is_empty() {
        return Ok(());
    }
    let Some(kept) = panels.book.read(panels.at.get().unwrap_or(0)).await? else { return Ok(()) };
    // Another panel may have been opened meanwhile.
    if !panels.is_open("inside") {
        return Ok(());
    }
    let unit = panels.unit.get().min(kept.reading.units().saturating_sub(1));
    panels.unit.set(unit);
    show_text(&kept)?;
    set_hidden("heat", false);
    set_hidden("script", true);
    make_grid(&kept)?;
    show_unit(&kept, unit)
}

/// The text that was read, in no colours yet.
fn show_text(kept: &Kept) -> Result<()> {
    let heat = element("heat")?;
    heat.set_text_content(None);
    heat::add(&heat, &kept.text(), kept.from, |_| "")
}

/// A cell for each unit.
fn make_grid(kept: &Kept) -> Result<()> {
    let grid = element("units")?;
    if grid.child_element_count() as usize != kept.reading.units() {
        grid.set_text_content(None);
        for unit in 0..kept.reading.units() {
            let cell = create("i", "", "")?;
            set(&cell, "data-unit", &unit.to_string());
            append(&grid, &cell);
        }
    }
    set_property(&*element("unit")?, "max", &JsValue::from_f64(kept.reading.units() as f64 - 1.0));
    Ok(())
}

fn show_unit(kept: &Kept, unit: usize) -> Result<()> {
    if number(&value("unit")?) != Some(unit as f32) {
        set_value("unit", &unit.to_string())?;
    }
    heat::recolour(&element("heat")?, |place| heat::of_activation(kept.reading.activation(place, unit)));
    Ok(())
}

fn choose_unit(panels: &Rc<Panels>, unit: usize) {
    let kept = panels.book.kept(panels.at.get().unwrap_or(0));
    let Some(kept) = kept.filter(|kept| unit < kept.reading.units()) else { return };
    panels.unit.set(unit);
    set_text("track-words", "");
    if let Err(message) = show_unit(&kept, unit) {
        notice(&message);
    }
    panels.show();
}

/// Chooses the unit that follows something in the text best.
async fn find_unit(panels: &Rc<Panels>, track: &str) -> Result<()> {
    let what = match track {
        "quotes" => Feature::Quotes,
        "position" => Feature::LinePosition,
        "names" => Feature::Names,
        _ => Feature::Brackets,
    };
    let Some(kept) = panels.book.read(panels.at.get().unwrap_or(0)).await? else { return Ok(()) };
    let values = feature(&kept.text(), what);
    let Some((unit, correlation)) = tracking_unit(&kept.reading, &values) else {
        set_text("track-words", &word("not-tracked"));
        return Ok(());
    };
    choose_unit(panels, unit);
    set_text(
        "track-words",
        &words(
            "tracked",
            &[
                ("unit", &unit.to_string()),
                ("correlation", &fixed(f64::from(correlation), 2)),
                ("count", &kept.reading.len().to_string()),
            ],
        ),
    );
    Ok(())
}

/// Shows what the units do at the script's character `at`, and the step of the chosen one.
pub(crate) fn show(panels: &Panels, kept: &Kept, at: usize) -> Result<()> {
    let Some(place) = kept.place(at) else { return Ok(()) };
    // The window of text that is coloured may be another one.
    let first = element("heat")?.first_element_child().and_then(|span| span.get_attribute("data-at"));
    if first.is_some_and(|first| first.parse() != Ok(kept.from)) {
        show_text(kept)?;
        show_unit(kept, panels.unit.get())?;
        cursor::mark(Some(at), true)?;
    }
    let unit = panels.unit.get();
    for (cell, index) in all(&*element("units")?, "i").iter().zip(0..) {
        let class = heat::of_activation(kept.reading.activation(place, index));
        let class = if index == unit { [class, " chosen"].concat() } else { class.to_owned() };
        if property(cell, "className").as_string().as_deref() != Some(&class) {
            cell.set_class_name(&class);
        }
    }
    let Some(step) = step(&kept.model.weights, &kept.reading, place, unit) else { return Ok(()) };
    let shown = |number: f32| fixed(f64::from(number), 2);
    let percent = |number: f32| fixed(f64::from(number) * 100.0, 0);
    let [write, keep, candidate, show] = step.gates;
    let character = kept.model.weights.vocab.character(kept.reading.ids()[place]);
    for (id, text) in [
        ("step-before", shown(step.cell_before)),
        ("step-after", shown(step.cell)),
        ("step-f", shown(keep)),
        ("step-i", shown(write)),
        ("step-g", shown(candidate)),
        ("step-o", shown(show)),
        ("step-h", shown(step.hidden)),
        ("step-reads", if character == '\n' { "⏎".to_owned() } else { character.to_string() }),
    ] {
        // The drawing's texts are no HTML elements.
        if let Some(place) = web::dom::document()?.get_element_by_id(id) {
            place.set_text_content(Some(&text));
        }
    }
    set_text(
        "step-words",
        &words(
            "step",
            &[
                ("character", &name_of(character)),
                ("keep", &percent(keep)),
                ("before", &shown(step.cell_before)),
                ("write", &percent(write)),
                ("candidate", &shown(candidate)),
                ("after", &shown(step.cell)),
                ("show", &percent(show)),
                ("hidden", &shown(step.hidden)),
            ],
        ),
    );
    Ok(())
}
