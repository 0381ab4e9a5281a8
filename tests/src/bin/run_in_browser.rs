//! A cargo runner: runs a wasm test binary in a real browser and prints what it prints.

use std::{
    env,
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use tests::{Browser, Page, Webgpu};

fn main() -> Result<()> {
    let wasm = env::args_os().nth(1).context("cargo gives the test binary's path")?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let address = format!("127.0.0.1:{port}");
    let server = Command::new("wasm-bindgen-test-runner")
        .arg(wasm)
        .env("NO_HEADLESS", "1")
        .env("WASM_BINDGEN_TEST_ADDRESS", &address)
        .stdout(Stdio::null())
        .spawn()
        .context("cannot start wasm-bindgen-test-runner; use `cargo xtask test`")?;
    let _server = Ended(server);
    let start = Instant::now();
    while std::net::TcpStream::connect(&address).is_err() {
        ensure!(start.elapsed() < Duration::from_secs(60), "the test server does not answer");
        std::thread::sleep(Duration::from_millis(50));
    }
    let browser = Browser::start(Webgpu::Missing)?;
    let page = Page::open(&browser, &format!("http://{address}/"))?;
    page.wait("document.querySelector('#output')?.textContent.includes('test result:')")?;
    let output = page.read("#output")?;
    println!("{output}");
    ensure!(output.contains("test result: ok"), "tests failed in the browser");
    Ok(())
}

/// A process that ends when this does.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
