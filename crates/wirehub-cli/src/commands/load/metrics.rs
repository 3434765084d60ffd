//! The server's metrics, fetched for the watch.

use std::time::Duration;

use reqwest::Client;
use wirehub_load::Scrape;
use wirehub_model::Secret;

use crate::failure::Failure;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Fetches them from a URL, with a key if there is one.
pub(super) fn scrape(url: &str, key: Option<&Secret>) -> Result<Box<Scrape>, Failure> {
    // The admin interface is inside; a proxy to the outside would only be in the way.
    let client = Client::builder().no_proxy().timeout(TIMEOUT).build();
    let client = client.map_err(Failure::outside)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::outside)?;
    let request = client.get(url);
    let request = match key {
        Some(key) => request.bearer_auth(key.expose()),
        None => request,
    };
    let request = request
        .build()
        .map_err(|error| Failure::usage(format!("--metrics {url}: {error}")))?;
    Ok(Box::new(move || {
        let request = request.try_clone().ok_or("the request has a body")?;
        let answer = async {
            let answer = client.execute(request).await?.error_for_status()?;
            answer.text().await
        };
        runtime.block_on(answer).map_err(|error| error.to_string())
    }))
}
