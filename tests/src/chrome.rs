//! Chrome and Chromium over their DevTools protocol: the one file that knows this driver.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use headless_chrome::{
    LaunchOptions,
    browser::tab::point::Point,
    protocol::cdp::{
        Browser as BrowserDomain, Emulation, HeapProfiler, Input, Log, Network,
        Page::AddScriptToEvaluateOnNewDocument,
        Page::CaptureScreenshotFormatOption,
        Runtime::{self, RemoteObjectSubtype},
        Storage,
        types::Event,
    },
};
use serde_json::Value;

use crate::processes;

/// Longest wait for anything: compiling WebGPU kernels on a software adapter takes its time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

/// Whether the browser offers WebGPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Webgpu {
    /// On the built-in software adapter.
    Software,
    /// Not at all.
    Missing,
}

/// A browser of its own, with an empty profile.
pub struct Browser {
    chrome: headless_chrome::Browser,
}

/// One tab.
pub(crate) struct Tab {
    tab: Arc<headless_chrome::Tab>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Browser {
    /// Starts the browser that the environment names in `CHROME`, or the one on the path.
    ///
    /// # Errors
    /// If there is none, or it does not start.
    pub fn start(webgpu: Webgpu) -> Result<Self> {
        Self::start_in(webgpu, None)
    }

    /// The same with a profile that is there afterwards too.
    ///
    /// # Errors
    /// As [`Browser::start`].
    pub fn start_in(webgpu: Webgpu, profile: Option<&Path>) -> Result<Self> {
        let mut arguments: Vec<OsString> = [
            "--headless=new",
            "--no-sandbox",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
            // A name that is neither localhost nor https: an insecure origin.
            "--host-resolver-rules=MAP insecure.test 127.0.0.1",
        ]
        .map(OsString::from)
        .to_vec();
        match webgpu {
            Webgpu::Software => {
                arguments.push("--enable-unsafe-webgpu".into());
                arguments.push("--use-webgpu-adapter=swiftshader".into());
            }
            Webgpu::Missing => arguments.push("--disable-features=WebGPU,WebGPUService".into()),
        }
        let options = LaunchOptions {
            path: std::env::var_os("CHROME").map(PathBuf::from),
            args: arguments.iter().map(OsString::as_os_str).collect(),
            disable_default_args: true,
            sandbox: false,
            user_data_dir: profile.map(Path::to_owned),
            // Otherwise --disable-gpu is passed, which takes the software adapter away too.
            enable_gpu: true,
            idle_browser_timeout: PATIENCE,
            ..LaunchOptions::default()
        };
        let chrome = headless_chrome::Browser::new(options).context("the browser does not start")?;
        Ok(Self { chrome })
    }

    /// Opens an empty tab.
    pub(crate) fn tab(&self) -> Result<Tab> {
        let tab = self.chrome.new_tab()?;
        tab.set_default_timeout(PATIENCE);
        Ok(Tab { tab, requests: Arc::default() })
    }

    /// Ends the browser as a person does, so that all is written that it keeps.
    pub(crate) fn end(self) -> Result<()> {
        let process = self.process_id();
        self.chrome.new_tab()?.call_method(BrowserDomain::Close(None))?;
        let start = Instant::now();
        while process.is_some_and(processes::is_running) {
            anyhow::ensure!(start.elapsed() < PATIENCE, "the browser does not end");
            sleep(Duration::from_millis(30));
        }
        Ok(())
    }

    /// The process that started all others of the browser.
    pub(crate) fn process_id(&self) -> Option<u32> {
        self.chrome.get_process_id()
    }
}

impl Tab {
    /// Has a script run in every document before the document's own.
    pub(crate) fn run_before(&self, script: &str) -> Result<()> {
        self.tab.call_method(AddScriptToEvaluateOnNewDocument {
            source: script.to_owned(),
            world_name: None,
            include_command_line_api: None,
            run_immediately: None,
        })?;
        Ok(())
    }

