//! Describes typed events in OpenAPI documents.

use std::collections::BTreeSet;

use utoipa::{
    ToSchema,
    openapi::{
        Content, HttpMethod, Object, ObjectBuilder, OneOfBuilder, OpenApi, OpenApiVersion, Ref,
        RefOr, Response, Schema, Type,
        path::{Operation, Paths},
    },
};

use crate::Event;

impl Event {
    /// Describes the events that [`typed`](Event::typed) makes of an enum, as the `itemSchema` of an event stream.
    ///
    /// Each variant is one alternative of a `oneOf`. Its `event` is the variant's name, and its `data` is text that
    /// holds the variant's content as JSON (OpenAPI 3.2.0, 4.14.4). `id` and `retry` may be present in any event. The
    /// content refers to the schemas of other types by name; [`describe_events`] adds them to the document.
    ///
    /// A type that is not an externally tagged enum has one schema without an event type. It describes events whose
    /// data is such a value, as made by [`json`](Event::json).
    ///
    /// utoipa 6 describes a tuple whose items have different types as an array of objects, which is wrong. Use named
    /// fields for such a variant.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Event;
    /// #[derive(utoipa::ToSchema)]
    /// #[serde(rename_all = "lowercase")]
    /// enum Chat { Said(String), Join { name: String } }
    ///
    /// let schema = serde_json::to_value(Event::item_schema::<Chat>())?;
    /// let said = &schema["oneOf"][0]["properties"];
    /// assert_eq!(said["event"]["enum"][0], "said");
    /// assert_eq!(said["data"]["contentSchema"]["type"], "string");
    /// # Ok::<_, serde_json::Error>(())
    /// ```
    pub fn item_schema<T: ToSchema>() -> Schema {
        let schema = T::schema();
        match variants(&schema) {
            Some(variants) => {
                let items = variants.into_iter().map(Variant::into_schema);
                let description = match &schema {
                    RefOr::T(Schema::OneOf(one_of)) => one_of.description.clone(),
                    _ => None,
                };
                items.fold(OneOfBuilder::new().description(description), OneOfBuilder::item).into()
            }
            None => event_schema(schema).into(),
        }
    }
}

/// Describes the event stream of an operation in an OpenAPI document, with the events of an enum.
///
/// Use it for a stream of [`Event::typed`] events, so that clients can be generated from the document. The operation's
/// response 200 gets the content `text/event-stream`. Its `itemSchema` refers to [`Event::item_schema`], which is added
/// to the document under the enum's name followed by `Event`. An operation or response that the document does not have
/// is added. The document becomes one of OpenAPI 3.2.0, the first version with `itemSchema`.
///
/// The schema does not include events that others send on the stream. A subscription of `sse-hub` also sends
/// `subscribed` and `gap`; give the enum variants for them if clients should handle them.
///
/// # Example
/// ```
/// use sse_core::describe_events;
/// use utoipa::{OpenApi, ToSchema, openapi::HttpMethod};
///
/// #[derive(ToSchema, serde::Serialize)]
/// #[serde(rename_all = "lowercase")]
/// enum Chat { Said(String), Join { name: String } }
///
/// #[utoipa::path(get, path = "/chat", responses((status = 200, description = "The chat")))]
/// async fn chat() {}
///
/// #[derive(OpenApi)]
/// #[openapi(paths(chat))]
/// struct Api;
///
/// let mut document = Api::openapi();
/// describe_events::<Chat>(&mut document, HttpMethod::Get, "/chat");
///
/// let json = serde_json::to_value(&document)?;
/// assert_eq!(json["openapi"], "3.2.0");
/// let content = &json["paths"]["/chat"]["get"]["responses"]["200"]["content"];
/// let reference = &content["text/event-stream"]["itemSchema"]["$ref"];
/// assert_eq!(reference, "#/components/schemas/ChatEvent");
/// # Ok::<_, serde_json::Error>(())
/// ```
pub fn describe_events<T: ToSchema>(document: &mut OpenApi, method: HttpMethod, path: &str) {
    document.openapi = OpenApiVersion::Version32;

    let name = format!("{}Event", T::name());
    let mut schemas = Vec::new();
    T::schemas(&mut schemas);
    let components = document.components.get_or_insert_default();
    components.schemas.extend(schemas);
    components.schemas.insert(name.clone(), Event::item_schema::<T>().into());

    let responses = &mut operation(&mut document.paths, method, path).responses.responses;
    let response = responses.entry("200".into()).or_insert_with(|| Response::new("").into());
    if let RefOr::Ref(_) = response {
        *response = Response::new("").into();
    }
    if let RefOr::T(response) = response {
        let mut content = Content::default();
        content.item_schema = Some(Ref::from_schema_name(name).into());
        response.content.insert("text/event-stream".into(), content.into());
    }
}

