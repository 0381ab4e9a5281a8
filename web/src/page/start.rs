//! How the page begins: the form is filled, a model loaded, the first script written; the engine comes behind.

use std::rc::Rc;

use web::{
    dom::{Result, notice, parameters, root, set_class},
    own, task,
    words::word,
};

use crate::{address, app::App, colours, controls, form, host::Host, models::Models, obey, view};

/// Sets the page up and begins the first script.
pub(crate) fn start() -> Result<()> {
    let parameters = parameters()?;
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
    let wants_own = parameters()?.get("model").is_some_and(|id| own::is_own(&id));
    if wants_own {
        app.menu().list_own().await;
    }
    let link = address::fill_form(&app.menu().models())?;
    problems.extend(link.problems);
    let message = problems.join(" ");
    match message.is_empty() {
        true => notice(""),
        false => app.complain(&message),
    }
    form::describe_temperature();
    app.menu().show_chosen();
    controls::listen(app)?;
    app.load(link.is_of_other_weights).await;
    if !wants_own {
        app.menu().list_own().await;
    }
    obey::listen(app)?;
    app.start_engine().await;
    Ok(())
}
