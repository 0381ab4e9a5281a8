//! A monkey at the built page: it does what people do and what goes wrong, as its random numbers say, and looks at what comes of it.
//!
//! A find is an error that nobody caught or that was printed, a page that does not answer, or one that writes no script afterwards and
//! does not say what to do. What it writes must be the script that the generator writes natively, to the character.

mod action;
mod chromium;
mod firefox;
mod random;
mod site;
mod window;

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::{self, Display, Formatter},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::Result;
use serde_json::Value;

pub use self::window::Kind;
use self::{action::Action, chromium::Chromium, firefox::Firefox, random::Random, window::Window};
use crate::{Server, hooks::WRITTEN, site::script};

/// Actions of a round.
const ACTIONS: usize = 25;
/// Actions that are told with a find.
const TOLD: usize = 60;
/// Longest time to answer. Software that draws takes the processor away from the page.
const MAX_ANSWER: Duration = Duration::from_secs(20);
/// Longest time until a script is there after a round.
const MAX_WRITING: Duration = Duration::from_secs(90);
/// Longest time until a small training is there: a program that trains and was ended is waited for for 90 seconds.
const MAX_TRAINING: Duration = Duration::from_secs(180);
/// Most tabs at a time.
const MAX_TABS: usize = 3;
/// Characters that are written after each round.
const LENGTH: u64 = 160;

/// What it found, if anything, and what it did.
#[derive(Debug, Default)]
pub struct Report {
    /// Rounds that came to their end.
    pub rounds: u32,
    /// How often it did what.
    pub actions: BTreeMap<String, u32>,
    /// Trainings that were asked for after rounds and came to their end.
    pub trainings: u32,
    /// Rounds after which the page had to be loaded anew, as it said itself.
    pub reloads: u32,
    /// The longest time that a page took to answer.
    pub slowest: Duration,
    /// What should not be.
    pub finds: Vec<String>,
}

impl Display for Report {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        let actions: u32 = self.actions.values().sum();
        let Self { rounds, trainings, reloads, slowest, finds, .. } = self;
        let (secs, count) = (slowest.as_secs_f64(), finds.len());
        write!(
            to,
            "{rounds} rounds, {actions} actions, then {trainings} trainings; reloaded as the page asked: {reloads}; slowest answer {secs:.1} s; finds: {count}"
        )
    }
}

/// Lets the monkey at the page for so long; `seed` says what it does, and each find is handed to `tell` at once.
///
/// # Errors
/// If the site is not built or the browser does not start.
pub fn let_loose(kind: Kind, seed: u32, how_long: Duration, tell: impl Fn(&str)) -> Result<Report> {
    let server = Server::start(&crate::site::dist()?, "/", site::with_hands()?)?;
    let mut monkey = Monkey {
        window: start(kind)?,
        server,
        weights: crate::site::weights("shakespeare")?,
        front: 0,
        done: VecDeque::new(),
        report: Report::default(),
        finds_told: 0,
    };
    let begun = Instant::now();
    for round in 0.. {
        if begun.elapsed() > how_long {
            break;
        }
        let result = monkey.round(seed, round);
        if let Err(error) = &result {
            monkey.find(&format!("the browser: {error:#}"));
        }
        monkey.tell(seed, round, &tell);
        if result.is_err() {
            // Whatever became of it, there is another one.
            monkey.window = start(kind)?;
        }
        monkey.report.rounds += 1;
    }
    Ok(monkey.report)
}

/// Starts a browser in whose pages the monkey's hands are.
fn start(kind: Kind) -> Result<Box<dyn Window>> {
    let hands = include_str!("monkey/hands.js");
    Ok(match kind {
        Kind::Chromium(webgpu) => Box::new(Chromium::start(webgpu, hands)?),
        Kind::Firefox => Box::new(Firefox::start(hands)?),
    })
}

struct Monkey {
    window: Box<dyn Window>,
    server: Server,
    weights: model::Weights,
    /// The tab in front.
    front: usize,
    done: VecDeque<String>,
    report: Report,
    finds_told: usize,
}

