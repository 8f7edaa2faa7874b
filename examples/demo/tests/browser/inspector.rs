//! The inspector's page on each framework, and its pictures in `docs`.

use std::{env, fs, path::Path};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{Instant, timeout},
};

use crate::{
    ACTIX, AXUM, Framework, PATIENCE, ROCKET, WARP, browser::Browser, server::Server, turn,
    turn_alone,
};

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn an_operator_sees_streams_and_ends_one_on_axum() {
    check(AXUM).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn an_operator_sees_streams_and_ends_one_on_actix() {
    check(ACTIX).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn an_operator_sees_streams_and_ends_one_on_warp() {
    check(WARP).await;
}

#[ignore = "needs Chromium; ./test.sh runs it"]
#[tokio::test]
async fn an_operator_sees_streams_and_ends_one_on_rocket() {
    check(ROCKET).await;
}

#[ignore = "needs Chromium and 1,000 connections; ./test.sh runs it"]
#[tokio::test]
async fn the_inspector_shows_1000_streams_on_axum() {
    check_many(AXUM).await;
}

#[ignore = "needs Chromium and 1,000 connections; ./test.sh runs it"]
#[tokio::test]
async fn the_inspector_shows_1000_streams_on_actix() {
    check_many(ACTIX).await;
}

#[ignore = "needs Chromium and 1,000 connections; ./test.sh runs it"]
#[tokio::test]
async fn the_inspector_shows_1000_streams_on_warp() {
    check_many(WARP).await;
}

#[ignore = "needs Chromium and 1,000 connections; ./test.sh runs it"]
#[tokio::test]
async fn the_inspector_shows_1000_streams_on_rocket() {
    check_many(ROCKET).await;
}

async fn check(framework: Framework) {
    let _turn = turn().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("inspector on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;

    // A visitor chooses a topic and a name.
    browser.go_to(&server.url).await;
    browser.click("a[href='inspector/']").await;
    browser.shows("framework", framework.name).await;
    let hostile = "<img src=x onerror=injected=1>";
    let () = browser.run(VISIT, json!([hostile, format!("{hostile} & co")])).await;
    browser.shows("state", "open").await;

    // Nothing works without a login.
    let answers: Vec<u16> = browser.run(ASK, json!(null)).await;
    assert_eq!(answers, [401, 401, 401], "{subject}: without a login");
    let visitor = browser.open_tab().await;
    browser.go_to(&format!("{}inspector/", server.url)).await;
    browser.type_into("#password", "wrong").await;
    browser.click("#login").await;
    browser.shows("error", "The server answered 401: wrong password.").await;
    log_in(&browser, &server).await;

    // Only the page's own commands are accepted.
    let forged = "return fetch('operator', {
        method: 'POST', headers: { 'content-type': 'text/plain' },
        body: '{\"command\":\"end\",\"connection\":0}',
    }).then(response => response.status)";
    let forged: u16 = browser.run(forged, json!(null)).await;
    assert_eq!(forged, 415, "{subject}: a form of another site");

    // Names of topics and visitors are text.
    let row =
        eventually_row(&browser, "connections", &format!("{hostile} & co\n{hostile}\n")).await;
    assert!(row.contains("behind") && row.contains("sent"), "{subject}: {row:?}");
    eventually_row(&browser, "topics", &format!("{hostile}\n")).await;
    let ran: bool = browser.run("return 'injected' in window", json!(null)).await;
    assert!(!ran, "{subject}: a name ran as a script");

    // Streams, rates and the backend.
    let look = async || {
        let seen = browser.texts(&["streams", "subscribers", "rate", "backend"]).await;
        let rate = seen[2].strip_suffix(" per second").and_then(|rate| rate.parse::<f32>().ok());
        let seen_all = seen[1] == "1" && seen[3] == "none" && rate.is_some_and(|rate| rate > 1.0);
        // The page's own stream and the visitor's, and others that the browser may have left open.
        let open = seen[0].parse::<usize>().is_ok_and(|open| open >= 2);
        if seen_all && open { Ok(()) } else { Err(format!("{seen:?}")) }
    };
    browser.eventually("the streams and the rate", look).await;

    // A test event reaches the visitor.
    browser.type_into("#publish [name=topic]", hostile).await;
    browser.type_into("#publish [name=data]", "a test").await;
    browser.click("#publish button").await;
    let answered = async |expected: &str| match browser.text("answer").await {
        answer if answer.starts_with(expected) => Ok(()),
        answer => Err(answer),
    };
    browser.eventually("an answer", || answered("published ")).await;
    let operator = browser.go_to_tab(&visitor).await;
    let look = async || match browser.rows("list").await {
        rows if rows == ["a test"] => Ok(()),
        rows => Err(format!("{rows:?}")),
    };
    browser.eventually("the test event", look).await;

    // The operator ends the visitor's stream, and the visitor's browser reconnects.
    let () = browser
        .run("window.ended = 0; source.addEventListener('error', () => ended++)", json!(null))
        .await;
    browser.go_to_tab(&operator).await;
    browser.click("#connections button").await;
    browser.eventually("an answer", || answered("ended stream ")).await;
    browser.go_to_tab(&visitor).await;
    let look = async || match browser.run::<u32>("return ended", json!(null)).await {
        1 => Ok(()),
        ended => Err(format!("{ended} ends")),
    };
    browser.eventually("one end", look).await;
    browser.shows("state", "open").await;
    browser.go_to_tab(&operator).await;
    let look = async || match browser.text("ends").await {
        ends if ends.contains("finished") => Ok(()),
        ends => Err(ends),
    };
    browser.eventually("the reason of the end", look).await;

    check_phone(&browser, &server, &subject).await;
}

async fn check_many(framework: Framework) {
    let _turn = turn_alone().await;
    let server = Server::start(framework, 0).await;
    let subject = format!("inspector on {}", framework.name);
    let browser = Browser::start(subject.clone()).await;
    log_in(&browser, &server).await;
    let began = Instant::now();
    let mut visitors = Vec::new();
    for n in 0..MANY {
        let topic = if n % 10 == 0 { "numbers" } else { "fives" };
        visitors.push(open(server.port, topic, &format!("visitor-{n}")).await);
    }
    let mut slow = Vec::new();
    for n in 0..SLOW {
        slow.push(open(server.port, "backlog", &format!("slow-{n}")).await);
    }
    let opened = began.elapsed();
    // The slow ones do not read what fills their buffers.
    let flood = "return (async () => {
        for (let n = 0; n < 300; n++) {
            const { status } = await fetch('operator', {
                method: 'POST', headers: { 'content-type': 'application/json' },
                body: JSON.stringify({ command: 'publish', topic: 'backlog', data: 'x'.repeat(60000) }),
            });
            if (status !== 200) throw new Error(`the server answered ${status}`);
        }
    })()";
    let () = browser.run(flood, json!(null)).await;
    let look = async || {
        let seen = browser.texts(&["subscribers", "connections-shown"]).await;
        let expected = [format!("1,0{SLOW}"), format!("50 of 1,0{SLOW}")];
        if seen == expected { Ok(()) } else { Err(format!("{seen:?}")) }
    };
    browser.eventually("all streams", look).await;
    let look = async || {
        let rows = browser.rows("connections").await;
        let first = rows.last().cloned().unwrap_or_default();
        let behind = first.starts_with("slow-") && !first.contains("\n0 behind");
        if rows.len() == 50 && behind { Ok(()) } else { Err(format!("{first:?}")) }
    };
    browser.eventually("a slow reader first", look).await;

    // The page keeps up: it renders a snapshot each second.
    let beats = "return new Promise(resolve => {
        const times = [];
        source.addEventListener('snapshot', () => times.push(performance.now()));
        setTimeout(() => resolve(times), 5500);
    })";
    let times: Vec<f64> = browser.run(beats, json!(null)).await;
    let longest = times.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
    println!(
        "{subject}: {MANY} streams opened in {opened:.1?}; longest time between snapshots {longest:.0} ms"
    );
    assert!(times.len() >= 4 && longest < 2_500.0, "{subject}: snapshots at {times:?} ms");

    if framework.argument == AXUM.argument {
        take_pictures(&browser, &server).await;
    }
    check_phone(&browser, &server, &subject).await;

    drop((visitors, slow));
    browser.go_to(&format!("{}inspector/operator", server.url)).await;
    let look = async || match browser.text("subscribers").await {
        count if count == "0" => Ok(()),
        count => Err(count),
    };
    browser.eventually("no subscriber any more", look).await;
}

