//! What the monkey does: drawn from its random numbers, so that a seed stands for the same actions.

use serde_json::{Value, json};

use super::random::Random;

/// One thing that a person does, or that befalls the page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// In the page: an expression of `hands.js`.
    InPage(String),
    /// Another tab at the site.
    OpenTab,
    /// The tab in front is closed, unless it is the only one.
    CloseTab,
    /// Another tab comes to the front.
    FrontTab(usize),
    /// The window gets another size, in CSS pixels.
    Resize(u32, u32),
    /// The server answers nothing any more.
    Disconnect,
    /// It answers again.
    Reconnect,
}

/// Texts for prompts and for reading.
const TEXTS: [&str; 9] = [
    "",
    "ROMEO:\n",
    "JULIET:\nO ",
    "\u{0}\u{7f}",
    "🦀 ½ ε",
    "<b onclick=alert(1)>",
    "\r\n\t ",
    "%00&length=9#",
    "QUARK: ",
];
/// What people and others write into fields for numbers.
const NUMBERS: [&str; 14] = [
    "",
    "0",
    "1",
    "-1",
    "7",
    "40",
    "3.7",
    "1e9",
    "1e400",
    "NaN",
    "0x10",
    " 12 ",
    "4294967296",
    "99999999999999999999",
];
const LENGTHS: [&str; 6] = ["1", "50", "300", "2000", "20000", "1000000"];
/// Addresses behind `#`.
const LINKS: [&str; 11] = [
    "#",
    "#length=120&seed=9",
    "#view=sweep&length=80&temperatures=0.2,0.5,0.9",
    "#view=surprise",
    "#model=deep-space-nine&length=100&prompt=QUARK%3A%20",
    "#model=nothing&length=-4&temperature=x",
    "#model=own-0123456789abcdef&length=60",
    "#engine=webgpu&length=400&temperature=0.8",
    "#prompt=%FF%F0%9F&topp=0&topk=-1",
    "#%%%&&==#",
    "#view=train&hidden=12&epochs=3&samples=1",
];
/// Files of models: good ones, and others.
const MODELS: [&[&str]; 6] = [
    &["whole.safetensors"],
    &["monkey.keras", "monkey.json"],
    &["half.safetensors"],
    &["noise.keras"],
    &["empty.h5"],
    &["monkey.keras"],
];

impl Action {
    /// Draws one.
    pub(crate) fn draw(random: &mut Random) -> Self {
        match random.below(118) {
            0..12 => press("#generate"),
            12..17 => press("#stop"),
            17..21 => press("#continue"),
            21..27 => press(random.pick(&["#tab-write", "#tab-sweep", "#tab-surprise"])),
            27..31 => call("choose", &[json!("#model"), json!(random.below(6))]),
            31..35 => type_into("#prompt", random.pick(&TEXTS)),
            35..38 => type_into("#length", random.pick(&LENGTHS)),
            38..43 => {
                let field = random.pick(&["#length", "#seed", "#topk", "#topp", "#unit"]);
                type_into(field, random.pick(&NUMBERS))
            }
            43..45 => type_into("#temperature", random.pick(&["0", "0.6", "1.5", "9", "x"])),
            45..48 => call("pressOneOf", &[json!("[data-temperatures]"), json!(random.below(2))]),
            48..49 => {
                type_into("#temperatures", random.pick(&["", "1", "0.1,0.2,x", "0.5, 0.6, 0.7, 0.8, 0.9, 1"]))
            }
            49..51 => call("choose", &[json!("#engine"), json!(random.below(3))]),
            51..54 => press(random.pick(&[
                "#opening",
                "#dice",
                "#plain",
                "#copy",
                "#share",
                "#embed",
                "#prompts button",
            ])),
            54..57 => press(random.pick(&["#tab-cast", "#tab-odds", "#tab-inside"])),
            57..60 => call(
                "key",
                &[
                    json!("#paper"),
                    json!(random.pick(&["ArrowRight", "ArrowLeft", "Home", "End", "PageDown"])),
                ],
            ),
            60..62 => call("pressOneOf", &[json!("[data-track]"), json!(random.below(4))]),
            62..63 => type_into("#text", random.pick(&TEXTS)),
            63..65 => press("#read"),
            65..67 => call(
                "burst",
                &[json!(random.pick(&["#generate", "#stop", "#tab-sweep", "#read"])), json!(20)],
            ),
            67..71 => call("go", &[json!(random.pick(&LINKS))]),
            71..74 => call("travel", &[json!(random.pick(&[-1, 1, -2]))]),
            74..76 => call("reload", &[]),
            76..77 => call("go", &[json!("embed.html")]),
            77..80 => Self::Resize(random.pick(&[320, 390, 800, 1300]), random.pick(&[480, 700, 1000])),
            80..82 => Self::OpenTab,
            82..84 => Self::CloseTab,
            84..87 => Self::FrontTab(random.below(3)),
            87..88 => Self::Disconnect,
            88..90 => Self::Reconnect,
            90..91 => call("clearStorage", &[]),
            91..92 => call("endWorker", &[json!(random.below(8))]),
            92..93 => call("breakWorkers", &[]),
            93..94 => call("loseDevice", &[]),
            94..97 => call("bring", &[json!(random.pick(&MODELS)), json!(random.below(2) == 1)]),
            97..98 => press(random.pick(&["#own-close", "#embed-close", "#own"])),
            98..99 => press("#forget"),
            99..104 => {
                call("prepareTraining", &[json!(random.pick(&[8, 12, 16])), json!(random.pick(&[1, 3, 200]))])
            }
            104..110 => press(random.pick(&["#train-begin", "#train-begin", "#train-stop", "#train-resume"])),
            110..113 => press(random.pick(&["#train-discard", "#train-write", "#train-keep", "#tab-train"])),
            113..114 => type_into(
                random.pick(&["#train-hidden", "#train-epochs", "#train-text"]),
                random.pick(&NUMBERS),
            ),
            114..115 => call("choose", &[json!("#train-pace"), json!(random.below(4))]),
            115..116 => call(
                "burst",
                &[json!(random.pick(&["#train-begin", "#train-stop", "#train-resume"])), json!(20)],
            ),
            116..117 => call("endWorker", &[json!(random.below(8))]),
            _ => call(
                "say",
                &[random.pick(&[json!({"scriptorium": 1, "type": "generate"}), json!("noise"), json!(null)])],
            ),
        }
    }

    /// Whether a training was to be begun.
    pub(crate) fn is_training(&self) -> bool {
        matches!(self, Self::InPage(expression) if expression.contains("prepareTraining"))
    }

    /// Its name in the figures: the kind of it, without what it is done with.
    pub(crate) fn name(&self) -> String {
        let shown = match self {
            Self::InPage(expression) => expression.trim_start_matches("monkey.").to_owned(),
            other => format!("{other:?}"),
        };
        shown.split('(').next().unwrap_or_default().to_owned()
    }
}

fn press(selector: &str) -> Action {
    call("press", &[json!(selector)])
}

fn type_into(selector: &str, text: &str) -> Action {
    call("type", &[json!(selector), json!(text)])
}

fn call(name: &str, arguments: &[Value]) -> Action {
    let arguments: Vec<String> = arguments.iter().map(Value::to_string).collect();
    Action::InPage(format!("monkey.{name}({})", arguments.join(", ")))
}