impl Monkey {
    /// A round: some actions, and then a script that must be right.
    fn round(&mut self, seed: u32, round: u32) -> Result<()> {
        let mut random = Random::new(seed, round);
        let mut is_training = false;
        if self.window.count() == 0 {
            self.front = 0;
            self.window.open(&self.server.url(""))?;
        }
        for _ in 0..ACTIONS {
            let action = Action::draw(&mut random);
            *self.report.actions.entry(action.name()).or_default() += 1;
            self.done.push_back(format!("{round}, tab {}: {action:?}", self.front));
            while self.done.len() > TOLD {
                self.done.pop_front();
            }
            is_training |= action.is_training();
            self.act(action)?;
            // From none to what it takes to write a little.
            sleep(Duration::from_millis([0, 0, 5, 30, 120, 400][random.below(6)]));
        }
        self.look_for_errors()?;
        self.must_write(random.below(1000) as u32)?;
        if is_training && self.window.count() > 0 {
            self.must_train()?;
        }
        self.look_for_errors()
    }

    fn act(&mut self, action: Action) -> Result<()> {
        match action {
            Action::InPage(expression) => {
                // In a page that is on its way there is nobody to do it. What takes time is not waited for: the page may go
                // away meanwhile, and Firefox would not answer then.
                self.ask(&format!("void (window.monkey && {expression})"));
            }
            Action::OpenTab if self.window.count() < MAX_TABS => {
                self.window.open(&self.server.url("#length=200"))?;
                self.front = self.window.count() - 1;
            }
            Action::CloseTab if self.window.count() > 1 => {
                self.window.close(self.front)?;
                self.front = 0;
                self.window.front(0)?;
            }
            Action::FrontTab(tab) => {
                self.front = tab % self.window.count();
                self.window.front(self.front)?;
            }
            Action::Resize(width, height) => self.window.resize(self.front, width, height)?,
            Action::Disconnect => self.server.disconnect(),
            Action::Reconnect => self.server.reconnect(),
            Action::OpenTab | Action::CloseTab => {}
        }
        Ok(())
    }

    /// The value of an expression in the tab in front, or nothing if its page is just going away. That it took too long is a find.
    fn ask(&mut self, expression: &str) -> Value {
        let begun = Instant::now();
        let answer = self.window.evaluate(self.front, expression);
        let took = begun.elapsed();
        self.report.slowest = self.report.slowest.max(took);
        if took > MAX_ANSWER {
            self.find(&format!("the page took {:.1} s to answer to {expression}", took.as_secs_f64()));
        }
        answer.unwrap_or_default()
    }

    /// With the network there and the page in front, it must write: as it is, or loaded anew if it says so itself.
    fn must_write(&mut self, seed: u32) -> Result<()> {
        self.server.reconnect();
        self.window.front(self.front)?;
        let wanted = script(&self.weights, "ROMEO:\n", 0.6, LENGTH, seed)?;
        for _ in 0..3 {
            // What was begun last may still lead elsewhere.
            sleep(Duration::from_millis(300));
            if self.ask(IS_HERE) != true {
                // Another page, or none as there was no network: the visitor comes back.
                self.window.go(self.front, &self.server.url(""))?;
            }
        }
        if self.writes(seed, &wanted) {
            return Ok(());
        }
        let said = self.ask(SAID).as_str().unwrap_or_default().to_owned();
        if !said.contains("reload") && !said.contains("try again") {
            let shown = self.shown();
            self.find(&format!("no script after the round, and no sentence that says what to do: {shown}"));
        }
        self.report.reloads += 1;
        self.done.push_back(format!("  it said {said:?}, and is loaded anew"));
        self.window.go(self.front, "about:blank")?;
        self.window.go(self.front, &self.server.url(""))?;
        if !self.writes(seed, &wanted) {
            let shown = self.shown();
            self.find(&format!("loaded anew it does not write: {shown}"));
            // So that what follows is no echo of it.
            while self.window.count() > 0 {
                self.window.close(0)?;
            }
        }
        Ok(())
    }

    /// After a round in which it trained it must train: as it is, or loaded anew if it says so itself.
    fn must_train(&mut self) -> Result<()> {
        for attempt in 0..2 {
            if self.trains() {
                self.report.trainings += 1;
                return Ok(());
            }
            let said = self.ask(SAID).as_str().unwrap_or_default().to_owned();
            let says_what_to_do = ["reload", "again", "Go on"].iter().any(|part| said.contains(part));
            if attempt == 1 || !says_what_to_do {
                let shown = self.shown();
                self.find(&format!("no training after the round (attempt {attempt}): {shown}"));
                return Ok(());
            }
            self.report.reloads += 1;
            self.done.push_back(format!("  it said {said:?}, and is loaded anew"));
            self.window.go(self.front, "about:blank")?;
            self.window.go(self.front, &self.server.url(""))?;
        }
        Ok(())
    }

