//! Steps of a training that is made up, timed: see `bench_training.js`.

use training::{Practice, RecipeName};
use web::{dom::now, messages::learner::FromLearner};

use crate::crew::{Crew, Pool};

/// The training that is measured, where it has come to.
#[derive(Debug, Default)]
pub(crate) struct Bench(Option<Measured>);

#[derive(Debug)]
struct Measured {
    name: RecipeName,
    workers: usize,
    crew: Crew,
}

impl Bench {
    /// Takes so many steps of a recipe with so many workers. What fails is said as a sentence.
    pub(crate) async fn run(
        &mut self,
        pool: &mut Pool,
        recipe: &str,
        steps: u32,
        workers: u32,
        anew: bool,
    ) -> FromLearner {
        let ran = self.steps(pool, recipe, steps, workers.max(1) as usize, anew).await;
        ran.unwrap_or_else(|message| {
            self.0 = None;
            pool.end();
            FromLearner::Failed { message }
        })
    }

    async fn steps(
        &mut self,
        pool: &mut Pool,
        recipe: &str,
        steps: u32,
        workers: usize,
        anew: bool,
    ) -> Result<FromLearner, String> {
        let name = RecipeName::ALL.into_iter().find(|name| name.as_str() == recipe);
        let name = name.ok_or("the recipe cannot be used; give notebook or sequence")?;
        let known = self.0.take().filter(|known| !anew && (known.name, known.workers) == (name, workers));
        let mut crew = match known {
            Some(known) => known.crew,
            None => begin(pool, name, workers).await?,
        };
        let (mut milliseconds, mut characters, mut losses) = (0.0, 0, Vec::new());
        for step in 0..steps {
            if crew.training().is_epoch_complete() {
                crew.end()?;
                crew = begin(pool, name, workers).await?;
            }
            let start = now();
            let before = crew.training().position().clone();
            crew.step(step + 1 == steps).await?;
            crew.read_losses().await?;
            milliseconds += now() - start;
            let (position, recipe) = (crew.training().position(), crew.training().recipe());
            losses.push(position.mean_loss_since(&before) as f32);
            characters += recipe.batch * recipe.time;
        }
        self.0 = Some(Measured { name, workers, crew });
        Ok(FromLearner::Benched { milliseconds, characters: characters as f64, losses })
    }
}

async fn begin(pool: &mut Pool, name: RecipeName, workers: usize) -> Result<Crew, String> {
    let Practice { checkpoint, text } = Practice::new(name, 1).map_err(|error| error.to_string())?;
    Crew::begin(pool, checkpoint, &text, workers).await
}