/// Logs in as the operator, and waits for the inspector.
async fn log_in(browser: &Browser, server: &Server) {
    browser.go_to(&format!("{}inspector/", server.url)).await;
    browser.type_into("#password", "open sesame").await;
    browser.click("#login").await;
    browser.shows("state", "live").await;
}

/// Waits for a row that begins with a text, and returns it.
async fn eventually_row(browser: &Browser, list: &str, start: &str) -> String {
    let look = async || {
        let rows = browser.rows(list).await;
        rows.iter().find(|row| row.starts_with(start)).cloned().ok_or(format!("{rows:?}"))
    };
    browser.eventually(&format!("{start:?} in #{list}"), look).await
}

/// Opens a stream that is not read any further than its opening event.
async fn open(port: u16, topic: &str, name: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(([127, 0, 0, 1], port).into()).await.unwrap();
    let request = format!(
        "GET /inspector/events?topic={topic}&name={name} HTTP/1.1\r\nHost: localhost\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let subscribed = async {
        while !answer.windows(10).any(|part| part == b"subscribed") {
            let mut part = [0; 1024];
            let read = stream.read(&mut part).await.unwrap();
            assert!(read > 0, "{name}: {}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&part[..read]);
        }
    };
    timeout(PATIENCE, subscribed).await.expect("the opening event");
    stream
}

/// Looks at the page in a frame with the width of a phone: Chromium's own windows are wider.
async fn check_phone(browser: &Browser, server: &Server, subject: &str) {
    browser.go_to(&format!("{}inspector/", server.url)).await;
    let () = browser.run(FRAME, json!([375, 812])).await;
    let measure = "
        const page = document.querySelector('iframe').contentDocument;
        const texts = [...page.querySelectorAll('body *')].filter(it => it.innerText && !['SCRIPT', 'STYLE'].includes(it.tagName));
        return [
            page.documentElement.scrollWidth,
            Math.min(...texts.map(it => parseFloat(getComputedStyle(it).fontSize))),
            Math.min(...[...page.querySelectorAll('button')].map(it => it.getBoundingClientRect().height)),
        ]";
    let [width, text, button]: [f32; 3] = browser.run(measure, json!(null)).await;
    assert!(width <= 375.0, "{subject}: {width} px wide on a phone");
    assert!(text >= 16.0, "{subject}: text of {text} px on a phone");
    assert!(button >= 44.0, "{subject}: a button of {button} px on a phone");
}

/// Writes the pictures to the folder in the environment variable `INSPECTOR_PNG`, if it is set.
async fn take_pictures(browser: &Browser, server: &Server) {
    let desktop = browser.picture(1280, 720).await;
    browser.go_to(&format!("{}inspector/", server.url)).await;
    let () = browser.run(FRAME, json!([390, 844])).await;
    let phone = browser.picture_of("iframe").await;
    for (name, picture) in [("desktop", desktop), ("phone", phone)] {
        assert!(picture.len() < 150_000, "the picture {name} has {} bytes", picture.len());
        if let Some(folder) = env::var_os("INSPECTOR_PNG") {
            let file = Path::new(&folder).join(format!("inspector-{name}.png"));
            fs::write(file, picture).unwrap();
        }
    }
}

/// Shows the inspector in a frame of this size, and nothing else, once it is live. It runs in the visitor's
/// page, because the inspector's own allows no frames.
const FRAME: &str = "
    const [width, height] = arguments[0];
    const frame = document.createElement('iframe');
    Object.assign(frame.style, { width: `${width}px`, height: `${height}px`, border: 0, display: 'block' });
    frame.src = 'operator';
    document.head.querySelectorAll('style').forEach(style => style.remove());
    document.body.style.margin = 0;
    document.body.replaceChildren(frame);
    return new Promise(resolve => {
        const look = () => {
            const live = frame.contentDocument?.getElementById('published')?.textContent;
            if (live && live !== '–') resolve(null); else setTimeout(look, 100);
        };
        look();
    })";

/// Opens a visitor's stream of a topic, under a name.
const VISIT: &str = "
    const [topic, name] = arguments[0];
    element('topic').value = topic;
    element('name').value = name;
    element('open').click()";

/// Returns the statuses of the inspector's three routes.
const ASK: &str = "
    const command = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
    return Promise.all([fetch('operator'), fetch('operator/events'), fetch('operator', command)]
        .map(answer => answer.then(response => response.status)))";

const MANY: usize = 1_000;
const SLOW: usize = 10;
