//! Steps of a training that is made up, timed: see `bench.html`.

use burn::tensor::{Device, read_sync};
use training::{Practice, RecipeName};
use web::{dom::now, messages::learner::FromLearner};

/// The trainings that were measured, each where it has come to.
#[derive(Debug, Default)]
pub(crate) struct Bench(Vec<(RecipeName, Practice)>);

impl Bench {
    /// Takes so many steps of a recipe. What fails is said as a sentence.
    pub(crate) fn run(&mut self, recipe: &str, steps: u32, anew: bool) -> FromLearner {
        self.steps(recipe, steps, anew).unwrap_or_else(|message| FromLearner::Failed { message })
    }

    fn steps(&mut self, recipe: &str, steps: u32, anew: bool) -> Result<FromLearner, String> {
        let name = RecipeName::ALL.into_iter().find(|name| name.as_str() == recipe);
        let name = name.ok_or("the recipe cannot be used; give notebook or sequence")?;
        self.0.retain(|(one, _)| *one != name || !anew);
        if self.0.iter().all(|(one, _)| *one != name) {
            let practice = Practice::new(name, 1, &Device::flex()).map_err(|error| error.to_string())?;
            self.0.push((name, practice));
        }
        let practice = self.0.iter_mut().find(|(one, _)| *one == name).map(|(_, practice)| practice);
        let practice = practice.ok_or("the bench has lost its training")?;
        let start = now();
        let mut losses = Vec::new();
        for _ in 0..steps {
            let loss = read_sync(practice.step().into_data_async()).map_err(|error| error.to_string())?;
            losses.extend(loss.iter::<f32>());
        }
        Ok(FromLearner::Benched {
            milliseconds: now() - start,
            characters: f64::from(steps) * practice.characters() as f64,
            losses,
        })
    }
}
