//! A visit to the built site: a server, a browser of its own, and a page in it.

use std::{
    ops::Deref,
    path::{Path, PathBuf},
    rc::Rc,
};

use anyhow::{Context, Result};

use crate::{Page, Replaced, Server, Webgpu, chrome::Browser, hooks::WRITTEN, processes, site::dist};

/// A page at the site, and what it takes to open others beside it. It is used as the page that it is.
///
/// ```text
/// let visit = Visit::with(Webgpu::Missing).open("?length=100")?;
/// visit.write("#prompt", "JULIET:")?;
/// visit.press("#generate")?;
/// visit.wait_until_written()?;
/// assert!(visit.read("#script")?.starts_with("JULIET:"));
/// ```
pub struct Visit {
    page: Page,
    browser: Rc<Browser>,
    server: Rc<Server>,
}

/// How a visit begins.
pub struct Opening {
    webgpu: Webgpu,
    browser: Option<Rc<Browser>>,
    server: Option<Rc<Server>>,
    prefix: String,
    replaced: Replaced,
    before: String,
    records_requests: bool,
    profile: Option<PathBuf>,
}

impl Visit {
    /// A visit in a browser of its own.
    pub fn with(webgpu: Webgpu) -> Opening {
        Opening {
            webgpu,
            browser: None,
            server: None,
            prefix: "/".to_owned(),
            replaced: Replaced::default(),
            before: String::new(),
            records_requests: false,
            profile: None,
        }
    }

    /// Another tab of the same browser, at the same server.
    pub fn another(&self) -> Opening {
        let browser = Some(self.browser.clone());
        let server = Some(self.server.clone());
        // The browser is there already, whatever it was started with.
        Opening { browser, server, ..Self::with(Webgpu::Missing) }
    }

    /// The server that the visit began at.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Ends the browser; the server goes on, for [another visit](Opening::at).
    ///
    /// # Errors
    /// If the browser does not end, or others are visiting in it.
    pub fn end(self) -> Result<Rc<Server>> {
        let Self { browser, server, page } = self;
        drop(page);
        Rc::into_inner(browser).context("other visits are in this browser")?.end()?;
        Ok(server)
    }

    /// Goes to another address below the site's, in the same tab.
    ///
    /// # Errors
    /// If it cannot be reached.
    pub fn reopen(&self, path: &str) -> Result<()> {
        self.go(&self.server.url(path))
    }

    /// Waits until a script is there, complete or stopped.
    ///
    /// # Errors
    /// If that takes too long.
    pub fn wait_until_written(&self) -> Result<()> {
        self.wait(WRITTEN)
    }

    /// Resident memory of all pages of the browser, in bytes; `None` if the system does not tell.
    pub fn memory_of_pages(&self) -> Option<u64> {
        processes::memory_of_pages(self.browser.process_id()?)
    }

    /// CPU seconds that all processes of the browser have used; `None` if the system does not tell.
    pub fn cpu_seconds(&self) -> Option<f64> {
        processes::cpu_seconds(self.browser.process_id()?)
    }

    /// Closes the tab: a test that opens many would keep them all.
    pub fn close(self) {
        self.page.close();
    }
}

impl Deref for Visit {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

impl Opening {
    /// Runs a script before any script of the page.
    #[must_use]
    pub fn before(mut self, script: &str) -> Self {
        script.clone_into(&mut self.before);
        self
    }

    /// Serves the site under a prefix (as `/some/path/`), from a server of its own.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self.server = None;
        self
    }

    /// Serves the site with some files replaced, from a server of its own.
    #[must_use]
    pub fn replacing(mut self, replaced: Replaced) -> Self {
        self.replaced = replaced;
        self.server = None;
        self
    }

    /// Visits a server that is there already.
    #[must_use]
    pub fn at(mut self, server: Rc<Server>) -> Self {
        self.server = Some(server);
        self
    }

    /// Keeps the browser's profile in a folder, from one visit to the next.
    #[must_use]
    pub fn keeping(mut self, profile: &Path) -> Self {
        self.profile = Some(profile.to_owned());
        self
    }

    /// Keeps the addresses of what the page asks for.
    #[must_use]
    pub fn recording_requests(mut self) -> Self {
        self.records_requests = true;
        self
    }

    /// Opens a page: a path below the site's address (`?length=100`, `embed.html`), or a complete address; `about:blank` is
    /// for tests whose pages are all [others](Visit::another).
    ///
    /// # Errors
    /// If the site is not built, the browser does not start, or the page cannot be reached.
    pub fn open(self, address: &str) -> Result<Visit> {
        let server = match self.server {
            Some(server) => server,
            None => Rc::new(Server::start(&dist()?, &self.prefix, self.replaced)?),
        };
        let browser = match self.browser {
            Some(browser) => browser,
            None => Rc::new(Browser::start_in(self.webgpu, self.profile.as_deref())?),
        };
        let page = Page::new(&browser, &self.before)?;
        if self.records_requests {
            page.record_requests()?;
        }
        let is_complete = address.starts_with("http://") || address.starts_with("about:");
        page.go(&if is_complete { address.to_owned() } else { server.url(address) })?;
        Ok(Visit { page, browser, server })
    }

    /// Opens a page and waits until its script is written.
    ///
    /// # Errors
    /// As [`Opening::open`], or if there is no script.
    pub fn open_written(self, address: &str) -> Result<Visit> {
        let visit = self.open(address)?;
        visit.wait_until_written()?;
        Ok(visit)
    }
}