    /// Trains a little as a person does; whether it comes to its end.
    fn trains(&mut self) -> bool {
        let begun = Instant::now();
        let mut is_pressed = false;
        while begun.elapsed() < MAX_TRAINING {
            if !is_pressed {
                is_pressed = self.ask(&format!("window.monkey && ({ASK_FOR_TRAINING})()")) == true;
            } else if self.ask(IS_TRAINED) == true {
                return true;
            } else if self.ask(IS_IDLE) == true {
                return false;
            }
            sleep(Duration::from_millis(50));
        }
        false
    }

    /// Fills the form as a person does and presses Generate; whether the script comes.
    fn writes(&mut self, seed: u32, wanted: &str) -> bool {
        let begun = Instant::now();
        let mut is_pressed = false;
        while begun.elapsed() < MAX_WRITING {
            if !is_pressed {
                is_pressed =
                    self.ask(&format!("window.monkey && ({ASK_FOR_SCRIPT})({seed}, {LENGTH})")) == true;
            } else {
                let there =
                    self.ask(&format!("({WRITTEN}) && document.querySelector('#script').textContent"));
                match there.as_str() {
                    Some(there) if there == wanted => return true,
                    // Of the model before, whose script was on its way when another was chosen.
                    _ => {}
                }
            }
            sleep(Duration::from_millis(50));
        }
        false
    }

    /// What is on the page.
    fn shown(&mut self) -> String {
        let state = "({address: location.href, said: document.querySelector('#notice')?.textContent,
            status: document.querySelector('#status')?.textContent, script: document.querySelector('#script')?.textContent.slice(0, 400),
            engine: document.querySelector('#engine-note')?.textContent, body: document.body.className,
            form: [...document.querySelectorAll('#form input, #form select, #form textarea')].map(f => f.id + '=' + f.value).join(' '),
            waiting: document.querySelector('#generate')?.disabled, training: document.querySelector('#train-status')?.textContent})";
        self.ask(state).to_string()
    }

    fn look_for_errors(&mut self) -> Result<()> {
        for error in self.window.errors()? {
            self.find(&error);
        }
        Ok(())
    }

    fn find(&mut self, what: &str) {
        self.report.finds.push(what.to_owned());
    }

    /// Tells what was found in a round, and what came before it.
    fn tell(&mut self, seed: u32, round: u32, tell: &impl Fn(&str)) {
        let new = &self.report.finds[self.finds_told..];
        if !new.is_empty() {
            let done = self.done.iter().map(String::as_str).collect::<Vec<_>>().join("\n  ");
            tell(&format!("seed {seed}, round {round}:\n{}\nbefore it:\n  {done}", new.join("\n")));
        }
        self.finds_told = self.report.finds.len();
    }
}

/// It is the page, and not one in which it is embedded.
const IS_HERE: &str = "Boolean(document.querySelector('#engine-note'))";

/// The small training is over.
const IS_TRAINED: &str = "document.querySelector('#train-status').textContent.startsWith('Finished.')";

/// Nothing is being trained, and the page says why.
const IS_IDLE: &str =
    "!document.querySelector('#train-begin').disabled && !document.querySelector('#notice').hidden";

/// Asks for a small training as a person does, if the page is ready for it; whether it was.
const ASK_FOR_TRAINING: &str = "() => {
    for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
    monkey.press('#tab-train');
    monkey.press('#train-stop');
    if (!monkey.fillTraining(8, 1)) return false;
    monkey.press('#train-begin');
    return document.querySelector('#train-begin').disabled;
}";

/// What the page says to the visitor.
const SAID: &str = "['#notice', '#status', '#engine-note', '#own-words'].map(s => document.querySelector(s)).filter(e => e && !e.hidden)
    .map(e => e.textContent).join(' ')";

/// Asks for a script as a person does, if the page is ready for it; whether it was.
const ASK_FOR_SCRIPT: &str = "(seed, length) => {
    const find = (selector) => document.querySelector(selector);
    for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
    const model = find('#model');
    if (!model?.options.length) return false;
    if (model.value !== 'shakespeare') { model.value = 'shakespeare'; monkey.choose('#model', model.selectedIndex); return false; }
    if (find('#generate').disabled) return false;
    monkey.press('#tab-write');
    const wanted = { prompt: 'ROMEO:\\n', temperature: '0.6', length, seed, draw: 'logits', topk: 0, topp: 1, engine: 'auto' };
    for (const [name, value] of Object.entries(wanted)) monkey.type('#' + name, String(value));
    monkey.press('#generate');
    return true;
}";
