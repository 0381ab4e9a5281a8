//! The course of a training: what its curves and its report are drawn from.

use crate::event::Event;

/// Most points of the training curve; more would not be seen.
const MOST_POINTS: usize = 2000;

/// What has happened so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    /// Recent training losses: epochs done (with fractions), nats a character.
    pub(crate) losses: Vec<(f64, f64)>,
    /// Every epoch's number, training loss, validation loss, whether it was the best, seconds so far.
    pub(crate) epochs: Vec<(usize, f64, f64, bool, f64)>,
    /// The last epoch's samples: temperature, text.
    pub(crate) samples: Vec<(f32, String)>,
    pub(super) sampled: usize,
}

impl History {
    /// Takes an event in.
    pub(crate) fn see(&mut self, event: &Event) {
        match event {
            &Event::Progress { epoch, step, steps, recent_loss, .. } => {
                let done = (epoch - 1) as f64 + step as f64 / steps.max(1) as f64;
                self.losses.push((done, recent_loss));
                if self.losses.len() > MOST_POINTS {
                    self.halve();
                }
            }
            &Event::Epoch { epoch, loss, val_loss, best, secs, .. } => {
                self.epochs.push((epoch, loss, val_loss, best, secs));
            }
            Event::Sample { epoch, temperature, text } => {
                if self.sampled != *epoch {
                    self.sampled = *epoch;
                    self.samples.clear();
                }
                self.samples.push((*temperature, text.clone()));
            }
            Event::Start { .. } | Event::End { .. } | Event::Failed { .. } => {}
        }
    }

    /// Makes one point of every two.
    fn halve(&mut self) {
        let mean = |pair: &[(f64, f64)]| {
            let count = pair.len() as f64;
            (pair.iter().map(|p| p.0).sum::<f64>() / count, pair.iter().map(|p| p.1).sum::<f64>() / count)
        };
        self.losses = self.losses.chunks(2).map(mean).collect();
    }

    /// Validation losses: epochs done, nats a character.
    pub(crate) fn validation(&self) -> Vec<(f64, f64)> {
        self.epochs.iter().map(|&(epoch, _, val_loss, ..)| (epoch as f64, val_loss)).collect()
    }

    /// Lowest and highest loss with some room around them, and the last place, at least one epoch; none without a loss.
    pub(crate) fn bounds(&self) -> Option<([f64; 2], f64)> {
        let all = || self.losses.iter().copied().chain(self.validation());
        let low = all().map(|(_, loss)| loss).min_by(f64::total_cmp)?;
        let high = all().map(|(_, loss)| loss).max_by(f64::total_cmp)?;
        let room = ((high - low) * 0.05).max(0.01);
        Some(([low - room, high + room], all().fold(1.0, |end, (at, _)| end.max(at))))
    }

    /// The best epoch's number and validation loss.
    pub(crate) fn best(&self) -> Option<(usize, f64)> {
        self.epochs.iter().rfind(|epoch| epoch.3).map(|&(epoch, _, val_loss, ..)| (epoch, val_loss))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_trainings_stay_small() {
        let mut history = History::default();
        for step in 1..=10_000 {
            history.see(&Event::Progress {
                epoch: 1,
                epochs: 1,
                step,
                steps: 10_000,
                loss: 0.0,
                recent_loss: step as f64,
                learning_rate: 0.0,
                chars_per_second: 0.0,
                left_secs: 0.0,
            });
        }
        assert!(history.losses.len() <= MOST_POINTS);
        assert!(history.losses.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1));
        assert_eq!(history.losses[history.losses.len() - 1].1, 10_000.0);
    }
}
