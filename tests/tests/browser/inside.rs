//! The network's units over the script, and one step of one of them.

use anyhow::Context;
use model::{Feature, feature, step, tracking_unit};
use tests::{
    Result, Visit, Webgpu,
    hooks::TOOLS_READY,
    site::{script, weights},
};

use crate::reading::reading;

#[test]
fn inside_shows_the_units_and_a_step() -> Result {
    let visit =
        Visit::with(Webgpu::Missing).open_written("?model=notebook&length=400&temperature=0.5&seed=2")?;
    let weights = weights("notebook")?;
    let text = script(&weights, "SISKO: ", 0.5, 400, 2)?;
    let reading = reading(&weights, &text)?;
    visit.wait(TOOLS_READY)?;
    visit.press_character(30)?;
    visit.press("#tab-inside")?;
    visit.wait_for("#heat", "hidden == false")?;
    assert_eq!(visit.read("#heat")?, text);
    for unit in [0, 77] {
        visit.write("#unit", &unit.to_string())?;
        visit.wait(&format!("document.querySelector('#units .chosen')?.dataset.unit == {unit}"))?;
        let classes: Vec<String> = visit.properties("#heat span", "className")?;
        for (at, class) in classes.iter().enumerate() {
            let activation = reading.activation(at, unit);
            let strength = ((activation.abs() * 4.5) as usize).min(4);
            let expected = match strength {
                0 => String::new(),
                strength => format!("{}{strength}", if activation < 0.0 { 'm' } else { 'p' }),
            };
            assert_eq!(*class, expected, "unit {unit}, character {at}: {activation}");
        }
        let step = step(&weights, &reading, 30, unit).context("the script has no such step")?;
        for (id, number) in [
            ("step-before", step.cell_before),
            ("step-after", step.cell),
            ("step-i", step.gates[0]),
            ("step-f", step.gates[1]),
            ("step-g", step.gates[2]),
            ("step-o", step.gates[3]),
            ("step-h", step.hidden),
        ] {
            let found: f32 = visit.read(&format!("#{id}"))?.parse()?;
            assert!((found - number).abs() < 0.0051, "unit {unit}, {id}: {found} against {number}");
        }
    }
    for (track, what) in [("names", Feature::Names), ("position", Feature::LinePosition)] {
        visit.press(&format!("[data-track={track}]"))?;
        let (unit, _) = tracking_unit(&reading, &feature(&text, what)).context("no unit follows it")?;
        visit.wait_for_text("#track-words", &format!("Unit {unit} "))?;
    }
    visit.press("[data-track=quotes]")?;
    visit.wait_for_text("#track-words", "nothing of the kind")?;
    // Back to the cast, the script is seen as before.
    visit.press("#tab-cast")?;
    assert_eq!(visit.property("#script", "checkVisibility()")?, true);
    Ok(())
}
