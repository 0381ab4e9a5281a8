//! Firefox over WebDriver BiDi (<https://w3c.github.io/webdriver-bidi/>), which it speaks without a driver beside it: as much of it
//! as the monkey needs.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::{Error, Message, WebSocket, client, stream::MaybeTlsStream};

use super::window::Window;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(240);
/// What it says when it listens.
const LISTENING: &str = "WebDriver BiDi listening on ";
/// What it prints of itself, with no place in any script, whenever it has run one before a page's own.
const ITS_OWN: &str = "Error: Permission denied to access property \"length\"";
/// How it says, with no place either, that a request came to nothing which the service worker had passed on: there was no network, or
/// the page has gone. What the network did is no find in Chromium either.
const OF_NETWORK: &str = "Failed to load ‘";
/// No visit leaves the device, and nothing is asked.
const PREFERENCES: &str = r#"
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("app.update.enabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("dom.disable_beforeunload", true);
"#;

/// A browser of its own, with an empty profile.
pub(crate) struct Firefox {
    process: Child,
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    tabs: Vec<String>,
    errors: Vec<String>,
    asked: u64,
    _profile: TempDir,
}

impl Firefox {
    /// Starts it; `before` runs in every document before the document's own scripts.
    pub(crate) fn start(before: &str) -> Result<Self> {
        let profile = tempfile::tempdir()?;
        fs::write(profile.path().join("user.js"), PREFERENCES)?;
        let program = std::env::var_os("FIREFOX").unwrap_or_else(|| "firefox-esr".into());
        let mut process = Command::new(&program)
            .args(["--headless", "--no-remote", "--remote-debugging-port", "0", "--profile"])
            .arg(profile.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| {
                format!("{} does not start; set FIREFOX to the path of one", program.display())
            })?;
        let mut lines = BufReader::new(process.stderr.take().context("it has no output")?).lines();
        let address = lines
            .by_ref()
            .map_while(std::io::Result::ok)
            .find_map(|line| line.split_once(LISTENING).map(|(_, address)| address.trim().to_owned()))
            .context("Firefox does not listen")?;
        // Read on, or it would wait for room.
        std::thread::spawn(move || lines.for_each(drop));
        let (socket, _) = client::connect(format!("{address}/session"))?;
        let MaybeTlsStream::Plain(stream) = socket.get_ref() else {
            bail!("the connection is not a plain one")
        };
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        let (tabs, errors) = (Vec::new(), Vec::new());
        let mut this = Self { process, socket, tabs, errors, asked: 0, _profile: profile };
        this.ask("session.new", json!({ "capabilities": {} }))?;
        this.ask("session.subscribe", json!({ "events": ["log.entryAdded"] }))?;
        this.ask(
            "script.addPreloadScript",
            json!({ "functionDeclaration": format!("() => {{ {before}\n }}") }),
        )?;
        Ok(this)
    }

    /// Sends a command and waits for what comes of it.
    fn ask(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.asked += 1;
        let id = self.asked;
        let command = json!({ "id": id, "method": method, "params": parameters });
        self.socket.send(Message::text(command.to_string()))?;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let Some(mut message) = self.next()? else { continue };
            if message["id"] != id {
                continue;
            }
            if message["type"] == "success" {
                return Ok(message["result"].take());
            }
            bail!("{method}: {}: {}", message["error"], message["message"]);
        }
        bail!("{method}: no answer")
    }

    /// What it says next, unless it says nothing for a second; errors of pages are kept.
    fn next(&mut self) -> Result<Option<Value>> {
        let text = match self.socket.read() {
            Ok(message) => message.into_text()?,
            Err(Error::Io(error))
                if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let message: Value = serde_json::from_str(&text).unwrap_or_default();
        let entry = &message["params"];
        if message["method"] == "log.entryAdded" && entry["level"] == "error" {
            let at = &entry["stackTrace"]["callFrames"][0];
            let is_of_network = entry["text"].as_str().is_some_and(|text| text.starts_with(OF_NETWORK));
            if at.is_null() && (entry["text"] == ITS_OWN || is_of_network) {
                return Ok(Some(message));
            }
            self.errors
                .push(format!("{}: {} ({} {})", entry["type"], entry["text"], at["url"], at["lineNumber"]));
        }
        Ok(Some(message))
    }

    fn context(&self, tab: usize) -> Result<String> {
        Ok(self.tabs.get(tab).context("there is no such tab")?.clone())
    }
}

impl Window for Firefox {
    fn open(&mut self, address: &str) -> Result<()> {
        let created = self.ask("browsingContext.create", json!({ "type": "tab" }))?;
        self.tabs.push(created["context"].as_str().context("the tab has no name")?.to_owned());
        self.go(self.tabs.len() - 1, address)
    }

    fn close(&mut self, tab: usize) -> Result<()> {
        let context = self.context(tab)?;
        self.tabs.remove(tab);
        self.ask("browsingContext.close", json!({ "context": context })).map(drop)
    }

    fn count(&self) -> usize {
        self.tabs.len()
    }

    fn front(&mut self, tab: usize) -> Result<()> {
        let context = self.context(tab)?;
        self.ask("browsingContext.activate", json!({ "context": context })).map(drop)
    }

    fn go(&mut self, tab: usize, address: &str) -> Result<()> {
        let context = self.context(tab)?;
        self.ask("browsingContext.navigate", json!({ "context": context, "url": address, "wait": "none" }))
            .map(drop)
    }

    fn evaluate(&mut self, tab: usize, expression: &str) -> Result<Value> {
        let expression = format!("(async () => JSON.stringify(await ({expression})) ?? 'null')()");
        let target = json!({ "context": self.context(tab)? });
        let parameters = json!({ "expression": expression, "target": target, "awaitPromise": true });
        let answer = self.ask("script.evaluate", parameters)?;
        match answer["result"]["value"].as_str() {
            Some(json) => Ok(serde_json::from_str(json)?),
            None => bail!("{expression}: {}", answer["exceptionDetails"]["text"]),
        }
    }

    fn resize(&mut self, tab: usize, width: u32, height: u32) -> Result<()> {
        let viewport = json!({ "width": width, "height": height });
        let context = self.context(tab)?;
        self.ask("browsingContext.setViewport", json!({ "context": context, "viewport": viewport })).map(drop)
    }

    fn errors(&mut self) -> Result<Vec<String>> {
        // So that all is heard that came before.
        self.ask("session.status", json!({}))?;
        Ok(std::mem::take(&mut self.errors))
    }
}

impl Drop for Firefox {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
