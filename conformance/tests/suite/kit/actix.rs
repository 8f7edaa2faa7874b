//! actix-web's `test::call_service`.

use actix_http::Request;
use actix_web::{
    App, Error,
    body::BoxBody,
    dev::{Service, ServiceResponse},
    rt,
    test::{TestRequest, call_service, init_service},
    web,
};
use sse_actix::{Event, LastEventId, Refusal, Sse};
use sse_hub::{Hub, Subscription};
use sse_test::EventReader;

use super::{Site, subscribe};

async fn events(hub: web::Data<Hub>, last: LastEventId) -> Result<Sse<Subscription>, Refusal> {
    Ok(Sse::new(subscribe(&hub, last)?))
}

async fn app(
    site: &Site,
) -> impl Service<Request, Response = ServiceResponse<BoxBody>, Error = Error> + use<> {
    let app = App::new().app_data(web::Data::new(site.hub.clone())).app_data(site.scope.clone());
    init_service(app.route("/events", web::get().to(events))).await
}

async fn get(
    app: &impl Service<Request, Response = ServiceResponse<BoxBody>, Error = Error>,
    id: String,
) -> ServiceResponse {
    let request = TestRequest::get().uri("/events").insert_header(("last-event-id", id));
    call_service(app, request.to_request()).await
}

suite!();

#[test]
fn a_handler_may_spawn_in_actix_webs_own_runtime() {
    rt::System::new().block_on(async {
        tokio::time::pause();
        let handler = async || {
            let (sender, sse) = Sse::channel(1);
            rt::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_secs(3_600)).await;
                sender.send(Event::data("an hour later")).await
            });
            sse
        };
        let app = init_service(App::new().route("/", web::get().to(handler))).await;
        let response = call_service(&app, TestRequest::get().to_request()).await;
        let mut stream =
            EventReader::new(response).wait_at_most(std::time::Duration::from_secs(3_601));
        assert_eq!(stream.event().await, Event::data("an hour later"));
        stream.end().await;
    });
}
