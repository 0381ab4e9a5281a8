//! A real browser, driven over its own protocol.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use headless_chrome::{
    Browser, LaunchOptions, Tab,
    browser::tab::point::Point,
    protocol::cdp::{
        Emulation, HeapProfiler, Input, Network, Page::AddScriptToEvaluateOnNewDocument,
        Page::CaptureScreenshotFormatOption, Storage, types::Event,
    },
};
use serde_json::Value;

/// Longest wait for anything: compiling WebGPU kernels on a software adapter takes its time.
const PATIENCE: Duration = Duration::from_secs(240);

/// Whether the browser offers WebGPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Webgpu {
    /// On the built-in software adapter.
    Software,
    /// Not at all.
    Missing,
}

/// A browser of its own, with an empty profile.
#[expect(missing_debug_implementations, reason = "a process handle says nothing of use")]
pub struct Session {
    browser: Browser,
}

/// One tab.
#[expect(missing_debug_implementations, reason = "a process handle says nothing of use")]
pub struct Page {
    tab: Arc<Tab>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Session {
    /// Starts the browser that the environment names in `CHROME`, or the one on the path.
    ///
    /// # Errors
    /// Where there is none, or it does not start.
    pub fn start(webgpu: Webgpu) -> Result<Self> {
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
            // Otherwise --disable-gpu is passed, which takes the software adapter away too.
            enable_gpu: true,
            idle_browser_timeout: PATIENCE,
            ..LaunchOptions::default()
        };
        let browser = Browser::new(options).context("the browser does not start")?;
        Ok(Self { browser })
    }

    /// Opens a tab; `before` runs in it before any script of the page.
    ///
    /// # Errors
    /// Where the browser is gone or the page cannot be reached.
    pub fn open(&self, url: &str, before: &str) -> Result<Page> {
        let tab = self.browser.new_tab()?;
        tab.set_default_timeout(PATIENCE);
        let page = Page { tab, requests: Arc::default() };
        if !before.is_empty() {
            page.tab.call_method(AddScriptToEvaluateOnNewDocument {
                source: before.to_owned(),
                world_name: None,
                include_command_line_api: None,
                run_immediately: None,
            })?;
        }
        page.go(url)?;
        Ok(page)
    }

    /// Opens a tab and keeps the addresses of what it asks for.
    ///
    /// # Errors
    /// Where the browser is gone or the page cannot be reached.
    pub fn open_watched(&self, url: &str) -> Result<Page> {
        let page = self.open("about:blank", "")?;
        page.tab.call_method(Network::Enable {
            max_total_buffer_size: None,
            max_resource_buffer_size: None,
            max_post_data_size: None,
            report_direct_socket_traffic: None,
            enable_durable_messages: None,
        })?;
        let requests = page.requests.clone();
        page.tab.add_event_listener(Arc::new(move |event: &Event| {
            if let Event::NetworkRequestWillBeSent(sent) = event {
                let address = sent.params.request.url.clone();
                requests.lock().unwrap_or_else(PoisonError::into_inner).push(address);
            }
        }))?;
        page.go(url)?;
        Ok(page)
    }
}

impl Session {
    /// Resident memory of the processes of all pages, in bytes; nothing where the system does not tell.
    pub fn memory_of_pages(&self) -> Option<u64> {
        let browser = self.browser.get_process_id()?;
        let text = |process: u32, file: &str| std::fs::read_to_string(format!("/proc/{process}/{file}")).ok();
        let field = |process, name: &str| -> Option<u64> {
            let status = text(process, "status")?;
            status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
        };
        let is_of_browser = |process: u32| {
            let mut above = Some(process);
            while let Some(process) = above.filter(|process| *process > 1) {
                if process == browser {
                    return true;
                }
                above = field(process, "PPid:").and_then(|parent| parent.try_into().ok());
            }
            false
        };
        let processes = std::fs::read_dir("/proc").ok()?.flatten();
        let processes = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let pages = processes.filter(|&process| {
            text(process, "cmdline").is_some_and(|line| line.contains("--type=renderer"))
                && is_of_browser(process)
        });
        let kilobytes: u64 = pages.filter_map(|process| field(process, "VmRSS:")).sum();
        (kilobytes > 0).then_some(kilobytes * 1024)
    }
}

