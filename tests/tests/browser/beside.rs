//! What is written is seen without scrolling: beside the controls where there is room.

use tests::{Result, Visit, Webgpu};

/// A laptop, two projectors and a large screen.
const SCREENS: [[u32; 2]; 4] = [[1280, 800], [1024, 768], [1280, 720], [1920, 1080]];

#[test]
fn the_script_stands_beside_the_controls() -> Result {
    let visit = Visit::with(Webgpu::Missing).open_written("?length=900&seed=3")?;
    for [width, height] in SCREENS {
        visit.emulate([width, height], false)?;
        let place = |selector: &str, side: &str| {
            let place = format!("document.querySelector('{selector}').getBoundingClientRect().{side}");
            visit.value_as::<f64>(&place)
        };
        let screen = format!("{width} x {height}");
        assert!(place("#paper", "left")? > place("#form", "right")?, "{screen}: not beside");
        // Two thirds of the screen are the script's.
        assert!(place("#paper", "top")? < f64::from(height) / 3.0, "{screen}: the script begins too low");
        // All controls in sight: the last one's lower edge.
        assert!(place("#continue", "bottom")? <= f64::from(height), "{screen}: controls below the screen");
    }
    // On a phone, and in somebody's frame of any width, one stands below the other.
    visit.emulate([390, 844], false)?;
    let beside = "document.querySelector('#paper').getBoundingClientRect().left > document.querySelector('#form').getBoundingClientRect().right";
    assert_eq!(visit.value(beside)?, false);
    let embedded = visit.another().open_written("?length=100&embed=1")?;
    embedded.emulate([1280, 800], false)?;
    assert_eq!(embedded.value(beside)?, false);
    Ok(())
}
