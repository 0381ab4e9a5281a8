//! A training at rest, with its text: new, from a model, or from a checkpoint.

use std::path::Path;

use anyhow::{Context, Result, bail};
use model::{Card, Vocab, Weights};
use training::{Checkpoint, Recipe, Source, check_gates, extend, keras_weights};

use crate::{
    checkpoint,
    corpus::{Corpus, CorpusArgs},
    settings::{Settings, checked},
    weights::load_weights,
};

/// A training at rest, with its text.
pub(super) struct Loaded {
    pub(super) checkpoint: Checkpoint,
    pub(super) corpus: Corpus,
}

/// A new training, not yet begun.
pub(super) fn begin(settings: &Settings) -> Result<Loaded> {
    if settings.from.is_none() && settings.extend.is_some() {
        bail!("--extend belongs to --from, the model that is extended; leave it out");
    }
    let recipe = settings.recipe()?;
    let model = settings.from.as_deref().map(trainable).transpose()?;
    let recipe = match &model {
        Some(model) => sized(recipe, model, settings)?,
        None => recipe,
    };
    let corpus = Corpus::load(&settings.corpus)?;
    let unusable = || format!("the corpus {} cannot be used", settings.corpus.name());
    let args = serde_json::to_value(settings.corpus.clone().anywhere())?;
    let source = Source { args, sha256: corpus.sha256() };
    let card = Card {
        corpus: corpus.name.clone(),
        corpus_sha256: source.sha256.clone(),
        recipe: recipe.describe(),
        ..Card::default()
    };
    let weights = match model {
        Some(model) if settings.extend == Some(true) => {
            let extended = extend(model, &corpus.text, recipe.seed).with_context(unusable)?;
            Weights { card, ..extended }
        }
        Some(model) => Weights { card, ..model },
        None => {
            let vocab = Vocab::from_text(&corpus.text).with_context(unusable)?;
            keras_weights(vocab, card, recipe.hidden, recipe.layers, recipe.seed)?
        }
    };
    Ok(Loaded { checkpoint: Checkpoint::new(recipe, source, weights), corpus })
}

/// The model in a file, which can be trained on.
fn trainable(file: &Path) -> Result<Weights> {
    let model = load_weights(file)?;
    check_gates(&model).with_context(|| format!("{} cannot be trained on", file.display()))?;
    Ok(model)
}

/// The recipe for a model, whose size stays.
fn sized(recipe: Recipe, model: &Weights, settings: &Settings) -> Result<Recipe> {
    let (hidden, layers) = (model.hidden(), model.layers.len());
    for (flag, given, there) in [("hidden", settings.hidden, hidden), ("layers", settings.layers, layers)] {
        if given.is_some_and(|given| given != there) {
            bail!("--{flag} cannot be set with --from, for the model's size stays ({there}); leave it out");
        }
    }
    checked(Recipe { hidden, layers, ..recipe })
}

/// A training that goes on, with the same text as before; `settings` may say where that is now, and ask for more epochs.
pub(super) fn resume(path: &Path, settings: &Settings) -> Result<Loaded> {
    let mut checkpoint = checkpoint::load(path)?;
    if let Some(epochs) = settings.epochs {
        raise_epochs(&mut checkpoint, epochs)?;
    }
    let corpus = text_of(&mut checkpoint, path, &settings.corpus)?;
    Ok(Loaded { checkpoint, corpus })
}

/// The text of a checkpoint that was read at `path`. Where the flags say something of it, the checkpoint says so from now on.
fn text_of(checkpoint: &mut Checkpoint, path: &Path, flags: &CorpusArgs) -> Result<Corpus> {
    let (known, shown) = (checkpoint::corpus_args(checkpoint, path)?, path.display());
    if known.is_none() && flags.corpus.is_none() {
        bail!(
            "{shown} is of the page and does not say where its text is; give the text with --corpus, and with the --rare that was chosen there"
        );
    }
    let args = flags.clone().over(known.unwrap_or_default());
    // A file that the user names may be anything; one that a stranger's checkpoint names must be a file.
    let corpus = match &flags.corpus {
        Some(_) => Corpus::load(&args)?,
        None => Corpus::load_regular(&args).with_context(|| {
            format!("the text of {shown} cannot be read; if it has moved, say with --corpus where it is")
        })?,
    };
    if corpus.sha256() != checkpoint.source.sha256 {
        let given = args.name();
        match *flags == CorpusArgs::default() {
            true => bail!(
                "the corpus {given} has changed since {shown} was written; bring the old text back or train anew"
            ),
            false => bail!(
                "the corpus {given} is not the text that {shown} was trained on; give that very text, with the same --series, --episodes and --rare, or train anew"
            ),
        }
    }
    if *flags != CorpusArgs::default() {
        checkpoint.source.args = serde_json::to_value(args.anywhere())?;
    }
    Ok(corpus)
}

/// Has a training go on for more epochs.
fn raise_epochs(checkpoint: &mut Checkpoint, epochs: usize) -> Result<()> {
    let position = &checkpoint.position;
    let begun = position.epoch + usize::from(position.step > 0);
    if epochs < begun {
        bail!("--epochs {epochs} cannot be used, for {begun} are begun already; give at least that many");
    }
    checkpoint.recipe = checked(Recipe { epochs, ..checkpoint.recipe.clone() })?;
    checkpoint.weights.card.recipe = checkpoint.recipe.describe();
    Ok(())
}
