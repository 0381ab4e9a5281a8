//! Programs from crates.io: an installed one is used if its version will do; else one is fetched by `cargo binstall` if
//! there is one, or compiled, into the user's cache, in a folder named by version, so that every clone finds it.

use std::{fs, ops::RangeInclusive, path::PathBuf, process::Command};

use anyhow::{Context, Result};
use cargo_lock::Version;

use crate::{
    paths::{cache, executable, search_path},
    requirement::Requirement,
    run::{cargo, first_line, step},
};

/// A program, or several of one package.
pub(crate) struct CargoTool {
    /// What it is called on crates.io.
    pub(crate) package: &'static str,
    /// Those of its programs that are used. The first is asked for its version.
    pub(crate) programs: &'static [&'static str],
    /// The version that is installed.
    pub(crate) version: Version,
    /// Versions that will do if they are installed already.
    pub(crate) usable: RangeInclusive<Version>,
    /// The folder of a package of ours that has the same programs, if it is compiled in the other's place: for its lock file.
    pub(crate) ours: Option<&'static str>,
    /// Flags for `cargo install`, beside `--locked`.
    pub(crate) flags: &'static [&'static str],
    /// Packages whose loops go over megabytes. All others are compiled without optimisation: most of the work is
    /// compiling, and little of it is running.
    pub(crate) optimized: &'static [&'static str],
    /// How long compiling it takes.
    pub(crate) takes: &'static str,
}

impl CargoTool {
    /// The folder that it is installed into: its programs are in `bin` there.
    fn folder(&self) -> Result<PathBuf> {
        Ok(cache()?.join("tools").join(format!("{}-{}", self.package, self.version)))
    }

    /// Fetches what somebody else has compiled. Whether it came and starts here is seen by [`Requirement::find`].
    fn fetch(&self) -> Result<()> {
        let mut fetch = cargo();
        fetch
            .args([
                "binstall",
                "--no-confirm",
                "--force",
                "--disable-telemetry",
                "--no-discover-github-token",
            ])
            // What it would compile, it would compile with all optimisations.
            .args(["--disable-strategies", "compile", "--root"])
            .arg(self.folder()?)
            .arg(format!("{}@={}", self.package, self.version));
        step(&format!("fetching {} with cargo binstall", self.name()), &mut fetch)
    }

    /// What `cargo install` is told to compile. Relative to the project's folder, in which all steps run.
    fn source(&self) -> Vec<String> {
        match self.ours {
            Some(folder) => vec!["--path".to_owned(), folder.to_owned()],
            None => vec!["--version".to_owned(), format!("={}", self.version), self.package.to_owned()],
        }
    }

    fn compile(&self) -> Result<()> {
        let target = cache()?.join("tools/target");
        let mut install = cargo();
        // Locked, so that what is compiled today is what was tried.
        install.args(["install", "--force", "--debug", "--locked"]);
        for package in self.optimized {
            install.args(["--config", &format!("profile.dev.package.{package}.opt-level=1")]);
        }
        install
            .args(self.flags)
            .args(self.programs.iter().flat_map(|program| ["--bin", program]))
            .arg("--root")
            .arg(self.folder()?)
            .arg("--target-dir")
            .arg(&target)
            .args(self.source())
            .env("CARGO_PROFILE_DEV_DEBUG", "0");
        step(&format!("compiling {} ({}, once a machine)", self.name(), self.takes), &mut install)?;
        // What was compiled on the way is of no further use.
        fs::remove_dir_all(&target).with_context(|| format!("cannot remove {}", target.display()))
    }
}

impl Requirement for CargoTool {
    fn name(&self) -> String {
        format!("{} {}", self.package, self.version)
    }

    /// The first of its programs: ours, or one on the search path.
    fn find(&self) -> Option<PathBuf> {
        let ours = self.folder().ok().map(|folder| folder.join("bin"));
        ours.into_iter().chain(search_path()).find_map(|folder| {
            let programs: Vec<PathBuf> =
                self.programs.iter().map(|name| folder.join(executable(name))).collect();
            let first = programs.first().filter(|_| programs.iter().all(|program| program.exists()))?;
            let line = first_line(Command::new(first).arg("--version"))?;
            version_in(&line).is_some_and(|version| self.usable.contains(&version)).then(|| first.clone())
        })
    }

    fn remedy(&self) -> String {
        let flags: Vec<String> = self.flags.iter().map(|&flag| flag.to_owned()).collect();
        format!("`cargo install --locked {}`", [flags, self.source()].concat().join(" "))
    }

    fn install(&self) -> Result<()> {
        if first_line(cargo().args(["binstall", "-V"])).is_some() {
            let fetched = self.fetch();
            if self.find().is_some() {
                return Ok(());
            }
            let reason = match fetched {
                Ok(()) => "it does not start here".to_owned(),
                Err(error) => format!("{error:#}"),
            };
            println!("  {} could not be fetched: {reason}; it is compiled", self.name());
        }
        self.compile()
    }
}

/// The version in what a program says of itself: `trunk 0.21.14`, `wasm-bindgen 0.2.130 (4aeb0f0e2)`.
fn version_in(line: &str) -> Option<Version> {
    line.split_whitespace().find_map(|word| Version::parse(word).ok())
}

#[cfg(test)]
mod tests {
    use cargo_lock::Version;

    use super::version_in;

    #[test]
    fn reads_versions_as_programs_print_them() {
        let version = Some(Version::new(0, 2, 130));
        assert_eq!(version_in("wasm-bindgen 0.2.130"), version);
        assert_eq!(version_in("wasm-bindgen 0.2.130 (4aeb0f0e2)"), version);
        assert_eq!(version_in("wasm-bindgen"), None);
    }
}
