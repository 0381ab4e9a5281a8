//! A static server for the built site, under any prefix, that can also serve broken files.

use std::{
    collections::HashMap,
    io::Cursor,
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
};

use anyhow::{Context, Result, anyhow};
use tiny_http::{Header, Response};

/// Serves until dropped.
#[derive(Debug)]
pub struct Server {
    port: u16,
    http: Arc<HttpServer>,
    threads: Vec<JoinHandle<()>>,
}

/// `tiny_http::Server` with a name in debug output.
struct HttpServer(tiny_http::Server);

impl std::fmt::Debug for HttpServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HttpServer")
    }
}

/// Files that replace those of the folder, by path below the prefix; `None` is "not found".
pub type Replaced = HashMap<String, Option<Vec<u8>>>;

impl Server {
    /// Serves `folder` under `prefix` (as `/some/path/`) on a free port, with some files replaced.
    ///
    /// # Errors
    /// Where no port can be had.
    pub fn start(folder: &Path, prefix: &str, replaced: Replaced) -> Result<Self> {
        let http = tiny_http::Server::http("127.0.0.1:0").map_err(|error| anyhow!(error))?;
        let port = http.server_addr().to_ip().context("a TCP port")?.port();
        let http = Arc::new(HttpServer(http));
        let replaced = Arc::new(replaced);
        let threads = (0..4)
            .map(|_| {
                let (http, replaced) = (http.clone(), replaced.clone());
                let (folder, prefix) = (folder.to_owned(), prefix.to_owned());
                std::thread::spawn(move || {
                    while let Ok(request) = http.0.recv() {
                        let response = answer(&folder, &prefix, &replaced, request.url());
                        // A browser that has gone away is no failure of the server.
                        let _ = request.respond(response);
                    }
                })
            })
            .collect();
        Ok(Self { port, http, threads })
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One wakes one thread, and not always the one that is joined next.
        self.threads.iter().for_each(|_| self.http.0.unblock());
        for thread in self.threads.drain(..) {
            // A thread that panicked has shown so itself.
            let _ = thread.join();
        }
    }
}

fn answer(folder: &Path, prefix: &str, replaced: &Replaced, url: &str) -> Response<Cursor<Vec<u8>>> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let Some(path) = path.strip_prefix(prefix).filter(|path| !path.contains("..")) else {
        return Response::from_string("not found").with_status_code(404);
    };
    let path = if path.is_empty() { "index.html" } else { path };
    let content = match replaced.get(path) {
        Some(content) => content.clone(),
        None => std::fs::read(PathBuf::from(folder).join(path)).ok(),
    };
    let Some(content) = content else {
        return Response::from_string("not found").with_status_code(404);
    };
    let kind = match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    };
    let response = Response::from_data(content);
    match Header::from_bytes("Content-Type", kind) {
        Ok(header) => response.with_header(header),
        Err(()) => response,
    }
}
