//! What a command needs on this machine: looked for first, and installed only if it is missing and may be installed.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// Whether what is missing may be installed (`--no-install` forbids it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Installing {
    Allowed,
    Forbidden,
}

/// Something that a command needs.
pub(crate) trait Requirement {
    /// What it is, with its version if that matters.
    fn name(&self) -> String;

    /// Where it is, if it is installed in a version that will do.
    fn find(&self) -> Option<PathBuf>;

    /// How a user installs it without us: a few words that can follow a colon.
    fn remedy(&self) -> String;

    /// Installs it.
    fn install(&self) -> Result<()>;
}

/// The places of everything that is wanted, installed now if it was missing.
///
/// # Errors
/// If an installation fails; if it is forbidden, with a line for each thing that is missing.
pub(crate) fn ensure<const N: usize>(
    wanted: [&dyn Requirement; N],
    installing: Installing,
) -> Result<[PathBuf; N]> {
    if installing == Installing::Forbidden {
        let missing: Vec<String> = wanted
            .iter()
            .filter(|requirement| requirement.find().is_none())
            .map(|requirement| format!("\n  {} is missing: {}", requirement.name(), requirement.remedy()))
            .collect();
        report_missing(&missing)?;
    }
    let mut paths = [const { PathBuf::new() }; N];
    for (path, requirement) in paths.iter_mut().zip(wanted) {
        *path = match requirement.find() {
            Some(found) => found,
            None => {
                requirement.install()?;
                requirement.find().with_context(|| {
                    format!(
                        "{} was installed, but does not start from where it should be: {}",
                        requirement.name(),
                        requirement.remedy()
                    )
                })?
            }
        };
    }
    Ok(paths)
}

/// An error that lists what is missing, if anything is.
pub(crate) fn report_missing(missing: &[String]) -> Result<()> {
    match missing {
        [] => Ok(()),
        lines => bail!("--no-install forbids installing what is missing{}", lines.concat()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use std::{cell::Cell, path::PathBuf};

    use anyhow::Result;

    use super::{Installing, Requirement, ensure};

    struct Thing {
        name: &'static str,
        is_there: Cell<bool>,
        is_installable: bool,
    }

    impl Thing {
        fn new(name: &'static str, is_there: bool, is_installable: bool) -> Self {
            Self { name, is_there: Cell::new(is_there), is_installable }
        }
    }

    impl Requirement for Thing {
        fn name(&self) -> String {
            self.name.to_owned()
        }

        fn find(&self) -> Option<PathBuf> {
            self.is_there.get().then(|| PathBuf::from(self.name))
        }

        fn remedy(&self) -> String {
            format!("get {}", self.name)
        }

        fn install(&self) -> Result<()> {
            self.is_there.set(self.is_installable);
            Ok(())
        }
    }

    #[test]
    fn installs_only_what_is_missing() {
        let (there, missing) = (Thing::new("a", true, false), Thing::new("b", false, true));
        let [a, b] = ensure([&there, &missing], Installing::Allowed).unwrap();
        assert_eq!((a, b), ("a".into(), "b".into()));
    }

    #[test]
    fn lists_everything_that_is_missing_if_installing_is_forbidden() {
        let (first, second) = (Thing::new("a", false, true), Thing::new("b", false, true));
        let there = Thing::new("c", true, true);
        let error = ensure([&first, &there, &second], Installing::Forbidden).unwrap_err().to_string();
        assert!(error.ends_with("\n  a is missing: get a\n  b is missing: get b"), "{error}");
        assert!(!first.is_there.get());
    }

    #[test]
    fn says_when_an_installation_was_of_no_use() {
        let broken = Thing::new("a", false, false);
        let error = ensure([&broken], Installing::Allowed).unwrap_err().to_string();
        assert!(error.contains("a was installed"), "{error}");
    }
}
