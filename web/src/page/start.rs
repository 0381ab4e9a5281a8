//! How the page begins: the form is filled, a model loaded, the first script written; the engine comes behind.

use std::rc::Rc;

use web::{
    dom::{Result, notice, on, root, set_class, text_of, window},
    host::Host,
    link, own, task,
    words::{word, words},
};

use crate::{address, app::App, colours, controls, form, models::Models, obey, view};

/// Sets the page up and begins the first script.
pub(crate) fn start() -> Result<()> {
    let parameters = link::parameters()?;
    // Links of older versions have everything where a server sees it at the next visit.
    link::show(&parameters)?;
    set_class(&*root()?, "embed", parameters.get("embed").is_some_and(|value| value == "1"));
    let mut problems = colours::apply(&parameters)?;
    let (host, unusable) = Host::from_url(&parameters)?;
    problems.extend(unusable);
    let app = App::new(host);
    let this = app.clone();
    task::spawn(async move { begin(&app, problems).await }, move |message| {
        this.complain(message);
        view::status(&word("no-model"));
    });
    Ok(())
}

async fn begin(app: &Rc<App>, mut problems: Vec<String>) -> Result<()> {
    app.menu().fill(Models::fetch().await?)?;
    // Looked for before anything is written only if the link names one.
    let wants_own = link::parameters()?.get("model").is_some_and(|id| own::is_own(&id));
    if wants_own && let Err(error) = app.menu().list_own().await {
        problems.push(words("own-unreadable", &[("error", &error)]));
    }
    let is_withheld = take_link(app, problems)?;
    controls::listen(app)?;
    let this = app.clone();
    // A link that differs behind `#` alone is opened without loading the page anew, even while the model is on its way.
    on(&*window()?, "hashchange", move |_| {
        let app = this.clone();
        this.spawn(async move {
            app.stop();
            if take_link(&app, Vec::new())? {
                // Its script cannot be written, and another link's would be seen in its place.
                return window()?.location().reload().map_err(|error| text_of(&error));
            }
            app.load(false).await;
            Ok(())
        });
    });
    app.load(is_withheld).await;
    if !wants_own {
        // Where nothing can be read, nothing is missed yet.
        let _ = app.menu().list_own().await;
    }
    obey::listen(app)?;
    app.start_engine().await;
    Ok(())
}

/// Fills the form as the address says, and says what is wrong with it; whether the link's script cannot be written.
fn take_link(app: &Rc<App>, mut problems: Vec<String>) -> Result<bool> {
    let link = address::fill_form(&app.menu().models())?;
    problems.extend(link.problems);
    let message = problems.join(" ");
    match message.is_empty() {
        true => notice(""),
        false => app.complain(&message),
    }
    form::describe_temperature();
    app.menu().show_chosen();
    Ok(link.is_withheld)
}
