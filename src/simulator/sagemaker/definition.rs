//! The definition of a pipeline: parameters, and steps in the order that their dependencies ask for.
//!
//! The form is that of
//! [the published schema](https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::invalid;
use super::values;
use crate::simulator::refusal::Refusal;

/// What a pipeline runs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Definition {
    pub(super) parameters: Vec<Declared>,
    /// In an order in which no step stands before one that it depends on.
    pub(super) steps: Vec<StepDefinition>,
}

/// A parameter that a pipeline takes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) default: Option<String>,
    pub(super) choices: Vec<String>,
}

/// A step.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StepDefinition {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) display_name: Option<String>,
    pub(super) description: Option<String>,
    /// The members as they were given.
    pub(super) body: Map<String, Value>,
    /// The steps that must have succeeded before, by `DependsOn` and by references.
    pub(super) needs: BTreeSet<String>,
    /// The condition whose branch it is in, and which branch.
    pub(super) branch: Option<(String, bool)>,
}

/// What a step does, as far as it makes a difference here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A job of any kind, which ends by itself and can be stopped.
    Job,
    Callback,
    Lambda,
    Condition,
    Fail,
}

impl Definition {
    /// Reads a definition.
    ///
    /// # Errors
    ///
    /// `ValidationException`, with what is wrong.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| invalid(format!("The pipeline definition is no JSON: {error}")))?;
        let parameters = list(&value, "Parameters")?
            .iter()
            .map(declared)
            .collect::<Result<_, _>>()?;
        let mut steps = Vec::new();
        collect(list(&value, "Steps")?, None, &mut steps)?;
        if steps.is_empty() {
            return Err(invalid("The pipeline definition has no steps."));
        }
        Ok(Self {
            parameters,
            steps: ordered(steps)?,
        })
    }

    /// The values that an execution has, by the names of the parameters.
    ///
    /// # Errors
    ///
    /// `ValidationException` for a parameter that is not declared, has no value, or one that it
    /// cannot have.
    pub(super) fn parameters(
        &self,
        given: &[crate::sagemaker::Parameter],
    ) -> Result<BTreeMap<String, String>, Refusal> {
        let is_declared = |name: &str| self.parameters.iter().any(|own| own.name == name);
        if let Some(unknown) = given.iter().find(|given| !is_declared(&given.name)) {
            return Err(invalid(format!("Unknown parameter: {}", unknown.name)));
        }
        let mut values = BTreeMap::new();
        for declared in &self.parameters {
            let given = given.iter().rev().find(|given| given.name == declared.name);
            let value = given.map(|given| given.value.clone());
            let value = value.or_else(|| declared.default.clone()).ok_or_else(|| {
                let name = &declared.name;
                invalid(format!("Parameter {name} has neither value nor default."))
            })?;
            declared.check(&value)?;
            values.insert(declared.name.clone(), value);
        }
        Ok(values)
    }

    pub(super) fn step(&self, name: &str) -> Option<&StepDefinition> {
        self.steps.iter().find(|step| step.name == name)
    }
}

impl Declared {
    fn check(&self, value: &str) -> Result<(), Refusal> {
        let fits = match self.kind.as_str() {
            "Integer" => value.parse::<i64>().is_ok(),
            "Float" => value.parse::<f64>().is_ok(),
            "Boolean" => value.parse::<bool>().is_ok(),
            _ => true,
        };
        let name = &self.name;
        if !fits {
            let kind = &self.kind;
            return Err(invalid(format!(
                "Parameter {name} is of type {kind}, and cannot be: {value}"
            )));
        }
        if !self.choices.is_empty() && !self.choices.iter().any(|choice| choice == value) {
            return Err(invalid(format!(
                "Parameter {name} has no such choice: {value}"
            )));
        }
        Ok(())
    }
}

impl StepDefinition {
    /// A member of the step itself, or of its arguments.
    pub(super) fn text(&self, member: &str) -> Option<&str> {
        self.body.get(member)?.as_str()
    }

    pub(super) fn argument(&self, member: &str) -> Option<&Value> {
        self.body.get("Arguments")?.get(member)
    }
}

fn list<'a>(value: &'a Value, member: &str) -> Result<&'a [Value], Refusal> {
    match value.get(member) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(invalid(format!(
            "{member} of the definition must be a list."
        ))),
    }
}

fn declared(value: &Value) -> Result<Declared, Refusal> {
    let text = |member: &str| value.get(member).and_then(Value::as_str);
    let name = text("Name").ok_or_else(|| invalid("A parameter of the definition has no Name."))?;
    let choices = value.get("EnumValues").and_then(Value::as_array);
    Ok(Declared {
        name: name.to_owned(),
        kind: text("Type").unwrap_or("String").to_owned(),
        default: value.get("DefaultValue").and_then(values::text),
        choices: choices
            .into_iter()
            .flatten()
            .filter_map(values::text)
            .collect(),
    })
}

