//! The page asks nobody but its own origin, and runs nothing that is not its own.

use serde_json::Value;
use tests::{
    Result, Visit, Webgpu,
    hooks::{ENGINE_READY, KEPT_OFFLINE, TOOLS_READY},
};

#[test]
fn asks_nobody_but_its_own_origin_and_sets_no_cookie() -> Result {
    let visit = Visit::with(Webgpu::Software).recording_requests().open_written("?length=200")?;
    visit.wait(ENGINE_READY)?;
    visit.wait(TOOLS_READY)?;
    visit.wait(KEPT_OFFLINE)?;
    for tab in ["#tab-odds", "#tab-inside", "#tab-sweep"] {
        visit.press(tab)?;
    }
    visit.press("#generate")?;
    visit.wait_for_count(".column", 4)?;
    visit.wait_until_written()?;
    let requests = visit.requests();
    assert!(requests.len() > 8, "{requests:?}");
    let own = visit.server().url("");
    for request in &requests {
        let is_own =
            request.starts_with(&own) || request.starts_with("data:") || request.starts_with("blob:");
        assert!(is_own, "{request}");
    }
    let names: Vec<String> = visit.value_as("performance.getEntriesByType('resource').map(e => e.name)")?;
    for name in names {
        assert!(name.starts_with(&own), "{name}");
    }
    assert_eq!(visit.value("document.cookie")?, "");
    Ok(())
}

#[test]
fn runs_nothing_that_is_not_its_own() -> Result {
    let watched = "window.violations = []; addEventListener('securitypolicyviolation', e => \
                   violations.push(e.violatedDirective + ' ' + e.blockedURI));";
    let visit = Visit::with(Webgpu::Software).before(watched).open("?length=200&view=sweep")?;
    visit.wait(ENGINE_READY)?;
    visit.wait(TOOLS_READY)?;
    visit.wait_until_written()?;
    visit.press("#tab-write")?;
    visit.press("#generate")?;
    visit.wait_for("#script", "textContent.length > 200")?;
    visit.press_character(20)?;
    visit.wait("document.querySelectorAll('#odds li').length >= 10")?;
    visit.press("#tab-inside")?;
    visit.wait_for("#step-h", "textContent")?;
    assert_eq!(visit.value("violations")?, Value::Array(Vec::new()));
    // What got into the page all the same would not run.
    visit.run("const s = document.createElement('script'); s.textContent = 'window.ran = true'; document.body.append(s);")?;
    visit
        .run("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = true\">')")?;
    visit.wait("violations.length >= 2")?;
    assert_eq!(visit.value("window.ran ?? null")?, Value::Null);
    Ok(())
}
