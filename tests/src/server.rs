//! A static server for the built site, under any prefix, that can also serve broken files, another version, or nothing at all.

use std::{
    collections::HashMap,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use anyhow::{Context, Result};

/// Serves until dropped.
#[derive(Debug)]
pub struct Server {
    port: u16,
    site: Arc<Site>,
    listening: Option<JoinHandle<()>>,
}

/// Files that replace those of the folder, by path below the prefix.
#[derive(Debug, Default)]
pub struct Replaced(HashMap<String, Option<Vec<u8>>>);

impl Replaced {
    /// One file with this content, the others as they are.
    pub fn file(path: &str, content: impl Into<Vec<u8>>) -> Self {
        Self::default().and_file(path, content)
    }

    /// One file that is not found, the others as they are.
    pub fn missing(path: &str) -> Self {
        Self::default().and_missing(path)
    }

    /// Also another file with this content.
    #[must_use]
    pub fn and_file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.0.insert(path.to_owned(), Some(content.into()));
        self
    }

    /// Also another file that is not found.
    #[must_use]
    pub fn and_missing(mut self, path: &str) -> Self {
        self.0.insert(path.to_owned(), None);
        self
    }

    /// The newer of two versions' files where `takes_newer` says so, and the older's elsewhere.
    pub fn mixed(older: &Self, newer: &Self, takes_newer: impl Fn(&str) -> bool) -> Self {
        let old = older.0.iter().filter(|(path, _)| !takes_newer(path));
        let new = newer.0.iter().filter(|(path, _)| takes_newer(path));
        Self(old.chain(new).map(|(path, file)| (path.clone(), file.clone())).collect())
    }

    /// These of the files alone.
    #[must_use]
    pub fn only(mut self, paths: &[&str]) -> Self {
        self.0.retain(|path, _| paths.contains(&path.as_str()));
        self
    }
}

#[derive(Debug)]
struct Site {
    folder: PathBuf,
    prefix: String,
    /// Where the site is too.
    also_under: Mutex<Option<String>>,
    headers: Mutex<String>,
    requests: Mutex<Vec<String>>,
    replaced: RwLock<Replaced>,
    disconnected: AtomicBool,
    stopped: AtomicBool,
}

impl Server {
    /// Serves `folder` under `prefix` (as `/some/path/`) on a free port, with some files replaced.
    ///
    /// # Errors
    /// If no port is free.
    pub fn start(folder: &Path, prefix: &str, replaced: Replaced) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
        let port = listener.local_addr()?.port();
        let site = Arc::new(Site {
            folder: folder.to_owned(),
            prefix: prefix.to_owned(),
            also_under: Mutex::default(),
            headers: Mutex::default(),
            requests: Mutex::default(),
            replaced: RwLock::new(replaced),
            disconnected: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
        });
        let listening = thread::spawn({
            let site = site.clone();
            move || site.listen(&listener)
        });
        Ok(Self { port, site, listening: Some(listening) })
    }

    /// The origin of all its addresses.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The address of a path below the prefix.
    pub fn url(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin(), self.site.prefix)
    }

    /// The same by a name that makes it an insecure origin.
    pub fn insecure_url(&self, path: &str) -> String {
        format!("http://insecure.test:{}{}{path}", self.port, self.site.prefix)
    }

    /// Replaces these files from now on and no others, as when a new version is put in the old one's place.
    pub fn replace(&self, replaced: Replaced) {
        *self.site.replaced.write().unwrap_or_else(PoisonError::into_inner) = replaced;
    }

    /// Serves the same folder under another prefix too: two sites of one origin.
    pub fn serve_under(&self, prefix: &str) {
        *lock(&self.site.also_under) = Some(prefix.to_owned());
    }

    /// Sends these headers with every answer from now on, as `NAME: VALUE`.
    pub fn send_headers(&self, headers: &[&str]) {
        *lock(&self.site.headers) = headers.iter().map(|header| format!("{header}\r\n")).collect();
    }

    /// All that browsers have sent so far: every byte of each request.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.site.requests).clone()
    }

    /// Answers nothing from now on, as when there is no network.
    pub fn disconnect(&self) {
        self.site.disconnected.store(true, Ordering::Relaxed);
    }

    /// Answers again.
    pub fn reconnect(&self) {
        self.site.disconnected.store(false, Ordering::Relaxed);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.site.stopped.store(true, Ordering::Relaxed);
        // Only a connection wakes the thread that waits for one.
        let woken = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let (Ok(_), Some(listening)) = (woken, self.listening.take()) {
            // A thread that panicked has shown so itself.
            let _ = listening.join();
        }
    }
}

impl Site {
    fn listen(self: Arc<Self>, listener: &TcpListener) {
        for connection in listener.incoming() {
            if self.stopped.load(Ordering::Relaxed) {
                return;
            }
            let (Ok(connection), site) = (connection, self.clone()) else { continue };
            // A thread for each, as browsers open connections ahead and may never use them. A connection that breaks
            // off is no failure of the server.
            thread::spawn(move || site.serve(connection).is_ok());
        }
    }

    /// Answers one request and closes the connection.
    fn serve(&self, mut connection: TcpStream) -> io::Result<()> {
        let request = read_request(&mut BufReader::new(connection.try_clone()?))?;
        // A connection that a browser opened ahead has sent nothing.
        if !request.is_empty() {
            lock(&self.requests).push(request.clone());
        }
        if self.disconnected.load(Ordering::Relaxed) {
            return Ok(());
        }
        let url = request.split(' ').nth(1).unwrap_or_default();
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let (status, path, content) = match self.file(path) {
            Some((path, content)) => ("200 OK", path, content),
            None => ("404 Not Found", ".txt", b"not found".to_vec()),
        };
        let (kind, length) = (kind(path), content.len());
        write!(connection, "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n")?;
        write!(connection, "{}", lock(&self.headers))?;
        write!(connection, "Content-Length: {length}\r\nConnection: close\r\n\r\n")?;
        connection.write_all(&content)
    }

    /// The file's path in the folder, and what is in it.
    fn file<'p>(&self, path: &'p str) -> Option<(&'p str, Vec<u8>)> {
        let other = lock(&self.also_under).clone();
        let below = path.strip_prefix(&self.prefix);
        let path = other
            .and_then(|prefix| path.strip_prefix(&prefix))
            .or(below)
            .filter(|path| !path.contains(".."))?;
        let path = if path.is_empty() { "index.html" } else { path };
        let replaced = self.replaced.read().unwrap_or_else(PoisonError::into_inner);
        let content = match replaced.0.get(path) {
            Some(content) => content.clone(),
            None => std::fs::read(self.folder.join(path)).ok(),
        };
        Some((path, content?))
    }
}

/// A request to its last byte, with what does not belong into a text replaced.
fn read_request(from: &mut impl BufRead) -> io::Result<String> {
    let (mut request, mut length) = (Vec::new(), 0);
    loop {
        let start = request.len();
        from.read_until(b'\n', &mut request)?;
        let line = String::from_utf8_lossy(&request[start..]).to_ascii_lowercase();
        if line.trim().is_empty() {
            break;
        }
        if let Some(bytes) = line.strip_prefix("content-length:") {
            length = bytes.trim().parse().unwrap_or(0);
        }
    }
    from.take(length).read_to_end(&mut request)?;
    Ok(String::from_utf8_lossy(&request).into_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The media type that a file's ending stands for.
fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("json" | "webmanifest") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("txt") => "text/plain",
        _ => "application/octet-stream",
    }
}