/// Steps, those in the branches of conditions included.
fn collect(
    values: &[Value],
    branch: Option<(&str, bool)>,
    steps: &mut Vec<StepDefinition>,
) -> Result<(), Refusal> {
    for value in values {
        let Some(body) = value.as_object() else {
            return Err(invalid("A step of the definition is no object."));
        };
        let text = |member: &str| body.get(member).and_then(Value::as_str).map(str::to_owned);
        let name = text("Name").ok_or_else(|| invalid("A step of the definition has no Name."))?;
        let kind = text("Type").ok_or_else(|| invalid(format!("Step {name} has no Type.")))?;
        let kind = kind_of(&kind, &name)?;
        check(kind, &name, body)?;
        let mut own = body.clone();
        let branches = (kind == Kind::Condition).then(|| cut_branches(&mut own));
        let mut needs = BTreeSet::new();
        values::references(&Value::Object(own.clone()), &mut |path| {
            needs.extend(values::step_of(path).map(str::to_owned));
        });
        let depends = body.get("DependsOn").and_then(Value::as_array);
        needs.extend(depends.into_iter().flatten().filter_map(values::text));
        needs.extend(branch.map(|(condition, _)| condition.to_owned()));
        steps.push(StepDefinition {
            kind,
            display_name: text("DisplayName"),
            description: text("Description"),
            body: own,
            needs,
            branch: branch.map(|(condition, arm)| (condition.to_owned(), arm)),
            name: name.clone(),
        });
        for (arm, values) in branches.into_iter().flatten() {
            collect(&values, Some((&name, arm)), steps)?;
        }
    }
    Ok(())
}

/// Takes the branches out of a condition, so that what they refer to is not what it refers to.
fn cut_branches(body: &mut Map<String, Value>) -> [(bool, Vec<Value>); 2] {
    let mut cut = |member: &str| {
        let arguments = body.get_mut("Arguments").and_then(Value::as_object_mut);
        match arguments.and_then(|arguments| arguments.remove(member)) {
            Some(Value::Array(steps)) => steps,
            _ => Vec::new(),
        }
    };
    [(true, cut("IfSteps")), (false, cut("ElseSteps"))]
}

fn kind_of(text: &str, name: &str) -> Result<Kind, Refusal> {
    match text {
        "Training" | "Processing" | "Transform" | "Tuning" | "Model" | "RegisterModel"
        | "ClarifyCheck" | "QualityCheck" | "EMR" | "EMRServerless" | "AutoML" | "Endpoint"
        | "EndpointConfig" => Ok(Kind::Job),
        "Callback" => Ok(Kind::Callback),
        "Lambda" => Ok(Kind::Lambda),
        "Condition" => Ok(Kind::Condition),
        "Fail" => Ok(Kind::Fail),
        other => Err(invalid(format!(
            "Step {name} is of a type that the simulator does not model: {other}"
        ))),
    }
}

/// What a step cannot do without.
fn check(kind: Kind, name: &str, body: &Map<String, Value>) -> Result<(), Refusal> {
    let needed = match kind {
        Kind::Callback => "SqsQueueUrl",
        Kind::Lambda => "FunctionArn",
        _ => return Ok(()),
    };
    match body.get(needed) {
        Some(Value::String(text)) if !text.is_empty() => Ok(()),
        Some(Value::Object(_)) => Ok(()), // a reference
        _ => Err(invalid(format!("Step {name} has no {needed}."))),
    }
}

/// The steps with none before one that it depends on, and otherwise as they were given.
fn ordered(mut waiting: Vec<StepDefinition>) -> Result<Vec<StepDefinition>, Refusal> {
    let mut names = BTreeSet::new();
    for step in &waiting {
        if !names.insert(step.name.clone()) {
            return Err(invalid(format!("There are two steps named {}.", step.name)));
        }
    }
    for step in &waiting {
        if let Some(unknown) = step.needs.iter().find(|need| !names.contains(*need)) {
            let name = &step.name;
            return Err(invalid(format!(
                "Step {name} depends on {unknown}, which is not there."
            )));
        }
    }
    let mut steps: Vec<StepDefinition> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let is_there = |need: &String| steps.iter().any(|step| step.name == *need);
        let Some(next) = waiting
            .iter()
            .position(|step| step.needs.iter().all(is_there))
        else {
            let names: Vec<&str> = waiting.iter().map(|step| step.name.as_str()).collect();
            return Err(invalid(format!(
                "Steps depend on each other in a circle: {}",
                names.join(", ")
            )));
        };
        steps.push(waiting.remove(next));
    }
    Ok(steps)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
