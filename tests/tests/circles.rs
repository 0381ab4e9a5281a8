//! Data flows one way: in no crate do two modules take from each other, not even round about.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use syn::{
    Item, ItemMod, UseTree,
    visit::{self, Visit},
};
use tests::root;

#[test]
fn no_two_modules_take_from_each_other() -> Result<()> {
    let manifest: toml::Table = fs::read_to_string(root().join("Cargo.toml"))?.parse()?;
    let members = manifest["workspace"]["members"].as_array().context("the workspace lists its members")?;
    let mut roots = Vec::new();
    for member in members.iter().filter_map(|member| member.as_str()) {
        roots.extend(crate_roots(&root().join(member).join("src"))?);
    }
    assert!(roots.len() > members.len(), "{roots:?}");
    for root in roots {
        assert_eq!(circles(&root)?, Vec::<Vec<String>>::new(), "{}", root.display());
    }
    Ok(())
}

/// The files that crates of a package begin with: of the library, the program, and programs in folders of their own.
fn crate_roots(source: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = vec![source.to_owned()];
    for entry in fs::read_dir(source)? {
        folders.extend(Some(entry?.path()).filter(|path| path.is_dir()));
    }
    let files = folders.iter().flat_map(|folder| ["lib.rs", "main.rs"].map(|name| folder.join(name)));
    Ok(files.filter(|file| file.exists()).collect())
}

#[test]
fn finds_a_circle() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text);
    write("lib.rs", "mod a; mod b; mod c; mod d;")?;
    write("a.rs", "use crate::b::B;")?;
    write("b.rs", "pub struct B; fn f() { super::c::g() }")?;
    write("c.rs", "use super::a; use crate::d::D;")?;
    write("d.rs", "#[cfg(test)] mod tests { use crate::a; }")?;
    assert_eq!(circles(&folder.path().join("lib.rs"))?, [["a", "b", "c"]]);
    Ok(())
}

/// A module by its path in the crate; the crate's root is the empty path.
type Module = Vec<String>;

/// The modules of one crate, and the paths that each of them names.
#[derive(Debug, Default)]
struct Crate {
    named: BTreeMap<Module, Vec<Module>>,
}

/// The groups of modules that take from each other, round about, in the crate whose root is this file. A module and those
/// inside it are one room: what they take from each other does not count.
///
/// # Errors
/// If a file cannot be read or is not Rust.
fn circles(root: &Path) -> Result<Vec<Vec<String>>> {
    let mut all = Crate::default();
    let folder = root.parent().context("the root lies in a folder")?;
    all.read(root, folder, Module::new())?;
    let arrows = all.arrows();
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        arrows.keys().map(|module| (module, reached(module, &arrows))).collect();
    let mut circles = BTreeSet::new();
    for (module, beyond) in &reached {
        let circle: BTreeSet<String> = beyond
            .iter()
            .filter(|other| reached.get(**other).is_some_and(|back| back.contains(module)))
            .map(|other| other.join("::"))
            .collect();
        if circle.len() > 1 {
            circles.insert(circle.into_iter().collect());
        }
    }
    Ok(circles.into_iter().collect())
}

/// All modules that can be reached from one by following arrows.
fn reached<'a>(from: &Module, arrows: &'a BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<&'a Module> {
    let mut found = BTreeSet::new();
    let mut next: Vec<&Module> = arrows.get(from).into_iter().flatten().collect();
    while let Some(module) = next.pop() {
        if found.insert(module) {
            next.extend(arrows.get(module).into_iter().flatten());
        }
    }
    found
}

impl Crate {
    /// Reads a module's file and the files of the modules inside it.
    fn read(&mut self, file: &Path, folder: &Path, module: Module) -> Result<()> {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let parsed = syn::parse_file(&text).with_context(|| format!("{} is not Rust", file.display()))?;
        let mut paths = Paths::default();
        for item in parsed.items.iter().filter(|item| !is_of_tests(item)) {
            match item {
                Item::Mod(ItemMod { ident, content: None, .. }) => {
                    let name = ident.to_string();
                    let inside = folder.join(&name);
                    let beside = inside.with_extension("rs");
                    let file: PathBuf = if beside.exists() { beside } else { inside.join("mod.rs") };
                    self.read(&file, &inside, [module.clone(), vec![name]].concat())?;
                }
                item => paths.visit_item(item),
            }
        }
        self.named.insert(module, paths.found);
        Ok(())
    }

    /// For each module those outside of it that it takes from.
    fn arrows(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let outside = |from: &Module, to: &Module| !from.starts_with(to) && !to.starts_with(from);
        let of_module = |(from, paths): (&Module, &Vec<Module>)| {
            let taken = paths.iter().filter_map(|path| self.resolve(from, path));
            (from.clone(), taken.filter(|to| outside(from, to)).collect())
        };
        self.named.iter().map(of_module).collect()
    }

    /// The module that a path names, or that holds what it names; nothing if it begins in another crate.
    fn resolve(&self, from: &Module, path: &[String]) -> Option<Module> {
        let mut module = match path.first()?.as_str() {
            "crate" => Module::new(),
            "self" => from.clone(),
            "super" => from[..from.len().checked_sub(1)?].to_vec(),
            _ => return None,
        };
        for name in &path[1..] {
            if name == "super" {
                module.pop();
                continue;
            }
            module.push(name.clone());
            if !self.named.contains_key(&module) {
                module.pop();
                break;
            }
        }
        Some(module)
    }
}

/// Whether an item is compiled for tests alone.
fn is_of_tests(item: &Item) -> bool {
    let attributes = match item {
        Item::Mod(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

/// Collects the paths that items name.
#[derive(Default)]
struct Paths {
    found: Vec<Module>,
}

impl Paths {
    fn take(&mut self, tree: &UseTree, before: &Module) {
        let with = |name: &syn::Ident| [before.clone(), vec![name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.take(&path.tree, &with(&path.ident)),
            UseTree::Name(name) => self.found.push(with(&name.ident)),
            UseTree::Rename(name) => self.found.push(with(&name.ident)),
            UseTree::Glob(_) => self.found.push(before.clone()),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.take(tree, before)),
        }
    }
}

impl Visit<'_> for Paths {
    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        self.take(&item.tree, &Module::new());
    }

    fn visit_path(&mut self, path: &syn::Path) {
        self.found.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }
}
