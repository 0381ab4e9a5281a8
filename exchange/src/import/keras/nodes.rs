//! The order of the layers of a Functional model, whose description tells of each what it takes its input from.

use std::collections::BTreeMap;

use serde_json::Value;

use super::layer;
use crate::ImportError;

/// The layers from the input to the end, which must be one chain.
pub(super) fn chain(layers: &[Value]) -> Result<Vec<&Value>, ImportError> {
    let mut above: BTreeMap<&str, &Value> = BTreeMap::new();
    let mut chain = Vec::new();
    for layer in layers {
        let nodes =
            layer.get("inbound_nodes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let name = layer::name(layer);
        let below = match nodes {
            [] => {
                chain.push(layer);
                continue;
            }
            [node] => sources(node),
            _ => {
                return Err(ImportError::layer(
                    name,
                    "is used more than once; only a chain of layers can be imported",
                ));
            }
        };
        let &[below] = below.as_slice() else {
            let problem = format!("has {} inputs, but only a chain of layers can be imported", below.len());
            return Err(ImportError::layer(name, problem));
        };
        if above.insert(below, layer).is_some() {
            return Err(ImportError::layer(
                below,
                "has two layers above it; only a chain of layers can be imported",
            ));
        }
    }
    if chain.len() != 1 {
        let problem = format!("has {} inputs, but must have one", chain.len());
        return Err(ImportError::Structure(problem));
    }
    // Every layer is taken once, so that a ring comes to an end.
    while let Some(next) = chain.last().and_then(|last| above.remove(layer::name(last))) {
        chain.push(next);
    }
    match chain.len() == layers.len() {
        true => Ok(chain),
        false => {
            Err(ImportError::Structure("is no chain of layers; only such models can be imported".to_owned()))
        }
    }
}

/// The layers that a node takes its input from: in Keras 3 objects with a `keras_history`, before it lists that begin
/// with a name and a number.
fn sources(node: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    // Without recursion, though serde_json's depth is bounded anyway.
    let mut open = vec![node];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => match items.as_slice() {
                [Value::String(name), Value::Number(_), ..] => found.push(name.as_str()),
                _ => open.extend(items),
            },
            Value::Object(fields) => open.extend(fields.values()),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn layers(edges: &[(&str, Value)]) -> Vec<Value> {
        edges.iter().map(|(name, nodes)| json!({"name": name, "inbound_nodes": nodes})).collect()
    }

    fn old(below: &str) -> Value {
        json!([[[below, 0, 0, {}]]])
    }

    fn new(below: &str) -> Value {
        let tensor = json!({"class_name": "__keras_tensor__", "config": {"keras_history": [below, 0, 0]}});
        json!([{"args": [tensor], "kwargs": {"mask": null}}])
    }

    #[test]
    fn follows_both_ways_of_writing() {
        let layers = layers(&[("c", old("b")), ("a", json!([])), ("b", new("a"))]);
        let names: Vec<&str> = chain(&layers).unwrap().into_iter().map(layer::name).collect();
        assert_eq!(names, ["a", "b", "c"]);
    }

    #[test]
    fn refuses_what_is_no_chain() {
        for (edges, expected) in [
            (vec![("a", json!([])), ("b", json!([]))], "has 2 inputs"),
            (vec![("a", json!([])), ("b", old("a")), ("c", old("a"))], "has two layers above it"),
            (vec![("a", json!([])), ("b", old("c")), ("c", old("b"))], "is no chain of layers"),
            (vec![("a", old("a"))], "has 0 inputs"),
            (vec![("a", json!([])), ("b", json!([[["a", 0], ["c", 0]]]))], "`b` has 2 inputs"),
            (vec![("a", json!([])), ("b", json!([1, 2]))], "`b` is used more than once"),
        ] {
            let error = chain(&layers(&edges)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
