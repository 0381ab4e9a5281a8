//! A layers model of TensorFlow.js: `model.json` with the layers and a list of weights, whose numbers lie one behind the
//! other in files beside it.

use std::{borrow::Cow, cell::Cell};

use serde_json::Value;

use super::{
    config,
    named::{self, Values, Variable},
    version,
};
use crate::{
    ImportError,
    error::shown,
    format::Format,
    import::{
        archive::MAX_TEXT,
        folder::{Folder, TFJS},
        gates::Slope,
        model::Model,
        numbers::Stored,
    },
};

/// The most weights and files of a list.
const MAX_LISTED: usize = 2000;

/// Whether a JSON file is such a description.
pub(crate) fn is_description(json: &[u8]) -> bool {
    let key = b"\"modelTopology\"";
    json.windows(key.len()).any(|window| window == key)
}

/// Reads a folder.
pub(crate) fn read(folder: &Folder) -> Result<Model, ImportError> {
    let json = folder.get(TFJS).unwrap_or_default();
    if json.len() as u64 > MAX_TEXT {
        return Err(broken(format!("{TFJS} is too long")));
    }
    let json: Value = serde_json::from_slice(json).map_err(|error| broken(format!("{TFJS}: {error}")))?;
    let topology = json.get("modelTopology").unwrap_or(&Value::Null);
    if json.get("format").and_then(Value::as_str) == Some("graph-model") || topology.get("node").is_some() {
        return Err(ImportError::Structure(
            "is a graph model of TensorFlow.js, a program without layers; convert the model with tensorflowjs_converter --output_format=tfjs_layers_model, or import the model that it was converted from".to_owned(),
        ));
    }
    // What was converted has the description one step down, perhaps as a text.
    let description = match topology.get("model_config") {
        Some(Value::String(text)) => {
            Cow::Owned(serde_json::from_str(text).map_err(|error| broken(format!("{TFJS}: {error}")))?)
        }
        Some(config) => Cow::Borrowed(config),
        None => Cow::Borrowed(topology),
    };
    let version = topology.get("keras_version").and_then(Value::as_str);
    let description = config::describe(&description, version::slope(version, Slope::Fifth))?;
    let groups = json.get("weightsManifest").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if groups.len() > MAX_LISTED {
        return Err(broken(format!("{TFJS} lists too many weights")));
    }
    let mut read = Vec::new();
    let mut left = folder.length();
    for group in groups {
        let bytes = joined(folder, group, left)?;
        left -= bytes.len();
        read.push((group, bytes));
    }
    let mut variables = Vec::new();
    for (group, bytes) in &read {
        let mut rest = bytes.as_slice();
        for weight in list(group, "weights")? {
            variables.push(variable(weight, &mut rest)?);
        }
    }
    let left = Cell::new(folder.length());
    let numbers = named::described(&variables, &description.layers, &left)?.into_numbers()?;
    Ok(Model::foreign(Format::TensorFlowJs, numbers, description.characters))
}

/// The files of a group, one behind the other: together no longer than the folder, however often one is listed.
fn joined(folder: &Folder, group: &Value, left: usize) -> Result<Vec<u8>, ImportError> {
    let mut joined = Vec::new();
    for path in list(group, "paths")? {
        let path = path.as_str().unwrap_or_default();
        let bytes = folder
            .get(path.trim_start_matches("./"))
            .ok_or_else(|| ImportError::Beside { first: TFJS, missing: shown(path) })?;
        if joined.len() + bytes.len() > left {
            return Err(broken(format!("{TFJS} lists files more than once")));
        }
        joined.extend_from_slice(bytes);
    }
    Ok(joined)
}

fn list<'a>(group: &'a Value, field: &str) -> Result<&'a [Value], ImportError> {
    let list = group.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    match list.len() <= MAX_LISTED {
        true => Ok(list),
        false => Err(broken(format!("{TFJS} lists too many {field}"))),
    }
}

/// A weight, whose numbers come next.
fn variable<'a>(weight: &Value, rest: &mut &'a [u8]) -> Result<Variable<'a>, ImportError> {
    let text =
        |value: &Value, field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = text(weight, "name");
    let wrong = |problem: String| ImportError::tensor(&name, problem);
    let axes = weight.get("shape").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let length = |axis: &Value| axis.as_u64().and_then(|length| usize::try_from(length).ok());
    let shape: Option<Vec<usize>> = axes.iter().take(9).map(length).collect();
    let shape = shape.filter(|shape| shape.len() <= 8).ok_or_else(|| wrong("has no shape".to_owned()))?;
    let quantization = weight.get("quantization");
    let kind = quantization.map_or_else(|| text(weight, "dtype"), |quantization| text(quantization, "dtype"));
    let number = |field: &str| {
        quantization.and_then(|quantization| quantization.get(field)).and_then(Value::as_f64).unwrap_or(0.0)
            as f32
    };
    let whole = |bytes| Values::Whole { bytes, scale: number("scale"), least: number("min") };
    let (size, values) = match (kind.as_str(), quantization.is_some()) {
        ("float32", _) => (4, Values::Plain(Stored::F32)),
        ("float16", _) => (2, Values::Plain(Stored::F16)),
        ("uint8", true) => (1, whole(1)),
        ("uint16", true) => (2, whole(2)),
        // Counters and the like, which are passed over.
        ("int32", _) => (4, Values::Plain(Stored::F32)),
        ("bool" | "uint8", _) => (1, whole(1)),
        _ => return Err(wrong(format!("is of the type {}; save the model in float32", shown(kind)))),
    };
    let length = shape.iter().try_fold(size, |bytes: usize, length| bytes.checked_mul(*length));
    let split = length.and_then(|length| rest.split_at_checked(length));
    let (bytes, behind) = split.ok_or_else(|| {
        wrong("goes beyond the files' end; give all of them, as they were written".to_owned())
    })?;
    *rest = behind;
    Ok(Variable { key: name.clone(), name, shape, bytes, values })
}

fn broken(problem: String) -> ImportError {
    ImportError::broken(Format::TensorFlowJs, problem)
}