impl Page {
    /// What a watched page has asked for.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Closes the tab, where many are opened.
    pub fn close(self) {
        // A tab that is gone already is what is wanted.
        let _ = self.tab.close(false);
    }

    /// Goes to another address.
    ///
    /// # Errors
    /// Where it cannot be reached.
    pub fn go(&self, url: &str) -> Result<()> {
        self.tab.navigate_to(url)?;
        // Asked rather than listened for: the event may have come before anyone listens.
        self.wait("document.readyState == 'complete'")
    }

    /// The value of a JavaScript expression; a promise's once it is there.
    ///
    /// # Errors
    /// Where the expression throws.
    pub fn value(&self, expression: &str) -> Result<Value> {
        // As JSON text, since an object would come back as a handle.
        let wrapped = format!("(async () => JSON.stringify(await ({expression})))()");
        let object = self.tab.evaluate(&wrapped, true).with_context(|| expression.to_owned())?;
        match object.value {
            Some(Value::String(json)) => Ok(serde_json::from_str(&json)?),
            _ => Ok(Value::Null),
        }
    }

    /// An element's text as it is in the document.
    ///
    /// # Errors
    /// Where there is no such element.
    pub fn text(&self, selector: &str) -> Result<String> {
        let value = self.value(&format!("document.querySelector({selector:?}).textContent"))?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until an expression is true.
    ///
    /// # Errors
    /// Where that takes too long; says what the page shows.
    pub fn wait(&self, condition: &str) -> Result<()> {
        let start = Instant::now();
        while self.value(&format!("Boolean({condition})"))? != Value::Bool(true) {
            if start.elapsed() > PATIENCE {
                let shown = self.text("body").unwrap_or_default();
                bail!("waited in vain for {condition}; the page shows: {shown:.1500}");
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        Ok(())
    }

    /// Clicks an element as a person does.
    ///
    /// # Errors
    /// Where there is no such element to be seen.
    pub fn click(&self, selector: &str) -> Result<()> {
        let element = self.tab.wait_for_element(selector)?;
        // Away from the window's edges, where something may lie over it.
        self.value(&format!("document.querySelector({selector:?}).scrollIntoView({{block: 'center'}})"))?;
        element.click()?;
        Ok(())
    }

    /// Replaces a field's content by typing.
    ///
    /// # Errors
    /// Where there is no such field.
    pub fn fill(&self, selector: &str, text: &str) -> Result<()> {
        self.tab.wait_for_element(selector)?;
        self.value(&format!("document.querySelector({selector:?}).select()"))?;
        self.value(&format!("document.querySelector({selector:?}).focus()"))?;
        match text {
            "" => drop(self.tab.press_key("Backspace")?),
            text => drop(self.tab.send_character(text)?),
        }
        Ok(())
    }

    /// Presses a key (as `ArrowRight`, `Enter`, `Tab`) where the focus is.
    ///
    /// # Errors
    /// Where there is no such key.
    pub fn press(&self, key: &str) -> Result<()> {
        self.tab.press_key(key)?;
        Ok(())
    }

    /// Where the script's character `at` is seen, after scrolling there: its middle, in CSS pixels of the window.
    fn place_of(&self, at: usize) -> Result<Point> {
        let place = self.value(&format!(
            "(() => {{
              const box = ['script', 'heat'].map(id => document.getElementById(id)).find(e => !e.hidden);
              const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
              let left = {at};
              for (let node = walker.nextNode(); node; node = walker.nextNode()) {{
                if (left < node.length) {{
                  const range = document.createRange();
                  range.setStart(node, left);
                  range.setEnd(node, left + 1);
                  node.parentElement.scrollIntoView({{block: 'center'}});
                  const place = range.getBoundingClientRect();
                  return [place.x + place.width / 2, place.y + place.height / 2];
                }}
                left -= node.length;
              }}
            }})()"
        ))?;
        let coordinate = |at: usize| place[at].as_f64().context("the script is shorter than that");
        Ok(Point { x: coordinate(0)?, y: coordinate(1)? })
    }

