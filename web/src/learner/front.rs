//! Who trains: this program on the CPU, or the one for WebGPU, which is started where it is asked for, or may be faster.

use std::pin::pin;

use futures_util::future::{Either, select};
use web::{
    messages::learner::{
        Beginning, FromLearner, Learner, TextChoice, TextFile, ToLearner, TrainSettings, Trial,
    },
    turn::pause,
    worker::reply,
};

use crate::{
    mailbox::Mailbox,
    program::Program,
    refusal::Refusal,
    remote::Remote,
    webgpu::{Adapter, adapter},
};

/// How far apart losses, and weights, of the two may be after a few steps.
const MAX_APART: f64 = 1e-3;
/// Seconds after which WebGPU is not waited for any longer when it is tried: it has to be loaded, and to compile its kernels.
const MAX_TRIAL_SECS: i32 = 20;

/// The tab's one partner: it knows the program on the CPU, which it is part of, and has the one on WebGPU.
#[derive(Debug, Default)]
pub(crate) struct Front {
    program: Program,
    webgpu: Option<Remote>,
    /// Whether that one has been told of the text.
    is_told: bool,
    files: Vec<TextFile>,
    choice: TextChoice,
    /// What was found out last for trainings that may run on either, by their settings.
    tried: Option<(TrainSettings, Engine)>,
    /// Whether WebGPU has broken off a training, which the CPU then goes on with.
    broke_off: bool,
}

/// Who trains.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Engine {
    /// This program, and why not the other, if that has to be said.
    Cpu(Option<String>),
    /// The other program.
    WebGpu,
}

impl Front {
    /// Does what a message asks for, to its end, or has it done.
    pub(crate) async fn answer(&mut self, message: ToLearner, mailbox: &mut Mailbox) {
        let nothing = Beginning::Anew;
        let asked = match &message {
            ToLearner::Read { files, choice } => {
                self.files.clone_from(files);
                self.change_text(choice);
                None
            }
            ToLearner::Choose(choice) => {
                self.change_text(choice);
                None
            }
            ToLearner::Estimate(settings) => Some((settings, &nothing)),
            ToLearner::Train { settings, beginning } => Some((settings, beginning)),
            _ => None,
        };
        let engine = match asked {
            Some((settings, beginning)) => self.engine(settings, beginning).await,
            None => Ok(Engine::Cpu(None)),
        };
        match engine {
            Ok(Engine::Cpu(why)) => {
                self.program.why = why;
                self.program.answer(message, mailbox).await;
            }
            Ok(Engine::WebGpu) => self.relay(message, mailbox).await,
            Err(refusal) => reply::<Learner>(&refusal.into()),
        }
    }

    /// There is another text, of which nothing is known.
    fn change_text(&mut self, choice: &TextChoice) {
        self.choice = choice.clone();
        (self.is_told, self.tried) = (false, None);
    }

    /// Who is to do what these settings say.
    async fn engine(&mut self, settings: &TrainSettings, beginning: &Beginning) -> Result<Engine, Refusal> {
        let goes_on = matches!(beginning, Beginning::Checkpoint { .. });
        match settings.engine.as_str() {
            "webgpu" | "auto" if self.broke_off && goes_on => {
                Ok(Engine::Cpu(Some("WebGPU broke off".to_owned())))
            }
            "webgpu" => match adapter().await {
                Adapter::Missing => Err(Refusal::new(
                    "engine",
                    "This browser offers no WebGPU here: it has none, found no graphics adapter, or the page is not secure; choose `cpu` or `auto`.",
                )),
                Adapter::Hardware | Adapter::Software => Ok(Engine::WebGpu),
            },
            "auto" => match adapter().await {
                Adapter::Missing => Ok(Engine::Cpu(Some("there is no WebGPU here".to_owned()))),
                Adapter::Software => Ok(Engine::Cpu(Some("WebGPU is software here".to_owned()))),
                Adapter::Hardware => self.faster(settings, beginning).await,
            },
            // What is not an engine is refused with all other settings.
            _ => Ok(Engine::Cpu(None)),
        }
    }

    /// The faster of the two, if they agree, by a few steps of each.
    async fn faster(&mut self, settings: &TrainSettings, beginning: &Beginning) -> Result<Engine, Refusal> {
        let is_known = |(known, _): &&(TrainSettings, Engine)| is_alike(known, settings);
        if let Some((_, engine)) = self.tried.as_ref().filter(is_known) {
            return Ok(engine.clone());
        }
        let cpu = self.program.trial(settings, beginning).await?;
        let tried = {
            let trial = pin!(self.try_webgpu(settings, beginning));
            match select(trial, pin!(pause(1000 * MAX_TRIAL_SECS))).await {
                Either::Left((tried, _)) => tried,
                Either::Right(_) => Err(format!("WebGPU did not begin within {MAX_TRIAL_SECS} seconds")),
            }
        };
        let reason = match tried {
            Ok(webgpu) if !agree(&cpu, &webgpu) => "WebGPU came to other numbers".to_owned(),
            Ok(webgpu) if webgpu.step_secs < cpu.step_secs => {
                self.tried = Some((settings.clone(), Engine::WebGpu));
                return Ok(Engine::WebGpu);
            }
            Ok(webgpu) => {
                let [slow, fast] = [webgpu, cpu].map(|trial| trial.step_secs * 1000.0);
                format!("WebGPU takes {slow:.0} ms a step, the CPU {fast:.0}")
            }
            Err(reason) => reason,
        };
        // It is not needed, and perhaps still at what it was tried with.
        self.webgpu = None;
        let engine = Engine::Cpu(Some(reason));
        self.tried = Some((settings.clone(), engine.clone()));
        Ok(engine)
    }