    /// Keeps the addresses of all requests from now on.
    pub(crate) fn record_requests(&self) -> Result<()> {
        self.tab.call_method(Network::Enable {
            max_total_buffer_size: None,
            max_resource_buffer_size: None,
            max_post_data_size: None,
            report_direct_socket_traffic: None,
            enable_durable_messages: None,
        })?;
        let requests = self.requests.clone();
        self.tab.add_event_listener(Arc::new(move |event: &Event| {
            if let Event::NetworkRequestWillBeSent(sent) = event {
                let address = sent.params.request.url.clone();
                requests.lock().unwrap_or_else(PoisonError::into_inner).push(address);
            }
        }))?;
        Ok(())
    }

    /// The addresses that were recorded.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds to `errors` what nobody caught and what the page prints as an error; not what the network did.
    pub(crate) fn record_errors(&self, errors: Arc<Mutex<Vec<String>>>) -> Result<()> {
        self.tab.enable_runtime()?;
        self.tab.enable_log()?;
        self.tab.add_event_listener(Arc::new(move |event: &Event| {
            if let Some(error) = error_in(event) {
                errors.lock().unwrap_or_else(PoisonError::into_inner).push(error);
            }
        }))?;
        Ok(())
    }

    /// Starts to load an address.
    pub(crate) fn navigate(&self, url: &str) -> Result<()> {
        self.tab.navigate_to(url)?;
        Ok(())
    }

    /// The value of a JavaScript expression; a promise's once it is there.
    pub(crate) fn evaluate(&self, expression: &str) -> Result<Value> {
        // As JSON text, since an object would come back as a handle.
        let wrapped = format!("(async () => JSON.stringify(await ({expression})))()");
        let object = self.tab.evaluate(&wrapped, true).with_context(|| expression.to_owned())?;
        match object.value {
            Some(Value::String(json)) => Ok(serde_json::from_str(&json)?),
            // The driver itself takes an exception for a value.
            _ if object.subtype == Some(RemoteObjectSubtype::Error) => {
                bail!("{expression}: {}", object.description.unwrap_or_default())
            }
            _ => Ok(Value::Null),
        }
    }

    /// Waits for an element.
    pub(crate) fn wait_for_element(&self, selector: &str) -> Result<()> {
        self.tab.wait_for_element(selector)?;
        Ok(())
    }

    /// Clicks the middle of an element.
    pub(crate) fn click(&self, selector: &str) -> Result<()> {
        self.tab.wait_for_element(selector)?.click()?;
        Ok(())
    }

    /// Clicks a point of the window, in CSS pixels.
    pub(crate) fn click_at(&self, x: f64, y: f64) -> Result<()> {
        self.tab.click_point(Point { x, y })?;
        Ok(())
    }

    /// Moves the pointer to a point of the window, in CSS pixels.
    pub(crate) fn point_at(&self, x: f64, y: f64) -> Result<()> {
        self.tab.move_mouse_to_point(Point { x, y })?;
        Ok(())
    }

    /// Types a text into the element that has the focus.
    pub(crate) fn insert_text(&self, text: &str) -> Result<()> {
        self.tab.send_character(text)?;
        Ok(())
    }

    /// Presses a key.
    pub(crate) fn press_key(&self, key: &str) -> Result<()> {
        self.tab.press_key(key)?;
        Ok(())
    }

    /// Drops files near the window's upper left corner.
    pub(crate) fn drop_files(&self, files: &[&Path]) -> Result<()> {
        let paths: Vec<String> = files.iter().map(|file| unicode(file)).collect::<Result<_>>()?;
        for kind in [
            Input::DispatchDragEventTypeOption::DragEnter,
            Input::DispatchDragEventTypeOption::DragOver,
            Input::DispatchDragEventTypeOption::Drop,
        ] {
            let data =
                Input::DragData { items: Vec::new(), files: Some(paths.clone()), drag_operations_mask: 1 };
            self.tab.call_method(Input::DispatchDragEvent {
                Type: kind,
                x: 200.0,
                y: 200.0,
                data,
                modifiers: None,
            })?;
        }
        Ok(())
    }