    /// Clicks the script's character `at`.
    ///
    /// # Errors
    /// Where the script is shorter.
    pub fn click_character(&self, at: usize) -> Result<()> {
        self.tab.click_point(self.place_of(at)?)?;
        Ok(())
    }

    /// Moves the pointer to the script's character `at`.
    ///
    /// # Errors
    /// Where the script is shorter.
    pub fn point_at_character(&self, at: usize) -> Result<()> {
        self.tab.move_mouse_to_point(self.place_of(at)?)?;
        Ok(())
    }

    /// Drops files on the page, as from a folder's window.
    ///
    /// # Errors
    /// Where the browser is gone or a path is not Unicode.
    pub fn drop_files(&self, files: &[&Path]) -> Result<()> {
        let paths: Option<Vec<String>> = files.iter().map(|file| file.to_str().map(str::to_owned)).collect();
        let paths = paths.context("a path is not Unicode")?;
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

    /// Chooses files in a field for files.
    ///
    /// # Errors
    /// Where there is no such field.
    pub fn choose_file(&self, selector: &str, file: &Path) -> Result<()> {
        let file = file.to_str().context("the path is not Unicode")?;
        self.tab.wait_for_element(selector)?.set_input_files(&[file])?;
        Ok(())
    }

    /// Lets the page's origin keep so many bytes and no more.
    ///
    /// # Errors
    /// Where the browser is gone.
    pub fn limit_storage(&self, bytes: f64) -> Result<()> {
        let origin = self.value("location.origin")?.as_str().unwrap_or_default().to_owned();
        self.tab.call_method(Storage::OverrideQuotaForOrigin { origin, quota_size: Some(bytes) })?;
        Ok(())
    }

    /// Makes this the tab that is seen.
    ///
    /// # Errors
    /// Where the browser is gone.
    pub fn bring_to_front(&self) -> Result<()> {
        self.tab.bring_to_front()?;
        Ok(())
    }

    /// Has the page's garbage collected.
    ///
    /// # Errors
    /// Where the browser is gone.
    pub fn collect_garbage(&self) -> Result<()> {
        self.tab.call_method(HeapProfiler::CollectGarbage(None))?;
        Ok(())
    }

    /// Moves a slider.
    ///
    /// # Errors
    /// Where there is no such slider.
    pub fn slide(&self, selector: &str, value: &str) -> Result<()> {
        self.value(&format!(
            "(() => {{ const s = document.querySelector({selector:?}); s.value = {value:?}; \
             s.dispatchEvent(new Event('input', {{bubbles: true}})); }})()"
        ))?;
        Ok(())
    }

    /// Chooses an option of a list.
    ///
    /// # Errors
    /// Where there is no such list.
    pub fn choose(&self, selector: &str, value: &str) -> Result<()> {
        self.value(&format!(
            "(() => {{ const s = document.querySelector({selector:?}); s.value = {value:?}; \
             s.dispatchEvent(new Event('change', {{bubbles: true}})); }})()"
        ))?;
        Ok(())
    }

    /// Sets the width of the window in CSS pixels, and light or dark; asks for little motion.
    ///
    /// # Errors
    /// Where the browser is gone.
    pub fn look_as(&self, width: u32, dark: bool) -> Result<()> {
        self.tab.call_method(Emulation::SetDeviceMetricsOverride {
            width,
            height: 900,
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
        })?;
        self.tab.call_method(Emulation::SetEmulatedMedia {
            media: None,
            features: Some(vec![
                Emulation::MediaFeature {
                    name: "prefers-color-scheme".to_owned(),
                    value: if dark { "dark" } else { "light" }.to_owned(),
                },
                // Nothing moves on a picture.
                Emulation::MediaFeature {
                    name: "prefers-reduced-motion".to_owned(),
                    value: "reduce".to_owned(),
                },
            ]),
        })?;
        Ok(())
    }

    /// Writes a picture of the page as it is seen.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn picture(&self, file: &Path) -> Result<()> {
        let format = CaptureScreenshotFormatOption::Png;
        let png = self.tab.capture_screenshot(format, None, None, true)?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(std::fs::write(file, png)?)
    }
}
