//! Many topics, many subscribers.

use sse_core::Event;
use sse_hub::{Hub, Subscription};

use crate::{publish, read, text};

const MANY: usize = 10_000;

fn subscribe(hub: &Hub, topic: impl Fn(usize) -> String) -> Vec<Subscription> {
    let subscribe = |number| hub.subscribe(topic(number)).expect("within the limits");
    let mut all: Vec<_> = (0..MANY).map(subscribe).collect();
    for subscription in &mut all {
        assert!(read(subscription).0.starts_with(crate::OPENING));
    }
    all
}

#[test]
fn ten_thousand_topics_of_one_subscriber() {
    let hub = Hub::new();
    let name = |number| format!("topic {number}");
    let mut all = subscribe(&hub, name);
    for round in 0..2 {
        for number in 0..MANY {
            let event = Event::data(format!("{number} {round}"));
            hub.publish_now(name(number), event).expect("published");
        }
    }
    for (number, subscription) in all.iter_mut().enumerate() {
        let (read, _) = read(subscription);
        let data: Vec<_> = read.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
        assert_eq!(data, [format!("{number} 0"), format!("{number} 1")]);
    }
    assert_eq!(hub.stats().topics, MANY);
    drop(all);
    assert_eq!(hub.stats().subscribers, 0);
}

#[test]
fn one_topic_of_ten_thousand_subscribers() {
    let hub = Hub::new();
    let mut all = subscribe(&hub, |_| "a".to_owned());
    publish(&hub, "a", "1");
    publish(&hub, "a", "2");
    let expected = text(&hub, &mut all[0]);
    assert_eq!(expected, "id: E.1\ndata: 1\n\nid: E.2\ndata: 2\n\n");
    let epoch = crate::id(&hub, "");
    for subscription in &mut all[1..] {
        assert_eq!(read(subscription).0.replace(&epoch, "E."), expected);
    }
    assert_eq!(hub.topic_stats("a").map(|stats| stats.subscribers), Some(MANY));
    drop(all);
    assert_eq!(hub.topic_stats("a").map(|stats| stats.subscribers), Some(0));
}
