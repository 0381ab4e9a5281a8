//! `curves.svg`: the losses over the epochs.

use anyhow::{Result, anyhow};
use plotters::prelude::*;
use training::History;

const SIZE: (u32, u32) = (760, 360);
const TRAINING: RGBColor = RGBColor(0x9a, 0xa8, 0xb8);
const VALIDATION: RGBColor = RGBColor(0xa8, 0x56, 0x2b);

/// The training loss of the last few steps and the validation loss, in nats a character.
pub(super) fn svg(history: &History) -> Result<String> {
    let mut svg = String::new();
    draw(history, &mut svg).map_err(|error| anyhow!("cannot draw the curves: {error}"))?;
    // As wide as there is room, so that the report needs no more.
    Ok(svg.replacen(
        "<svg width=\"760\" height=\"360\"",
        "<svg style=\"max-width:100%;height:auto\" width=\"760\" height=\"360\"",
        1,
    ))
}

fn draw(history: &History, svg: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let validation = history.validation();
    let ([low, high], end) = history.bounds().unwrap_or(([0.0, 1.0], 1.0));
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(48)
        .build_cartesian_2d(0.0..end, low..high)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(RGBColor(0xe6, 0xe6, 0xe6))
        .x_desc("epochs")
        .y_desc("nats a character")
        .draw()?;
    chart
        .draw_series(LineSeries::new(history.losses.iter().copied(), &TRAINING))?
        .label("training")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 16, y)], TRAINING));
    chart
        .draw_series(LineSeries::new(validation.iter().copied(), VALIDATION.stroke_width(2)))?
        .label("validation")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 16, y)], VALIDATION.stroke_width(2)));
    chart.draw_series(validation.iter().map(|&point| Circle::new(point, 3, VALIDATION.filled())))?;
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE)
        .border_style(RGBColor(0xe6, 0xe6, 0xe6))
        .draw()?;
    area.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use training::EpochSummary;

    use super::*;

    #[test]
    fn draws_whatever_there_is() {
        let mut history = History::default();
        assert!(svg(&history).unwrap().contains("</svg>"));
        history.losses = vec![(0.1, 3.0), (0.5, 2.5), (1.0, 2.2)];
        history.epochs =
            vec![EpochSummary { epoch: 1, epochs: 1, loss: 2.6, val_loss: 2.3, best: true, secs: 4.0 }];
        let svg = svg(&history).unwrap();
        assert!(svg.contains("validation") && svg.contains("<polyline") && svg.contains("<circle"));
    }
}
