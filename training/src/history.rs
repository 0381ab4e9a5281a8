//! The course of a training: what its curves and its report are drawn from.

use crate::event::{EpochSummary, Event, Sample};

/// Points of the training curve at most; more would not be seen.
const MAX_POINTS: usize = 2000;

/// What has happened so far.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Recent training losses: epochs done (with fractions), nats a character.
    pub losses: Vec<(f64, f64)>,
    /// Every epoch that is done.
    pub epochs: Vec<EpochSummary>,
    /// What the model wrote after the last epoch.
    pub samples: Vec<Sample>,
}

impl History {
    /// Takes an event in.
    pub fn add(&mut self, event: &Event) {
        match event {
            Event::Progress(progress) => {
                let done = (progress.epoch - 1) as f64 + progress.step as f64 / progress.steps.max(1) as f64;
                self.losses.push((done, progress.recent_loss));
                if self.losses.len() > MAX_POINTS {
                    self.halve();
                }
            }
            Event::Epoch(epoch) => self.epochs.push(epoch.clone()),
            Event::Sample(sample) => {
                self.samples.retain(|earlier| earlier.epoch == sample.epoch);
                self.samples.push(sample.clone());
            }
            Event::Start(_) | Event::End { .. } | Event::Failed { .. } => {}
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
    pub fn validation(&self) -> Vec<(f64, f64)> {
        self.epochs.iter().map(|epoch| (epoch.epoch as f64, epoch.val_loss)).collect()
    }

    /// Lowest and highest loss with some room around them, and the last place, at least one epoch; `None` without a loss.
    pub fn bounds(&self) -> Option<([f64; 2], f64)> {
        let all = || self.losses.iter().copied().chain(self.validation());
        let low = all().map(|(_, loss)| loss).min_by(f64::total_cmp)?;
        let high = all().map(|(_, loss)| loss).max_by(f64::total_cmp)?;
        let room = ((high - low) * 0.05).max(0.01);
        Some(([low - room, high + room], all().fold(1.0, |end, (at, _)| end.max(at))))
    }

    /// The best epoch.
    pub fn best(&self) -> Option<&EpochSummary> {
        self.epochs.iter().rfind(|epoch| epoch.best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Progress;

    #[test]
    fn long_trainings_stay_small() {
        let mut history = History::default();
        for step in 1..=10_000 {
            history.add(&Event::Progress(Progress {
                epoch: 1,
                epochs: 1,
                step,
                steps: 10_000,
                loss: 0.0,
                recent_loss: step as f64,
                learning_rate: 0.0,
                chars_per_second: 0.0,
                left_secs: 0.0,
            }));
        }
        assert!(history.losses.len() <= MAX_POINTS);
        assert!(history.losses.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1));
        assert_eq!(history.losses[history.losses.len() - 1].1, 10_000.0);
    }

    #[test]
    fn only_the_last_epochs_samples_are_kept() {
        let mut history = History::default();
        for epoch in [1, 1, 2, 2] {
            history.add(&Event::Sample(Sample { epoch, temperature: 0.5, text: String::new() }));
        }
        assert_eq!(history.samples.iter().map(|sample| sample.epoch).collect::<Vec<_>>(), [2, 2]);
    }
}
