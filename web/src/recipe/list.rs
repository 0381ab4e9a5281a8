//! The list of all settings of a training, in the order in which links have them; their limits are `training::Recipe`'s.

use super::{
    RECIPES,
    field::{Field, Kind::*},
};

/// All settings, with their defaults in the recipe `sequence` and in the notebook's.
pub static FIELDS: [Field; 18] = [
    Field::new("recipe", RECIPES, Choice(&RECIPES, |all| &mut all.recipe)),
    Field::new("hidden", ["128"; 2], Integer(1..=2048, |all| &mut all.hidden)),
    Field::new("layers", ["1"; 2], Integer(1..=8, |all| &mut all.layers)),
    Field::new("epochs", ["10", "1"], Integer(1..=100_000, |all| &mut all.epochs)),
    Field::new("minutes", ["0"; 2], Number(|n| (0.0..=10_000.0).contains(&n), |all| &mut all.minutes)),
    Field::new("batch", ["16", "128"], Integer(1..=4096, |all| &mut all.batch)),
    Field::new("time", ["100", "20"], Integer(1..=4096, |all| &mut all.time)),
    Field::new("learning-rate", ["0.01", "0.001"], Number(is_rate, |all| &mut all.learning_rate)),
    Field::new("dropout", ["0"; 2], Number(is_share, |all| &mut all.dropout)),
    Field::new("recurrent-dropout", ["0"; 2], Number(is_share, |all| &mut all.recurrent_dropout)),
    Field::new("weight-decay", ["0"; 2], Number(|n| (0.0..=1.0).contains(&n), |all| &mut all.weight_decay)),
    Field::new("average", ["0"; 2], Number(is_share, |all| &mut all.average)),
    Field::new("patience", ["0"; 2], Integer(0..=100_000, |all| &mut all.patience)),
    Field::new("split", ["0.9", "0.7"], Number(|n| n > 0.0 && n < 1.0, |all| &mut all.split)),
    Field::new("train-seed", ["1"; 2], Integer(0..=u32::MAX, |all| &mut all.seed)),
    Field::new("train-engine", ["auto"; 2], Choice(&["auto", "cpu", "webgpu"], |all| &mut all.engine)),
    Field::new("workers", ["0"; 2], Integer(0..=64, |all| &mut all.workers)),
    Field::new("samples", ["5"; 2], Number(|n| (0.0..=3600.0).contains(&n), |all| &mut all.sample_secs)),
];

fn is_rate(rate: f64) -> bool {
    rate > 0.0 && rate <= 1.0
}

fn is_share(share: f64) -> bool {
    (0.0..1.0).contains(&share)
}
