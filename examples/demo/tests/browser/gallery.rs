//! The page that links to all programs, and its picture in `examples/README.md`.

use std::{env, fs};

use serde_json::json;

use crate::{AXUM, browser::Browser, server::Server, turn};

/// Writes the picture to the path in the environment variable `GALLERY_PNG`, if it is set.
#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn the_gallery_fits_a_small_picture() {
    let _turn = turn().await;
    let server = Server::start(AXUM, 0).await;
    let browser = Browser::start("the gallery".to_owned()).await;
    browser.go_to(&server.url).await;
    browser.shows("framework", AXUM.name).await;

    // Each card leads to a page.
    let script = "return Promise.all([...document.querySelectorAll('main a')].map(async card => {
        const response = await fetch(card.href);
        return `${card.querySelector('h2').innerText} ${response.status}`;
    }))";
    let cards: Vec<String> = browser.run(script, json!(null)).await;
    assert!(
        cards.len() >= 7 && cards.iter().all(|card| card.ends_with(" 200")),
        "cards: {cards:?}"
    );

    // Only the first cards: a picture of all of them would be too large.
    let picture = browser.picture(1280, 900).await;
    let size = [&picture[16..20], &picture[20..24]] // where a PNG has them
        .map(|bytes| u32::from_be_bytes(bytes.try_into().unwrap()));
    assert_eq!(size, [1280, 900], "the picture's size");
    assert!(picture.len() < 150_000, "the picture has {} bytes", picture.len());
    if let Some(path) = env::var_os("GALLERY_PNG") {
        fs::write(path, picture).unwrap();
    }
}