    /// A few steps on WebGPU.
    ///
    /// # Errors
    /// Why there are none.
    async fn try_webgpu(&mut self, settings: &TrainSettings, beginning: &Beginning) -> Result<Trial, String> {
        let (settings, beginning) = (settings.clone(), beginning.clone());
        let remote = self.webgpu().await?;
        remote.send(&ToLearner::Try { settings, beginning })?;
        loop {
            match remote.next().await? {
                FromLearner::Tried(trial) => return Ok(trial),
                FromLearner::Refused { message, .. } | FromLearner::Failed { message } => {
                    return Err(format!("WebGPU could not: {message}"));
                }
                _ => {}
            }
        }
    }

    /// The program on WebGPU with the text.
    ///
    /// # Errors
    /// Why it cannot be had.
    async fn webgpu(&mut self) -> Result<&mut Remote, String> {
        let remote = match self.webgpu.take() {
            Some(remote) => remote,
            None => {
                self.is_told = false;
                let started = Remote::start().await;
                started.map_err(|error| format!("what trains on WebGPU could not be loaded: {error}"))?
            }
        };
        let remote = self.webgpu.insert(remote);
        if !std::mem::replace(&mut self.is_told, true) {
            let (files, choice) = (self.files.clone(), self.choice.clone());
            // It says what it has read, or that there is nothing to be read, which the tab knows.
            remote.send(&ToLearner::Read { files, choice })?;
            remote.next().await?;
        }
        Ok(remote)
    }

    /// Has a message answered by the program on WebGPU, and stands between it and the tab until that is done.
    async fn relay(&mut self, message: ToLearner, mailbox: &mut Mailbox) {
        let is_training = matches!(message, ToLearner::Train { .. });
        if is_training {
            self.broke_off = false;
        }
        match self.try_relay(message, mailbox).await {
            Ok(()) => {}
            // What has not begun is refused.
            Err((false, reason)) => {
                self.webgpu = None;
                let message = format!("WebGPU cannot train here ({reason}); choose `cpu` or `auto`.");
                reply::<Learner>(&Refusal::new("engine", message).into());
            }
            Err((true, message)) => {
                // The device is in an unknown state; the next training gets another.
                self.webgpu = None;
                self.broke_off |= is_training;
                reply::<Learner>(&FromLearner::Failed { message });
            }
        }
    }

    /// Until the message is answered, or the training over. If that fails: whether a training had begun, and why.
    async fn try_relay(&mut self, message: ToLearner, mailbox: &mut Mailbox) -> Result<(), (bool, String)> {
        let is_training = matches!(message, ToLearner::Train { .. });
        let mut has_begun = false;
        let share = self.program.share;
        let remote = self.webgpu().await.map_err(|reason| (false, reason))?;
        remote.send(&ToLearner::Pace { share }).map_err(|reason| (false, reason))?;
        remote.send(&message).map_err(|reason| (false, reason))?;
        loop {
            let heard = match is_training {
                // Of what the tab says to a training nothing is for this program.
                true => match select(pin!(remote.next()), pin!(mailbox.next())).await {
                    Either::Left((said, _)) => Either::Left(said),
                    Either::Right((asked, _)) => Either::Right(asked),
                },
                false => Either::Left(remote.next().await),
            };
            let said = match heard {
                Either::Left(said) => said.map_err(|reason| {
                    (has_begun, format!("What trains on WebGPU broke down ({reason}); go on from the last checkpoint, which the CPU can."))
                })?,
                Either::Right(Some(asked)) => {
                    remote.send(&asked).map_err(|reason| (has_begun, reason))?;
                    continue;
                }
                Either::Right(None) => return Ok(()),
            };
            let is_over = match &said {
                FromLearner::Begun(_) => {
                    has_begun = true;
                    false
                }
                FromLearner::Failed { message } => return Err((true, message.clone())),
                FromLearner::Ended { .. } => true,
                FromLearner::Estimate(_) => !is_training,
                FromLearner::Refused { .. } => !has_begun,
                _ => false,
            };
            reply::<Learner>(&said);
            if is_over {
                return Ok(());
            }
        }
    }
}

/// Whether a step of two trainings is as much work, on the same text.
fn is_alike(left: &TrainSettings, right: &TrainSettings) -> bool {
    let shape = |settings: &TrainSettings| {
        let TrainSettings { recipe, hidden, layers, batch, time, workers, .. } = settings;
        (recipe.clone(), [*hidden, *layers, *batch, *time, *workers])
    };
    shape(left) == shape(right)
}

/// Whether two devices came to the same from the same beginning.
fn agree(left: &Trial, right: &Trial) -> bool {
    let near = |left: f64, right: f64| (left - right).abs() <= MAX_APART;
    let [weights, others] = [&left.weights, &right.weights].map(|weights| weights.to_vec());
    weights.len() == others.len()
        && left.losses.iter().zip(right.losses).all(|(left, right)| near(*left, right))
        && weights.iter().zip(others).all(|(left, right)| near((*left).into(), right.into()))
}
