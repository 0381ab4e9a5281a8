//! The dashboard: progress, both losses as curves, speed, time left and what the model writes, drawn below the lines
//! of the epochs that are done.

use std::io::{self, Stdout};

use ratatui::{
    Frame, Terminal, TerminalOptions, Viewport,
    backend::CrosstermBackend,
    layout::{Constraint, Layout, Rect},
    style::{Color, Style, Stylize},
    symbols::Marker,
    text::{Line, Text},
    widgets::{Axis, Block, Chart, Dataset, Gauge, GraphType, Paragraph, Widget, Wrap},
};

use training::{Event, History, Progress};

use super::plain::{lines, minutes};
use crate::printable::printable;

/// Lines of the dashboard.
const HEIGHT: u16 = 20;
const TRAINING: Color = Color::Gray;
const VALIDATION: Color = Color::LightRed;

/// A run, drawn on the terminal.
#[derive(Debug)]
pub struct Dashboard {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    progress: Option<Progress>,
}

impl Dashboard {
    pub(super) fn open() -> io::Result<Self> {
        let options = TerminalOptions { viewport: Viewport::Inline(HEIGHT) };
        let terminal = Terminal::with_options(CrosstermBackend::new(io::stdout()), options)?;
        Ok(Self { terminal, progress: None })
    }

    pub(super) fn update(&mut self, event: &Event, history: &History) -> io::Result<()> {
        match event {
            Event::Progress(progress) => self.progress = Some(progress.clone()),
            Event::Start(_) | Event::Epoch(_) => self.print(event)?,
            Event::Sample(_) => {}
            Event::End { .. } | Event::Failed { .. } => {
                // What was drawn gives way to lines that stay.
                self.terminal.clear()?;
                return self.print(event);
            }
        }
        let progress = self.progress.as_ref();
        self.terminal.draw(|frame| draw(frame, progress, history)).map(|_| ())
    }

    /// Puts an event's lines above the dashboard.
    fn print(&mut self, event: &Event) -> io::Result<()> {
        let width = self.terminal.size()?.width;
        for line in lines(event) {
            let height = line.chars().count().div_ceil(usize::from(width.max(1))).max(1) as u16;
            let paragraph = Paragraph::new(line).wrap(Wrap { trim: false });
            self.terminal.insert_before(height, |buffer| paragraph.render(buffer.area, buffer))?;
        }
        Ok(())
    }
}

fn draw(frame: &mut Frame<'_>, progress: Option<&Progress>, history: &History) {
    let [top, below] = Layout::vertical([Constraint::Length(2), Constraint::Min(4)]).areas(frame.area());
    if let Some(progress) = progress {
        draw_progress(frame, top, progress, history);
    }
    let wide = below.width >= 90;
    let [left, right] = if wide {
        Layout::horizontal([Constraint::Percentage(55), Constraint::Percentage(45)]).areas(below)
    } else {
        Layout::vertical([Constraint::Percentage(60), Constraint::Percentage(40)]).areas(below)
    };
    draw_curves(frame, left, history);
    draw_samples(frame, right, history);
}

fn draw_progress(frame: &mut Frame<'_>, area: Rect, progress: &Progress, history: &History) {
    let Progress { epoch, epochs, step, steps, recent_loss, chars_per_second, left_secs, .. } = progress;
    let [bar, words] = Layout::vertical([Constraint::Length(1); 2]).areas(area);
    let share = (*step as f64 / *steps as f64).clamp(0.0, 1.0);
    let label = format!("epoch {epoch} of {epochs}: step {step} of {steps}");
    frame.render_widget(Gauge::default().ratio(share).label(label).gauge_style(Color::Blue), bar);
    let best = history.best().map(|best| format!("  best {:.4} after epoch {}", best.val_loss, best.epoch));
    let line = format!(
        "loss {recent_loss:.4}{}  {chars_per_second:.0} characters/s  {} left",
        best.unwrap_or_default(),
        minutes(*left_secs)
    );
    frame.render_widget(Line::from(line), words);
}

fn draw_curves(frame: &mut Frame<'_>, area: Rect, history: &History) {
    let validation = history.validation();
    let Some(([low, high], end)) = history.bounds() else { return };
    let curve = |name, color, points| {
        Dataset::default()
            .name(name)
            .marker(Marker::Braille)
            .graph_type(GraphType::Line)
            .style(Style::new().fg(color))
            .data(points)
    };
    let chart = Chart::new(vec![
        curve("training", TRAINING, &history.losses[..]),
        curve("validation", VALIDATION, &validation[..]),
    ])
    .x_axis(Axis::default().bounds([0.0, end]).labels(["0".to_owned(), format!("{end:.1} epochs")]))
    .y_axis(Axis::default().bounds([low, high]).labels([format!("{low:.2}"), format!("{high:.2}")]))
    .block(Block::bordered().title(" nats a character "));
    frame.render_widget(chart, area);
}

fn draw_samples(frame: &mut Frame<'_>, area: Rect, history: &History) {
    let mut text = Text::default();
    for sample in &history.samples {
        text.push_line(Line::from(format!("temperature {}", sample.temperature)).bold());
        for line in sample.text.lines().filter(|line| !line.trim().is_empty()).take(4) {
            text.push_line(Line::from(printable(line)));
        }
    }
    if history.samples.is_empty() {
        text.push_line(Line::from("a sample comes after the first epoch").dim());
    }
    frame.render_widget(Paragraph::new(text).block(Block::bordered().title(" what it writes ")), area);
}

#[cfg(test)]
mod tests {
    use ratatui::backend::TestBackend;
    use training::{EpochSummary, Sample};

    use super::*;

    /// What a terminal of some size shows.
    fn drawn(width: u16, progress: Option<&Progress>, history: &History) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, HEIGHT)).unwrap();
        terminal.draw(|frame| draw(frame, progress, history)).unwrap();
        let cells = terminal.backend().buffer().content();
        cells.iter().map(|cell| cell.symbol()).collect()
    }

    #[test]
    fn shows_progress_curves_and_samples() {
        let mut history = History::default();
        assert!(drawn(80, None, &history).contains("a sample comes after the first epoch"));
        let progress = Progress {
            epoch: 2,
            epochs: 3,
            step: 5,
            steps: 10,
            loss: 2.0,
            recent_loss: 1.9,
            learning_rate: 0.01,
            chars_per_second: 1234.0,
            left_secs: 75.0,
        };
        let summary = EpochSummary { epoch: 1, epochs: 3, loss: 2.1, val_loss: 1.75, best: true, secs: 9.0 };
        let sample = Sample { epoch: 1, temperature: 0.5, text: "ODO:\n\nWell?\u{1b}[2J".to_owned() };
        for event in [Event::Progress(progress.clone()), Event::Epoch(summary), Event::Sample(sample)] {
            history.add(&event);
        }
        for width in [40, 80, 120] {
            let screen = drawn(width, Some(&progress), &history);
            for part in
                ["epoch 2 of 3", "loss 1.9000", "best 1.7500", "ODO:", "Well?\\u{1b}[2J", "nats a character"]
            {
                assert!(screen.contains(part), "{width} columns: no {part:?} in {screen}");
            }
        }
        assert!(drawn(120, Some(&progress), &history).contains("1234 characters/s  1:15 left"));
        drawn(3, Some(&progress), &history);
    }
}
