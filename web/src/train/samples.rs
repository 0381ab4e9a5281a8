//! What the model writes while it learns, and what it wrote before.

use std::{cell::RefCell, rc::Rc};

use wasm_bindgen::JsValue;
use web::{
    dom::{Result, append, create, element, on, set, set_hidden, set_property, set_text, set_value, value},
    messages::learner::Sample,
    numbers::{fixed, grouped},
    words::words,
};

/// Most moments that are kept.
const MAX_MOMENTS: usize = 200;

/// What was written at one moment of the training.
struct Moment {
    epoch: u32,
    steps: f64,
    /// By temperature.
    texts: Vec<(f32, String)>,
}

/// All samples of a training.
#[derive(Default)]
pub(crate) struct Samples {
    moments: RefCell<Vec<Moment>>,
}

impl Samples {
    /// Connects the slider by which earlier samples are seen.
    pub(crate) fn listen(self: &Rc<Self>) -> Result<()> {
        let this = self.clone();
        on(&*element("train-earlier")?, "input", move |_| {
            // The elements are there: this one was just moved.
            let _ = this.show(chosen());
        });
        Ok(())
    }

    /// There is another training.
    pub(crate) fn clear(&self) {
        self.moments.borrow_mut().clear();
        set_hidden("train-samples-shown", true);
    }

    /// Adds a sample, and shows it unless the visitor looks at an earlier one.
    pub(crate) fn add(&self, sample: Sample) -> Result<()> {
        let last = self.moments.borrow().len().saturating_sub(1);
        let follows = chosen() >= last;
        {
            let mut moments = self.moments.borrow_mut();
            let Sample { epoch, steps, temperature, text } = sample;
            match moments.last_mut().filter(|moment| moment.steps == steps) {
                Some(moment) => moment.texts.push((temperature, text)),
                None => moments.push(Moment { epoch, steps, texts: vec![(temperature, text)] }),
            }
            if moments.len() > MAX_MOMENTS {
                // The first and the last of them tell most; every other one of those before the last goes.
                let all = std::mem::take(&mut *moments);
                let count = all.len();
                let kept = all.into_iter().enumerate().filter(|(at, _)| at % 2 == 0 || at + 1 == count);
                *moments = kept.map(|(_, moment)| moment).collect();
            }
        }
        let last = self.moments.borrow().len().saturating_sub(1);
        let slider = element("train-earlier")?;
        set_property(&slider, "max", &JsValue::from_f64(last as f64));
        set_hidden("train-samples-shown", false);
        if follows {
            set_value("train-earlier", &last.to_string())?;
            self.show(last)?;
        }
        Ok(())
    }

    fn show(&self, at: usize) -> Result<()> {
        let moments = self.moments.borrow();
        let Some(moment) = moments.get(at) else { return Ok(()) };
        let places = [("epoch", moment.epoch.to_string()), ("steps", grouped(moment.steps))];
        let places: Vec<(&str, &str)> = places.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let said = words("train-sample", &places);
        set_text("train-sample-words", &said);
        // What a screen reader says of the slider's place.
        web::dom::set(&*element("train-earlier")?, "aria-valuetext", &said);
        let list = element("train-sample")?;
        list.set_text_content(None);
        for (temperature, text) in &moment.texts {
            let column = create("div", "column", "")?;
            let shown = fixed(f64::from(*temperature), 2);
            let shown = shown.trim_end_matches('0').trim_end_matches('.');
            append(&column, &*create("h4", "", &words("column", &[("temperature", shown)]))?);
            let script = create("p", "script", text)?;
            // It scrolls, also for who has no mouse.
            set(&script, "tabindex", "0");
            append(&column, &script);
            append(&list, &column);
        }
        Ok(())
    }
}

/// Which moment the slider is at.
fn chosen() -> usize {
    value("train-earlier").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}
