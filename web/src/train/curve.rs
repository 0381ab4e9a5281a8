//! The curves of a training as points of a drawing.

/// Most points of the training loss: more than the drawing has pixels would be seen by nobody.
const MAX_POINTS: usize = 600;
/// The drawing's area in its own units: left, top, right, bottom.
const AREA: [f64; 4] = [34.0, 10.0, 394.0, 166.0];
/// Least difference between the ends of the axis of losses, nats.
const MIN_HEIGHT: f64 = 0.1;

/// A point: how many epochs, and the loss there in nats a character.
pub(crate) type Point = (f64, f64);

/// The curves of a training.
#[derive(Debug, Default)]
pub(crate) struct Curves {
    loss: Vec<Point>,
    validation: Vec<Point>,
    /// How many losses come together in one of the points, and the mean of those that have come since the last.
    stride: u32,
    since: (u32, f64),
}

/// What is seen.
#[derive(Debug, PartialEq)]
pub(crate) struct Drawing {
    /// The points of the training loss, as SVG has them.
    pub(crate) loss: String,
    /// Those of the validation loss.
    pub(crate) validation: String,
    /// Losses at the ends of the axis: the upper, the lower.
    pub(crate) losses: [f64; 2],
    /// Epochs at the right end of the other one.
    pub(crate) epochs: f64,
}

impl Curves {
    /// Adds a training loss.
    pub(crate) fn add_loss(&mut self, (epochs, loss): Point) {
        if !loss.is_finite() {
            return;
        }
        let (count, sum) = self.since;
        self.since = (count + 1, sum + loss);
        if self.since.0 < self.stride.max(1) && !self.loss.is_empty() {
            return;
        }
        self.loss.push((epochs, self.since.1 / f64::from(self.since.0)));
        self.since = (0, 0.0);
        if self.loss.len() > MAX_POINTS {
            self.stride = self.stride.max(1) * 2;
            let pairs = self.loss.chunks(2);
            self.loss = pairs.map(|pair| (pair[pair.len() - 1].0, mean(pair))).collect();
        }
    }

    /// Adds a validation loss.
    pub(crate) fn add_validation(&mut self, point: Point) {
        if point.1.is_finite() {
            self.validation.push(point);
        }
    }

    /// The first and the last training loss.
    pub(crate) fn ends(&self) -> Option<(Point, Point)> {
        Some((*self.loss.first()?, *self.loss.last()?))
    }

    /// The last validation loss.
    pub(crate) fn last_validation(&self) -> Option<f64> {
        self.validation.last().map(|(_, loss)| *loss)
    }

    /// Draws them.
    pub(crate) fn draw(&self) -> Drawing {
        let all = || self.loss.iter().chain(&self.validation);
        let epochs = all().map(|(epochs, _)| *epochs).fold(0.0, f64::max).max(1e-3);
        let lowest = all().map(|(_, loss)| *loss).fold(f64::INFINITY, f64::min);
        let highest = all().map(|(_, loss)| *loss).fold(f64::NEG_INFINITY, f64::max);
        let (lowest, highest) = if lowest.is_finite() { (lowest, highest) } else { (0.0, 1.0) };
        let room = (highest - lowest).max(MIN_HEIGHT);
        // Ends with one digit behind the point, which is how they are written.
        let (top, bottom) = ((10.0 * (lowest + room)).ceil() / 10.0, (10.0 * lowest).floor() / 10.0);
        let [left, upper, right, lower] = AREA;
        let place = |&(x, y): &Point| {
            let (across, up) = (x / epochs, (y - bottom) / (top - bottom));
            (left + (right - left) * across, lower - (lower - upper) * up)
        };
        let points = |points: &[Point]| {
            let places = points.iter().map(place);
            places.map(|(x, y)| [tenths(x), tenths(y)].join(",")).collect::<Vec<_>>().join(" ")
        };
        Drawing {
            loss: points(&self.loss),
            validation: points(&self.validation),
            losses: [top, bottom],
            epochs,
        }
    }
}

fn mean(points: &[Point]) -> f64 {
    points.iter().map(|(_, loss)| loss).sum::<f64>() / points.len() as f64
}

/// A number above 0 with one digit behind the point.
fn tenths(number: f64) -> String {
    let tenths = (10.0 * number + 0.5) as u32;
    [(tenths / 10).to_string(), (tenths % 10).to_string()].join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_from_corner_to_corner() {
        let mut curves = Curves::default();
        for point in [(0.0, 4.0), (1.0, 3.0), (2.0, 2.0)] {
            curves.add_loss(point);
        }
        curves.add_validation((1.0, 2.5));
        curves.add_loss((2.0, f64::NAN));
        let drawing = curves.draw();
        assert_eq!(drawing.loss, "34.0,10.0 214.0,88.0 394.0,166.0");
        assert_eq!(drawing.validation, "214.0,127.0");
        assert_eq!((drawing.losses, drawing.epochs), ([4.0, 2.0], 2.0));
        assert_eq!(curves.ends(), Some(((0.0, 4.0), (2.0, 2.0))));
    }

    #[test]
    fn draws_nothing_and_what_does_not_change() {
        assert_eq!(Curves::default().draw().loss, "");
        let mut curves = Curves::default();
        curves.add_loss((0.5, 2.0));
        let Drawing { loss, losses, .. } = curves.draw();
        assert_eq!((loss.as_str(), losses), ("394.0,166.0", [2.1, 2.0]));
    }

    #[test]
    fn a_long_training_has_no_more_points_than_are_seen() {
        let mut curves = Curves::default();
        for step in 0..100_000 {
            curves.add_loss((f64::from(step), 1.0));
        }
        assert!((MAX_POINTS / 2..=MAX_POINTS).contains(&curves.loss.len()), "{}", curves.loss.len());
        assert!(curves.loss.iter().all(|(_, loss)| *loss == 1.0));
        assert!(curves.loss.last().unwrap().0 > 99_000.0);
    }
}
