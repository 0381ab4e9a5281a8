//! Inside the network: one unit's activity over the text, and one step of it.

use std::{cell::Cell, rc::Rc};

use model::{Feature, feature, step, tracking_unit};
use wasm_bindgen::{JsCast, JsValue};
use web::{
    dom::{
        Result, all, append, create, element, notice, on, property, root, set, set_hidden, set_property,
        set_text, set_value, value,
    },
    numbers::{fixed, number},
    task,
    words::{word, words},
};
use web_sys::Element;

use crate::{
    book::{Book, Kept},
    cursor, heat,
    odds::name_of,
};

/// The panel that shows what goes on inside the network.
pub(crate) struct Inside {
    book: Rc<Book>,
    /// Number of the character in the script that is looked at.
    at: Rc<Cell<Option<usize>>>,
    /// Which unit is looked at.
    unit: Cell<usize>,
}

/// The text is seen as it is again.
pub(crate) fn leave() {
    set_hidden("heat", true);
    set_hidden("script", false);
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

impl Inside {
    /// Connects the panel. `at` is the character that is looked at.
    pub(crate) fn new(book: &Rc<Book>, at: &Rc<Cell<Option<usize>>>) -> Result<Rc<Self>> {
        let inside = Rc::new(Self { book: book.clone(), at: at.clone(), unit: Cell::default() });
        let this = inside.clone();
        on(&*element("unit")?, "input", move |_| {
            let unit = value("unit").ok().and_then(|text| number(&text)).filter(|unit| *unit >= 0.0);
            if let Some(unit) = unit {
                this.choose_unit(unit as usize);
            }
        });
        let this = inside.clone();
        on(&*element("units")?, "click", move |event| {
            let cell = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let unit = cell.and_then(|cell| cell.get_attribute("data-unit")?.parse().ok());
            if let Some(unit) = unit {
                this.choose_unit(unit);
            }
        });
        for button in all(&*root()?, "[data-track]") {
            let this = inside.clone();
            let track = button.get_attribute("data-track").unwrap_or_default();
            on(&button, "click", move |_| {
                let (this, track) = (this.clone(), track.clone());
                task::spawn(async move { this.find_unit(&track).await }, notice);
            });
        }
        Ok(inside)
    }

    /// The text is seen in the colours of the unit's activity.
    pub(crate) fn open(&self, kept: &Kept) -> Result<()> {
        let unit = self.unit.get().min(kept.reading.units().saturating_sub(1));
        self.unit.set(unit);
        show_text(kept)?;
        set_hidden("heat", false);
        set_hidden("script", true);
        make_grid(kept)?;
        show_unit(kept, unit)
    }

    fn choose_unit(&self, unit: usize) {
        let at = self.at.get();
        let kept = self.book.kept(at.unwrap_or(0)).filter(|kept| unit < kept.reading.units());
        let Some(kept) = kept else { return };
        self.unit.set(unit);
        set_text("track-words", "");
        let step = |()| at.map_or(Ok(()), |at| self.show(&kept, at));
        if let Err(message) = show_unit(&kept, unit).and_then(step) {
            notice(&message);
        }
    }

    /// Chooses the unit that follows something in the text best.
    async fn find_unit(&self, track: &str) -> Result<()> {
        let what = match track {
            "quotes" => Feature::Quotes,
            "position" => Feature::LinePosition,
            "names" => Feature::Names,
            _ => Feature::Brackets,
        };
        let Some(kept) = self.book.read(self.at.get().unwrap_or(0)).await? else { return Ok(()) };
        let values = feature(&kept.text(), what);
        let Some((unit, correlation)) = tracking_unit(&kept.reading, &values) else {
            set_text("track-words", &word("not-tracked"));
            return Ok(());
        };
        self.choose_unit(unit);
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
    pub(crate) fn show(&self, kept: &Kept, at: usize) -> Result<()> {
        let Some(place) = kept.place(at) else { return Ok(()) };
        let unit = self.unit.get();
        // The window of text that is coloured may be another one.
        let first = element("heat")?.first_element_child().and_then(|span| span.get_attribute("data-at"));
        if first.is_some_and(|first| first.parse() != Ok(kept.from)) {
            show_text(kept)?;
            show_unit(kept, unit)?;
            cursor::mark(Some(at), true)?;
        }
        for (cell, index) in all(&*element("units")?, "i").iter().zip(0..) {
            let class = heat::of_activation(kept.reading.activation(place, index));
            let class = if index == unit { [class, " chosen"].concat() } else { class.to_owned() };
            if property(cell, "className").as_string().as_deref() != Some(&class) {
                cell.set_class_name(&class);
            }
        }
        show_step(kept, place, unit)
    }
}

/// Draws the step of a unit at a place of the reading.
fn show_step(kept: &Kept, place: usize, unit: usize) -> Result<()> {
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