    /// Puts a file into a field for files.
    pub(crate) fn choose_file(&self, selector: &str, file: &Path) -> Result<()> {
        self.tab.wait_for_element(selector)?.set_input_files(&[&unicode(file)?])?;
        Ok(())
    }

    /// Limits what an origin may keep.
    pub(crate) fn limit_storage(&self, origin: String, bytes: f64) -> Result<()> {
        self.tab.call_method(Storage::OverrideQuotaForOrigin { origin, quota_size: Some(bytes) })?;
        Ok(())
    }

    /// Makes this the tab that is seen.
    pub(crate) fn bring_to_front(&self) -> Result<()> {
        self.tab.bring_to_front()?;
        Ok(())
    }

    /// Has the page's garbage collected.
    pub(crate) fn collect_garbage(&self) -> Result<()> {
        self.tab.call_method(HeapProfiler::CollectGarbage(None))?;
        Ok(())
    }

    /// Sets the size of what is seen, in CSS pixels.
    pub(crate) fn resize(&self, width: u32, height: u32) -> Result<()> {
        self.tab.call_method(metrics(width, height))?;
        Ok(())
    }

    /// Sets the window's width and height in CSS pixels, and light or dark; asks for little motion.
    pub(crate) fn emulate(&self, [width, height]: [u32; 2], dark: bool) -> Result<()> {
        self.tab.call_method(metrics(width, height))?;
        let feature = |name: &str, value: &str| Emulation::MediaFeature {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        self.tab.call_method(Emulation::SetEmulatedMedia {
            media: None,
            features: Some(vec![
                feature("prefers-color-scheme", if dark { "dark" } else { "light" }),
                feature("prefers-reduced-motion", "reduce"),
            ]),
        })?;
        Ok(())
    }

    /// What is seen, as PNG.
    pub(crate) fn screenshot(&self) -> Result<Vec<u8>> {
        self.tab.capture_screenshot(CaptureScreenshotFormatOption::Png, None, None, true)
    }

    /// Closes the tab.
    pub(crate) fn close(&self) {
        // A tab that is gone already is what is wanted.
        let _ = self.tab.close(false);
    }
}

fn metrics(width: u32, height: u32) -> Emulation::SetDeviceMetricsOverride {
    Emulation::SetDeviceMetricsOverride {
        width,
        height,
        device_scale_factor: 1.0,
        mobile: width < 600,
        scale: None,
        screen_width: None,
        screen_height: None,
        position_x: None,
        position_y: None,
        dont_set_visible_size: None,
        screen_orientation: None,
        viewport: None,
        display_feature: None,
        device_posture: None,
    }
}

/// An error that an event tells of.
fn error_in(event: &Event) -> Option<String> {
    match event {
        Event::RuntimeExceptionThrown(thrown) => {
            let details = &thrown.params.exception_details;
            let said = details.exception.as_ref().and_then(|exception| exception.description.clone());
            Some(format!("{} {}", details.text, said.unwrap_or_default()))
        }
        Event::RuntimeConsoleAPICalled(called)
            if called.params.Type == Runtime::ConsoleAPICalledEventTypeOption::Error =>
        {
            Some(format!(
                "printed: {:?}",
                called.params.args.iter().map(|arg| (&arg.value, &arg.description)).collect::<Vec<_>>()
            ))
        }
        Event::LogEntryAdded(added)
            if added.params.entry.level == Log::LogEntryLevel::Error
                && added.params.entry.source != Log::LogEntrySource::Network =>
        {
            Some(format!("{} ({:?})", added.params.entry.text, added.params.entry.url))
        }
        Event::InspectorTargetCrashed(_) => Some("the page's process crashed".to_owned()),
        _ => None,
    }
}

fn unicode(path: &Path) -> Result<String> {
    Ok(path.to_str().with_context(|| format!("{} is not Unicode", path.display()))?.to_owned())
}