/// Returns the operation of a path, which is added if it does not exist.
fn operation<'a>(paths: &'a mut Paths, method: HttpMethod, path: &str) -> &'a mut Operation {
    let item = paths.paths.entry(path.into()).or_default();
    let operation = match method {
        HttpMethod::Get => &mut item.get,
        HttpMethod::Post => &mut item.post,
        HttpMethod::Put => &mut item.put,
        HttpMethod::Delete => &mut item.delete,
        HttpMethod::Options => &mut item.options,
        HttpMethod::Head => &mut item.head,
        HttpMethod::Patch => &mut item.patch,
        HttpMethod::Trace => &mut item.trace,
    };
    operation.get_or_insert_default()
}

/// A variant of an externally tagged enum.
struct Variant {
    name: String,
    description: Option<String>,
    content: RefOr<Schema>,
}

impl Variant {
    fn into_schema(self) -> ObjectBuilder {
        let name = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([self.name]));
        event_schema(self.content)
            .description(self.description)
            .property("event", name)
            .required("event")
    }
}

/// Returns the variants, or `None` if the schema is not that of an externally tagged enum.
fn variants(schema: &RefOr<Schema>) -> Option<Vec<Variant>> {
    let mut found = Vec::new();
    match schema {
        RefOr::T(Schema::OneOf(one_of)) => {
            for item in &one_of.items {
                let RefOr::T(Schema::Object(object)) = item else { return None };
                found.extend(units(object).or_else(|| Some(vec![tagged(object)?]))?);
            }
        }
        // utoipa's schema of an enum whose variants all have no content.
        RefOr::T(Schema::Object(object)) => found.extend(units(object)?),
        _ => return None,
    }
    // An internally tagged enum repeats the name of its tag.
    let names: BTreeSet<_> = found.iter().map(|it| &it.name).collect();
    (names.len() == found.len()).then_some(found)
}

/// Returns the variants without content that a schema of strings names.
fn units(object: &Object) -> Option<Vec<Variant>> {
    let null = || ObjectBuilder::new().schema_type(Type::Null).into();
    let unit = |name: &str| Variant {
        name: name.into(),
        description: object.description.clone(),
        content: null(),
    };
    object.enum_values.as_ref()?.iter().map(|name| name.as_str().map(unit)).collect()
}

/// Returns the variant that is an object's only property.
fn tagged(object: &Object) -> Option<Variant> {
    let [name] = &object.required[..] else { return None };
    let content = object.properties.get(name).filter(|_| object.properties.len() == 1)?.clone();
    Some(Variant { name: name.clone(), description: object.description.clone(), content })
}

/// Describes an event with JSON in its data, without an event type.
fn event_schema(content: RefOr<Schema>) -> ObjectBuilder {
    let data = ObjectBuilder::new()
        .schema_type(Type::String)
        .content_media_type("application/json")
        .content_schema(Some(content));
    let retry = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
    ObjectBuilder::new()
        .property("data", data)
        .required("data")
        .property("id", ObjectBuilder::new().schema_type(Type::String))
        .property("retry", retry)
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::{Value, json, to_value};
    use utoipa::{
        PartialSchema,
        openapi::{Info, OpenApiBuilder, path::OperationBuilder},
    };

    use super::*;

    #[derive(Serialize, ToSchema)]
    struct User {
        name: String,
    }

    /// What happens in a room.
    #[derive(Serialize, ToSchema)]
    #[serde(rename_all = "kebab-case")]
    enum Chat {
        /// Nothing happens.
        UnitOne,
        Said(String),
        Joined(User),
        #[serde(rename = "renamed")]
        Moved {
            x: bool,
        },
        Flags(bool, bool),
    }

    #[track_caller]
    fn check_same_name(chat: Chat, alternative: &Value) {
        let event = Event::typed(&chat).expect("typed").event.expect("a name");
        assert_eq!(alternative["properties"]["event"]["enum"], json!([&*event]));
        assert_eq!(alternative["required"], json!(["data", "event"]));
    }

    #[track_caller]
    fn check_content(alternative: &Value, expected: Value) {
        let data = json!({
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": expected,
        });
        assert_eq!(alternative["properties"]["data"], data);
    }

    #[test]
    fn each_variant_is_described_as_the_event_that_it_becomes() {
        let schema = to_value(Event::item_schema::<Chat>()).expect("JSON");
        assert_eq!(schema["description"], "What happens in a room.");
        let [unit, said, joined, moved, flags] = &schema["oneOf"].as_array().expect("a list")[..]
        else {
            panic!("not five: {schema}");
        };
        assert_eq!(unit["description"], "Nothing happens.");
        check_same_name(Chat::UnitOne, unit);
        check_content(unit, json!({ "type": "null" }));
        check_same_name(Chat::Said("a".into()), said);
        check_content(said, json!({ "type": "string" }));
        check_same_name(Chat::Joined(User { name: "a".into() }), joined);
        check_content(joined, json!({ "$ref": "#/components/schemas/User" }));
        check_same_name(Chat::Moved { x: true }, moved);
        let x = json!({ "x": { "type": "boolean" } });
        check_content(moved, json!({ "type": "object", "required": ["x"], "properties": x }));
        check_same_name(Chat::Flags(true, true), flags);
        assert_eq!(flags["properties"]["data"]["contentSchema"]["minItems"], 2);
    }

    #[test]
    fn variants_without_content_are_described_one_by_one() {
        #[derive(Deserialize, ToSchema)]
        enum Light {
            Red,
            Green,
        }
        let schema = to_value(Event::item_schema::<Light>()).expect("JSON");
        assert_eq!(schema["oneOf"][0]["properties"]["event"]["enum"], json!(["Red"]));
        assert_eq!(schema["oneOf"][1]["properties"]["event"]["enum"], json!(["Green"]));
    }

    #[track_caller]
    fn check_any_event<T: ToSchema>() {
        let schema = to_value(Event::item_schema::<T>()).expect("JSON");
        check_content(&schema, to_value(T::schema()).expect("JSON"));
        assert_eq!(schema["required"], json!(["data"]));
    }

    #[test]
    fn other_types_are_described_as_the_data_of_any_event() {
        #[derive(Serialize, Deserialize, ToSchema)]
        #[serde(tag = "type")]
        enum Internal {
            A,
            B { x: bool },
        }
        #[derive(Deserialize, ToSchema)]
        #[serde(tag = "type")]
        enum Tag {
            A,
            B,
        }
        check_any_event::<User>();
        check_any_event::<Internal>();
        check_any_event::<Tag>();
        check_any_event::<Option<User>>();
        check_any_event::<String>();
    }

    fn document() -> OpenApi {
        OpenApiBuilder::new().info(Info::new("Chat", "1")).build()
    }

    #[test]
    fn an_operation_and_the_schemas_are_added_to_the_document() {
        let mut document = document();
        describe_events::<Chat>(&mut document, HttpMethod::Post, "/chat");
        let document = to_value(document).expect("JSON");
        assert_eq!(document["openapi"], "3.2.0");
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["ChatEvent"], to_value(Event::item_schema::<Chat>()).expect("JSON"));
        assert_eq!(schemas["User"], to_value(User::schema()).expect("JSON"));
        let responses = &document["paths"]["/chat"]["post"]["responses"];
        let item = json!({ "itemSchema": { "$ref": "#/components/schemas/ChatEvent" } });
        assert_eq!(responses["200"]["content"], json!({ "text/event-stream": item }));
    }

    #[test]
    fn what_a_document_says_about_the_operation_is_kept() {
        let mut document = document();
        let mut response = Response::new("The chat");
        response.content.insert("application/json".into(), Content::default().into());
        let operation = OperationBuilder::new()
            .operation_id(Some("chat"))
            .response("200", response)
            .response("404", Response::new("No chat"));
        document.paths.add_path_operation("/chat", vec![HttpMethod::Get], operation);
        describe_events::<Chat>(&mut document, HttpMethod::Get, "/chat");
        let document = to_value(document).expect("JSON");
        let operation = &document["paths"]["/chat"]["get"];
        assert_eq!(operation["operationId"], "chat");
        assert_eq!(operation["responses"]["404"]["description"], "No chat");
        let response = &operation["responses"]["200"];
        assert_eq!(response["description"], "The chat");
        let types: Vec<_> = response["content"].as_object().expect("types").keys().collect();
        assert_eq!(types, ["application/json", "text/event-stream"]);
    }

    #[test]
    fn a_response_that_other_operations_share_is_not_changed() {
        let mut document = document();
        let shared = OperationBuilder::new().response("200", Ref::from_response_name("Shared"));
        document.paths.add_path_operation("/chat", vec![HttpMethod::Get], shared);
        describe_events::<Chat>(&mut document, HttpMethod::Get, "/chat");
        let document = to_value(document).expect("JSON");
        let response = &document["paths"]["/chat"]["get"]["responses"]["200"];
        assert_eq!(response["$ref"], Value::Null);
        assert!(response["content"]["text/event-stream"]["itemSchema"].is_object());
    }
}
